"""What is read out of a row: ids, kinds, times, counts, lists, authors."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.models import Engagement, Kind
from core.project import EMPTY, Brand, Title
from tests.core.imports.desk import Desk


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        # ids
        ({"id": "5", "platform": "discuz"}, "id", "discuz:5"),
        ({"id": 5}, "id", "import:5"),
        ({"id": "weibo:4804608494665869"}, "platform", "weibo"),
        ({"id": "M1VT3jzNX", "platform": "微博"}, "id", "weibo:4804608494665869"),
        ({"mid": "4804608494665869", "platform": "weibo"}, "id", "weibo:4804608494665869"),
        ({"mid": "4804608494665869"}, "id", "weibo:4804608494665869"),  # nobody else calls an id so
        ({"mid": "5", "platform": "tieba"}, "id", "tieba:5"),
        ({"url": "https://weibo.com/1000000017/M1VT3jzNX", "platform": "weibo"}, "id", "weibo:4804608494665869"),
        ({"id": "5", "root_id": "5"}, "root_id", None),
        ({"id": "5", "parent_id": "0"}, "parent_id", None),
        ({"id": "5", "parent_id": "4"}, "parent_confidence", 1.0),
        ({"id": "5", "parent_id": "4", "parent_confidence": 0.4}, "parent_confidence", 0.4),
        ({"id": "5"}, "parent_confidence", None),
        # platforms
        ({"平台": "小红书"}, "platform", "xiaohongshu"),
        ({"platform": "Sina Weibo"}, "platform", "weibo"),
        ({"platform": "MySite"}, "platform", "mysite"),
        ({"url": "https://tieba.baidu.com/p/5"}, "platform", "tieba"),
        ({"url": "https://m.weibo.cn/status/M1VT3jzNX"}, "id", "weibo:4804608494665869"),
        ({"url": "https://weibo.com.bad.example/x"}, "platform", "import"),
        # kinds
        ({"kind": "转发"}, "kind", Kind.REPOST),
        ({"kind": "Article"}, "kind", Kind.ARTICLE),
        ({"id": "5", "root_id": "4"}, "kind", Kind.REPOST),
        ({"id": "5", "parent_id": "4"}, "kind", Kind.REPOST),
        ({"id": "5", "thread_id": "4"}, "kind", Kind.REPLY),
        ({"comment_id": "5", "note_id": "4"}, "kind", Kind.COMMENT),
        ({"comment_id": "5", "note_id": "4"}, "root_id", "import:4"),
        ({"type": "图文"}, "kind", Kind.POST),  # a column that only might be the kind
        # times
        ({"published_at": "2026-11-21 19:59"}, "published_at", datetime(2026, 11, 21, 11, 59, tzinfo=UTC)),
        ({"created_at": "Sat Nov 21 19:59:33 +0800 2026"}, "published_at", datetime(2026, 11, 21, 11, 59, 33, tzinfo=UTC)),
        ({"发布时间": "2026年11月21日 19:59"}, "published_at", datetime(2026, 11, 21, 11, 59, tzinfo=UTC)),
        ({"create_time": 1763700000123}, "published_at", datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC)),
        ({"date": "昨天 12:00"}, "published_at", datetime(2026, 11, 20, 4, 0, tzinfo=UTC)),
        ({"date": "--"}, "published_at", None),
        ({"id": "4804608494665869", "platform": "weibo"}, "published_at", datetime(2022, 8, 20, 10, 29, 53, tzinfo=UTC)),
        # counts
        ({"点赞": "1.2万", "转发": "3", "评论数": ""}, "engagement", Engagement(likes=12_000, reposts=3)),
        ({"likes": "--", "reposts": -1, "comments": "-1"}, "engagement", Engagement()),
        ({"likes": 5, "engagement.capped": ["likes", "views", "某网友"]}, "engagement", Engagement(likes=5, capped=("likes",))),
        ({"likes": 3.0}, "engagement", Engagement(likes=3)),
        # lists
        ({"topics": []}, "topics", ()),
        ({"text": "#甲# #乙#"}, "topics", ("甲", "乙")),
        ({"text": "#甲#", "topics": "丙；丁"}, "topics", ("丙", "丁")),
        ({"media": ["image", "https://x.example/a.jpg"]}, "media", ("image",)),
        # the rest
        ({"ip_location": "IP属地：福建"}, "region", "福建"),
        ({"client": 12}, "client", "12"),
        ({"author": None}, "author", None),
        ({"title": "提车记"}, "text", "提车记\n好"),
        ({"标题": "好"}, "text", "好"),
        ({"title": "提车记", "text": ""}, "text", "提车记"),
        ({"id": "5e12"}, "id", "import:5e12"),  # no number: a hash that looks like one
        ({"text": "无"}, "text", "无"),
        ({"url": "https://bbs.example/t/5"}, "url", "https://bbs.example/t/5"),
    ],
)  # fmt: skip
def test_values(desk: Desk, row: dict[str, Any], field: str, value: object) -> None:
    assert getattr(desk.one({"text": "好", **row}), field) == value


@pytest.mark.parametrize(
    "row",
    [
        {"author": "某某汽车", "followers": "12万"},
        {"昵称": "@某某汽车", "粉丝数": 120000},
        {"author": {"name": "某某汽车", "followers": 120000}},
        {"user": {"screen_name": "某某汽车", "followers_count": "12万"}},
        {"author_name": "某某汽车", "author_followers": "120,000"},
    ],
)
def test_authors_with_a_name_only_have_it_for_an_id(desk: Desk, row: dict[str, Any]) -> None:
    author = desk.one({"text": "好", "platform": "weibo", **row}).author
    assert author is not None
    assert (author.id, author.name, author.followers, author.public) == (
        "weibo:某某汽车",
        "某某汽车",
        120_000,
        True,
    )


@pytest.mark.parametrize(
    ("row", "verified_type"),
    [
        ({"verified_type": 3}, 3),
        ({"verified_type": "-1"}, -1),
        ({"认证类型": "蓝V"}, 2),
        ({"认证": "某某公司官方账号"}, None),
        ({}, None),
    ],
)
def test_verified_types(desk: Desk, row: dict[str, Any], verified_type: int | None) -> None:
    author = desk.one({"text": "好", "author_id": "5", **row}).author
    assert author is not None
    assert author.verified_type == verified_type


def test_an_import_is_no_way_round_the_door(desk: Desk) -> None:
    row = {
        "text": "好//@某网友:是 13812345678", "author": {"id": "1000000017", "name": "某网友_甲", "public": True, "name_key": "某网友_甲"},
        "phone": "13987654321", "url": "https://weibo.com/u/1000000017",
    }  # fmt: skip
    path = desk.write("a.jsonl", json.dumps(row, ensure_ascii=False))
    report = desk.load(path)
    kept = repr(desk.records(report))
    for secret in ("某网友", "1000000017", "13812345678", "13987654321"):
        assert secret not in kept
    assert report.ignored == ("phone",)


def test_the_projects_own_accounts_keep_their_names(desk: Desk) -> None:
    brand = Brand(id="x", title=Title(zh="某某", en="X"), names=("某某",), accounts=("某某汽车",))
    path = desk.write("a.jsonl", '{"text": "@某某汽车 你好 @某网友"}')
    (landed,) = desk.posts(desk.load(path, project=replace(EMPTY, brands=(brand,))))
    assert landed.mentions == ("某某汽车", desk.pseudonyms().name("某网友"))


def test_times_without_a_zone_are_the_projects(desk: Desk) -> None:
    path = desk.write("a.jsonl", '{"text": "好", "date": "2026-11-21 19:59"}')
    (landed,) = desk.posts(desk.load(path, project=replace(EMPTY, timezone="Europe/Berlin")))
    assert landed.published_at == datetime(2026, 11, 21, 18, 59, tzinfo=UTC)
