"""The Tieba spider over real HTTP against the replica: all there is, and what it does about each fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import UsageError
from replica.server import Replica
from tests.crawlers.forums.elsewhere import CLOCK, differences, serve_wide, truth, wide
from tests.crawlers.forums.stand_in import Crawled, Page, run, stand_in

BARS = {"bars": "澜石s7;素白护肤"}
SIZE = 0.2  # of the world, where nothing turns on long lists
ONE_AT_A_TIME = {"CONCURRENT_REQUESTS": "1", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}


def crawl(
    replica: Replica, folder: Path, asked: Mapping[str, str] = BARS, *, one_at_a_time: bool = False
) -> Crawled:
    settings = ONE_AT_A_TIME if one_at_a_time else {}
    return run("tieba", asked, folder=folder, proxy=replica.proxy, now=CLOCK, **settings)


def asked_for(replica: Replica) -> Counter[str]:
    """Requests by the first part of the path: f, p, comments."""
    kinds = {"/f": "list", "/f/search/res": "search", "/p/totalComment": "comments", "/p/comment": "floor"}
    return Counter(kinds.get(entry.path, "thread") for entry in replica.log if entry.path != "/robots.txt")


def test_bars_come_whole_with_every_floor_and_reply(tmp_path: Path) -> None:
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path)
        asked = asked_for(replica)
    assert crawled.report.run.outcome == "finished"
    assert differences(crawled, truth("tieba"), "floor", "region", "media") == []
    assert asked["list"] == 3  # the first bar has two pages
    assert crawled.reasons == {None}
    (long,) = [thread for thread in wide().threads.values() if len(thread.post_ids) > 200]
    line = crawled.slice(f"thread:{long.number}")
    assert (line.expected, line.got) == (len(long.post_ids) - 1, len(long.post_ids))
    opening = crawled.posts[long.post_ids[0]]
    assert opening.engagement.comments == len(long.post_ids) - 1
    assert all(post.parent_confidence in (1.0, 0.8) for post in crawled.posts.values() if post.parent_id)


def test_torn_attributes_lose_nothing(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        switch = replica.faults.on("torn_attributes", share=0.5)
        crawled = crawl(replica, tmp_path)
        assert switch.struck
    assert differences(crawled, truth("tieba", SIZE), "floor", "region") == []


def test_the_cards_of_2026_lead_to_the_same_threads(tmp_path: Path) -> None:
    with serve_wide() as replica:
        replica.faults.on("tieba_cards")
        crawled = crawl(replica, tmp_path, {"bars": "澜石s7吧", "comments": "no"})
        assert asked_for(replica)["list"] == 2
    board = {t.id for t in wide().threads.values() if t.id.startswith("tieba") and t.board == 27_900_001}
    known = {
        key: post
        for key, post in truth("tieba").items()
        if post.thread_id in board and post.kind != "comment"
    }
    assert differences(crawled, known) == []
    assert (
        "comments_left_out" in crawled.reasons
    )  # it says itself that replies below floors were not asked for


def test_where_a_pages_replies_fail_they_are_asked_floor_by_floor(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on("tieba_comments_fail")
        crawled = crawl(replica, tmp_path)
    assert differences(crawled, truth("tieba", SIZE)) == []
    assert crawled.reasons == {None}


@pytest.mark.parametrize("fault", ["tieba_check", "tieba_check_redirect"])
def test_a_security_page_ends_the_crawl_at_once(tmp_path: Path, fault: str) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on(fault, after=3)
        crawled = crawl(replica, tmp_path, one_at_a_time=True)
        assert sum(asked_for(replica).values()) == 4  # nothing after the first sign
        assert {entry.host for entry in replica.log} == {"tieba.baidu.com"}  # the captcha is not opened
    assert crawled.report.run.outcome == "blocked"
    assert crawled.report.run.blocks == ("captcha",)
    assert "captcha" in crawled.reasons
    assert crawled.posts


def test_a_full_stop_is_waited_out(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on("rate_limited", route="tieba.baidu.com/p/*", after=2, times=1, seconds=0)
        crawled = crawl(replica, tmp_path)
    assert crawled.report.run.blocks == ("rate_limited",)
    assert differences(crawled, truth("tieba", SIZE)) == []


def test_since_reads_threads_with_news_from_their_end(tmp_path: Path) -> None:
    known = truth("tieba")
    moment = "2026-11-19T12:00:00+00:00"
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path, BARS | {"since": moment})
        asked = asked_for(replica)
    fresh = {
        key for key, post in known.items() if post.published_at and post.published_at.isoformat() >= moment
    }
    floors = {key for key in fresh if known[key].kind != "comment"}
    assert floors <= crawled.posts.keys()
    assert len(crawled.posts) < len(known)
    pinned = {t.id for t in wide().threads.values() if t.id.startswith("tieba") and t.sticky}
    assert pinned
    assert not any(post.thread_id in pinned for post in crawled.posts.values())
    assert asked["thread"] < 72


def test_until_leaves_out_what_came_later(tmp_path: Path) -> None:
    moment = "2026-11-10T00:00:00+00:00"
    with serve_wide(SIZE) as replica:
        crawled = crawl(replica, tmp_path, BARS | {"until": moment})
    known = {
        key: post
        for key, post in truth("tieba", SIZE).items()
        if post.published_at and post.published_at.isoformat() <= moment
    }
    assert crawled.posts.keys() == known.keys()


def test_a_search_reads_the_threads_it_hits(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        crawled = crawl(replica, tmp_path, {"search": "澜石"})
        assert asked_for(replica)["search"] >= 1
    known = truth("tieba", SIZE)
    hit = {post.thread_id for post in known.values() if "澜石" in post.text}
    assert crawled.posts.keys() == {key for key, post in known.items() if post.thread_id in hit}


def test_lists_and_threads_are_cut_where_they_are_told_to_and_say_so(tmp_path: Path) -> None:
    (long,) = [thread.number for thread in wide().threads.values() if len(thread.post_ids) > 200]
    cuts = {"max_pages": "1", "max_thread_pages": "1", "comments": "no"}
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path, {"bars": "澜石s7", "threads": str(long), **cuts})
    assert crawled.slice("bar:澜石s7").because == "max_pages"
    assert crawled.slice(f"thread:{long}").because == "comments_left_out"  # the first reason stays
    assert crawled.slice(f"thread:{long}").got == 30


def test_what_is_gone_is_said_to_be(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        crawled = crawl(replica, tmp_path, {"bars": "无此", "threads": "42"})
    assert crawled.slice("thread:42").because == "gone"
    assert crawled.slice("bar:无此").because == "gone"


@pytest.mark.parametrize(
    ("page", "because", "blocks"),
    [
        (Page("<title>百度安全验证</title>".encode(), 403), "captcha", ("captcha",)),
        (Page(b"blocked"), "captcha", ("captcha",)),
        (Page(b""), "empty_answer", ("empty_answer",)),
        (Page("<p>请登录后查看更多内容</p>".encode()), "login_required", ("login_required",)),
        (Page("<p>抱歉，本吧暂不开放</p>".encode()), "closed", ()),
        (Page("<p>一个新的版面</p>".encode()), "unreadable", ()),
    ],
    ids=["403", "blocked", "empty", "login", "closed", "redesign"],
)
def test_a_page_without_threads_is_never_an_empty_bar(
    tmp_path: Path, page: Page, because: str, blocks: tuple[str, ...]
) -> None:
    with stand_in({"tieba.baidu.com/f?kw=s7&ie=utf-8&pn=0": page}) as site:
        crawled = run("tieba", {"bars": "s7"}, folder=tmp_path, proxy=site.proxy, now=CLOCK)
    assert crawled.slice("bar:s7").because == because
    assert crawled.report.run.blocks == blocks


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "wants bars"),
        ({"bars": "s7", "threads": "abc"}, "is not a thread"),
        ({"bar": "s7"}, "did you mean bars"),
    ],
)
def test_a_wrong_argument_is_told(tmp_path: Path, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run("tieba", arguments, folder=tmp_path, proxy="http://127.0.0.1:9")
