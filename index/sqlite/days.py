"""Days of a zone from instants counted in SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
QUARTER = 900  # seconds; almost every zone's clock differs from UTC by a multiple of it


@lru_cache(maxsize=256)
def constant_offset(zone: ZoneInfo, first_day: int, last_day: int) -> int | None:
    """Seconds the zone is ahead of UTC on all days between two (counted since 1970), if it is one figure."""
    start, end = (first_day - 1) * _DAY, (last_day + 2) * _DAY
    step = max(_DAY, (end - start) // 20_000)  # no zone keeps a clock change for less than some weeks
    if step > 7 * _DAY:
        return None
    offsets = {_offset(zone, at) for at in (*range(start, end, step), end)}
    return offsets.pop() if len(offsets) == 1 else None


def quarters_suffice(zone: ZoneInfo, quarters: Iterable[int]) -> bool:
    """Whether no local midnight falls inside one of these quarter hours (counted since 1970)."""
    return all(_offset(zone, quarter * QUARTER) % QUARTER == 0 for quarter in quarters)


def by_day(
    counts: Iterable[tuple[int, str | None, int]], zone: ZoneInfo, width: int
) -> dict[tuple[str, str | None], int]:
    """Counts by local day from counts by (instant // `width` seconds, value)."""
    days: dict[int, str] = {}
    found: Counter[tuple[str, str | None]] = Counter()
    for part, value, count in counts:
        day = days.get(part)
        if day is None:
            moment = _EPOCH + timedelta(seconds=part * width)
            day = days[part] = moment.astimezone(zone).date().isoformat()
        found[day, value] += count
    return found


def day_of(number: int) -> str:
    """The ISO date of a day counted from 1970-01-01."""
    return (_EPOCH + timedelta(days=number)).date().isoformat()


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = (_EPOCH + timedelta(seconds=at)).astimezone(zone).utcoffset()
    assert offset is not None  # a zone always has one
    return int(offset.total_seconds())
