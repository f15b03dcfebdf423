"""At every moment the sites show what was public then, with the counts of that moment, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.models import Kind
from replica.server import Replica
from tests.replica.asking import BBS, FORUM, NEWS, M, S, W
from tests.replica.moments import HOUR, Hands, ask
from tests.sites import NOW, small_world


@pytest.fixture(scope="module")
def clock() -> Hands:
    return Hands(NOW)


@pytest.fixture(scope="module")
def moving(clock: Hands) -> Iterator[Replica]:
    with Replica(small_world(), clock=clock) as replica:
        yield replica


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
