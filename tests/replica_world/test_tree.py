from __future__ import annotations

from collections import Counter

from core.ids import moment_of_mid
from core.models import Kind, Post
from core.texts import chain
from replica.world.model import World


def by_id(world: World) -> dict[str, Post]:
    return {post.id: post for post in world.posts}


def test_parents_exist_come_earlier_and_share_the_root(world: World) -> None:
    posts = by_id(world)
    for post in world.posts:
        if post.parent_id is None:
            assert post.kind in (Kind.POST, Kind.THREAD, Kind.ARTICLE)
            continue
        parent = posts[post.parent_id]
        assert parent.published_at is not None
        assert post.published_at is not None
        assert parent.published_at <= post.published_at
        assert post.parent_confidence == 1.0
        assert (parent.root_id or parent.id) == post.root_id


def test_reposts_hang_on_posts_and_comments_on_posts(world: World) -> None:
    posts = by_id(world)
    for post in world.posts:
        if post.kind is Kind.REPOST:
            assert posts[post.root_id or ""].kind is Kind.POST
            assert posts[post.parent_id or ""].kind in (Kind.POST, Kind.REPOST)
        if post.kind is Kind.COMMENT:
            assert posts[post.root_id or ""].kind is Kind.POST


def test_counters_are_those_of_the_tree(world: World) -> None:
    posts = by_id(world)
    below: Counter[str] = Counter()
    talk: Counter[str] = Counter()
    for post in world.posts:
        if post.kind is Kind.COMMENT:
            talk[post.root_id or ""] += 1
        above = post.parent_id if post.kind is Kind.REPOST else None
        while above is not None:
            below[above] += 1
            above = posts[above].parent_id
    for post in world.posts:
        if post.kind in (Kind.POST, Kind.REPOST):
            assert post.engagement.reposts == below[post.id]
            assert post.engagement.comments == talk[post.id]


def test_a_mid_tells_the_second(world: World) -> None:
    for post in world.posts:
        if post.platform == "weibo":
            assert moment_of_mid(post.id.removeprefix("weibo:")) == post.published_at


def test_the_chain_in_a_text_names_the_way_up(world: World) -> None:
    posts = by_id(world)
    for post in world.posts:
        if post.kind is not Kind.REPOST:
            continue
        names = []
        above = posts[post.parent_id or ""]
        while above.kind is Kind.REPOST:
            names.append(above.author.name if above.author else None)
            above = posts[above.parent_id or ""]
        assert [link.name for link in chain(post.text)] == names


def test_authors_of_weibo_and_forums_have_accounts(world: World) -> None:
    for post in world.posts:
        assert post.author is not None
        if post.platform != "feed":
            assert world.accounts[post.author.id or ""].author == post.author
