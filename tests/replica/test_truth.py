"""The truth of a moment, and real crawls of moments past held against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from core.models import Engagement, Kind, Post
from core.project import SourceUse
from replica import truth
from replica.history import History
from replica.server import Replica
from replica.world import generate
from replica.world.changes import unsettle
from replica.world.model import World
from tests.crawlers.crawling import run
from tests.replica.moments import HOUR
from tests.sites import NOW, small_world


def changed(world: World, post: Post, **more: Any) -> World:
    return replace(world, posts=[structs.replace(p, **more) if p.id == post.id else p for p in world.posts])


def test_the_truth_of_a_moment_counts_what_was_there() -> None:
    world = small_world()
    root = next(p for p in world.posts if p.engagement.likes == 116_398)
    world = changed(world, root, engagement=Engagement(reposts=35, comments=68, likes=1000))
    history = History(world)
    reposts = [p for p in world.posts if p.root_id == root.id and p.kind is Kind.REPOST]
    at = reposts[9].published_at
    assert at is not None
    seen = truth.public(history, at)
    assert seen[root.id].engagement.reposts == 10
    assert seen[root.id].engagement.comments == 0
    assert {p.id for p in reposts[:10]} <= set(seen)
    assert not {p.id for p in reposts[10:]} & set(seen)
    assert truth.public(history, NOW)[root.id] == history.posts[root.id]
    assert reposts[10].id in truth.appeared(history, at, at + HOUR)


@pytest.fixture(scope="module")
def unsettled() -> World:
    return unsettle(generate(7, now=NOW, posts=1500), edited=0.1, removed=0.1)


def test_changes_are_drawn_by_the_seed_and_lie_in_the_life_of_posts(unsettled: World) -> None:
    assert unsettle(generate(7, now=NOW, posts=1500), edited=0.1, removed=0.1) == unsettled
    posts = {post.id: post for post in unsettled.posts}
    assert len(unsettled.removals) > 80
    assert len(unsettled.edits) > 30
    for post_id, edits in unsettled.edits.items():
        assert all(edit.before != posts[post_id].text for edit in edits)
        assert all((posts[post_id].published_at or NOW) < edit.at < NOW for edit in edits)
    for post_id, removal in unsettled.removals.items():
        assert (posts[post_id].published_at or NOW) < removal.at < NOW


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        ("discuz", {"url": "http://bbs.cheyou.example/"}),
        ("discourse", {"url": "https://forum.meizhuang.example"}),
        ("feed", {"url": "https://news.example/atom.xml"}),
        ("weibo", {"search": "澜石", "since": "2026-10-01", "depth": "longtext,reposts"}),
    ],
)
def test_a_crawl_at_a_moment_gets_what_was_public_then(
    unsettled: World, tmp_path: Path, source: str, arguments: dict[str, str | int | bool]
) -> None:
    at = NOW - timedelta(days=17)
    with Replica(unsettled, clock=lambda: at) as replica:
        crawled = run(replica, tmp_path, arguments, source=source, TINGFENG_NOW=at.isoformat())
        seen = truth.public(replica.history, at)
        wanted = truth.reachable(unsettled, SourceUse(name=source, arguments=arguments)) & set(seen)
    assert set(crawled.posts) <= set(seen)
    if source != "weibo":  # there a search finds what the word stands in, and its page caps come in
        assert wanted <= set(crawled.posts)
    for post in crawled.posts.values():
        known = seen[post.id]
        assert post.published_at is None or post.published_at <= at
        assert (post.engagement.likes or 0) <= (known.engagement.likes or 0)
