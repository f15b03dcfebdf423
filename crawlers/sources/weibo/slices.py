"""Slices of time for a search that shows 50 pages at most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawlers.sources.weibo.parse.fields import ZONE

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Slice:
    """A query within [since, until), whole hours of Beijing; open where None. `nodup` asks for similar results too."""

    query: str
    since: datetime | None = None
    until: datetime | None = None
    nodup: bool = False

    @property
    def name(self) -> str:
        """The slice in the coverage: ``search:QUERY 2026-11-01T00..2026-11-02T00``."""
        if self.since is None and self.until is None:
            return f"search:{self.query}"
        return f"search:{self.query} {_told(self.since)}..{_told(self.until)}"

    def whole(self) -> Slice:
        """The same slice with similar results included."""
        return replace(self, nodup=True)

    def halves(self) -> tuple[Slice, Slice] | None:
        """Two slices that cover this one, the later first; None below two hours or where it is open."""
        if self.since is None or self.until is None:
            return None
        hours = (self.until - self.since) // HOUR
        if hours < 2:
            return None
        middle = self.since + (hours // 2) * HOUR
        return replace(self, since=middle), replace(self, until=middle)


def first_slice(query: str, since: datetime | None, until: datetime | None, now: datetime) -> Slice:
    """The slice of a whole search: widened to full hours, its end `now` where only a start was given."""
    if since is None and until is None:
        return Slice(query)
    end = until or (now + HOUR)
    return Slice(query, _floor(since) if since else None, _ceil(end))


def _floor(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _ceil(at: datetime) -> datetime:
    floor = _floor(at)
    return floor if floor == at else floor + HOUR


def _told(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%dT%H}" if at else ""
