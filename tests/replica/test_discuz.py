"""Discuz! boards in both charsets: lists, the guide, threads, quotes, dates, paging."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from parsel import Selector

from core.models import Kind, Post
from replica.server import Replica
from replica.world.model import World
from tests.sites import get

GBK, UTF8 = "bbs.cheyou.example", "bbs.riji.example"
CHARSETS = {GBK: "gbk", UTF8: "utf-8"}


def ask(replica: Replica, host: str, path: str, status: int = 200) -> Selector:
    page = get(replica.proxy, f"http://{host}{path}")
    assert page.status == status
    assert page.headers["content-type"] == f"text/html; charset={CHARSETS[host]}"
    return Selector(page.text(CHARSETS[host]))


def walk(replica: Replica, host: str, path: str) -> list[Selector]:
    """Every page from `path` by its next links."""
    pages = []
    while path:
        page = ask(replica, host, path)
        pages.append(page)
        link = page.css(".pg a.nxt::attr(href)").get()
        parts = urlsplit(urljoin(f"http://{host}/", link)) if link else None
        path = f"{parts.path}?{parts.query}".rstrip("?") if parts else ""
    return pages


def of_host(world: World, host: str) -> list[Post]:
    return [post for post in world.posts if post.id.startswith(f"discuz:{host}:")]


@pytest.mark.parametrize("host", CHARSETS)
def test_the_guide_lists_every_thread_newest_first(replica: Replica, world: World, host: str) -> None:
    tids = [
        int(row.removeprefix("normalthread_"))
        for page in walk(replica, host, "/forum.php?mod=guide&view=newthread")
        for row in page.css("tbody[id^=normalthread_]::attr(id)").getall()
    ]
    assert tids == sorted(thread.number for thread in world.threads.values() if thread.host == host)


def test_the_guide_puts_the_section_before_the_author(replica: Replica) -> None:
    row = ask(replica, GBK, "/forum.php?mod=guide&view=newthread").css("#normalthread_1")
    assert row.css("td.by")[0].css("a::text").get() == "用车交流"
    assert row.css("td.by")[1].css("cite a::text").get() == "会员1001"


def test_a_section_pages_by_twenty_and_shows_sticky_threads_on_top(replica: Replica, world: World) -> None:
    pages = walk(replica, GBK, "/forum-9-1.html")
    plain = [row for page in pages for row in page.css("tbody[id^=normalthread_]::attr(id)").getall()]
    assert len(pages) == 2
    assert len(plain) == len(set(plain)) == 32
    assert all(page.css("tbody[id^=stickthread_]::attr(id)").getall() == ["stickthread_3"] for page in pages)
    assert pages[0].css(".pg label span::attr(title)").get() == "共 2 页"
    by_query = ask(replica, GBK, "/forum.php?mod=forumdisplay&fid=9&page=2")
    assert by_query.css("tbody::attr(id)").getall() == pages[1].css("tbody::attr(id)").getall()


def test_a_row_of_a_list(replica: Replica) -> None:
    row = ask(replica, GBK, "/forum-9-1.html").css("#normalthread_1")
    assert row.css("a.s.xst::text").get() == "主题1：刹车异响 <求助> & 讨论"
    assert row.css("a.s.xst::attr(href)").get() == "thread-1-1-1.html"
    assert row.xpath('(.//td[@class="by"])[1]//span[@title]/@title').get() == "2026-11-21"
    assert row.xpath('(.//td[@class="by"])[1]//span[@title]/text()').get() == "3\xa0小时前"
    assert row.xpath('(.//td[@class="by"])[2]//em/a/span/@title').get() == "2026-11-21 17:44"
    assert (row.css("td.num a::text").get(), row.css("td.num em::text").get()) == ("44", "10")
    assert row.css(".tps a::text").getall() == ["2", "3", "4", "5"]


@pytest.mark.parametrize("host", CHARSETS)
def test_walking_a_thread_gives_every_floor_with_its_text(replica: Replica, world: World, host: str) -> None:
    posts = {post.id: post for post in of_host(world, host) if post.thread_id == f"discuz:{host}:t1"}
    seen: dict[str, str] = {}
    floors: list[int] = []
    for page in walk(replica, host, "/thread-1-1-1.html"):
        for table in page.css("#postlist > div[id^=post_] > table[id^=pid]"):
            pid = table.attrib["id"].removeprefix("pid")
            body = table.css(f"td.t_f#postmessage_{pid}")
            body.css("div.quote").drop()
            seen[f"discuz:{host}:{pid}"] = "".join(body.xpath(".//text()").getall()).strip()
            floors.append(int(table.css(f"#postnum{pid} em::text").get() or 0))
            author = posts[f"discuz:{host}:{pid}"].author
            assert author is not None
            assert table.css(".authi a.xw1::text").get() == author.name
    assert floors == list(range(1, 46))
    assert set(seen) == set(posts)
    for post_id, text in seen.items():
        expected = (
            posts[post_id].text.split("\n", 1)[1]
            if posts[post_id].kind is Kind.THREAD
            else posts[post_id].text
        )
        assert re.sub(r"\n+", "\n", text) == expected


def test_quotes_are_the_edges_and_only_they(replica: Replica, world: World) -> None:
    truth = {p.id.rsplit(":", 1)[1]: p.quoted_id for p in of_host(world, UTF8) if p.quoted_id}
    seen = {}
    for page in walk(replica, UTF8, "/thread-1-1-1.html"):
        for cell in page.css("td.t_f"):
            link = cell.css("div.quote blockquote a::attr(href)").get()
            if link:
                found = re.search(r"goto=findpost&pid=(\d+)&ptid=1", link)
                assert found is not None
                seen[cell.attrib["id"].removeprefix("postmessage_")] = f"discuz:{UTF8}:{found[1]}"
    assert seen == {pid: quoted for pid, quoted in truth.items() if pid.startswith("10")}


def test_a_thread_page_has_its_head_pictures_and_dates(replica: Replica) -> None:
    page = ask(replica, GBK, "/thread-1-1-1.html")
    assert page.css("#thread_subject::text").get() == "主题1：刹车异响 <求助> & 讨论"
    assert page.css(".hm .xi1::text").getall() == ["10", "44"]
    assert page.css("meta[name=generator]::attr(content)").get() == "Discuz! X3.4"
    assert page.css("#postmessage_1000 img::attr(file)").get() == "data/attachment/forum/10000.jpg"
    assert page.css("#authorposton1000 span::attr(title)").get() == "2026-11-21 17:00:00"
    assert page.css("#authorposton1000 span::text").get() == "3\xa0小时前"
    old = ask(replica, GBK, "/thread-65-1-1.html").css("#authorposton65000")
    assert old.xpath("string()").get() == "发表于 2026-11-13 17:00:00"


def test_plain_addresses_lead_to_the_same_thread(replica: Replica) -> None:
    a = ask(replica, GBK, "/forum.php?mod=viewthread&tid=1&page=2").css("div[id^=post_]::attr(id)").getall()
    b = ask(replica, GBK, "/thread-1-2-1.html").css("div[id^=post_]::attr(id)").getall()
    assert a == b


def test_what_is_not_there_says_so(replica: Replica) -> None:
    page = ask(replica, GBK, "/thread-999-1-1.html", status=404)
    assert "指定的主题不存在" in (page.css("#messagetext p::text").get() or "")


def test_robots_forbids_what_a_shipped_board_forbids(replica: Replica) -> None:
    text = get(replica.proxy, f"http://{GBK}/robots.txt").text()
    assert "Disallow: /search.php" in text
    assert "Disallow: /api/" in text
    assert "viewthread" not in text
