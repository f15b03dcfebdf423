"""Time zones given as arguments."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import UsageError

CHINA = ZoneInfo("Asia/Shanghai")


def zone_of(name: str | None) -> ZoneInfo:
    """The zone of that name, Asia/Shanghai for none; raises `UsageError` for an unknown one."""
    if not name:
        return CHINA
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"time zone {name!r} is unknown; use a name like Asia/Shanghai") from error
