"""The boards of other platforms: added to a world without moving it, whole, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from core.models import Kind
from replica.world.elsewhere import widen
from replica.world.forums import ELSEWHERE
from replica.world.model import World

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_nothing_that_is_there_is_moved(world: World) -> None:
    wide = widen(world, size=0.2)
    there = {post.id for post in world.posts}
    assert [post for post in wide.posts if post.id in there] == world.posts
    assert wide.threads.items() >= world.threads.items()
    assert wide.accounts.items() >= world.accounts.items()
    assert wide.forums == (*world.forums, *ELSEWHERE)


def test_the_same_seed_gives_the_same_boards() -> None:
    bare = World(now=NOW, posts=[])
    assert widen(bare, seed=3, size=0.2) == widen(bare, seed=3, size=0.2)
    assert widen(bare, seed=3, size=0.2).posts != widen(bare, seed=4, size=0.2).posts


def test_threads_hold_all_that_was_written_and_parents_come_first() -> None:
    wide = widen(World(now=NOW, posts=[]))
    seen: set[str] = set()
    for post in wide.posts:
        assert post.published_at is not None
        assert post.published_at < NOW
        assert post.parent_id is None or post.parent_id in seen
        seen.add(post.id)
    assert len(seen) == len(wide.posts)
    assert Counter(post_id for thread in wide.threads.values() for post_id in thread.post_ids) == Counter(
        seen
    )
    boards = {(forum.host, board.number) for forum in wide.forums for board in forum.boards}
    assert {(thread.host, thread.board) for thread in wide.threads.values()} == boards


def test_every_way_of_answering_is_there() -> None:
    wide = widen(World(now=NOW, posts=[]))
    posts = {post.id: post for post in wide.posts}
    above = Counter(
        (post.platform, post.kind, posts[post.parent_id].kind) for post in wide.posts if post.parent_id
    )
    for pair in (
        ("tieba", Kind.COMMENT, Kind.COMMENT),
        ("tieba", Kind.COMMENT, Kind.REPLY),
        ("v2ex", Kind.REPLY, Kind.REPLY),
        ("douban", Kind.REPLY, Kind.REPLY),
        ("wordpress", Kind.COMMENT, Kind.COMMENT),
        ("wordpress", Kind.COMMENT, Kind.ARTICLE),
    ):
        assert above[pair] > 50, pair
