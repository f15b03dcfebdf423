"""Discourse: topic lists, whole topics, the stream of newest posts."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import Post
from replica.server import Replica
from replica.world.model import World
from tests.replica import shapes
from tests.sites import get

HOST = "forum.meizhuang.example"


def ask(replica: Replica, path: str) -> Any:
    return get(replica.proxy, f"http://{HOST}{path}").json()


def truth(world: World) -> dict[int, Post]:
    return {int(p.id.rsplit(":", 1)[1]): p for p in world.posts if p.platform == "discourse"}


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/latest.json?order=created&page=0", shapes.TOPIC_LIST),
        ("/t/1.json", shapes.TOPIC),
        ("/t/topic/1.json", shapes.TOPIC),
        (
            "/t/1/posts.json?post_ids[]=1001&post_ids[]=1002",
            {"post_stream": {"posts": [shapes.DISCOURSE_POST]}},
        ),
        ("/posts.json", {"latest_posts": [shapes.DISCOURSE_POST | {"raw": str, "topic_title": str}]}),
    ],
)
def test_answers_have_the_shape_of_the_real_ones(replica: Replica, path: str, shape: shapes.Shape) -> None:
    assert shapes.differences(shape, ask(replica, path)) == []


def test_walking_the_list_gives_every_topic_newest_first(replica: Replica, world: World) -> None:
    seen: list[int] = []
    page = 0
    while True:
        topics = ask(replica, f"/latest.json?order=created&page={page}")["topic_list"]
        seen += [topic["id"] for topic in topics["topics"]]
        if "more_topics_url" not in topics:
            break
        page += 1
        assert topics["more_topics_url"].endswith(f"page={page}")
    assert seen == sorted(thread.number for thread in world.threads.values() if thread.host == HOST)


def test_without_order_pinned_topics_come_first(replica: Replica) -> None:
    first = ask(replica, "/latest.json")["topic_list"]["topics"][0]
    assert (first["id"], first["pinned"]) == (3, True)


def test_a_topic_shows_twenty_posts_and_the_ids_of_all(replica: Replica, world: World) -> None:
    stream = ask(replica, "/t/1.json")["post_stream"]
    assert len(stream["posts"]) == 20
    assert stream["stream"] == sorted(
        n for n, p in truth(world).items() if p.thread_id == f"discourse:{HOST}:t1"
    )
    query = "&".join(f"post_ids[]={number}" for number in stream["stream"][20:40])
    rest = ask(replica, f"/t/1/posts.json?{query}")["post_stream"]["posts"]
    assert [post["id"] for post in rest] == stream["stream"][20:40]


def test_replies_name_the_floor_they_answer(replica: Replica, world: World) -> None:
    posts = truth(world)
    for row in ask(replica, "/t/1.json")["post_stream"]["posts"]:
        parent = posts[row["id"]].quoted_id
        expected = posts[int(parent.rsplit(":", 1)[1])].floor if parent else None
        assert row["reply_to_post_number"] == expected
        assert row["post_number"] == posts[row["id"]].floor
        assert ("<aside" in row["cooked"]) == bool(parent)


def test_cooked_is_html_without_the_title(replica: Replica) -> None:
    first = ask(replica, "/t/1.json")["post_stream"]["posts"][0]
    assert first["cooked"].startswith("<p>正文在此</p>\n<p>第二段</p>\n<p><img ")
    assert first["created_at"] == "2026-11-21T09:00:00.000Z"


def test_the_stream_of_newest_posts_reaches_back_to_the_first(replica: Replica, world: World) -> None:
    seen: list[int] = []
    before = ""
    while True:
        posts = ask(replica, f"/posts.json{before}")["latest_posts"]
        if not posts:
            break
        assert len(posts) <= 50
        seen += [post["id"] for post in posts]
        before = f"?before={posts[-1]['id'] - 1}"
    assert seen == sorted(truth(world), reverse=True)


def test_likes_stand_in_the_actions(replica: Replica, world: World) -> None:
    posts = truth(world)
    for row in ask(replica, "/t/1.json")["post_stream"]["posts"]:
        likes = sum(action["count"] for action in row["actions_summary"] if action["id"] == 2)
        assert likes == (posts[row["id"]].engagement.likes or 0)


def test_a_topic_that_is_not_there_is_404_in_json(replica: Replica) -> None:
    page = get(replica.proxy, f"http://{HOST}/t/999.json")
    assert page.status == 404
    assert page.json()["error_type"] == "not_found"
