"""What a status says of itself: gone, edited, cut, pinned, whose repost it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.models import Gone, Kind
from crawlers.sources.weibo.parse import parse_gone, parse_long_text, parse_refusal, parse_status
from tests.crawlers.weibo.statuses import MID, NOW, PARENT, ROOT, post_of, status


@pytest.mark.parametrize(
    "text",
    [
        "抱歉，此微博已被作者删除。查看帮助：",
        "该微博因被多人投诉，根据《微博社区公约》，已被删除。",
        "抱歉，由于作者设置，你暂时没有这条微博的查看权限哦。",
        "此微博已被删除",
        "该账号因被投诉违反法律法规和《微博社区公约》的相关规定，现已无法查看。",
        "抱歉，作者已设置仅展示半年内微博，此微博已不可见。",
    ],
)
def test_a_tombstone_is_no_post(text: str) -> None:
    assert parse_status(status(text=text, user=None), NOW) is None
    quoting = parse_status(status(text=text), NOW)
    assert quoting is not None, "somebody who writes the same words is alive"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("抱歉，此微博已被作者删除。查看帮助：", "author"),
        ("该微博因被多人投诉，根据《微博社区公约》，已被删除。", "complaint"),
        ("抱歉，由于作者设置，你暂时没有这条微博的查看权限哦。", "hidden"),
        ("此微博已被删除", "missing"),
        ("该账号因被投诉违反法律法规和《微博社区公约》的相关规定，现已无法查看。", "account"),
        ("抱歉，作者已设置仅展示半年内微博，此微博已不可见。", "expired"),
    ],
)
def test_a_tombstone_says_why(text: str, reason: str) -> None:
    assert parse_gone(status(text=text, user=None), NOW) == Gone(id=f"weibo:{MID}", at=NOW, reason=reason)
    assert parse_gone(status(text=text), NOW) is None


@pytest.mark.parametrize(
    "raw", [None, [], {}, status(), status(text="", user=None), status(text="早", user=None)]
)
def test_what_does_not_say_so_is_not_gone(raw: object) -> None:
    assert parse_gone(raw, NOW) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"ok": 0, "msg": "微博不存在或暂无查看权限!", "error_code": 20101}, "missing"),
        ({"ok": 0, "message": "该微博不存在"}, "missing"),
        ({"ok": 0, "msg": "此微博已被作者删除"}, "author"),
        ({"ok": 0, "msg": "系统繁忙"}, None),
        ({"ok": -100}, None),
        ([], None),
    ],
)
def test_an_answer_without_a_status_may_say_that_it_is_gone(answer: object, reason: str | None) -> None:
    gone = parse_refusal(answer, MID, NOW)
    assert (gone.reason if gone else None) == reason


@pytest.mark.parametrize(
    ("fields", "edits"),
    [
        ({"edit_count": 2}, 2),
        ({"edit_config": {"edited": True}}, 1),
        ({"edit_config": {"edited": False}}, None),
        ({"edit_count": 0}, None),
        ({"edit_count": "x"}, None),
        ({}, None),
    ],
)
def test_edit_marks(fields: dict[str, Any], edits: int | None) -> None:
    assert post_of(status(**fields)).edits == edits


def test_the_last_edit_has_its_time() -> None:
    edited = post_of(status(edit_count=1, edit_at="Sat Nov 21 09:01:30 +0800 2026"))
    assert edited.edited_at == datetime(2026, 11, 21, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("kind", [1, 6, 10, "1"])
def test_what_not_everybody_may_see_is_dropped(kind: object) -> None:
    assert parse_status(status(visible={"type": kind, "list_id": 0}), NOW) is None
    assert parse_status(status(visible={"type": 0}), NOW) is not None


@pytest.mark.parametrize(
    ("fields", "long"),
    [
        ({"text": '很长 ...<a href="/status/1">全文</a>'}, True),
        ({"text": '很长 ...<span class="expand">展开</span>'}, True),
        ({"continue_tag": {"title": "全文"}}, True),
        ({"isLongText": True, "textLength": 371}, True),
        ({"isLongText": True, "textLength": 12}, False),
        ({"isLongText": True}, False),
        ({"text": "请展开"}, False),
        ({}, False),
    ],
)
def test_a_cut_text_is_known(fields: dict[str, Any], long: bool) -> None:
    found = parse_status(status(**fields), NOW)
    assert found is not None
    assert found.long is long


@pytest.mark.parametrize(
    ("fields", "pinned"),
    [
        ({"mblogtype": 2}, True),
        ({"isTop": 1}, True),
        ({"title": {"text": "置顶"}}, True),
        ({"title": "置顶"}, False),
        ({"mblogtype": 0}, False),
    ],
)
def test_a_pinned_post_is_known(fields: dict[str, Any], pinned: bool) -> None:
    found = parse_status(status(**fields), NOW)
    assert found is not None
    assert found.pinned is pinned


@pytest.mark.parametrize(
    ("fields", "parent"),
    [
        ({"pid": int(PARENT), "pidstr": PARENT}, PARENT),
        ({"pid": int(PARENT)}, PARENT),
        ({"pidstr": ROOT}, ROOT),
        ({"pid": 0, "pidstr": ""}, None),
        ({"pidstr": "0"}, None),
        ({}, None),
    ],
)
def test_the_parent_is_what_the_site_names(fields: dict[str, Any], parent: str | None) -> None:
    raw = status(retweeted_status={"id": ROOT, "text": "根", "user": None}, raw_text="转", **fields)
    post = post_of(raw)
    assert post.kind is Kind.REPOST
    assert post.root_id == f"weibo:{ROOT}"
    assert post.parent_id == (f"weibo:{parent}" if parent else None)
    assert post.parent_confidence == (1.0 if parent else None)


def test_a_parent_without_a_root_is_no_repost() -> None:
    post = post_of(status(pidstr=PARENT))
    assert (post.kind, post.root_id, post.parent_id) == (Kind.POST, None, None)


@pytest.mark.parametrize(
    ("fields", "media"),
    [
        ({"pics": [{"pid": "a"}, {"pid": "b"}]}, ("image", "image")),
        ({"pics": {"0": {"pid": "a"}}}, ("image",)),
        ({"pic_ids": [], "pics": None, "pic_num": 3}, ("image",) * 3),
        ({"pic_infos": {"a": {}, "b": {}}}, ("image", "image")),
        ({"page_info": {"type": "video"}}, ("video",)),
        ({"page_info": {"object_type": "video"}, "pic_ids": ["a"]}, ("image", "video")),
        ({"page_info": {"type": "search_topic"}}, ()),
        ({"page_info": []}, ()),
        ({}, ()),
    ],
)
def test_media_come_as_lists_objects_and_counts(fields: dict[str, Any], media: tuple[str, ...]) -> None:
    assert post_of(status(**fields)).media == media


def test_a_long_text_replaces_the_cut_one() -> None:
    cut = post_of(status(text="开头 ...<a>全文</a>"))
    whole = parse_long_text({"ok": 1, "data": {"longTextContent": "开头<br />#话题# 和结尾 @甲乙"}}, cut)
    assert whole is not None
    assert (whole.text, whole.topics, whole.mentions) == ("开头\n#话题# 和结尾 @甲乙", ("话题",), ("甲乙",))
    for nothing in ({"ok": 0}, {"ok": 1, "data": {"longTextContent": ""}}, {"data": []}, None, []):
        assert parse_long_text(nothing, cut) is None
