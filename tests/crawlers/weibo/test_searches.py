"""Searches, held against the world's truth: sliced until each slice fits, and holes told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core.models import Post
from tests.crawlers.crawling import run
from tests.crawlers.weibo.made import REPOSTS, ROOT, TARTS, crowd
from tests.sites import NOW, serve


def test_a_search_is_sliced_until_each_slice_fits(tmp_path: Path) -> None:
    """620 hits do not fit into 50 pages of 10; halved by time they do."""
    asked = {"search": "蛋挞", "since": "2026-11-17", "until": "2026-11-22"}
    with serve() as replica:
        got = run(replica, tmp_path, asked)
        pages = [entry.query for entry in replica.log if entry.path == "/weibo"]
    assert got.posts.keys() == TARTS.keys()
    assert "split" in {line.because for line in got.report.coverage}
    assert "truncated" not in {line.because for line in got.report.coverage}
    assert len(pages) < 75, "page 1 of a slice that is split is not asked for again"


def test_a_search_that_cannot_be_sliced_says_that_it_was_cut(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"search": "蛋挞"})
        pages = {entry.query for entry in replica.log if entry.path == "/weibo"}
    assert len(got.posts) == 500
    assert got.coverage("search:").because == "truncated"
    assert not any("page=51" in query for query in pages)


def test_page_51_is_page_1_again(tmp_path: Path) -> None:
    """A list that grew shorter meanwhile shows page 1 past its end: its posts count once."""
    with serve() as replica:
        replica.faults.on("short_page_list")
        replica.faults.on("page_overflow")
        got = run(replica, tmp_path, {"search": "蛋挞", "since": "2026-11-20T20", "until": "2026-11-21T21"})
    wanted = {i for i, p in TARTS.items() if p.published_at and p.published_at >= NOW.replace(day=20)}
    assert got.posts.keys() >= wanted
    assert sum(line.got for line in got.report.coverage) == len(got.posts)


def test_omitted_results_are_asked_for(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("omitted_results")
        got = run(replica, tmp_path, {"search": "青禾E5 交付"})
        asked = [entry.query for entry in replica.log if entry.path == "/weibo"]
    assert ROOT.id in got.posts
    assert any("nodup=1" in query for query in asked)
    line = got.coverage("search:")
    assert line.got == line.expected


def test_an_empty_search_is_asked_once_more_and_then_believed(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"search": "没有人写过这句话"})
        assert len([entry for entry in replica.log if entry.path == "/weibo"]) == 2
    line = got.coverage("search:")
    assert (line.got, line.because) == (0, None)
    assert got.report.run.outcome == "finished"


def test_a_hole_in_the_middle_of_a_search_is_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("empty_page")
        got = run(replica, tmp_path, {"search": "蛋挞", "since": "2026-11-21T12", "until": "2026-11-21T21"})
    assert got.coverage("search:").because == "empty_page"
    assert 0 < len(got.posts) < 20


def test_hits_bring_their_roots(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"search": "来看热闹"})
    hits = {i for i, p in REPOSTS.items() if "来看热闹" in p.text}
    assert hits <= got.posts.keys()
    assert ROOT.id in got.posts
    assert {got.posts[hit].root_id for hit in hits} == {ROOT.id}


def test_several_queries_and_a_file_of_them(tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_text("#! words\n#青禾E5#\n下雪\n", "utf-8")
    with serve() as replica:
        got = run(replica, tmp_path, {"search": f"@{queries}"})
        asked = " ".join(entry.query for entry in replica.log if entry.path == "/weibo")
    assert "q=%23%E9%9D%92%E7%A6%BEE5%23" in asked, "a hashtag is escaped, or it would cut the address"
    assert [line.slice for line in got.report.coverage] == ["search:#青禾E5#", "search:下雪"]
    assert isinstance(got.posts[ROOT.id], Post)


HOUR_AGO = NOW - timedelta(hours=1)
THE_HOUR = {"since": HOUR_AGO.isoformat(), "until": NOW.isoformat()}


def test_a_full_hour_is_cut_by_province_and_a_full_province_by_city(tmp_path: Path) -> None:
    world = crowd(
        {"广东 广州": 450, "广东 深圳": 450, "上海": 470, "海外 日本": 30, "": 25},
        since=HOUR_AGO,
        span=timedelta(hours=1),
    )
    with serve(world) as replica:
        got = run(replica, tmp_path, {"search": "桂花", **THE_HOUR})
    assert got.posts.keys() == {post.id for post in world.posts}
    assert sum(line.got for line in got.report.coverage) == len(world.posts), "each counts once"
    named = {" ".join(line.slice.split()[2:]): line for line in got.report.coverage}
    assert named[""].because == "split"
    assert {"广东 1", "广东 3"} <= named.keys()


def test_a_slice_that_cannot_be_cut_further_says_how_many_it_hides(tmp_path: Path) -> None:
    """Authors who name no place stand in one region without cities: 500 of their 800 posts can be reached."""
    world = crowd({"": 800}, since=HOUR_AGO, span=timedelta(hours=1))
    with serve(world) as replica:
        got = run(replica, tmp_path, {"search": "桂花", **THE_HOUR})
    (line,) = [line for line in got.report.coverage if line.because == "saturated"]
    assert line.slice.endswith(" 其他")
    assert len(got.posts) == 500
    assert sum(each.got for each in got.report.coverage) == 500
    assert line.expected is not None
    missed = line.expected - line.got
    assert missed == pytest.approx(300, rel=0.05)


def test_hits_that_lie_in_two_slices_count_once(tmp_path: Path) -> None:
    asked = {"search": "蛋挞", "since": "2026-11-17", "until": "2026-11-22"}
    with serve() as replica:
        replica.faults.on("duplicate_hits")
        got = run(replica, tmp_path, asked)
    assert got.posts.keys() == TARTS.keys()
    assert sum(line.got for line in got.report.coverage) == len(TARTS)


def test_a_hole_between_two_pages_is_searched_again(tmp_path: Path) -> None:
    """Two pages' worth is lacking in a wide slice; the jump between its neighbours gives it away."""
    asked = {"search": "蛋挞", "since": "2026-11-20T21", "until": "2026-11-21T21"}
    wanted = {
        i for i, p in TARTS.items() if p.published_at and p.published_at >= NOW.replace(day=20, hour=13)
    }
    with serve() as replica:
        replica.faults.on("result_holes")
        got = run(replica, tmp_path, asked)
    assert got.posts.keys() == wanted
    (again,) = [line for line in got.report.coverage if line.slice.endswith(" again")]
    assert again.got == 20


def test_the_vanished_next_link_ends_nothing(tmp_path: Path) -> None:
    asked = {"search": "蛋挞", "since": "2026-11-20T21", "until": "2026-11-21T21"}
    with serve() as replica:
        whole = run(replica, tmp_path / "whole", asked)
        replica.faults.on("no_next_link")
        assert run(replica, tmp_path / "without", asked).posts.keys() == whole.posts.keys()


def test_the_sorry_page_is_named(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("sorry_page")
        got = run(replica, tmp_path, {"search": "蛋挞"})
    assert got.coverage("search:").because == "wrong_request"
    assert got.report.run.outcome == "blocked"
