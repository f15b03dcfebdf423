"""The feed spider over real HTTP: against the replica, and against feeds the replica does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models import Post
from replica.server import Replica
from tests.crawlers.forums.stand_in import Page, run, stand_in
from tests.sites import NOW, serve

CLOCK = NOW.isoformat()
HOST = "news.chexun.example"
RSS = """<?xml version="1.0" encoding="{charset}"?><rss version="2.0"><channel><title>车讯早报</title>
<item><title>召回公告</title><link>https://news.chexun.example/a/1.shtml</link><author>林间</author>
<pubDate>2026-11-21 09:30:00</pubDate><description>摘要</description></item></channel></rss>"""
PART = (
    '<html><head><meta charset="gbk"><title>召回公告</title></head><body><div id="content"><h1>召回公告</h1>{}</div>'
    '<div class="pages">{}</div></body></html>'
)


def truth(replica: Replica, host: str) -> dict[str, Post]:
    return {
        post.url or "": post
        for post in replica.world.posts
        if post.platform == "feed" and host in (post.url or "")
    }


@pytest.mark.parametrize(
    ("name", "fault"), [("feed.xml", None), ("atom.xml", "no_timezone"), ("feed.json", "no_timezone")]
)
def test_articles_come_whole_from_every_kind_of_feed(tmp_path: Path, name: str, fault: str | None) -> None:
    with serve() as replica:
        if fault:
            replica.faults.on(fault)
        asked = {"url": f"https://news.example/{name}", "fulltext": True}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "news.example")
    found = {post.url or "": post for post in crawled.posts.values()}
    assert found.keys() == known.keys()
    for url, post in found.items():
        assert (post.text, post.published_at) == (known[url].text, known[url].published_at)
        assert post.author is not None
        assert post.author.name != "记者甲"  # an ordinary person, known by a pseudonym behind the door
        assert post.author.name_key == post.author.name
    line = crawled.slice(f"feed:https://news.example/{name}")
    assert (line.expected, line.got, line.because) == (4, 4, None)


def test_the_same_article_in_two_feeds_is_one(tmp_path: Path) -> None:
    with serve() as replica:
        asked = {"url": ["https://news.example/feed.xml", "https://news.example/atom.xml"]}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert len(crawled.posts) == 4
    assert sum(line.got for line in crawled.report.coverage) == 4


def test_html_instead_of_a_feed_is_named_and_never_no_news(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("feed_html")
        asked = {"url": "https://news.example/feed.xml;https://news.example/feed.json"}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert crawled.reasons == {"not_feed"}
    assert crawled.report.run.blocks == ("not_feed",)


def test_a_feed_cut_off_gives_what_came_whole(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("truncated_feed")
        crawled = run(
            "feed", {"url": "https://news.example/feed.xml"}, folder=tmp_path, proxy=replica.proxy, now=CLOCK
        )
        known = truth(replica, "news.example")
    assert 0 < len(crawled.posts) < len(known)
    assert crawled.reasons == {"truncated_feed"}


def test_since_leaves_older_articles_out(tmp_path: Path) -> None:
    with serve() as replica:
        asked = {"url": "https://news.example/feed.xml", "since": "2026-11-20T00:00:00+00:00"}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert len(crawled.posts) == 2


def test_an_article_in_parts_of_an_old_site_is_put_together(tmp_path: Path) -> None:
    first = PART.format(
        "<p>厂家日前备案了召回计划，共涉及三千四百一十二辆，生产时间为去年三月到七月。</p>",
        '<a href="1_2.shtml">下一页</a>',
    )
    second = PART.format("<p>经销商将免费更换软管，车主也可以先拨打客服热线预约，避免高速行驶。</p>", "")
    wrong = {"Content-Type": "text/html; charset=utf-8"}
    pages = {
        f"{HOST}/feed.xml": Page(RSS.format(charset="gb2312").encode("gb18030"), headers=wrong),
        f"{HOST}/a/1.shtml": Page(first.encode("gbk"), headers=wrong),
        f"{HOST}/a/1_2.shtml": Page(second.encode("gbk"), headers=wrong),
    }
    with stand_in(pages) as site:
        asked = {"url": f"https://{HOST}/feed.xml", "fulltext": True}
        crawled = run("feed", asked, folder=tmp_path, proxy=site.proxy, now="2026-11-21T04:00:00Z")
    (post,) = crawled.posts.values()
    assert post.text.startswith("召回公告\n厂家日前备案了召回计划")
    assert post.text.endswith("避免高速行驶。")
    assert post.published_at is not None
    assert post.published_at.isoformat() == "2026-11-21T01:30:00+00:00"


@pytest.mark.parametrize(
    ("robots", "article", "because"),
    [
        (b"User-agent: *\nDisallow: /a/\n", Page(b"", 404), "robots"),
        (b"", Page(b"", 404), "gone"),
        (b"", Page(b"<html><body></body></html>"), "no_full_text"),
    ],
    ids=["robots", "gone", "nothing to read"],
)
def test_where_the_page_cannot_be_had_the_feed_s_own_words_stay(
    tmp_path: Path, robots: bytes, article: Page, because: str
) -> None:
    pages = {
        f"{HOST}/robots.txt": Page(robots),
        f"{HOST}/feed.xml": Page(RSS.format(charset="utf-8").encode()),
        f"{HOST}/a/1.shtml": article,
    }
    with stand_in(pages) as site:
        asked = {"url": f"https://{HOST}/feed.xml", "fulltext": True}
        crawled = run("feed", asked, folder=tmp_path, proxy=site.proxy, now="2026-11-21T04:00:00Z")
    assert [post.text for post in crawled.posts.values()] == ["召回公告\n摘要"]
    assert crawled.reasons == {because}


def test_dates_later_than_the_fetch_are_told(tmp_path: Path) -> None:
    body = RSS.format(charset="utf-8").replace("2026-11-21 09:30:00", "Sat, 21 Nov 2026 09:30:00 GMT")
    with stand_in({f"{HOST}/feed.xml": Page(body.encode())}) as site:
        asked = {"url": f"https://{HOST}/feed.xml"}
        now = "2026-11-21T04:00:00Z"
        first = run("feed", asked, folder=tmp_path / "1", proxy=site.proxy, now=now)
        second = run(
            "feed",
            {**asked, "tz_override": "Asia/Shanghai"},
            folder=tmp_path / "2",
            proxy=site.proxy,
            now=now,
        )
    assert first.reasons == {"dates_ahead"}
    assert "tz_override" in first.log
    assert second.reasons == {None}
    (post,) = second.posts.values()
    assert post.published_at is not None
    assert post.published_at.isoformat() == "2026-11-21T01:30:00+00:00"


def test_beijing_time_called_gmt_is_noticed_and_read_right_when_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("false_zone")
        asked = {"url": "https://news.example/feed.xml"}
        first = run("feed", asked, folder=tmp_path / "1", proxy=replica.proxy, now=CLOCK)
        told = {**asked, "tz_override": "Asia/Shanghai"}
        second = run("feed", told, folder=tmp_path / "2", proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "news.example")
    assert first.reasons == {"dates_ahead"}
    assert second.reasons == {None}
    for post in second.posts.values():
        assert post.published_at == known[post.url or ""].published_at


def test_an_article_under_a_new_guid_and_a_new_link_is_the_same_post(tmp_path: Path) -> None:
    with serve() as replica:
        switch = replica.faults.on("guid_changed")
        asked = {"url": "https://news.example/feed.xml"}
        first = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        second = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "news.example")
    assert switch.struck > 1
    assert first.posts.keys() == second.posts.keys() == {post.id for post in known.values()}


def test_a_feed_that_is_not_well_formed_still_gives_its_articles(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("bozo_feed")
        asked = {"url": "https://news.example/feed.xml", "fulltext": True}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "news.example")
    assert {post.id: post.text for post in crawled.posts.values()} == {
        post.id: post.text for post in known.values()
    }
    assert crawled.reasons <= {None, "broken_feed"}


def test_a_feed_that_ended_is_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("feed_gone")
        asked = {"url": "https://news.example/feed.xml"}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert crawled.slice("feed:https://news.example/feed.xml").because == "gone"
    assert "a feed has ended; take it out of the project" in crawled.log


def test_a_feed_that_moved_for_good_is_read_and_its_new_address_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("feed_moved")
        asked = {"url": "https://news.example/feed.xml"}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    line = crawled.slice("feed:https://news.example/feed.xml")
    assert (line.got, line.expected, line.because) == (4, 4, "moved")
    assert "news.example/moved/feed.xml" in crawled.log


def test_until_leaves_newer_articles_out(tmp_path: Path) -> None:
    with serve() as replica:
        asked = {"url": "https://news.example/feed.xml", "until": "2026-11-20T00:00:00+00:00"}
        crawled = run("feed", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert len(crawled.posts) == 2
