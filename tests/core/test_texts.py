import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.texts import (
    ChainLink,
    chain,
    fold,
    html_to_text,
    mask_contacts,
    mentions_of,
    own_text,
    topics_of,
)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("一行<br>二行<br />三行", "一行\n二行\n三行"),
        ("<p>一段</p><p>二段</p>", "一段\n\n二段"),
        ("好<img alt=\"[doge]\" src=\"x.png\">的", "好[doge]的"),
        ('好<span class="url-icon"><img alt=[赞] src="x.png" style="width:1em;" /></span>的', "好[赞]的"),
        ('great <img class="emoji" alt=":smile:" src="x">', "great :smile:"),
        ('<img src="photo.jpg" alt="我的照片.jpg">看图', "看图"),
        ("回复<a href='/n/甲乙'>@甲乙</a>:好的", "回复@甲乙:好的"),
        ("回复<a href=/n/甲乙 usercard=\"name=@甲乙\">@甲乙</a>:好的", "回复@甲乙:好的"),
        ('<a href="https://m.weibo.cn/search"><span class="surl-text">#某话题#</span></a> 好', "#某话题# 好"),
        ('<a href="/p/1"><i class="url-icon"><img src="s.png"></i><b>某某超话</b></a>来了', "某某超话来了"),
        ('很长的话...<a href="/status/4857828294527603">全文</a>', "很长的话..."),
        ('很长的话…<span class="expand">展开</span>', "很长的话…"),
        ('很长的话…<a action-type="fl_unfold">展开<i class="wbicon">c</i></a>', "很长的话…"),
        ("很长的话… 展开c", "很长的话…"),
        ("请看全文", "请看全文"),
        ('看 <a href="http://t.cn/x"><span class="url-icon"></span><span>网页链接</span></a>', "看"),
        ('看 <a href="http://t.cn/x">某人的微博视频</a>', "看"),
        ("零\u200b宽\ufeff与\u3000全角\xa0空格", "零宽与 全角 空格"),
        ("家人👨\u200d👩\u200d👧", "家人👨\u200d👩\u200d👧"),
        ("e\u0301", "é"),
        ("a &amp; b &lt;c&gt; &#39;d&#39;", "a & b <c> 'd'"),
        ("1<2 and 3>2", "1<2 and 3>2"),
        ("I <3 you", "I <3 you"),
        ("一行\n二行\r\n三行", "一行\n二行\n三行"),
        ("一行<br>\n二行", "一行\n二行"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("正文<script>alert(1)</script><style>p{}</style><!-- 注 -->", "正文"),
        ("<div>" * 1000 + "深" + "</div>" * 1000, "深"),
        ("半个\ud83d字符<b>粗</b>", "半个\ufffd字符粗"),
        ("", ""),
        ("  ", ""),
        ("<br>", ""),
        ("<", "<"),
    ],
)  # fmt: skip
def test_html_to_text(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@given(st.one_of(st.text(), st.text("<>/abr'\"= &;#!-[]全文展开\n\x00")))
def test_html_to_text_never_raises_and_gives_clean_text(markup: str) -> None:
    text = html_to_text(markup)
    assert text == text.strip()
    text.encode("utf-8")


CHAINS = [
    # text, own words, hops
    ("今天真好", "今天真好", []),
    ("转发微博", "", []),
    ("轉發微博", "", []),
    ("快转微博", "", []),
    ("Repost", "", []),
    (" 转发微博 ", "", []),
    ("", "", []),
    ("转发微博吧", "转发微博吧", []),
    ("好//@甲:对", "好", [("甲", "对")]),
    ("//@甲:对", "", [("甲", "对")]),
    ("好//@甲:对//@乙_2:是//@丙-3·x:原来", "好", [("甲", "对"), ("乙_2", "是"), ("丙-3·x", "原来")]),
    ("好// @甲 ：对", "好", [("甲", "对")]),
    ("好//＠甲：对", "好", [("甲", "对")]),
    ("//@甲:转发微博//@乙:是", "", [("甲", ""), ("乙", "是")]),
    ("//@甲:回复@乙:对//@乙:是", "", [("甲", "对"), ("乙", "是")]),
    ("回复@甲:好的//@甲:怎么样", "好的", [("甲", "怎么样")]),
    ("回复 @甲 ：好的", "好的", []),
    ("好//@甲:对//@一个名字被切", "好", [("甲", "对")]),
    ("好//@甲:对//@", "好", [("甲", "对")]),
    ("看 http://t.cn/abc", "看 http://t.cn/abc", []),
    ("看 http://t.cn/abc//@甲:看", "看 http://t.cn/abc", [("甲", "看")]),
    ("好//@用户ab2cd3ef4gh5:对", "好", [("用户ab2cd3ef4gh5", "对")]),
    ("好 @甲 也看//@乙:@丙 来", "好 @甲 也看", [("乙", "@丙 来")]),
]


@pytest.mark.parametrize(("text", "own", "hops"), CHAINS)
def test_chains(text: str, own: str, hops: list[tuple[str, str]]) -> None:
    assert own_text(text) == own
    assert chain(text) == [ChainLink(name, words) for name, words in hops]


NAMES = st.text("甲乙丙丁_-·abc123", min_size=1, max_size=20)
WORDS = st.text("好的呀!，。 a1", max_size=20).map(str.strip)


@given(WORDS, st.lists(st.tuples(NAMES, WORDS), max_size=6))
def test_every_chain_that_was_written_is_read_back(own: str, hops: list[tuple[str, str]]) -> None:
    text = own + "".join(f"//@{name}:{words}" for name, words in hops)
    assert own_text(text) == own
    assert chain(text) == [ChainLink(name, words) for name, words in hops]


@given(st.text("/@:：回复甲a \n"))
def test_any_text_is_its_own_words_and_hops_that_stand_in_it(text: str) -> None:
    own, hops = own_text(text), chain(text)
    assert text.strip().startswith(own)
    assert all(hop.name in text and hop.text in text for hop in hops)
    assert len(own) + sum(len(hop.name) + len(hop.text) for hop in hops) <= len(text)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("#新车# 好 #试驾#", ("新车", "试驾")),
        ("#新车##试驾#", ("新车", "试驾")),
        ("#新车# 又见 #新车#", ("新车",)),
        ("#某车[超话]#打卡", ("某车",)),
        ("# #", ()),
        ("第#1名", ()),
        ("#跨\n行#", ()),
        ("#" + "长" * 33 + "#", ()),
        ("没有", ()),
    ],
)
def test_topics(text: str, topics: tuple[str, ...]) -> None:
    assert topics_of(text) == topics


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@甲乙 看 @甲_乙-丙·丁", ("甲乙", "甲_乙-丙·丁")),
        ("好//@甲乙:对 @甲乙", ("甲乙",)),
        ("＠甲乙", ("甲乙",)),
        ("写信给 some.one@mail.example.com", ()),
        ("hello@甲乙", ("甲乙",)),
        ("@", ()),
        ("没有", ()),
    ],
)
def test_mentions(text: str, names: tuple[str, ...]) -> None:
    assert mentions_of(text) == names


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678联系", "电话[电话]联系"),
        ("+86 138 1234 5678", "[电话]"),
        ("86-13812345678", "[电话]"),
        ("138-1234-5678。", "[电话]。"),
        ("１３８１２３４５６７８", "[电话]"),
        ("010-62345678", "[电话]"),
        ("0755 26345678", "[电话]"),
        ("邮箱some.one+x@mail.example.com，谢谢", "邮箱[邮箱]，谢谢"),
        ("13812345678@mail.example", "[邮箱]"),
        ("订单4804608494665869", "订单4804608494665869"),  # a mid holds no phone
        ("价格138000", "价格138000"),
        ("2026-11-21 19:59", "2026-11-21 19:59"),
        ("400-800-1234", "400-800-1234"),  # a company's service line
        ("@甲乙", "@甲乙"),
    ],
)
def test_contacts_are_masked(text: str, masked: str) -> None:
    assert mask_contacts(text) == masked
    assert mask_contacts(masked) == masked


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Model Y", "model y"),
        ("ＭＯＤＥＬ　３", "model 3"),
        ("電動車續航", "电动车续航"),
        ("臺灣", "台湾"),
        ("㈱①", "(株)1"),
        ("好👍🏻", "好👍🏻"),
        ("好[赞]", "好[赞]"),
        ("ﬁne", "fine"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_fold_keeps_nfkc_positions_and_settles(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(unicodedata.normalize("NFKC", text).lower())
    assert fold(folded) == folded
