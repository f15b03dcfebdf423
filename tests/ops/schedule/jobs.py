"""Units and jobs for tests of the schedule, made in one line each."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crawlers.state.plan import Job
from ops.schedule.units import Unit, Wish

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHINA = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def wish(*, every: timedelta | None = None, at: tuple[time, ...] | None = None, project: str = "car") -> Wish:
    return Wish(project=project, every_s=every.total_seconds() if every else None, at=at, zone=CHINA)


def unit(key: str = "feed-1", *wishes: Wish, kind: str = "feed", **more: Any) -> Unit:
    given: dict[str, Any] = {
        "source": key.partition("-")[0],
        "queue": key.partition("-")[0],
        "arguments": {},
        "shown": {},
    }
    return Unit(key=key, kind=kind, wishes=wishes or (wish(),), **{**given, **more})


def job(key: str = "feed-1", *, due: datetime = NOW, **more: Any) -> Job:
    given: dict[str, Any] = {
        "source": key.partition("-")[0],
        "queue": key.partition("-")[0],
        "kind": "feed",
        "shown": {},
        "projects": ("car",),
        "wanted_at": NOW,
    }
    return Job(key=key, due_at=due, **{**given, **more})
