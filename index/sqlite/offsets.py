"""How far a zone's clocks are ahead of UTC, for many instants at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_YEAR = 366 * 86_400


def ahead(at: NDArray[np.int64], zone: ZoneInfo) -> Any:
    """Microseconds ahead of UTC at each instant (microseconds since 1970): one number where it is one for all."""
    first, last = int(at.min()) // _SECOND, int(at.max()) // _SECOND
    starts, offsets = [first], [_offset(zone, first)]
    for year in range(first // _YEAR, last // _YEAR + 1):
        for change, offset in _changes(zone, year):
            if first < change <= last:
                starts.append(change)
                offsets.append(offset)
    if len(set(offsets)) == 1:
        return offsets[0] * _SECOND
    found = np.searchsorted(np.array(starts) * _SECOND, at, side="right") - 1
    return np.array(offsets, dtype=np.int64)[found] * _SECOND


@lru_cache(maxsize=4_096)
def _changes(zone: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    """(second, offset from then on) of the changes in a year of 366 days counted since 1970."""
    found = []
    step = 86_400  # no zone keeps a clock change for less than some weeks
    before = _offset(zone, year * _YEAR - 1)
    for day in range(year * _YEAR, (year + 1) * _YEAR, step):
        after = _offset(zone, day + step - 1)
        if after == before:
            continue
        low, high = day - 1, day + step - 1  # the change lies behind low, at high or before
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _offset(zone, middle) != before else (middle, high)
        found.append((high, after))
        before = after
    return tuple(found)


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = (_EPOCH + timedelta(seconds=at)).astimezone(zone).utcoffset()
    assert offset is not None  # a zone always has one
    return int(offset.total_seconds())
