"""When an article appeared, where feeds leave the zone out or name a wrong one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

from core.times import read_time

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_A_DAY_S = 86_400
_ENDS_IN_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?$")
_CHINA = re.compile(r"\bCST$")  # China Standard Time here; the mail standard takes it for Chicago


def read_date(
    text: str | None, *, now: datetime, zone: ZoneInfo, override: ZoneInfo | None = None
) -> datetime | None:
    """The UTC time of a feed's date, or None; `now` is when the feed was fetched.

    A date without a zone is in `zone`. With `override` every date is in that zone, whatever it says of
    itself: for feeds that write local time and call it GMT.
    """
    line = " ".join((text or "").split())
    if not line:
        return None
    wall, offset = _parts(_CHINA.sub("", line).strip())
    if wall is None:
        moment = read_time(line, now=now, zone=override or zone)
        return moment.at if moment else None
    try:
        if override is not None or offset is None:
            return wall.replace(tzinfo=override or zone).astimezone(UTC)
        return wall.replace(tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parts(line: str) -> tuple[datetime | None, timedelta | None]:
    """The clock on the wall and the offset from UTC that the date names, each None when absent."""
    if _ISO.match(line):
        try:
            moment = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$|Z$)", "", line))
        except ValueError:
            return None, None
        return moment.replace(tzinfo=None), moment.utcoffset()
    fields = parsedate_tz(line)
    if fields is None or not 1970 <= fields[0] <= 2100:
        return None, None
    try:
        wall = datetime(*fields[:6])  # noqa: DTZ001 - the zone is put on by the caller
    except (ValueError, OverflowError):
        return None, None
    # parsedate_tz says 0 for GMT and for a date that names no zone at all.
    names_zone = fields[9] is not None and not _ENDS_IN_CLOCK.search(line)
    offset = fields[9] or 0
    return wall, timedelta(seconds=offset) if names_zone and abs(offset) < _A_DAY_S else None
