"""What the reading of feeds promises beyond the recorded ones."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha1
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.reading.article import cut_noise, read_article, with_title
from crawlers.reading.links import canonical, clean, digest
from crawlers.sources.feed.dates import read_date
from crawlers.sources.feed.entry import Problem, clean_name
from crawlers.sources.feed.parse import Settings, is_feed, read_feed, with_article

CHINA = ZoneInfo("Asia/Shanghai")
TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
URL = "https://news.example/feed.xml"
MORNING = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 21 Nov 2026 09:30:00 +0800",
        "Sat, 21 Nov 2026 01:30:00 GMT",
        "Sat, 21 Nov 2026 09:30:00 CST",
        "Sat, 21 Nov 2026 09:30:00",
        "21 Nov 2026 09:30",
        "2026-11-21T09:30:00+08:00",
        "2026-11-21T01:30:00Z",
        "2026-11-21T01:30:00.000Z",
        "2026-11-21 09:30:00 +0800",
        "2026-11-21 09:30:00",
        "2026-11-21 09:30",
        "2026-11-21T09:30:00",
        "2026/11/21 09:30",
        "2026年11月21日 09:30",
        "今天 09:30",
        "1795224600",
    ],
)
def test_every_way_to_write_a_moment_of_a_chinese_feed(text: str) -> None:
    assert read_date(text, now=NOW, zone=CHINA) == MORNING


@pytest.mark.parametrize(
    "text", ["", None, "soon", "Sat, 99 Nov 2026 09:30:00 GMT", "2026-13-40 09:30:00", "0"]
)
def test_what_is_no_date_is_unknown(text: str | None) -> None:
    assert read_date(text, now=NOW, zone=CHINA) is None


@pytest.mark.parametrize(
    "text", ["Sat, 21 Nov 2026 10:30:00 GMT", "2026-11-21T10:30:00Z", "2026-11-21 10:30"]
)
def test_an_override_holds_against_what_the_date_says(text: str) -> None:
    assert read_date(text, now=NOW, zone=CHINA, override=TOKYO) == MORNING


@pytest.mark.parametrize(
    "spelling",
    [
        "https://news.example/a/1.html",
        "http://news.example/a/1.html",
        "https://NEWS.example:443/a/1.html#top",
        "https://news.example//a/1.html?utm_source=rss&utm_medium=feed",
        "https://news.example/a/1.html?spm=1.2&from=timeline&isappinstalled=0",
        " https://news.example/a/1.html/ ",
    ],
)
def test_one_article_has_one_address(spelling: str) -> None:
    assert canonical(spelling) == "https://news.example/a/1.html"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/?p=1", "https://news.example/?p=2"),
        ("https://news.example/a", "https://news.example/b"),
        ("https://news.example/a", "https://blog.example/a"),
    ],
)
def test_two_articles_have_two(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_parameters_keep_their_article_whatever_their_order() -> None:
    assert canonical("https://n.example/x?b=2&a=1") == canonical("https://n.example/x?a=1&b=2")


@pytest.mark.parametrize(
    "link", ["", "javascript:void(0)", "mailto:a@b.example", "/relative", "http://", "http://[x"]
)
def test_what_leads_to_no_page_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clean(link)


def test_the_id_is_the_digest_of_the_address() -> None:
    address = "https://news.example/a/1.html"
    body = f'<rss version="2.0"><channel><item><title>一</title><link>{address}</link></item></channel></rss>'
    post = read_feed(body.encode(), url=URL, fetched_at=NOW).items[0].post
    assert post.id == f"feed:{sha1(address.encode(), usedforsecurity=False).hexdigest()[:16]}"
    assert digest(address) == post.id.removeprefix("feed:")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("钟小鹿", "钟小鹿"),
        ("zhong@chexun.example (钟小鹿)", "钟小鹿"),
        ("钟小鹿 (zhong@chexun.example)", "钟小鹿"),
        ("作者：钟小鹿", "钟小鹿"),
        ("bot@chexun.example", None),
        ("admin", None),
        ("佚名", None),
        ("", None),
        (None, None),
    ],
)
def test_who_wrote_it(written: str | None, name: str | None) -> None:
    assert clean_name(written) == name


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("正文。（本报记者 钟小鹿 林间）", "正文。"),
        ("正文。\n责任编辑：白杨", "正文。"),
        ("（原标题：别的题目）正文。", "正文。"),
        ("正文。\n点击进入专题：冬季用车", "正文。"),
        ("正文。\n本文未经授权不得转载", "正文。"),
        ("正文。\n\n\n第二段", "正文。\n第二段"),
        ("正文。阅读全文 »", "正文。"),
        ("记者问他为什么，他说：编辑也不懂车。", "记者问他为什么，他说：编辑也不懂车。"),
        ("来源很多，口碑不一。", "来源很多，口碑不一。"),
        ("关注续航，也关注价格。", "关注续航，也关注价格。"),
    ],
)
def test_noise_is_cut_and_words_are_not(text: str, left: str) -> None:
    assert cut_noise(text) == left


def test_a_title_stands_once() -> None:
    assert with_title("题", "题：正文") == "题：正文"
    assert with_title("题", "正文") == "题\n正文"
    assert with_title("", "正文") == "正文"
    assert with_title("题", "") == "题"


@pytest.mark.parametrize(
    ("body", "feed"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"></rss>', True),
        (b"\xef\xbb\xbf<feed xmlns='http://www.w3.org/2005/Atom'></feed>", True),
        (b'<rdf:RDF xmlns="http://purl.org/rss/1.0/"></rdf:RDF>', True),
        (b'{"version":"https://jsonfeed.org/version/1.1","items":[]}', True),
        (b"<!DOCTYPE html><html><body>rss</body></html>", False),
        (b'<html><head><link type="application/rss+xml"></head><body><rss></body></html>', False),
        (b'{"items":[]}', False),
        (b'{"version":', False),
        (b"", False),
    ],
)
def test_a_feed_is_known_at_first_sight(body: bytes, feed: bool) -> None:
    assert is_feed(body) is feed


@pytest.mark.parametrize("body", [b"<html><body>x</body></html>", b"plain", b"", b'{"items":[]}', b'{"a":'])
def test_what_is_no_feed_is_named_and_never_read_as_an_empty_one(body: bytes) -> None:
    with pytest.raises(Problem) as raised:
        read_feed(body, url=URL, fetched_at=NOW)
    assert raised.value.name == "not_feed"


def test_a_feed_without_news_is_empty_and_sound() -> None:
    feed = read_feed(b'<rss version="2.0"><channel><title>x</title></channel></rss>', url=URL, fetched_at=NOW)
    assert (feed.items, feed.broken) == ((), None)


def test_a_hostile_feed_neither_grows_nor_reads_files() -> None:
    lol = "".join(
        f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "lol"}{"&l" + str(n - 1) + ";" if n else ""}">'
        for n in range(25)
    )
    body = (
        f'<?xml version="1.0"?><!DOCTYPE rss [{lol}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<rss version="2.0"><channel><item><title>&l24;&x;</title><link>https://news.example/1</link></item></channel></rss>'
    ).encode()
    feed = read_feed(body, url=URL, fetched_at=NOW)
    assert sum(len(item.post.text) for item in feed.items) < 1000
    assert not any("root:" in item.post.text for item in feed.items)


def test_a_publisher_signs_what_nobody_signed() -> None:
    body = (
        '<rss version="2.0"><channel><item><title>一</title><link>https://news.example/1</link></item>'
        "<item><title>二</title><link>https://news.example/2</link><author>钟小鹿</author></item></channel></rss>"
    ).encode()
    feed = read_feed(body, url=URL, fetched_at=NOW, settings=Settings(publisher="车讯早报"))
    authors = [item.post.author for item in feed.items]
    assert authors[0] is not None
    assert (authors[0].id, authors[0].name, authors[0].verified_type) == ("feed:news.example", "车讯早报", 3)
    assert authors[1] is not None
    assert (authors[1].id, authors[1].name, authors[1].verified_type) == (None, "钟小鹿", None)


def test_the_full_text_replaces_a_summary_and_never_a_longer_text() -> None:
    body = (
        '<rss version="2.0"><channel><item><title>题</title><link>https://news.example/1</link>'
        "<description>摘要</description></item></channel></rss>"
    ).encode()
    item = read_feed(body, url=URL, fetched_at=NOW).items[0]
    page = (
        "<html><body><article><h1>题</h1>"
        + "<p>这一段说的是冬天里的电池和热泵，足够长。</p>" * 4
        + "</article></body></html>"
    )
    full = with_article(item, [read_article(page, url="https://news.example/1")])
    assert full.text.startswith("题\n这一段")
    assert full.id == item.post.id
    assert with_article(item, [read_article("<html></html>", url="https://news.example/1")]) == item.post


@settings(deadline=None)
@given(st.text(alphabet="<>/=\"' &;#![]CDATAitemlnk题\x00\x1b", max_size=150))
def test_no_body_breaks_the_reading(mess: str) -> None:
    body = f'<rss version="2.0"><channel><item>{mess}</item></channel></rss>'.encode()
    assert len(read_feed(body, url=URL, fetched_at=NOW).items) <= len(mess)
    cut_noise(mess)
    read_article(mess, url=URL)
