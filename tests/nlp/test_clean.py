"""What the models read: folded, masked, the repost chain set off."""

from __future__ import annotations

import pytest

from nlp.clean import CHAIN, clean, fold_all, own_end, symbol


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("ＡＢＣ１２３！", "abc123!"),
        ("這個手機很好", "这个手机很好"),
        ("a&amp;b &lt;好&gt;", "a&b <好>"),
        ("看 http://t.cn/A6Pqo 这里", "看 这里"),
        ("谢谢@某人: 的推荐", "谢谢 的推荐"),
        ("零\u200b宽\u202e字", "零宽字"),
        ("一\n二\t三\r\n四", "一 二 三 四"),
        ("\ud800半个字", " 半个字"),
        ("空\x00字\x1e节", "空 字 节"),
        ("", ""),
        ("#话题#好", "#话题#好"),
    ],
)
def test_a_text_is_folded(raw: str, read: str) -> None:
    assert clean([raw]).texts == [read]


def test_an_emoticon_is_one_symbol_and_can_be_spelled() -> None:
    cleaned = clean(["好[爱你][爱你]"])
    assert cleaned.texts == ["好" + symbol("[爱你]") * 2]
    assert cleaned.spell(symbol("[爱你]")) == "[爱你]"
    assert clean(["好[爱你]"], emoticons=False).texts == ["好"]


@pytest.mark.parametrize(
    ("raw", "own"),
    [
        ("我不信//@甲:真的//@乙:好", "我不信"),
        ("没有转发", None),
        ("//@甲:只有别人的话", None),
        ("转发微博//@甲:只有别人的话", None),
        ("网址 https://a.example/b 不是链", None),
    ],
)
def test_ones_own_words_end_where_the_chain_begins(raw: str, own: str | None) -> None:
    end = own_end(raw)
    assert (None if end is None else raw[:end]) == own
    assert (CHAIN in clean([raw]).joined) == (own is not None)


def test_a_batch_gives_each_text_what_it_gets_alone() -> None:
    raw = ["甲[心]", "", "乙\n丙", "//@丁:x", "戊//@己:庚", "\x1e"]
    assert clean(raw).texts == [clean([text]).texts[0] for text in raw]


def test_folding_keeps_the_private_plane_to_itself() -> None:
    assert fold_all("好\U000f1234") == "好 "
