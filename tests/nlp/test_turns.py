"""Which texts a turn may decide."""

import pytest

from nlp.turns import turned

DECIDED = {
    "negated blame": "一点也不难吃",
    "with words between": "完全没有什么不满意的地方",
    "a phrase": "谈不上好吃",
    "one's own words before a chain": "没有异味//@甲:" + "很长的转发" * 20,
}
LEFT = {
    "plain praise": "味道很好，下次还来",
    "plain blame": "难吃，再也不来了",
    "praise that may not be meant": "真棒，新车第一天就抛锚",
    "nothing": "",
    "a long text": "没有异味，" + "包装也结实，" * 10,
    "a turn in the chain alone": "同感" * 5 + "//@甲:没有异味" + "很长的转发" * 10,
}


@pytest.mark.parametrize("text", DECIDED.values(), ids=DECIDED)
def test_a_short_text_with_a_cue_may_be_decided_by_it(text: str) -> None:
    assert turned([text]).tolist() == [True]


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_other_texts_are_not(text: str) -> None:
    assert turned([text]).tolist() == [False]


def test_texts_are_answered_in_order() -> None:
    assert turned(["很好", "没毛病", "很差"]).tolist() == [False, True, False]
    assert turned([]).shape == (0,)
