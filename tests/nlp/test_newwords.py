"""Words the dictionary does not know are found by how their characters keep together."""

from __future__ import annotations

import random

import pytest

from nlp.newwords import LEAST, everyday, new_words, texts_with
from nlp.segment import Segmenter

# Filler of known words; what is put between them stands in ever different company.
FILLER = (
    "今天", "天气", "不错", "我们", "一起", "出门", "看到", "朋友", "在", "公园", "里", "散步",
    "买", "了", "水果", "回家", "做饭", "孩子", "喜欢", "电影", "工作", "很忙", "下班", "以后",
    "还要", "学习", "周末", "打算", "去", "爬山", "心情", "变得", "轻松", "手机", "没电", "地铁",
    "拥挤", "咖啡", "好喝", "价格", "便宜", "商店", "关门", "老师", "说", "明天", "考试",
)  # fmt: skip
PLANTED = ("瑞思拜", "栓扣", "哏嘟", "打call")


def posts(count: int = 400, every: int = 10) -> list[str]:
    """Posts of filler, each tenth with one of the planted words."""
    draw = random.Random(7)
    out = []
    for number in range(count):
        words = draw.choices(FILLER, k=12)
        if number % every == 0:
            words[draw.randrange(12)] = PLANTED[number // every % len(PLANTED)]
        out.append("".join(words))
    return out


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


def test_planted_words_are_found_and_parts_of_them_are_not(segmenter: Segmenter) -> None:
    found = {one.word: one for one in new_words(posts(), segmenter.cut, segmenter.knows)}
    assert set(PLANTED) <= set(found)
    assert not {"瑞思", "思拜"} & set(found)
    assert found["栓扣"].times == 10
    assert found["栓扣"].cohesion > 3
    assert found["栓扣"].freedom > 1


def test_known_words_are_not_proposed(segmenter: Segmenter) -> None:
    assert not {one.word for one in new_words(posts(), segmenter.cut, segmenter.knows)} & set(FILLER)
    taught = Segmenter(PLANTED)
    assert not {one.word for one in new_words(posts(), taught.cut, taught.knows)} & set(PLANTED)


def test_what_everybody_has_long_said_is_told_from_slang(segmenter: Segmenter) -> None:
    known = everyday()
    assert {"副驾", "好用", "微博", "靠谱"} <= known
    assert not {"绝绝子", "恰饭", "背刺", "插眼", *PLANTED} & known
    assert not [word for word in known if segmenter.knows(word)]


NOT_SAID = [
    ("a hashtag", "#栓扣大会#"),
    ("a headline", "【栓扣大会】"),
    ("an emoticon", "[栓扣]"),
    ("a name", "@栓扣 "),
    ("what others said", "//@某人:栓扣"),
]


@pytest.mark.parametrize(("name", "said"), NOT_SAID, ids=[row[0] for row in NOT_SAID])
def test_what_is_no_sentence_of_ones_own_is_passed_over(name: str, said: str, segmenter: Segmenter) -> None:
    texts = [text + said for text in posts() if "栓扣" not in text]
    assert "栓扣" not in {one.word for one in new_words(texts, segmenter.cut, segmenter.knows)}
    assert texts_with(["栓扣"], texts) == {"栓扣": []}


def test_too_few_are_none_and_nothing_is_nothing(segmenter: Segmenter) -> None:
    rare = posts(4 * 10 * (LEAST - 1))
    assert not {one.word for one in new_words(rare, segmenter.cut, segmenter.knows)} & set(PLANTED)
    for texts in ([], [""], ["a"], ["好"], ["\ud800\x00"], ["😀" * 9]):
        assert new_words(texts, segmenter.cut, segmenter.knows) == []


def test_where_words_stand_in_whatever_script_and_case() -> None:
    texts = ["我們為它打Call", "没有", "雷軍打CALL，再打call"]
    assert texts_with(["打call", "雷军"], texts) == {"打call": [0, 2], "雷军": [2]}


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_both_engines_know_the_same_words(engine: str) -> None:
    segmenter = Segmenter(["绝绝子"], engine=engine)
    told = {word: segmenter.knows(word) for word in ("中国", "朋友", "绝绝子", "绝绝", "中华人", "")}
    assert told == {
        "中国": True,
        "朋友": True,
        "绝绝子": True,
        "绝绝": False,
        "中华人": False,
        "": False,
    }
