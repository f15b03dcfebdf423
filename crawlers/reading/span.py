"""The span of time a walk was asked for, held against times that are known more or less finely."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.times import Moment, Precision

OLD_PAGES = 2
"""So many pages in a row that are wholly before the span end a list: late rows stand out of order."""

_COARSE = {
    Precision.MINUTE: timedelta(minutes=1),
    Precision.HOUR: timedelta(hours=1),
    Precision.DAY: timedelta(days=1),
    Precision.MONTH: timedelta(days=31),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` up to `until`; None is open. What has no known time lies in every span."""

    since: datetime | None = None
    until: datetime | None = None

    def is_before(self, time: Moment | datetime | None) -> bool:
        """Whether that lies before the span, however coarse the time is."""
        if time is None or self.since is None:
            return False
        return _last(time) < self.since

    def is_after(self, time: Moment | datetime | None) -> bool:
        """Whether that lies after the span."""
        if time is None or self.until is None:
            return False
        return (time.at if isinstance(time, Moment) else time) > self.until


def _last(time: Moment | datetime) -> datetime:
    """The latest instant a time may mean."""
    if isinstance(time, Moment):
        return time.at + _COARSE.get(time.precision, timedelta(0))
    return time
