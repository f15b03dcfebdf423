"""Spans of a histogram: how each is called, and the empty ones between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import UsageError
from index.store.protocol import Bucket, Interval

MOST = 20_000  # spans of one histogram that are still a picture
_WHOLE_DAYS = (Interval.DAY, Interval.WEEK, Interval.MONTH)


def label(start: datetime, interval: Interval, zone: ZoneInfo) -> str:
    """The name of the span that begins at an aware time, as in `index.store.Bucket`."""
    local = start.astimezone(zone)
    return local.date().isoformat() if interval in _WHOLE_DAYS else local.isoformat(timespec="minutes")


def filled(buckets: Sequence[Bucket], interval: Interval, zone: str) -> list[Bucket]:
    """The buckets with a zero for each span and value between the first and the last that has no posts.

    Raises `UsageError` where there would be more than `MOST` spans.
    """
    if not buckets:
        return []
    known = {(bucket.start, bucket.value): bucket for bucket in buckets}
    values = sorted({bucket.value for bucket in buckets}, key=lambda value: (value is None, value or ""))
    spans = []
    for start in _spans(buckets[0].start, buckets[-1].start, interval, ZoneInfo(zone)):
        spans.append(start)
        if len(spans) > MOST:
            raise UsageError(
                f"there are more than {MOST} {interval}s between the first post and the last;"
                " ask for longer spans, or narrow the query by after: and before:"
            )
    return [known.get((start, value)) or Bucket(start, value, 0) for start in spans for value in values]


def _spans(first: str, last: str, interval: Interval, zone: ZoneInfo) -> Iterator[str]:
    if interval in _WHOLE_DAYS:
        yield from _days(date.fromisoformat(first), date.fromisoformat(last), interval)
        return
    width = timedelta(minutes=1) if interval is Interval.MINUTE else timedelta(hours=1)
    at, end = datetime.fromisoformat(first).astimezone(UTC), datetime.fromisoformat(last).astimezone(UTC)
    while at < end:
        yield label(at, interval, zone)
        at += width
    yield last


def _days(at: date, end: date, interval: Interval) -> Iterator[str]:
    while at <= end:
        yield at.isoformat()
        if interval is Interval.MONTH:
            at = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            at += timedelta(days=7 if interval is Interval.WEEK else 1)
