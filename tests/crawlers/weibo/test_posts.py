"""Single posts, held against the world's truth: long, gone, edited, and the hot list."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.home import Home
from core.models import Gone
from index.ingest.ingesting import ingest
from index.query import parse
from index.sqlite import SqliteStore
from replica.world.model import Edit, Removal
from tests.crawlers.crawling import run
from tests.crawlers.weibo.made import MID, REPOSTS, ROOT, STARS, WEIBO, WORLD
from tests.sites import NOW, serve


def test_nobody_ordinary_is_named_in_the_landing(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts,comments", "users": "9900000003"})
    raw = b"".join(repr(record).encode() for record in got.records)
    for post in WEIBO:
        if post.author and (post.author.followers or 0) < 100_000 and post.author.verified_type is None:
            assert (post.author.name or "?").encode() not in raw
            assert (post.author.id or "?").removeprefix("weibo:").encode() not in raw
    address = f"https://weibo.com/9900000801/{MID}"
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": address})
    assert got.coverage("post:").got == 1
    assert "9900000801" not in repr(got.records), "nor is the account in an address that was asked for"
    assert b"9900000003" not in raw, "the account that was asked for is a pseudonym in the run and its slices"


def test_the_hot_list(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"hot": True}, login=False)
        assert {entry.identity for entry in replica.log} == {"none"}, "no cookie is needed, none is sent"
    assert [(e.rank, e.title, e.label) for e in got.hot] == [
        (1, "青禾E5交付", "沸"),
        (2, "下雪了", None),
        (3, "省考", "新"),
    ]
    assert got.coverage("hot").got == 3


def test_a_long_text_is_made_whole(tmp_path: Path) -> None:
    long = max(STARS.values(), key=lambda post: len(post.text))
    with serve() as replica:
        got = run(replica, tmp_path, {"users": "9900000002"})
    assert got.posts[long.id].text == long.text
    assert got.posts[long.id].media == long.media


def test_a_long_text_that_cannot_be_had_leaves_the_cut_one(tmp_path: Path) -> None:
    long = max(STARS.values(), key=lambda post: len(post.text))
    with serve() as replica:
        replica.faults.on("long_text_fails")
        got = run(replica, tmp_path, {"users": "9900000002"})
    assert long.text.startswith(got.posts[long.id].text[:100])
    assert len(got.posts[long.id].text) < len(long.text)
    assert got.coverage("longtext").because == "not_shown"


def test_a_dead_root_leaves_its_edges(tmp_path: Path) -> None:
    repost = next(iter(REPOSTS.values()))
    with serve() as replica:
        replica.faults.on("dead_root")
        got = run(replica, tmp_path, {"posts": repost.id.removeprefix("weibo:")})
    assert got.posts.keys() == {repost.id}
    assert got.posts[repost.id].root_id == ROOT.id


def test_a_post_that_is_gone(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": "4804608494665869"})
    line = got.coverage("post:")
    assert (line.expected, line.got, line.because) == (1, 0, "gone")
    assert got.report.run.outcome == "finished"


def test_a_root_that_went_is_told_with_its_reason(tmp_path: Path) -> None:
    repost = next(iter(REPOSTS.values()))
    with serve() as replica:
        replica.faults.on(
            "tombstones", route="m.weibo.cn/statuses/show"
        )  # first: taken away after complaints
        got = run(replica, tmp_path, {"posts": repost.id.removeprefix("weibo:")})
    (gone,) = [record for record in got.records if isinstance(record, Gone)]
    assert (gone.id, gone.reason, gone.run_id) == (ROOT.id, "complaint", got.report.run.id)
    assert got.posts.keys() == {repost.id}


def test_a_post_that_is_not_there_any_more_is_landed_as_gone(tmp_path: Path) -> None:
    mid = "4804608494665869"
    with serve() as replica:
        got = run(replica, tmp_path, {"posts": mid})
    (gone,) = [record for record in got.records if isinstance(record, Gone)]
    assert (gone.id, gone.reason) == (f"weibo:{mid}", "missing")


def test_an_edit_is_kept_and_a_removal_told(tmp_path: Path) -> None:
    edited = NOW - timedelta(hours=40)
    world = replace(
        WORLD,
        edits={ROOT.id: (Edit(at=edited, before="青禾E5 明天开始交付"),)},
        removals={next(iter(STARS)): Removal(at=NOW - timedelta(hours=1), by="author")},
    )
    went = next(iter(STARS))
    with serve(world) as replica:
        got = run(replica, tmp_path, {"posts": f"{MID};{went.removeprefix('weibo:')}"})
    assert got.posts.keys() == {ROOT.id}
    assert (got.posts[ROOT.id].edited_at, got.posts[ROOT.id].edits) == (edited, 1)
    assert [record.id for record in got.records if isinstance(record, Gone)] == [went]


def test_a_post_found_while_it_was_there_stays_findable_with_its_mark(tmp_path: Path) -> None:
    """Two runs, the post taken away in between; then the landing goes into a store."""
    repost = next(iter(REPOSTS.values()))
    asked = {"posts": f"{MID};{repost.id.removeprefix('weibo:')}"}
    with serve() as replica:
        run(replica, tmp_path, asked)
    with serve(
        replace(WORLD, removals={ROOT.id: Removal(at=NOW - timedelta(hours=1), by="site")})
    ) as replica:
        run(replica, tmp_path, asked)
    home = Home(tmp_path / "home")
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        ingest(home, store, workers=0)
        (found,) = (hit for hit in store.scan(parse("青禾E5 今天开始交付")) if hit.post.id == ROOT.id)
    assert found.post.gone in ("complaint", "missing")
    assert found.post.gone_at is not None
    assert found.post.text.startswith("青禾E5 今天开始交付")


@pytest.mark.parametrize("fault", ["odd_dates", "capped_counts", "quick_reposts"])
def test_fields_written_in_other_ways_read_the_same(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault)
        got = run(replica, tmp_path, {"posts": MID, "depth": "reposts"})
    assert got.posts.keys() == {ROOT.id, *REPOSTS}
    for post in (ROOT, *REPOSTS.values()):
        landed = got.posts[post.id]
        assert landed.published_at == post.published_at
        named = post.parent_id if post.parent_id != ROOT.id else None
        assert landed.parent_id == named, "the parent is named by its id, whatever the words"
    assert got.posts[ROOT.id].engagement.capped == ("comments",)
