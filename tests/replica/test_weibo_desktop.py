"""weibo.com: the hot list and the ajax shapes."""

from __future__ import annotations

from typing import Any

import pytest

from replica.server import Replica
from tests.replica import shapes
from tests.sites import LOGIN, LONG, get

W = "http://weibo.com"


def ask(replica: Replica, path: str) -> Any:
    return get(replica.proxy, W + path, headers=LOGIN).json()


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/ajax/side/hotSearch", shapes.HOT_SEARCH),
        ("/ajax/statuses/show?id={mid}", shapes.DESKTOP_STATUS),
        ("/ajax/statuses/mymblog?uid=9900000002&page=2", {"data": {"list": [shapes.DESKTOP_STATUS]}}),
        ("/ajax/profile/info?uid=9900000002", {"data": {"user": {"id": int, "followers_count": int}}}),
        ("/ajax/profile/detail?uid=9900000003", {"data": {"ip_location": str, "created_at": str}}),
        (
            "/ajax/statuses/repostTimeline?id={mid}&page=1",
            {"ok": int, "data": [shapes.DESKTOP_STATUS], "max_page": int, "total_number": int},
        ),
    ],
)
def test_answers_have_the_shape_of_the_real_ones(
    replica: Replica, mid: str, path: str, shape: shapes.Shape
) -> None:
    assert shapes.differences(shape, ask(replica, path.format(mid=mid))) == []


def test_the_hot_list_is_the_newest_by_rank_counted_from_0(replica: Replica) -> None:
    rows = ask(replica, "/ajax/side/hotSearch")["data"]["realtime"]
    assert [(row["rank"], row["word"], row["icon_desc"]) for row in rows] == [
        (0, "青禾E5交付", "沸"),
        (1, "下雪了", ""),
        (2, "省考", "新"),
    ]
    assert rows[0]["num"] == 1_160_335


def test_a_long_text_is_cut_and_had_whole_elsewhere(replica: Replica) -> None:
    rows = ask(replica, "/ajax/statuses/mymblog?uid=9900000002&page=2")["data"]["list"]
    long = next(row for row in rows if row["isLongText"])
    assert long["text"].endswith('...<span class="expand">展开</span>')
    assert long["continue_tag"]["title"] == "全文"
    whole = ask(replica, f"/ajax/statuses/longtext?id={long['mblogid']}")["data"]["longTextContent"]
    assert whole == LONG


def test_a_dead_post(replica: Replica) -> None:
    assert ask(replica, "/ajax/statuses/show?id=5000000000000000")["ok"] == 0
