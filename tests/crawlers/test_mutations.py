"""Whatever a page is spoiled to, its parser gives sound records or says that it cannot read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.mutations import Tally, flaw_in, records_in, try_case
from core.counts import read_count
from core.models import Author, Engagement, Gone, HotEntry, Kind, Post
from crawlers.reading.charset import decode
from crawlers.reading.unreadable import Unreadable, read_json
from crawlers.soundness import flaw_of
from crawlers.workbench.cases import Case, cases, readers
from replica.mutations import mutate

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
CASES = cases()
EACH = 15  # mutations of a case here; `python -m benchmarks.mutations` makes as many as one likes


@pytest.mark.parametrize("source", sorted({case.source for case in CASES}))
def test_no_spoiled_page_breaks_a_parser_or_gives_a_wrong_record(source: str) -> None:
    tally = Tally()
    for case in CASES:
        if case.source == source:
            try_case(case, EACH, 1, tally)
    assert not tally.falls, "\n".join(map(str, tally.falls))
    assert tally.read
    assert tally.aside <= tally.records / 50  # what a parser can tell, it should not leave to the door


def test_the_same_seed_spoils_alike_and_pages_really_are_spoiled() -> None:
    body = json.dumps({"ok": 1, "data": {"cards": [{"mblog": {"id": "5276269143133381"}}] * 3}}).encode()
    first = [mutate(body, Random(number)) for number in range(300)]
    assert first == [mutate(body, Random(number)) for number in range(300)]
    assert sum(made.body != body for made in first) > 250
    assert len({made.name for made in first}) > 15


# --- what once fell, each by the input it fell over ---


def page(source: str, name: str) -> Case:
    return next(case for case in CASES if case.name == f"{source}/{name}")


def read(case: Case, body: bytes) -> Any:
    return readers(case.source)[case.meta.kind](body, case.meta.url, case.meta.fetched_at)


def first_post(value: Any) -> Post:
    return next(record for record in records_in(value) if isinstance(record, Post))


@pytest.mark.parametrize("body", [b"[" * 3000, b'{"a":' * 3000, b"\xff{}", b"{", b""])
def test_json_deeper_than_anything_or_torn_is_unreadable_and_no_error_of_ours(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_json(body)


def changed(field: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(status: dict[str, Any]) -> None:
        status[field] = value

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (changed("user", {"id": "\u202e12x", "screen_name": "甲"}), lambda post: post.author is None),
        (changed("user", {"idstr": {}, "id": 9900000001}), lambda post: post.author.id == "weibo:9900000001"),
        (
            changed("created_at", "Thu Jan 01 08:00:00 +0800 1970"),
            lambda post: post.published_at.year == 2026,
        ),
        (changed("reposts_count", 10**40), lambda post: post.engagement.reposts is None),
        (changed("reposts_count", float("1e308")), lambda post: post.engagement.reposts is None),
    ],
)
def test_a_weibo_status_with_one_wrong_field_keeps_the_others(
    change: Callable[[dict[str, Any]], None], expected: Callable[[Post], bool]
) -> None:
    case = page("weibo", "m_plain")
    document = json.loads(case.body)
    change(document.get("data", document))
    post = first_post(read(case, json.dumps(document).encode()))
    assert expected(post)
    assert flaw_of(post, "weibo", case.meta.fetched_at) is None


def test_a_weibo_answer_that_is_no_object_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(page("weibo", "m_plain"), b"[]")


@pytest.mark.parametrize("number", ["9" * 4400, "9" * 16])
def test_a_number_too_long_to_be_a_floor_or_a_page_is_none(number: str) -> None:
    case = page("discuz", "x34_thread_opening")
    text, charset = decode(case.body)
    post_id = first_post(read(case, case.body)).id.rpartition(":")[2]
    spoiled = text.replace(f'id="pid{post_id}"', f'id="pid{number}"')
    assert spoiled != text
    assert flaw_in(read(case, spoiled.encode(charset)), None) is None


@pytest.mark.parametrize("odd", ["&#1;", "&#xFFFE;", "\x01"])
def test_a_reference_to_no_character_beside_a_button_breaks_no_old_page(odd: str) -> None:
    case = page("weibo", "wap_timeline")
    spoiled = case.body.decode("utf-8").replace("</a>", f"</a>{odd}")
    assert len(list(records_in(read(case, spoiled.encode())))) == len(list(records_in(read(case, case.body))))


@pytest.mark.parametrize("odd", ["\x00", "\x1b[31m", "\x07", "\ufffe"])
def test_control_characters_leave_a_page_before_it_is_parsed(odd: str) -> None:
    text, _ = decode(f"<p>刹车{odd}异响</p>".encode())
    assert text in ("<p>刹车异响</p>", "<p>刹车[31m异响</p>")


def test_a_date_no_calendar_has_is_none_and_the_article_stays() -> None:
    case = page("feed", "rss")
    text = case.body.decode("utf-8")
    for zone, year in (("+9999999999999999", "2026"), ("+0800", "9999")):
        spoiled = text.replace("+0800", zone).replace("2026", year)
        posts = list(records_in(read(case, spoiled.encode())))
        assert len(posts) == len(list(records_in(read(case, case.body))))
        for post in posts:
            assert isinstance(post, Post)
            assert flaw_of(post, "feed", case.meta.fetched_at) is None


def test_half_a_character_in_a_feed_is_replaced() -> None:
    case = page("feed", "rss")
    body = case.body.replace(b"<title>", b"<title>&#xD83D;&#0;", 3)
    assert flaw_in(read(case, body), None) is None


@pytest.mark.parametrize("raw", [10**400, "9" * 400, float("nan"), float("inf"), -1, 2**63])
def test_a_count_that_cannot_be_is_unknown(raw: Any) -> None:
    assert read_count(raw).value is None


@pytest.mark.parametrize(
    "torn", [b"<dc:creator{}'>", b"<\xc3\xa9content:enc>x</\xc3\xa9content:enc>", b"<dc}x:a/>"]
)
def test_a_torn_name_in_a_feed_loses_that_name_alone(torn: bytes) -> None:
    case = page("wordpress", "feed")
    body = case.body.replace(b"<item>", b"<item>" + torn, 1)
    assert body != case.body
    found = read(case, body)
    assert flaw_in(found, None) is None
    assert list(records_in(found))


# --- what the landing lets in ---

POST = Post(id="weibo:5276269143133381", platform="weibo", kind=Kind.POST, text="好", published_at=AT)


def other(**more: Any) -> Post:
    return replace(POST, **more)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (POST, None),
        (Author(id="weibo:9900000001", name="甲", followers=3), None),
        (HotEntry(platform="weibo", title="下雪了", at=AT, rank=1), None),
        (Gone(id="weibo:5276269143133381", at=AT, reason="author"), None),
        (other(platform="tieba"), "is not a post of weibo"),
        (other(id="tieba:1"), "id is no id of weibo"),
        (other(id="weibo:52 76"), "id is no id of weibo"),
        (other(root_id="5276269143133381"), "root_id is no id of weibo"),
        (other(parent_id=POST.id), "it answers itself"),
        (other(text=None), "text is no text"),
        (other(text="\ud83d"), "text holds half a character"),
        (other(published_at=AT.replace(year=2031)), "published_at cannot be"),
        (other(published_at=AT.replace(year=1970)), "published_at cannot be"),
        (other(published_at=AT.replace(tzinfo=None)), "published_at is no moment"),
        (other(engagement=Engagement(likes=-1)), "likes cannot be -1"),
        (other(engagement=Engagement(likes=True)), "likes is no whole number"),
        (other(floor=2**70), "floor cannot be"),
        (other(author=Author(id="weibo:a b")), "author.id is no id of weibo"),
        (other(mentions=("\udc00",)), "mentions holds half a character"),
        ({}, "a dict is no record"),
    ],
)
def test_what_is_wrong_with_a_record_is_said(record: object, why: str | None) -> None:
    told = flaw_of(record, "weibo", AT)
    assert told is None if why is None else why in (told or "")
