"""Timelines and super-topics, held against the world's truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from core.errors import TingfengError
from replica.sites.weibo_containers import supertopic
from tests.crawlers.crawling import run
from tests.crawlers.weibo.made import COMMENTS, MID, STARS, crowd
from tests.sites import NOW, serve


@pytest.mark.parametrize("fault", [None, "string_card_type", "pinned_first", "pics_as_object"])
def test_a_timeline_to_its_end(tmp_path: Path, fault: str | None) -> None:
    with serve() as replica:
        if fault:
            replica.faults.on(fault)
        got = run(replica, tmp_path, {"users": "9900000002", "depth": "profile"})
    assert got.posts.keys() == STARS.keys()
    assert got.coverage("profile:").got == 1
    assert got.coverage("timeline:").because is None


def test_a_timeline_since_a_day(tmp_path: Path) -> None:
    since = NOW.replace(year=2025, month=12)
    with serve() as replica:
        replica.faults.on("pinned_first")
        got = run(replica, tmp_path, {"users": "9900000002", "since": since.isoformat()})
    assert got.posts.keys() == {i for i, p in STARS.items() if p.published_at and p.published_at >= since}


def test_a_visitor_sees_the_first_page(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(
            replica, tmp_path, {"users": "9900000002", "posts": MID, "depth": "comments,reposts"}, login=False
        )
        assert "login" not in {entry.identity for entry in replica.log}
        issued = [entry for entry in replica.log if entry.path == "/visitor/genvisitor2"]
        assert len(issued) == 1, "one visitor identity serves the whole run"
        assert 432 not in {entry.status for entry in replica.log}
    assert got.coverage("timeline:").because == "visitor_limit"
    assert got.coverage("timeline:").got == 10
    assert got.coverage("comments:").because == "visitor_limit"
    assert 0 < got.coverage("comments:").got < len(COMMENTS)
    reposts = got.coverage("reposts:")
    assert (reposts.got, reposts.because) == (0, "login_required")
    assert got.report.run.blocks == ("login_required",)


def test_a_timeline_of_the_desktop_site(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"users": "9900000002", "timeline": "desktop", "depth": "profile"})
        assert {e.host for e in replica.log if e.path != "/robots.txt"} <= {"weibo.com", "m.weibo.cn"}
        assert "/ajax/profile/info" in {entry.path for entry in replica.log}
    assert got.posts.keys() == STARS.keys()
    assert got.coverage("timeline:").because is None


def test_a_backfill_takes_ten_days_at_a_time(tmp_path: Path) -> None:
    since = NOW - timedelta(days=310)
    with serve() as replica:
        span = {"since": since.isoformat(), "until": NOW.isoformat()}
        got = run(replica, tmp_path, {"users": "9900000002", "timeline": "backfill", **span})
        asked = [entry for entry in replica.log if entry.path.endswith("/searchProfile")]
    wanted = {i for i, p in STARS.items() if p.published_at and p.published_at >= since}
    assert len(wanted) == 25
    assert got.posts.keys() == wanted
    lines = [line for line in got.report.coverage if line.slice.startswith("timeline:")]
    assert len(lines) == 31
    assert len(asked) <= 33, "one request for an empty stretch"
    assert all(line.expected == line.got and line.because is None for line in lines)


def test_a_backfill_wants_a_start_and_a_login(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(
            replica, tmp_path, {"users": "9900000002", "timeline": "backfill", "since": "5d"}, login=False
        )
    assert got.coverage("timeline:").because == "login_required"
    with serve() as replica, pytest.raises(TingfengError, match="from when"):
        run(replica, tmp_path / "2", {"users": "9900000002", "timeline": "backfill"})


def test_a_super_topic_to_its_end(tmp_path: Path) -> None:
    start = NOW - timedelta(days=1)
    world = crowd({"北京": 34}, since=start, span=timedelta(days=1))
    world = replace(world, posts=[structs.replace(post, topics=("桂花",)) for post in world.posts])
    container = supertopic("桂花")
    with serve(world) as replica:
        got = run(replica, tmp_path, {"supertopics": f"https://weibo.com/p/{container}/super_index"})
        seen = run(replica, tmp_path / "guest", {"supertopics": container}, login=False)
    assert got.posts.keys() == {post.id for post in world.posts}
    assert got.coverage(f"supertopic:{container}").because is None
    assert (len(seen.posts), seen.coverage("supertopic:").because) == (10, "visitor_limit")
