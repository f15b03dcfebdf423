"""The traps of Weibo's fields, one row each; and no page, however broken, breaks a parser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.mutations import records_in
from core.ids import mid_at
from core.models import Author, Gone, Kind, Post
from crawlers.soundness import flaw_of
from crawlers.sources.weibo.cascade import Repost, thin
from crawlers.sources.weibo.parse import (
    parse_children,
    parse_comments,
    parse_gone,
    parse_hot,
    parse_long_text,
    parse_profile,
    parse_refusal,
    parse_reposts,
    parse_root,
    parse_search,
    parse_status,
    parse_timeline,
    parse_visitor,
)
from crawlers.sources.weibo.parse.fields import (
    read_author,
    read_client,
    read_engagement,
    read_mid,
    read_moment,
    read_region,
    read_urls,
)
from crawlers.sources.weibo.slices import Slice, first_slice

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AT = datetime(2026, 11, 20, 13, 24, 33, tzinfo=UTC)
MID = mid_at(AT, 7)


def status(**fields: Any) -> dict[str, Any]:
    user = {"id": 9900000811, "screen_name": "雨后的自行车", "verified_type": -1, "followers_count": "386"}
    return {"id": MID, "mid": MID, "text": "今天的风很大", "user": user, **fields}


def post_of(raw: dict[str, Any]) -> Post:
    found = parse_status(raw, NOW)
    assert found is not None
    return found.post


# --- fields -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "mid"),
    [
        ("4804608494665869", "4804608494665869"),
        (4804608494665869, "4804608494665869"),
        ("M1VT3jzNX", "4804608494665869"),
        ("202110601896455629", "202110601896455629"),
        (0, None),
        ("0", None),
        ("", None),
        (None, None),
        (True, None),
        ("../x", None),
        ([1], None),
    ],
)
def test_a_mid_comes_as_text_number_or_bid(raw: object, mid: str | None) -> None:
    assert read_mid(raw) == mid


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Fri Nov 20 21:24:33 +0800 2026", AT),
        ("Fri Nov 20 21:25:33 +0800 2026", AT),  # within two minutes the mid is believed
        ("Fri Nov 20 21:30:00 +0800 2026", AT + timedelta(minutes=5, seconds=27)),
        ("5分钟前", AT),
        ("11-20", AT),
        ("nonsense", AT),
        ("", AT),
        (None, AT),
        ({}, AT),
    ],
)
def test_the_mid_knows_the_second_unless_the_site_differs(written: object, expected: datetime) -> None:
    assert read_moment(MID, written, NOW) == expected


@pytest.mark.parametrize(
    ("followers", "number"),
    [("7164.8万", 71_648_000), ("1.51亿", 151_000_000), ("6905", 6905), (12, 12), ("", None), (None, None)],
)
def test_followers_come_in_words_and_numbers(followers: object, number: int | None) -> None:
    author = read_author({"id": 9900000801, "screen_name": "甲", "followers_count": followers})
    assert author == Author(id="weibo:9900000801", name="甲", followers=number)


@pytest.mark.parametrize("user", [None, [], {}, {"id": None}, {"id": [1]}, "甲", {"screen_name": "甲"}])
def test_no_user_is_nobody(user: object) -> None:
    assert read_author(user) is None


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        ("发布于 北京", "北京"),
        ("来自河南", "河南"),
        ("IP属地：福建", "福建"),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_the_region_loses_its_lead(raw: object, region: str | None) -> None:
    assert read_region(raw) == region


@pytest.mark.parametrize(
    ("raw", "client"),
    [
        ('<a href="http://weibo.com/" rel="nofollow">新浪微博</a>', "新浪微博"),
        ("iPhone 15", "iPhone 15"),
        ("", None),
        (None, None),
    ],
)
def test_the_client_comes_out_of_its_link(raw: object, client: str | None) -> None:
    assert read_client(raw) == client


@pytest.mark.parametrize(
    ("raw", "value", "capped"),
    [
        (5, 5, False),
        ("转发", 0, False),
        ("", 0, False),
        ("28", 28, False),
        ("1.2万", 12_000, False),
        ("100万+", 1_000_000, True),
        (1_000_000, 1_000_000, True),
        (999_999, 999_999, False),
        (None, None, False),
        (-1, None, False),
        ({}, None, False),
        (True, None, False),
    ],
)
def test_counts_are_cut_off_at_a_million(raw: object, value: int | None, capped: bool) -> None:
    found = read_engagement(raw)
    assert (found.reposts, found.capped) == (value, ("reposts",) if capped else ())


def test_links_leave_weibo() -> None:
    html = '<a href="https://weibo.cn/sinaurl?u=https%3A%2F%2Fa.example%2Fx%3Fy%3D1"></a>'
    structs = [
        {"short_url": "http://t.cn/A6abcdef", "long_url": "https://b.example/"},
        None,
        {"short_url": 1},
    ]
    assert read_urls(html, "看 http://t.cn/A6abcdef http://t.cn/A6zzzzzz", structs) == (
        "https://a.example/x?y=1",
        "https://b.example/",
        "http://t.cn/A6zzzzzz",
    )
    assert read_urls("", "javascript:alert(1)") == ()


# --- statuses -----------------------------------------------------------------------------------------


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


ROOT = mid_at(AT - timedelta(hours=3), 1)
PARENT = mid_at(AT - timedelta(hours=1), 1)


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


# --- nothing breaks a parser --------------------------------------------------------------------------

NAMES = """
ok data cards mblog card_group id mid pid pidstr text raw_text user retweeted_status visible type pics page_info
number_display_strategy comments max_id total_number source created_at screen_name followers_count realtime word
cardlistInfo since_id longTextContent userInfo rootComment reply_id title rank reply_comment idstr text_raw pic_ids
reposts_count comments_count attitudes_count url_struct verified_type isLongText textLength like_count region_name
"""
KEYS = st.sampled_from(NAMES.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        [MID, "100万+", "<a href='/n/x'>@x</a>", "//@甲:乙", "0", "Fri Nov 20 21:24:33 +0800 2026"]
    )
    | st.text(max_size=20)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=40,
)


def hold_sound(*read: Any) -> None:
    """What was read can be written, and every record in it can be landed."""
    for one in read:
        msgspec.json.encode(one)
        for record in records_in(one):
            assert flaw_of(record, "weibo", NOW) is None, record


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_no_document_breaks_a_parser(document: Any) -> None:
    found = parse_status(document, NOW)
    if found is not None:
        hold_sound(found, parse_root(found, NOW), parse_long_text(document, found.post))
    hold_sound(*(read(document, NOW) for read in (parse_timeline, parse_reposts, parse_hot)))
    hold_sound(parse_comments(document, ROOT, NOW), parse_children(document, ROOT, ROOT, NOW))
    hold_sound(parse_profile(document))
    assert all(isinstance(value, str) for value in parse_visitor(msgspec.json.encode(document)).values())


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, DOCUMENTS, max_size=4), st.dictionaries(KEYS, DOCUMENTS, max_size=4))
def test_no_field_of_a_status_breaks_it(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    raw = {**status(retweeted_status={**status(id=ROOT, mid=ROOT), **inner}), **outer}
    found = parse_status(raw, NOW)
    if found is not None:
        hold_sound(found, parse_root(found, NOW))
    card = {"card_type": 9, "mblog": raw, **inner}
    for document in (
        {"data": {"cards": [card], **inner}},
        {"data": {"data": [raw], **inner}},
        {"data": [raw]},
    ):
        hold_sound(parse_timeline(document, NOW), parse_reposts(document, NOW))
        hold_sound(parse_comments(document, ROOT, NOW), parse_children(document, ROOT, ROOT, NOW))
    hold_sound(parse_hot({"data": {"realtime": [{"word": "x", "rank": 1, **inner}, outer]}}, NOW))


@example(noise=b"&#1;", at=213, patch=b"&#x1F;")
@example(noise=b"", at=213, patch=b"\x01")  # a control character where a node is taken out
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3000), st.binary(max_size=30))
def test_no_page_breaks_the_search_parser(noise: bytes, at: int, patch: bytes) -> None:
    page = (
        f'<div class="card-wrap" action-type="feed_list_item" mid="{MID}"><div class="from"><a href="//weibo.com/99'
        f'00000811/Rsiruiw8D">1分钟前</a></div><p node-type="feed_list_content">x<i class="wbicon">c</i></p>'
        f'<div class="card-comment"><a action-type="feed_list_like" action-data="mid={ROOT}">1</a></div></div>'
    ).encode()
    hold_sound(parse_search(noise, NOW), parse_search(page[:at] + patch + page[at:], NOW))


# --- slices and cascades ------------------------------------------------------------------------------


def test_a_slice_is_cut_in_time_then_by_province_then_by_city() -> None:
    waiting = [first_slice("x", NOW - timedelta(days=3, minutes=20), NOW, NOW)]
    assert waiting[0].since == NOW - timedelta(days=3, hours=1)
    hours = []
    while waiting:
        part = waiting.pop()
        if part.until and part.since and part.until - part.since > timedelta(hours=1):
            later, earlier = part.parts()
            assert (earlier.since, earlier.until, later.until) == (part.since, later.since, part.until)
            waiting += (later, earlier)
        else:
            hours.append(part)
    assert len(hours) == 73
    assert all(part.until and part.since and part.until - part.since == timedelta(hours=1) for part in hours)
    regions = hours[0].parts()
    assert len({part.region for part in regions}) == 36
    shanghai = next(part for part in regions if part.region == "custom:31:1000")
    assert shanghai.name == f"{hours[0].name} 上海"
    pudong = next(part for part in shanghai.parts() if part.region == "custom:31:15")
    assert (pudong.name, pudong.parts()) == (f"{shanghai.name} 15", ())


def test_an_open_slice_has_no_parts() -> None:
    assert first_slice("x", None, None, NOW) == Slice("x")
    assert Slice("x").parts() == ()
    assert first_slice("x", None, NOW, NOW).parts() == ()
    assert first_slice("x", NOW - timedelta(days=1), None, NOW).until == NOW + timedelta(hours=1)


def test_a_stretch_is_searched_again_once_and_never_as_the_whole_slice() -> None:
    part = Slice("x", NOW - timedelta(hours=6), NOW)
    again = part.stretch(NOW - timedelta(hours=3, minutes=50), NOW - timedelta(hours=2, minutes=20))
    assert again == Slice("x", NOW - timedelta(hours=4), NOW - timedelta(hours=2), again=True)
    assert again.stretch(NOW - timedelta(hours=4), NOW - timedelta(hours=3)) is None
    assert part.stretch(NOW - timedelta(hours=9), NOW) is None


def test_branches_thinner_than_they_say_are_to_be_asked_for() -> None:
    seen = [
        Repost(mid="5", parent=None, reposts=0),
        Repost(mid="2", parent=None, reposts=3),  # says three, shows one child and one grandchild
        Repost(mid="3", parent="2", reposts=1),
        Repost(mid="4", parent="3", reposts=None),
    ]
    assert thin("1", seen) == ["2"]
    assert thin("1", [*seen, Repost(mid="6", parent="4", reposts=0)]) == []
