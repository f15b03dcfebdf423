"""At every moment the sites show what was public then, in the words and with the counts of that moment, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.models import Engagement, Kind, Post
from core.project import SourceUse
from replica import truth
from replica.history import History
from replica.identity import LOGIN_SUB
from replica.server import Replica
from replica.world import generate
from replica.world.changes import unsettle
from replica.world.model import Edit, Removal, World
from tests.crawlers.crawling import run
from tests.sites import NOW, small_world

M, W, S = "http://m.weibo.cn", "http://weibo.com", "http://s.weibo.com"
BBS, FORUM, NEWS = "http://bbs.cheyou.example", "http://forum.meizhuang.example", "http://news.example"
HOUR = timedelta(hours=1)


class Hands:
    """A clock turned by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Hands:
    return Hands(NOW)


@pytest.fixture(scope="module")
def moving(clock: Hands) -> Iterator[Replica]:
    with Replica(small_world(), clock=clock) as replica:
        yield replica


def ask(replica: Replica, url: str) -> Any:
    return replica.ask(url, headers={"Cookie": f"SUB={LOGIN_SUB}"})


def first(replica: Replica, kind: Kind, platform: str = "weibo") -> Post:
    return next(p for p in replica.world.posts if p.kind is kind and p.platform == platform)


def changed(world: World, post: Post, **more: Any) -> World:
    return replace(world, posts=[replace(p, **more) if p.id == post.id else p for p in world.posts])


# --- what is not yet there ---


def test_a_post_appears_when_it_is_published(moving: Replica, clock: Hands) -> None:
    root = next(p for p in moving.world.posts if p.engagement.likes == 116_398)
    assert root.published_at is not None
    mid = root.id.removeprefix("weibo:")
    clock.now = root.published_at - timedelta(seconds=1)
    assert ask(moving, f"{M}/statuses/show?id={mid}").json()["ok"] == 0
    clock.now = root.published_at
    assert ask(moving, f"{M}/statuses/show?id={mid}").json()["data"]["id"] == mid


def test_its_reposts_and_comments_come_one_by_one(moving: Replica, clock: Hands) -> None:
    root = next(p for p in moving.world.posts if p.engagement.likes == 116_398)
    mid = root.id.removeprefix("weibo:")
    reposts = [p for p in moving.world.posts if p.root_id == root.id and p.kind is Kind.REPOST]
    for number in (1, 7, 35):
        at = reposts[number - 1].published_at
        assert at is not None
        clock.now = at
        page = ask(moving, f"{M}/api/statuses/repostTimeline?id={mid}").json()
        assert page["data"]["total_number"] == number
        assert ask(moving, f"{M}/statuses/show?id={mid}").json()["data"]["reposts_count"] == number
        assert ask(moving, f"{M}/comments/hotflow?id={mid}").json()["ok"] == 0


def test_likes_grow_to_what_they_are_in_the_end(moving: Replica, clock: Hands) -> None:
    root = next(p for p in moving.world.posts if p.engagement.likes == 116_398)
    assert root.published_at is not None
    seen = []
    for hours in (0, 1, 6, 24, 48, 72):
        clock.now = root.published_at + hours * HOUR
        shown = ask(moving, f"{W}/ajax/statuses/show?id={root.id.removeprefix('weibo:')}").json()
        seen.append(shown["attitudes_count"])
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == 116_398
    assert seen[2] > seen[-1] // 3


@pytest.mark.parametrize(
    ("url", "charset"),
    [
        (f"{BBS}/forum-9-1.html?orderby=dateline", "gbk"),
        (f"{BBS}/forum.php?mod=guide&view=newthread", "gbk"),
        (f"{FORUM}/latest.json?order=created", "utf-8"),
        (f"{FORUM}/posts.json", "utf-8"),
        (f"{NEWS}/feed.xml", "utf-8"),
        (f"{NEWS}/atom.xml", "utf-8"),
        (f"{NEWS}/feed.json", "utf-8"),
        (f"{NEWS}/sitemap.xml", "utf-8"),
        (f"{NEWS}/", "utf-8"),
        (f"{S}/weibo?q=%E8%9B%8B%E6%8C%9E", "utf-8"),
        (f"{W}/ajax/statuses/mymblog?uid=9900000003&page=1", "utf-8"),
        (f"{M}/api/container/getIndex?containerid=1076039900000003", "utf-8"),
    ],
)
def test_a_list_holds_nothing_that_is_yet_to_come(
    moving: Replica, clock: Hands, url: str, charset: str
) -> None:
    clock.now = NOW
    today = ask(moving, url).body.decode(charset)
    clock.now = NOW - timedelta(hours=40)
    assert ask(moving, url).body.decode(charset) != today
    clock.now = NOW - timedelta(days=4000)
    empty = ask(moving, url).body.decode(charset)
    assert "蛋挞真好吃" not in empty
    assert "主题" not in empty
    assert "交付量" not in empty
    clock.now = NOW
    assert ask(moving, url).body.decode(charset) == today


def test_a_thread_grows_floor_by_floor(moving: Replica, clock: Hands) -> None:
    thread = next(t for t in moving.world.threads.values() if t.number == 1 and "cheyou" in t.host)
    floors = {p.id: p for p in moving.world.posts if p.thread_id == thread.id}
    for count in (1, 3, 11, 45):
        at = floors[thread.post_ids[count - 1]].published_at
        assert at is not None
        clock.now = at
        page = ask(moving, f"{BBS}/thread-1-1-1.html").body.decode("gbk")
        assert f'回复: </span> <span class="xi1">{count - 1}</span>' in page
        assert page.count('<div id="post_') == min(10, count)
    clock.now = NOW - timedelta(hours=4)
    assert ask(moving, f"{BBS}/thread-1-1-1.html").status == 404


def test_the_hot_list_is_that_of_the_moment(moving: Replica, clock: Hands) -> None:
    times = sorted({entry.at for entry in moving.world.hot})
    for at in times:
        clock.now = at + timedelta(seconds=5)
        rows = ask(moving, f"{W}/ajax/side/hotSearch").json()["data"]["realtime"]
        assert {row["onboard_time"] for row in rows} == {int(at.timestamp())}
    clock.now = times[0] - HOUR
    assert ask(moving, f"{W}/ajax/side/hotSearch").json()["data"]["realtime"] == []


# --- what was edited, what is gone ---


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
    at = [replace(p, published_at=moved[p.id]) if p.id in moved else p for p in world.posts]
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


# --- the truth, and real crawls of moments past ---


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
