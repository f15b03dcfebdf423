"""A walk's span against times known to the second, the minute, the day or the month."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.times import Moment, Precision
from crawlers.reading.span import Span

SINCE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
UNTIL = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SPAN = Span(since=SINCE, until=UNTIL)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "before", "after"),
    [
        (None, False, False),
        (SINCE, False, False),
        (UNTIL, False, False),
        (at(20, 11, 59), True, False),
        (at(21, 12, 1), False, True),
        (Moment(at(20, 11, 59), Precision.MINUTE), False, False),  # it may be the last second of that minute
        (Moment(at(20, 11, 58), Precision.MINUTE), True, False),
        (Moment(at(20), Precision.DAY), False, False),
        (Moment(at(19), Precision.DAY), True, False),
        (Moment(at(1), Precision.MONTH), False, False),
        (Moment(datetime(2026, 10, 1, tzinfo=UTC), Precision.MONTH), True, False),
        (Moment(at(21), Precision.DAY), False, False),
        (Moment(at(22), Precision.DAY), False, True),
    ],
)
def test_what_may_lie_in_the_span_is_neither_before_nor_after(
    time: Moment | datetime | None, before: bool, after: bool
) -> None:
    assert (SPAN.is_before(time), SPAN.is_after(time)) == (before, after)


def test_an_open_span_holds_everything() -> None:
    assert not Span().is_before(at(1))
    assert not Span().is_after(at(29))
