"""How often something is done, as people write it: every 10m, or at 03:00."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_EVERY = re.compile(r"(?P<number>\d{1,4})\s*(?P<unit>[mhd]|分钟|小时|天)")
_UNITS = {
    "m": timedelta(minutes=1),
    "分钟": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "小时": timedelta(hours=1),
    "d": timedelta(days=1),
    "天": timedelta(days=1),
}
_LONGEST = timedelta(days=31)
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})")
_DAY = timedelta(days=1)


def read_every(text: str) -> timedelta | None:
    """The span of ``10m``, ``6h``, ``1d`` or ``10分钟``, a minute to 31 days; None where it is none."""
    found = _EVERY.fullmatch(text.strip())
    if found is None:
        return None
    span = int(found["number"]) * _UNITS[found["unit"]]
    return span if timedelta(0) < span <= _LONGEST else None


def read_at(text: str) -> tuple[time, ...] | None:
    """The times of day of ``03:00`` or ``09:00, 18:30``, in order; None where it is none."""
    times = set()
    for part in re.split(r"[,，;；]", text):
        found = _CLOCK.fullmatch(part.strip())
        if found is None or int(found[1]) > 23 or int(found[2]) > 59:
            return None
        times.add(time(int(found[1]), int(found[2])))
    return tuple(sorted(times))


def next_at(times: tuple[time, ...], zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment later than `after` at which a clock in `zone` shows one of `times`."""
    day = after.astimezone(zone).date()
    moments = (
        datetime.combine(day + offset * _DAY, clock, zone).astimezone(after.tzinfo)
        for offset in range(3)
        for clock in times
    )
    return min(moment for moment in moments if moment > after)
