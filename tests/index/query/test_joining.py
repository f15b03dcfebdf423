"""Queries joined and put within a span say so in their text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from index.query import After, And, Before, Or, Query, parse
from tests.index.made import queries
from tests.index.query.asked import A, B, word


@given(queries, queries, st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)))  # noqa: DTZ001
def test_queries_joined_say_so_in_their_text(a: str, b: str, until: datetime | None) -> None:
    if until is not None and until.year > 2199:
        until = None
    joined = Query.all_of(parse(a), parse(b)).within(None, until)
    assert parse(joined.text) == joined
    assert parse(joined.text).tree == joined.tree


def test_no_topic_arises_where_queries_meet() -> None:
    assert parse(Query.all_of(parse("#a"), parse("b#")).text).tree == And((word("#a"), word("b#")))


def test_within() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    query = parse("a OR b").within(since, since + timedelta(days=1))
    assert query.text == "(a OR b) after:2026-11-01T00:00:00Z before:2026-11-02T00:00:00Z"
    assert query.tree == And((Or((A, B)), After(since), Before(since + timedelta(days=1))))
    assert parse("").within(since, None).text == "after:2026-11-01T00:00:00Z"
    assert parse("a").within(None, None) == parse("a")
