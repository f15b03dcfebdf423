"""Comments: the flow by heat, the answers below one, the old list."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import Kind, Post
from replica.server import Replica
from replica.world.model import World
from tests.replica import shapes
from tests.sites import LOGIN, NOBODY, get

M = "http://m.weibo.cn"


def ask(replica: Replica, path: str) -> Any:
    return get(replica.proxy, M + path, headers=LOGIN).json()


def comments(world: World) -> list[Post]:
    return [post for post in world.posts if post.kind is Kind.COMMENT]


def flow(replica: Replica, mid: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        data = ask(replica, f"/comments/hotflow?id={mid}&mid={mid}&max_id_type=0{cursor}")["data"]
        rows += data["data"]
        if not data["max_id"]:
            return rows
        assert data["max_id_type"] == 1
        cursor = f"&max_id={data['max_id']}&max_id_type=1"


def answers(replica: Replica, cid: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = 0
    while True:
        body = ask(replica, f"/comments/hotFlowChild?cid={cid}&max_id={cursor}&max_id_type=0")
        rows += body["data"]
        cursor = body["max_id"]
        if not cursor:
            return rows


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/comments/hotflow?id={mid}&mid={mid}&max_id_type=0", shapes.HOT_FLOW),
        (
            "/api/comments/show?id={mid}&page=1",
            {
                "ok": int,
                "msg": str,
                "data": {"data": [shapes.OLD_COMMENT], "total_number": int, "max": int},
            },
        ),
    ],
)
def test_answers_have_the_shape_of_the_real_ones(
    replica: Replica, mid: str, path: str, shape: shapes.Shape
) -> None:
    assert shapes.differences(shape, ask(replica, path.format(mid=mid))) == []


def test_walking_the_flow_and_the_answers_gives_every_comment_once(
    replica: Replica, world: World, mid: str
) -> None:
    tops = flow(replica, mid)
    below = [row for top in tops if top["total_number"] for row in answers(replica, top["id"])]
    seen = [f"weibo:{row['mid']}" for row in (*tops, *below)]
    assert sorted(seen) == sorted(comment.id for comment in comments(world))


def test_the_flow_is_by_heat_twenty_a_page(replica: Replica, mid: str) -> None:
    data = ask(replica, f"/comments/hotflow?id={mid}&mid={mid}&max_id_type=0")["data"]
    assert (len(data["data"]), data["total_number"], data["max"]) == (20, 45 + 23, 3)
    likes = [row["like_count"] for row in flow(replica, mid)]
    assert likes == sorted(likes, reverse=True)


def test_inline_answers_are_a_list_or_false(replica: Replica, mid: str) -> None:
    rows = flow(replica, mid)
    assert [len(row["comments"]) for row in rows if row["comments"]] == [2]
    assert {type(row["comments"]) for row in rows} == {list, bool}


def test_answers_to_answers_name_whom_they_answer(replica: Replica, mid: str) -> None:
    top = next(row for row in flow(replica, mid) if row["total_number"])
    body = ask(replica, f"/comments/hotFlowChild?cid={top['id']}&max_id=0&max_id_type=0")
    assert shapes.differences(shapes.HOT_FLOW_CHILD, body) == []
    rows = answers(replica, top["id"])
    assert len(rows) == body["total_number"] == 23
    assert {row["rootidstr"] for row in rows} == {top["id"]}
    assert rows[0]["text"] == "回答0"
    assert rows[1]["text"] == "回复<a href='/n/路人50号'>@路人50号</a>:回答1"


def test_the_old_list_has_relative_times_and_reply_ids(replica: Replica, world: World, mid: str) -> None:
    first = ask(replica, f"/api/comments/show?id={mid}&page=1")["data"]
    rows = [
        row
        for page in range(1, first["max"] + 1)
        for row in ask(replica, f"/api/comments/show?id={mid}&page={page}")["data"]["data"]
    ]
    assert {f"weibo:{row['id']}" for row in rows} == {comment.id for comment in comments(world)}
    assert sum("reply_id" in row for row in rows) == 23
    assert {row["created_at"] for row in rows} == {"11-19"}


def test_no_comments_is_ok_0(replica: Replica, world: World) -> None:
    lonely = next(post.id for post in world.posts if post.author == NOBODY).removeprefix("weibo:")
    assert ask(replica, f"/comments/hotflow?id={lonely}&mid={lonely}&max_id_type=0") == {"ok": 0}
