"""The V2EX spider over real HTTP against the replica: all there is, and what it does about each fault."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import UsageError
from replica.server import Replica
from tests.crawlers.forums.elsewhere import CLOCK, differences, serve_wide, truth, wide
from tests.crawlers.forums.stand_in import Crawled, Page, run, stand_in

NODES = {"nodes": "cheyou;hufu"}
SIZE = 0.2


def crawl(replica: Replica, folder: Path, asked: Mapping[str, str] = NODES) -> Crawled:
    return run("v2ex", asked, folder=folder, proxy=replica.proxy, now=CLOCK)


def asked_for(replica: Replica) -> Counter[str]:
    return Counter(entry.path.removeprefix("/api/") for entry in replica.log if entry.path != "/robots.txt")


def test_nodes_come_whole_with_every_reply_and_whom_it_calls(tmp_path: Path) -> None:
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path)
        asked = asked_for(replica)
    assert crawled.report.run.outcome == "finished"
    assert differences(crawled, truth("v2ex"), "floor", "media") == []
    assert crawled.reasons == {None}
    nodes = Counter(t.board for t in wide().threads.values() if t.id.startswith("v2ex"))
    line = crawled.slice("node:cheyou")
    assert (line.expected, line.got) == (nodes[790], nodes[790])
    (long,) = [t for t in wide().threads.values() if t.id.startswith("v2ex") and len(t.post_ids) > 100]
    whole = crawled.slice(f"topic:{long.number}")
    assert (whole.expected, whole.got) == (131, 131)
    answered = sum(len(t.post_ids) > 1 for t in wide().threads.values() if t.id.startswith("v2ex"))
    assert asked["replies/show.json"] == answered + 1  # one topic has more than a page holds


def test_an_api_without_pages_is_noticed(tmp_path: Path) -> None:
    with serve_wide() as replica:
        replica.faults.on("no_api_pages")
        crawled = crawl(replica, tmp_path, {"nodes": "cheyou"})
        assert asked_for(replica)["topics/show.json"] == 2
    line = crawled.slice("node:cheyou")
    assert (line.got, line.because) == (20, "repeated_page")
    assert crawled.posts.keys() <= truth("v2ex").keys()


def test_the_spent_hour_is_waited_out(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on("api_quota", after=2, times=1, seconds=0)
        crawled = crawl(replica, tmp_path)
    assert crawled.report.run.blocks == ("rate_limited",)
    assert crawled.report.run.outcome == "finished"
    assert differences(crawled, truth("v2ex", SIZE)) == []


def test_a_longer_wait_than_a_run_may_take_stops_it(tmp_path: Path) -> None:
    with serve_wide(SIZE) as replica:
        replica.faults.on("api_quota", after=1, seconds=3600)
        crawled = crawl(replica, tmp_path)
    assert crawled.report.run.outcome == "blocked"
    assert "rate_limited" in crawled.reasons


def test_the_newest_are_one_page_and_the_run_says_when_that_is_too_short(tmp_path: Path) -> None:
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path, {"since": "2026-09-01"})
    line = crawled.slice("list:latest")
    assert (line.got, line.because) == (20, "list_capped")


def test_since_and_until_bound_what_is_taken(tmp_path: Path) -> None:
    since, until = "2026-11-12T00:00:00+00:00", "2026-11-18T00:00:00+00:00"
    with serve_wide() as replica:
        crawled = crawl(replica, tmp_path, NODES | {"since": since, "until": until})
    known = truth("v2ex")
    within = {
        k
        for k, post in known.items()
        if post.published_at and since <= post.published_at.isoformat() <= until
    }
    assert within <= crawled.posts.keys()
    assert all(
        post.published_at and post.published_at.isoformat() <= until for post in crawled.posts.values()
    )
    assert len(crawled.posts) < len(known)


def test_topics_by_number_and_address_and_one_that_is_gone(tmp_path: Path) -> None:
    number = next(t.number for t in wide(SIZE).threads.values() if t.id.startswith("v2ex"))
    with serve_wide(SIZE) as replica:
        asked = {"topics": f"https://www.v2ex.com/t/{number}#reply3;v2ex:t42", "replies": "no"}
        crawled = crawl(replica, tmp_path, asked)
    assert crawled.posts.keys() == {f"v2ex:t{number}"}
    assert crawled.slice("topic:42").because == "gone"
    assert {one.id for one in crawled.gone} == {"v2ex:t42"}
    assert crawled.slice(f"topic:{number}").because == "comments_left_out"


@pytest.mark.parametrize(
    ("page", "because", "blocks"),
    [
        (Page(b'{"status":"error","message":"Node Not Found"}'), "unreadable", ()),
        (Page(b'{"message":"You need to sign in"}', 403), "members_only", ("members_only",)),
        (Page(b"<html>503</html>"), "not_json", ("not_json",)),
        (Page(b"", 404), "gone", ()),
        (Page(json.dumps([{"id": 1}]).encode()), "unreadable", ()),
    ],
    ids=["error", "members", "html", "404", "no title"],
)
def test_what_is_no_list_is_never_an_empty_node(
    tmp_path: Path, page: Page, because: str, blocks: tuple[str, ...]
) -> None:
    with stand_in({"www.v2ex.com/api/topics/show.json?node_name=x&page=1": page}) as site:
        crawled = run("v2ex", {"nodes": "x"}, folder=tmp_path, proxy=site.proxy, now=CLOCK)
    assert crawled.slice("node:x").because == because
    assert crawled.report.run.blocks == blocks


def test_a_wrong_topic_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a topic"):
        run("v2ex", {"topics": "abc"}, folder=tmp_path, proxy="http://127.0.0.1:9")
