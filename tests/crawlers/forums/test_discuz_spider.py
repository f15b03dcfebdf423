"""The Discuz! spider over real HTTP: against the replica, and against pages the replica does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from core.errors import UsageError
from core.models import Post
from replica.server import Replica
from replica.world.model import Edit, World
from tests.crawlers.forums.stand_in import Page, run, stand_in
from tests.sites import NOW, serve, small_world

CLOCK = NOW.isoformat()
GBK = "https://bbs.cheyou.example"
ONE_AT_A_TIME = {"CONCURRENT_REQUESTS": "1", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}


def truth(replica: Replica, host: str) -> dict[str, Post]:
    return {post.id: post for post in replica.world.posts if post.id.startswith(f"discuz:{host}:")}


def pages_asked(replica: Replica) -> list[str]:
    return [entry.path for entry in replica.log if entry.path != "/robots.txt"]


def test_a_gbk_site_whose_header_lies_comes_whole_and_right(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("wrong_charset")
        crawled = run("discuz", {"url": GBK}, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "bbs.cheyou.example")
    assert crawled.report.run.outcome == "finished"
    assert crawled.posts.keys() == known.keys()
    for post_id, post in crawled.posts.items():
        there = known[post_id]
        for name in ("kind", "text", "published_at", "thread_id", "floor", "media"):
            assert getattr(post, name) == getattr(there, name), (post_id, name)
        # an edge is there exactly where the site shows one: a reply to the thread itself names nobody
        assert post.root_id == (there.root_id or post_id)  # an opening is the root of itself
        assert post.parent_id == there.quoted_id, post_id
        assert post.parent_confidence == (1.0 if there.quoted_id else None)
    long = crawled.slice("thread:bbs.cheyou.example/1")
    assert (long.expected, long.got, long.because) == (45, 45, None)
    assert crawled.posts["discuz:bbs.cheyou.example:1000"].engagement.comments == 44
    assert crawled.posts["discuz:bbs.cheyou.example:1000"].engagement.views == 10


def test_noise_is_read_away_and_hidden_floors_are_named(tmp_path: Path) -> None:
    with serve() as replica:
        for fault in ("jammer", "locked_floors", "anonymous_floors"):
            replica.faults.on(fault)
        crawled = run("discuz", {"url": GBK}, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "bbs.cheyou.example")
    assert 0 < len(crawled.posts) < len(known)
    assert all(post.text == known[post_id].text for post_id, post in crawled.posts.items())
    assert any(post.author is None for post in crawled.posts.values())
    assert crawled.reasons == {"withheld", None}
    assert crawled.slice("thread:bbs.cheyou.example/1").because == "withheld"


def test_since_reads_only_what_has_news_and_a_long_thread_from_its_end(tmp_path: Path) -> None:
    with serve() as replica:
        asked = {"url": GBK, "since": "2026-11-21T09:42:00+00:00"}  # the last three floors of thread 1
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        # two pages of the guide, for rows may stand out of order; of the thread its opening and its end
        assert sorted(pages_asked(replica)) == ["/forum.php"] * 2 + [
            "/thread-1-1-1.html",
            "/thread-1-5-1.html",
        ]
    assert sorted(post.floor or 0 for post in crawled.posts.values()) == [*range(1, 11), *range(41, 46)]
    assert crawled.posts["discuz:bbs.cheyou.example:1044"].root_id == "discuz:bbs.cheyou.example:1000"


def test_lists_turn_their_pages_and_take_sticky_threads_once(tmp_path: Path) -> None:
    with serve() as replica:
        asked = {"url": GBK, "fids": "9;12"}
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "bbs.cheyou.example")
        assert pages_asked(replica).count("/thread-3-1-1.html") == 1, (
            "though it stands on both pages of the list"
        )
    assert crawled.posts.keys() == known.keys()


def test_sticky_threads_neither_end_nor_prolong_a_walk(tmp_path: Path) -> None:
    """The sticky thread is nine hours old: older than what is asked for, it is left alone."""
    with serve() as replica:
        asked = {"url": GBK, "fids": "9", "since": (NOW - timedelta(hours=8)).isoformat()}
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert {post.thread_id for post in crawled.posts.values()} == {"discuz:bbs.cheyou.example:t1"}


def test_flood_control_stops_the_crawl_and_is_not_worked_around(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("flood_control", after=4)
        crawled = run(
            "discuz", {"url": GBK}, folder=tmp_path, proxy=replica.proxy, now=CLOCK, **ONE_AT_A_TIME
        )
        assert len(pages_asked(replica)) == 5
    assert crawled.report.run.outcome == "blocked"
    assert crawled.report.run.blocks == ("challenge",)
    assert crawled.posts


@pytest.mark.parametrize(
    ("route", "outcome"),
    [("*/forum.php", "blocked"), ("*/thread-2-*", "finished")],
    ids=["site", "one thread"],
)
def test_a_login_page_is_named_and_never_an_empty_forum(tmp_path: Path, route: str, outcome: str) -> None:
    with serve() as replica:
        replica.faults.on("forum_login", route=route)
        crawled = run("discuz", {"url": GBK}, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert crawled.report.run.outcome == outcome
    assert crawled.report.run.blocks == ("login_required",)
    assert "login_required" in crawled.reasons


def test_robots_are_obeyed(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("robots_forbid")
        crawled = run("discuz", {"url": GBK}, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        assert pages_asked(replica) == []
    assert crawled.reasons == {"robots"}


def test_a_thread_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    with serve() as replica:
        asked = {"url": GBK, "threads": "2;999"}
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert crawled.slice("thread:bbs.cheyou.example/999").because == "gone"
    assert crawled.slice("thread:bbs.cheyou.example/2").because is None


def _floor(pid: int, number: int) -> str:
    return (
        f'<table id="pid{pid}"><tr><td><div class="postinfo"><strong><a id="postnum{pid}"><em>{number}</em></a></strong>'
        f'</div><em id="authorposton{pid}">发表于 2010-8-5 22:1{number}</em>'
        f'<div class="t_msgfont" id="postmessage_{pid}">第{number}楼</div></td></tr></table>'
    )


def test_an_old_site_is_found_by_its_own_addresses_and_a_missing_floor_is_named(tmp_path: Path) -> None:
    list_page = (
        '<table><tbody id="normalthread_7"><tr><th><span id="thread_7"><a href="viewthread.php?tid=7&amp;extra=page%3D1">'
        '题</a></span></th><td class="author"><cite><a href="space.php?uid=1">甲</a></cite><em>2010-8-5</em></td>'
        '<td class="nums"><strong>3</strong>/<em>9</em></td><td class="lastpost"><cite>乙</cite><em>2010-8-6 08:00</em>'
        "</td></tr></tbody></table>"
    )
    thread = (
        '<div id="postlist"><div class="hm">查看: 9 | 回复: 3</div><div id="threadtitle"><h1>题</h1></div>'
        f"{_floor(70, 1)}{_floor(71, 2)}{_floor(73, 4)}</div>"
    )
    pages = {
        "old.tuxing.example/forumdisplay.php?fid=4&page=1": Page(list_page.encode("gbk")),
        "old.tuxing.example/viewthread.php?tid=7&page=1": Page(thread.encode("gbk")),
    }
    with stand_in(pages) as site:
        asked = {"url": "http://old.tuxing.example", "fids": "4"}
        crawled = run("discuz", asked, folder=tmp_path, proxy=site.proxy, now="2010-08-07T02:00:00Z")
        assert site.asked == [
            "old.tuxing.example/robots.txt",
            "old.tuxing.example/forum-4-1.html",
            "old.tuxing.example/forum.php?mod=forumdisplay&fid=4&page=1",
            *pages,
        ]
    assert [post.text for post in crawled.posts.values()] == ["题\n第1楼", "第2楼", "第4楼"]
    line = crawled.slice("thread:old.tuxing.example/7")
    assert (line.expected, line.got, line.because) == (4, 3, "missing_floors")


def test_a_skin_that_cannot_be_read_is_not_an_empty_forum(tmp_path: Path) -> None:
    pages = {"bbs.neu.example/forum-4-1.html": Page("<div class='cards'>主题</div>".encode())}
    with stand_in(pages) as site:
        crawled = run(
            "discuz", {"url": "https://bbs.neu.example", "fids": "4"}, folder=tmp_path, proxy=site.proxy
        )
    assert crawled.reasons == {"unreadable"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "wants the site's address"),
        ({"url": "bbs.example.com"}, "wants the site's address"),
        ({"url": GBK, "zone": "Mars"}, "time zone 'Mars' is unknown"),
        ({"url": GBK, "fid": "4"}, "did you mean fids"),
    ],
)
def test_a_wrong_argument_is_told_before_anything_is_asked(
    tmp_path: Path, arguments: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        run("discuz", arguments, folder=tmp_path, proxy="http://127.0.0.1:9")


# --- versions and skins ----------------------------------------------------------------------------------


def other_board(version: str, *, skin: str = "default", charset: str = "utf-8", threads: int = 26) -> World:
    """A board of that version: a long thread with quotes, a sticky one, and lists of two pages."""
    host = "bbs.bieban.example"
    world = small_world()
    forum = replace(
        next(forum for forum in world.forums if forum.host == "bbs.cheyou.example"),
        host=host, version=version, skin=skin, charset=charset,
    )  # fmt: skip
    kept = {t.id: t for t in world.threads.values() if t.host == "bbs.cheyou.example" and t.number <= threads}
    posts = {post.id: post for post in world.posts}

    def moved(value: str | None) -> str | None:
        return value.replace("bbs.cheyou.example", host) if value else value

    written = []
    for post_id in [post_id for thread in kept.values() for post_id in thread.post_ids]:
        post = posts[post_id]
        author = structs.replace(post.author, id=moved(post.author.id)) if post.author else None
        written.append(
            structs.replace(
                post, id=moved(post.id) or "", author=author, thread_id=moved(post.thread_id),
                root_id=moved(post.root_id), parent_id=moved(post.parent_id), quoted_id=moved(post.quoted_id),
            )
        )  # fmt: skip
    moved_threads = {
        moved(key) or "": replace(
            thread,
            id=moved(thread.id) or "",
            host=host,
            post_ids=tuple(moved(i) or "" for i in thread.post_ids),
            board=9,
        )
        for key, thread in kept.items()
    }
    return World(now=NOW, posts=written, forums=(forum,), threads=moved_threads)


VERSIONS = [
    ("X2", "default", "gbk"),
    ("X2.5", "default", "utf-8"),
    ("X3.2", "default", "gbk"),
    ("X3.4", "cards", "utf-8"),
    ("X3.5", "default", "utf-8"),
    ("X5.0", "default", "utf-8"),
    ("X5.0", "cards", "utf-8"),
    ("7.2", "default", "gbk"),
]


@pytest.mark.parametrize(("version", "skin", "charset"), VERSIONS)
def test_every_version_and_skin_reads_the_same(tmp_path: Path, version: str, skin: str, charset: str) -> None:
    world = other_board(version, skin=skin, charset=charset)
    asked = {"url": "https://bbs.bieban.example", "fids": "9"}
    with serve(world) as replica:
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    known = {post.id: post for post in world.posts}
    assert crawled.posts.keys() == known.keys()
    for post_id, post in crawled.posts.items():
        there = known[post_id]
        for name in ("kind", "text", "thread_id", "floor", "media"):
            assert getattr(post, name) == getattr(there, name), (post_id, name)
        seconds = 60 if version == "7.2" else 1  # that line shows minutes
        assert post.published_at is not None
        assert there.published_at is not None
        assert abs((post.published_at - there.published_at).total_seconds()) < seconds
        assert post.parent_id == there.quoted_id
    assert crawled.reasons == {None}


@pytest.mark.parametrize("version", ["X2", "7.2", "X5.0"])
def test_hidden_and_nameless_floors_of_every_version(tmp_path: Path, version: str) -> None:
    asked = {"url": "https://bbs.bieban.example", "fids": "9"}
    with serve(other_board(version, threads=3)) as replica:
        replica.faults.on("anonymous_floors", route="*")
        replica.faults.on("locked_floors", route="*")
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert "withheld" in crawled.reasons
    assert any(post.author is None for post in crawled.posts.values())


def test_a_forum_s_feed_finds_its_newest_threads(tmp_path: Path) -> None:
    asked = {"url": GBK, "fids": "9", "rss": "true", "since": (NOW - timedelta(days=2)).isoformat()}
    with serve() as replica:
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        assert not any("forum-9" in path for path in pages_asked(replica))
        opened = {
            post.thread_id
            for post in truth(replica, "bbs.cheyou.example").values()
            if post.floor == 1 and post.published_at and post.published_at >= NOW - timedelta(days=2)
        }
        on_board = {t.id for t in replica.world.threads.values() if t.board == 9}
    assert {post.thread_id for post in crawled.posts.values()} == opened & on_board


def test_a_forum_without_a_feed_is_read_by_its_list(tmp_path: Path) -> None:
    asked = {"url": GBK, "fids": "9", "rss": "true", "max_pages": "1"}
    with serve() as replica:
        replica.faults.on("rss_closed")
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert crawled.slice("list:bbs.cheyou.example/forum-9").got == 21  # a page, and the sticky thread


@pytest.mark.parametrize("version", ["X3.4", "7.2"])
def test_deleted_floors_are_missing_and_named(tmp_path: Path, version: str) -> None:
    asked = {"url": "https://bbs.bieban.example", "threads": "1"}
    with serve(other_board(version, threads=3)) as replica:
        switch = replica.faults.on("deleted_floors", route="*")
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        floors = [post for post in replica.world.posts if (post.thread_id or "").endswith(":t1")]
        left = [post.id for post in floors if post.floor == 1 or not switch.takes(post.id)]
    line = crawled.slice("thread:bbs.bieban.example/1")
    assert (line.expected, line.got, line.because) == (45, len(left), "missing_floors")
    assert list(crawled.posts) == left


def test_a_floor_a_moderator_hid_is_told_to_be_gone(tmp_path: Path) -> None:
    with serve() as replica:
        switch = replica.faults.on("locked_floors")
        asked = {"url": GBK, "threads": "1"}
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = truth(replica, "bbs.cheyou.example").values()
        hidden = {p.id for p in known if (p.thread_id or "").endswith(":t1") and switch.takes(p.id)}
    assert {record.id for record in crawled.gone} == hidden
    assert {record.reason for record in crawled.gone} == {"blocked"}


def test_an_edited_floor_keeps_when(tmp_path: Path) -> None:
    world = small_world()
    host = "discuz:bbs.cheyou.example:"
    floor = next(post for post in world.posts if post.id == f"{host}1003")
    edited = NOW - timedelta(hours=1, minutes=7)
    world = replace(world, edits={floor.id: (Edit(at=edited, before="手滑"),)})
    with serve(world) as replica:
        asked = {"url": GBK, "threads": "1"}
        crawled = run("discuz", asked, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert crawled.posts[floor.id].edited_at == edited
    assert crawled.posts[floor.id].text == floor.text
    assert {post.edited_at for post in crawled.posts.values()} == {None, edited}
