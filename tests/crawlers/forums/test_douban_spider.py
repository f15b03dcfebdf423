"""The Douban spider over real HTTP against the replica: all there is, and what it does about each fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import UsageError
from replica.server import Replica
from tests.crawlers.forums.elsewhere import CLOCK, differences, serve_wide, truth, wide
from tests.crawlers.forums.stand_in import Crawled, Page, run, stand_in

GROUPS = {"groups": "kouhong-lab;https://www.douban.com/group/900102/"}
SIZE = 0.2
ONE_AT_A_TIME = {"CONCURRENT_REQUESTS": "1", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}


def crawl(
    replica: Replica, folder: Path, asked: Mapping[str, str] = GROUPS, *, one_at_a_time: bool = False
) -> Crawled:
    settings = ONE_AT_A_TIME if one_at_a_time else {}
    return run("douban", asked, folder=folder, proxy=replica.proxy, now=CLOCK, **settings)


def asked_for(replica: Replica) -> Counter[str]:
    paths = (entry.path for entry in replica.log if entry.path != "/robots.txt")
    return Counter("list" if path.endswith("/discussion") else "topic" for path in paths)


def test_groups_come_whole_with_every_reply_and_quote(tmp_path: Path) -> None:
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path)
        asked = asked_for(replica)
    assert crawled.report.run.outcome == "finished"
    assert differences(crawled, truth("douban"), "media", "region", "engagement.likes") == []
    assert all(post.parent_confidence == 1.0 for post in crawled.posts.values() if post.parent_id)
    assert crawled.reasons == {None}
    assert asked == {"list": 3, "topic": 62 + 1}  # one group has two pages, one topic too
    (long,) = [t for t in wide().threads.values() if t.id.startswith("douban") and len(t.post_ids) > 100]
    line = crawled.slice(f"topic:{long.number}")
    assert (line.expected, line.got) == (129, 129)


def test_removed_replies_are_not_stored_and_the_run_says_so(tmp_path: Path) -> None:
    known = truth("douban", SIZE)
    with serve_wide(SIZE) as replica:
        replica.faults.on("removed_replies")
        crawled = crawl(replica, tmp_path)
    assert 0 < len(crawled.posts) < len(known)
    assert all(post.text == known[key].text for key, post in crawled.posts.items())
    assert {one.id for one in crawled.gone} == known.keys() - crawled.posts.keys()
    assert "withheld" in crawled.reasons


@pytest.mark.parametrize(
    ("fault", "block"),
    [("douban_check", "captcha"), ("douban_ip", "ip_blocked")],
)
def test_a_refusal_of_the_site_ends_the_crawl_at_once(tmp_path: Path, fault: str, block: str) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on(fault, after=3)
        crawled = crawl(replica, tmp_path, one_at_a_time=True)
        assert sum(asked_for(replica).values()) == 4
        assert {entry.host for entry in replica.log} == {"www.douban.com"}  # no wall is walked into
    assert crawled.report.run.outcome == "blocked"
    assert crawled.report.run.blocks == (block,)
    assert crawled.posts


@pytest.mark.parametrize(
    ("asked", "route", "outcome"),
    [
        ({"groups": "kouhong-lab"}, "*/discussion", "blocked"),
        (GROUPS, "*/kouhong-lab/discussion", "finished"),
    ],
    ids=["all there is", "one of two groups"],
)
def test_a_login_wall_is_named_and_never_an_empty_group(
    tmp_path: Path, asked: Mapping[str, str], route: str, outcome: str
) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on("douban_login", route=route)
        crawled = crawl(replica, tmp_path, asked)
    assert crawled.report.run.outcome == outcome
    assert crawled.report.run.blocks == ("login_required",)
    assert crawled.slice("group:kouhong-lab").because == "login_required"


def test_the_wait_a_site_asks_for_is_kept(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on("rate_limited", route="www.douban.com/group/*", after=2, times=1, seconds=0)
        crawled = crawl(replica, tmp_path)
    assert crawled.report.run.blocks == ("rate_limited",)
    assert differences(crawled, truth("douban", SIZE)) == []


def test_since_reads_topics_with_news_from_their_end(tmp_path: Path) -> None:
    known = truth("douban")
    moment = "2026-11-18T00:00:00+00:00"
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path, GROUPS | {"since": moment})
    fresh = {k for k, post in known.items() if post.published_at and post.published_at.isoformat() >= moment}
    assert fresh <= crawled.posts.keys()
    assert len(crawled.posts) < len(known)
    pinned = {t.id for t in wide().threads.values() if t.id.startswith("douban") and t.sticky}
    assert pinned
    assert not any(post.thread_id in pinned for post in crawled.posts.values())


def test_until_leaves_out_what_came_later(tmp_path: Path) -> None:
    moment = "2026-11-12T00:00:00+00:00"
    with serve_wide(SIZE) as replica:
        crawled = crawl(replica, tmp_path, GROUPS | {"until": moment})
    known = truth("douban", SIZE)
    within = {k for k, post in known.items() if post.published_at and post.published_at.isoformat() <= moment}
    assert crawled.posts.keys() == within


def test_lists_and_topics_are_cut_where_they_are_told_to_and_say_so(tmp_path: Path) -> None:
    (long,) = [
        t.number for t in wide().threads.values() if t.id.startswith("douban") and len(t.post_ids) > 100
    ]
    cuts = {"max_pages": "1", "max_topic_pages": "1"}
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path, {"groups": "kouhong-lab", "topics": f"douban:t{long};42"} | cuts)
    assert crawled.slice("group:kouhong-lab").because == "max_pages"
    line = crawled.slice(f"topic:{long}")
    assert (line.expected, line.got, line.because) == (129, 101, "max_thread_pages")
    assert crawled.slice("topic:42").because == "gone"
    assert {one.id for one in crawled.gone} == {"douban:t42"}


@pytest.mark.parametrize(
    ("page", "because", "blocks"),
    [
        (Page("<p>该小组为私密小组</p>".encode()), "members_only", ("members_only",)),
        (Page("<title>豆瓣</title><p>载入中 ...</p>".encode()), "challenge", ("challenge",)),
        (Page("<p>该小组已被解散</p>".encode()), "gone", ()),
        (Page("<p>新的版面</p>".encode()), "unreadable", ()),
        (Page(b'<table class="olt"><tr class="th"><td></td></tr></table>'), None, ()),
    ],
    ids=["private", "challenge", "gone", "redesign", "really empty"],
)
def test_a_page_without_topics_says_why(
    tmp_path: Path, page: Page, because: str | None, blocks: tuple[str, ...]
) -> None:
    with stand_in({"www.douban.com/group/x/discussion?start=0&type=new": page}) as site:
        crawled = run("douban", {"groups": "x"}, folder=tmp_path, proxy=site.proxy, now=CLOCK)
    assert crawled.slice("group:x").because == because
    assert crawled.report.run.blocks == blocks


@pytest.mark.parametrize(("arguments", "said"), [({}, "wants groups"), ({"topics": "abc"}, "is not a topic")])
def test_a_wrong_argument_is_told(tmp_path: Path, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run("douban", arguments, folder=tmp_path, proxy="http://127.0.0.1:9")
