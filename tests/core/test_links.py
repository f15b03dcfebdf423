import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links import public_link, public_links_in, weibo_link


@pytest.mark.parametrize(
    ("url", "link"),
    [
        # a Weibo post, by every address it has
        ("https://weibo.com/1000000017/M1VT3jzNX", "https://m.weibo.cn/status/M1VT3jzNX"),
        ("https://weibo.com/1000000017/M1VT3jzNX?refer_flag=1", "https://m.weibo.cn/status/M1VT3jzNX"),
        ("https://weibo.com/1000000017/M1VT3jzNX#comment", "https://m.weibo.cn/status/M1VT3jzNX"),
        ("http://www.weibo.com/1000000017/4804608494665869", "https://m.weibo.cn/status/M1VT3jzNX"),
        ("https://m.weibo.cn/1000000017/4804608494665869", "https://m.weibo.cn/status/M1VT3jzNX"),
        ("https://m.weibo.cn/detail/4804608494665869", "https://m.weibo.cn/status/M1VT3jzNX"),
        ("https://m.weibo.cn/status/M1VT3jzNX", "https://m.weibo.cn/status/M1VT3jzNX"),
        ("https://m.weibo.cn/status/4804608494665869?from=app", "https://m.weibo.cn/status/M1VT3jzNX"),
        # Weibo's pages of people
        ("https://weibo.com/u/1000000017", None),
        ("https://weibo.com/1000000017", None),
        ("https://weibo.com/1000000017/followers", None),
        ("https://weibo.com/1000000017/profile?s=1", None),
        ("https://weibo.com/n/某网友", None),
        ("https://weibo.com/somename", None),
        ("https://m.weibo.cn/u/1000000017", None),
        ("https://m.weibo.cn/profile/1000000017", None),
        ("https://weibo.com/p/1005051000000017", None),
        ("https://s.weibo.com/user?q=某网友", None),
        ("https://wx1.sinaimg.cn/large/0016HWhhly1abcdefghij.jpg", None),
        # Weibo's pages of things
        ("https://weibo.com/ttarticle/p/show?id=2309404804608494665&from=x", "https://weibo.com/ttarticle/p/show?id=2309404804608494665"),
        ("https://weibo.com/tv/show/1034:4804608494665869", "https://weibo.com/tv/show/1034:4804608494665869"),
        ("https://video.weibo.com/show?fid=1034:480460", "https://video.weibo.com/show?fid=1034%3A480460"),
        ("https://s.weibo.com/weibo?q=%23新车%23&uid=1000000017", "https://s.weibo.com/weibo?q=%23%E6%96%B0%E8%BD%A6%23"),
        ("https://weibo.com/p/1008087a8941058aaf4df5147042ce104568da", "https://weibo.com/p/1008087a8941058aaf4df5147042ce104568da"),
        ("https://weibo.cn/sinaurl?u=https%3A%2F%2Fnews.example%2Fa", "https://news.example/a"),
        ("https://weibo.cn/sinaurl?u=https%3A%2F%2Fweibo.com%2Fu%2F1000000017", None),
        ("https://weibo.cn/sinaurl?u=https://weibo.cn/sinaurl?u=x", None),
        ("http://t.cn/A6abcdef", "http://t.cn/A6abcdef"),
        # other sites
        ("https://bbs.example/thread-12-1-1.html#pid34", "https://bbs.example/thread-12-1-1.html#pid34"),
        ("https://bbs.example/space-uid-123.html", None),
        ("https://bbs.example/space-username-某网友.html", None),
        ("https://bbs.example/home.php?mod=space&uid=123", None),
        ("https://bbs.example/forum.php?mod=viewthread&tid=5&authorid=77", "https://bbs.example/forum.php?mod=viewthread&tid=5"),
        ("https://forum.example/u/someone/summary", None),
        ("https://forum.example/t/topic/55/3", "https://forum.example/t/topic/55/3"),
        ("https://social.example/@someone/1", None),
        ("https://social.example/%40someone/1", None),
        ("https://qa.example/people/someone", None),
        ("https://news.example/people/2026/11/story.html", "https://news.example/people/2026/11/story.html"),
        ("https://space.bilibili.com/12345", None),
        ("https://news.example/a.html?id=5", "https://news.example/a.html?id=5"),
        ("https://news.example/a.html?user_id=5&id=6", "https://news.example/a.html?id=6"),
        ("https://news.example/a.html#/user/5", "https://news.example/a.html"),
        ("https://someone:secret@news.example/a", None),
        # no web addresses
        ("mailto:some.one@mail.example", None),
        ("tel:13812345678", None),
        ("javascript:alert(1)", None),
        ("http://[broken", None),
        ("", None),
    ],
)  # fmt: skip
def test_public_link(url: str, link: str | None) -> None:
    assert public_link(url) == link
    if link is not None:
        assert public_link(link) == link


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("看 https://weibo.com/1000000017/M1VT3jzNX 这条", "看 https://m.weibo.cn/status/M1VT3jzNX 这条"),
        ("看weibo.com/1000000017/M1VT3jzNX这条", "看https://m.weibo.cn/status/M1VT3jzNX这条"),
        ("关注weibo.com/u/1000000017吧", "关注[个人主页]吧"),
        ("关注 https://weibo.com/n/某网友 吧", "关注 [个人主页] 吧"),
        ("HTTP://weibo.com/u/1000000017", "HTTP://[个人主页]"),
        ("https://bbs.example/space-username-某网友.html", "[个人主页]"),
        ("见space-uid-123.html", "见[个人主页]"),
        ("http://t.cn/A6abcdef好看", "http://t.cn/A6abcdef好看"),
        ("http://t.cn/A6abcdef//@甲:好", "http://t.cn/A6abcdef//@甲:好"),
        ("https://weibo.com/1000000017/M1VT3jzNX//@甲:好", "https://m.weibo.cn/status/M1VT3jzNX//@甲:好"),
        ("https://weibo.com/u/1000000017//＠甲:好", "[个人主页]//＠甲:好"),
        ("油耗5.5/百公里", "油耗5.5/百公里"),
        ("好/坏.都行", "好/坏.都行"),
        ("news.example/a.html", "news.example/a.html"),
        ("没有", "没有"),
    ],
)
def test_links_in_texts(text: str, clean: str) -> None:
    assert public_links_in(text) == clean
    assert public_links_in(clean) == clean


@given(st.one_of(st.text(), st.text("https://weibo.cn/u1?=&#@%.甲-", max_size=60)))
def test_any_text_settles_at_once(text: str) -> None:
    clean = public_links_in(text)
    assert public_links_in(clean) == clean
    link = public_link(text)
    assert link is None or public_link(link) == link


def test_weibo_links_come_from_mid_or_bid() -> None:
    assert weibo_link("4804608494665869") == weibo_link("M1VT3jzNX") == "https://m.weibo.cn/status/M1VT3jzNX"
