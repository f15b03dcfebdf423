"""What is edited or removed shows as its site shows it, from its moment on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from core.models import Kind, Post
from replica.server import Replica
from replica.world.model import Edit, Removal, World
from tests.replica.asking import BBS, FORUM, M
from tests.replica.moments import HOUR, Hands, ask
from tests.sites import NOW, small_world


@pytest.fixture
def troubled() -> World:
    """The small world, in which the first post of each kind is edited a day ago and goes an hour ago."""
    world = small_world()
    kinds = (
        (Kind.POST, "weibo"),
        (Kind.THREAD, "discuz"),
        (Kind.THREAD, "discourse"),
        (Kind.ARTICLE, "feed"),
    )
    posts = [next(p for p in world.posts if p.kind is kind and p.platform == name) for kind, name in kinds]
    edits, removals = {}, {}
    for post in posts:
        before = post.text.replace("\n", "\n改前的话 ", 1) if "\n" in post.text else "改前的话"
        edits[post.id] = (Edit(at=NOW - 24 * HOUR, before=before),)
        removals[post.id] = Removal(at=NOW - HOUR)
    moved = {post.id: NOW - 48 * HOUR for post in posts if post.platform != "weibo"}
    at = [structs.replace(p, published_at=moved[p.id]) if p.id in moved else p for p in world.posts]
    return replace(world, posts=at, edits=edits, removals=removals)


def page_of(world: World, post: Post) -> str:
    if post.platform == "weibo":
        return f"{M}/statuses/show?id={post.id.removeprefix('weibo:')}"
    if post.platform == "feed":
        return (post.url or "").replace("https:", "http:")
    thread = world.threads[post.thread_id or ""]
    return (
        f"{BBS}/thread-{thread.number}-1-1.html"
        if post.platform == "discuz"
        else f"{FORUM}/t/{thread.number}.json"
    )


def test_an_edit_is_seen_from_its_moment_on_and_marked_where_the_site_marks_it(troubled: World) -> None:
    clock = Hands(NOW)
    replica = Replica(troubled, clock=clock)
    assert troubled.edits
    for post_id in troubled.edits:
        post = replica.history.posts[post_id]
        url = page_of(troubled, post)
        charset = "gbk" if "cheyou" in url else "utf-8"
        clock.now = NOW - 25 * HOUR
        assert "改前的话" in ask(replica, url).body.decode(charset)
        clock.now = NOW - 23 * HOUR
        after = ask(replica, url).body.decode(charset)
        assert "改前的话" not in after
        marks = {"weibo": '"edit_at":"', "discuz": "本帖最后由", "discourse": '"version":2', "feed": ""}
        assert marks[post.platform] in after


def test_what_is_removed_is_gone_as_the_site_words_it(troubled: World) -> None:
    clock = Hands(NOW)
    replica = Replica(troubled, clock=clock)
    assert troubled.removals
    for post_id in troubled.removals:
        post = replica.history.posts[post_id]
        url = page_of(troubled, post)
        clock.now = NOW - 2 * HOUR
        there = ask(replica, url)
        assert (there.status, b'"ok":0' in there.body) == (200, False)
        clock.now = NOW
        gone = ask(replica, url)
        assert gone.status == 404 or gone.json()["msg"].startswith("微博不存在")


@pytest.mark.parametrize(
    ("by", "words"), [("author", "已被作者删除"), ("site", "多人投诉"), ("hidden", "查看权限")]
)
def test_reposts_outlive_their_root_and_show_why_it_went(by: str, words: str) -> None:
    world = small_world()
    root = next(p for p in world.posts if p.engagement.likes == 116_398)
    world = replace(world, removals={root.id: Removal(at=NOW - HOUR, by=by)})
    repost = next(p for p in world.posts if p.root_id == root.id and p.kind is Kind.REPOST)
    comment = next(p for p in world.posts if p.root_id == root.id and p.kind is Kind.COMMENT)
    replica = Replica(world)
    shown = ask(replica, f"{M}/statuses/show?id={repost.id.removeprefix('weibo:')}").json()["data"]
    assert shown["retweeted_status"]["user"] is None
    assert words in shown["retweeted_status"]["text"]
    assert not replica.history.is_public(comment, NOW)  # comments go with their post
