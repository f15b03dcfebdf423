from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from core.models import Kind
from replica.world import generate
from replica.world.model import World
from tests.replica_world.conftest import NOW


def test_the_same_seed_and_moment_give_the_same_world(small: World) -> None:
    again = generate(11, now=NOW, posts=1800)
    assert again == small


def test_another_seed_gives_another_world(small: World) -> None:
    other = generate(12, now=NOW, posts=1800)
    assert {post.text for post in other.posts} != {post.text for post in small.posts}


@pytest.mark.parametrize("posts", [1500, 4000])
def test_it_has_as_many_posts_as_asked(posts: int) -> None:
    assert len(generate(3, now=datetime(2026, 1, 15, 22, 30, tzinfo=UTC), posts=posts).posts) == posts


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        generate(1, now=datetime(2026, 1, 1), posts=500)  # noqa: DTZ001


def test_it_spans_sixty_days_and_ends_now(world: World) -> None:
    moments = [post.published_at for post in world.posts if post.published_at]
    assert len(moments) == len(world.posts)
    assert moments == sorted(moments)
    assert moments[-1] <= world.now
    assert world.now - moments[-1] < timedelta(hours=6)
    assert timedelta(days=57) < moments[-1] - moments[0] < timedelta(days=62)


def test_every_platform_and_kind_is_there(world: World) -> None:
    seen = Counter((post.platform, post.kind) for post in world.posts)
    assert len(world.posts) == 12_000
    assert seen["weibo", Kind.POST] > 1800
    assert seen["weibo", Kind.REPOST] > 3000
    assert seen["weibo", Kind.COMMENT] > 1500
    assert seen["discuz", Kind.REPLY] > 600
    assert seen["discourse", Kind.REPLY] > 150
    assert seen["feed", Kind.ARTICLE] > 60


def test_ids_are_unique(world: World) -> None:
    assert len({post.id for post in world.posts}) == len(world.posts)


def test_the_hot_list_is_ranked_and_goes_on_to_now(world: World) -> None:
    lists: dict[datetime, list[int]] = {}
    for entry in world.hot:
        lists.setdefault(entry.at, []).append(entry.rank or 0)
    assert max(lists) <= world.now < max(lists) + timedelta(hours=3)
    full = [ranks for at, ranks in lists.items() if at > min(lists) + timedelta(days=1)]
    assert all(ranks == list(range(1, 21)) for ranks in full)
    assert all(entry.heat for entry in world.hot)
