"""The Discourse spider over real HTTP: against the replica, and against topics the replica does not hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.crawlers.forums.stand_in import Page, run, stand_in
from tests.sites import NOW, serve

CLOCK = NOW.isoformat()
SITE = "https://forum.meizhuang.example"
HOST = "forum.zhuangxia.example"


def test_a_forum_comes_whole_and_right(tmp_path: Path) -> None:
    with serve() as replica:
        crawled = run("discourse", {"url": SITE}, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
        known = {post.id: post for post in replica.world.posts if post.platform == "discourse"}
    assert crawled.report.run.outcome == "finished"
    assert crawled.posts.keys() == known.keys()
    for post_id, post in crawled.posts.items():
        there = known[post_id]
        for name in ("kind", "text", "published_at", "thread_id", "floor", "media"):
            assert getattr(post, name) == getattr(there, name), (post_id, name)
        assert post.root_id == (there.root_id or post_id)  # an opening is the root of itself
        assert post.parent_id == there.quoted_id, post_id
        assert post.engagement.likes == there.engagement.likes
    long = crawled.slice("topic:forum.meizhuang.example/1")
    assert (long.expected, long.got, long.because) == (45, 45, None)
    assert crawled.reasons == {None}


def test_too_many_requests_are_waited_out_as_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("rate_limited", after=3, times=2)
        crawled = run(
            "discourse",
            {"url": SITE},
            folder=tmp_path,
            proxy=replica.proxy,
            now=CLOCK,
            CONCURRENT_REQUESTS="1",
        )
    assert crawled.report.run.outcome == "finished"
    assert crawled.report.run.blocks == ("rate_limited",)
    assert len(crawled.posts) == 205
    assert crawled.reasons == {None}


def test_a_site_that_goes_on_refusing_is_left_alone(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("rate_limited", after=3, seconds=3600)
        crawled = run(
            "discourse",
            {"url": SITE},
            folder=tmp_path,
            proxy=replica.proxy,
            now=CLOCK,
            CONCURRENT_REQUESTS="1",
        )
        refused = [entry for entry in replica.log if entry.status == 429]
    assert crawled.report.run.outcome == "blocked"
    assert len(refused) == 1
    assert "rate_limited" in crawled.reasons


def test_html_and_torn_json_are_named_and_the_rest_comes(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("html_for_json", route="*/t/5.json")
        replica.faults.on("truncated_json", route="*/t/1/posts.json")
        crawled = run("discourse", {"url": SITE}, folder=tmp_path, proxy=replica.proxy, now=CLOCK)
    assert crawled.slice("topic:forum.meizhuang.example/5").because == "not_json"
    torn = crawled.slice("topic:forum.meizhuang.example/1")
    assert (torn.expected, torn.got, torn.because) == (45, 20, "truncated_json")
    assert len(crawled.posts) == 205 - 25 - 2


def _post(number: int, *, day: int, answers: int | None = None) -> dict[str, Any]:
    return {
        "id": 1000 + number,
        "post_number": number,
        "username": f"u{number}",
        "user_id": number,
        "created_at": f"2026-11-{day:02d}T08:00:00.000Z",
        "cooked": f"<p>第{number}帖</p>",
        "post_type": 1,
        "reply_to_post_number": answers,
        "topic_id": 9,
    }


def _json(document: Any, status: int = 200) -> Page:
    return Page(json.dumps(document).encode(), status, {"Content-Type": "application/json"})


def test_since_asks_the_stream_of_new_posts_until_whole_pages_are_old(tmp_path: Path) -> None:
    def newest(*rows: tuple[int, int, int]) -> Page:
        return _json({"latest_posts": [{**_post(n, day=day), "topic_id": topic} for n, day, topic in rows]})

    def topic(number: int, post: int, day: int) -> Page:
        posts = [{**_post(1, day=day), "id": 1000 + post}]
        return _json({"id": number, "title": "题", "posts_count": 1, "post_stream": {"posts": posts}})

    pages = {
        f"{HOST}/posts.json": newest((900, 20, 5), (899, 2, 6)),
        f"{HOST}/posts.json?before=1898": _json(
            {"latest_posts": []}
        ),  # an old version: a window of ids without posts
        f"{HOST}/posts.json?before=1848": newest((800, 2, 6)),
        f"{HOST}/posts.json?before=1799": newest((700, 19, 7)),  # newer than what stands before it
        f"{HOST}/posts.json?before=1699": newest((600, 2, 8)),
        f"{HOST}/posts.json?before=1599": newest((500, 1, 8)),
        f"{HOST}/posts.json?before=1499": newest((400, 20, 9)),
        **{f"{HOST}/t/{n}.json": topic(n, n, 20) for n in range(5, 10)},
    }
    with stand_in(pages) as site:
        asked = {"url": f"https://{HOST}", "since": "2026-11-18"}
        crawled = run("discourse", asked, folder=tmp_path, proxy=site.proxy, now="2026-11-21T00:00:00Z")
        assert f"{HOST}/posts.json?before=1599" in site.asked
        assert f"{HOST}/posts.json?before=1499" not in site.asked
    assert {post.thread_id for post in crawled.posts.values()} == {
        f"discourse:{HOST}:t{n}" for n in (5, 6, 7)
    }


def test_a_parent_in_the_middle_of_a_long_topic_is_fetched_for_its_reply(tmp_path: Path) -> None:
    posts = {n: _post(n, day=1 if n < 99 else 20, answers={99: 50, 100: 3}.get(n)) for n in range(1, 101)}
    del posts[3], posts[30]  # deleted by moderators: number 50 stands at place 47 of the stream
    stream = [post["id"] for post in posts.values()]
    topic = {
        "id": 9,
        "title": "长帖",
        "posts_count": 98,
        "highest_post_number": 100,
        "post_stream": {"posts": list(posts.values())[:20], "stream": stream},
    }
    newest = {"latest_posts": list(reversed(list(posts.values())[-50:]))}

    def chunk(*numbers: int) -> str:
        return f"{HOST}/t/9/posts.json?" + "&".join(f"post_ids%5B%5D={1000 + n}" for n in numbers)

    def some(*numbers: int) -> Page:
        return _json({"post_stream": {"posts": [posts[n] for n in numbers]}, "id": 9})

    pages = {
        f"{HOST}/posts.json": _json(newest),
        f"{HOST}/t/9.json": _json(topic),
        chunk(*range(81, 101)): some(*range(81, 101)),
        chunk(48, 49, 50): some(48, 49, 50),
        chunk(49, 50, 51): some(49, 50, 51),
        chunk(50, 51, 52): some(50, 51, 52),
    }
    with stand_in(pages) as site:
        asked = {"url": f"https://{HOST}", "since": "2026-11-19"}
        crawled = run("discourse", asked, folder=tmp_path, proxy=site.proxy, now="2026-11-21T00:00:00Z")
        parents = [address for address in site.asked if "/posts.json?post_ids" in address]
    assert len(parents) == 2
    assert crawled.posts[f"discourse:{HOST}:1099"].parent_id == f"discourse:{HOST}:1050"
    deleted = crawled.posts[f"discourse:{HOST}:1100"]
    assert (deleted.parent_id, deleted.parent_confidence) == (None, None)
    assert f"discourse:{HOST}:1050" in crawled.posts
    assert f"discourse:{HOST}:1040" not in crawled.posts


def test_a_forum_for_members_is_named(tmp_path: Path) -> None:
    closed = _json({"errors": ["您需要登录才能执行此操作。"], "error_type": "not_logged_in"}, 403)
    with stand_in({f"{HOST}/latest.json?order=created&page=0": closed}) as site:
        crawled = run("discourse", {"url": f"https://{HOST}"}, folder=tmp_path, proxy=site.proxy)
        assert len([address for address in site.asked if "latest" in address]) == 1
    assert crawled.report.run.outcome == "blocked"
    assert crawled.reasons == {"login_required"}


def test_another_document_is_not_an_empty_forum(tmp_path: Path) -> None:
    pages = {f"{HOST}/latest.json?order=created&page=0": _json({"maintenance": True})}
    with stand_in(pages) as site:
        crawled = run("discourse", {"url": f"https://{HOST}"}, folder=tmp_path, proxy=site.proxy)
    assert crawled.reasons == {"unreadable"}
    assert crawled.report.run.outcome == "failed"
