"""Slices of a search that shows 50 pages at most: of time down to an hour, then of provinces, then of cities."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

import msgspec

from crawlers.sources.weibo.parse.fields import ZONE

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Province:
    """A province as the search knows it; `cities` are numbers within it."""

    title: str
    cities: tuple[int, ...]


@cache
def provinces() -> Mapping[int, Province]:
    """The 36 provinces by Weibo's code, from `regions.toml`."""
    text = files("crawlers.sources.weibo").joinpath("regions.toml").read_text("utf-8")
    rows = tomllib.loads(text)["province"]
    return msgspec.convert(rows, dict[int, Province], strict=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """A query within [since, until), whole hours of Beijing; open where None.

    `province` and `city` are of the authors' profiles. `nodup` asks for similar results too, `again` marks
    a stretch that is searched once more because its hits jumped.
    """

    query: str
    since: datetime | None = None
    until: datetime | None = None
    province: int | None = None
    city: int | None = None
    nodup: bool = False
    again: bool = False

    @property
    def name(self) -> str:
        """The slice in the coverage: ``search:QUERY 2026-11-01T00..2026-11-02T00 上海 15``."""
        parts = [f"search:{self.query}"]
        if self.since or self.until:
            parts.append(f"{_told(self.since)}..{_told(self.until)}")
        if self.province is not None:
            parts.append(provinces()[self.province].title)
        if self.city is not None:
            parts.append(str(self.city))
        if self.again:
            parts.append("again")
        return " ".join(parts)

    @property
    def region(self) -> str | None:
        """The ``region`` of the address; city 1000 is a whole province."""
        return None if self.province is None else f"custom:{self.province}:{self.city or 1000}"

    def whole(self) -> Slice:
        """The same slice with similar results included."""
        return replace(self, nodup=True)

    def parts(self) -> tuple[Slice, ...]:
        """Smaller slices of this one: its halves, then its provinces, then its cities; none where it is open.

        Halves and provinces cover it. Cities do not: an author may name a province alone.
        """
        if self.since is None or self.until is None:
            return ()
        hours = (self.until - self.since) // HOUR
        if hours >= 2:
            middle = self.since + (hours // 2) * HOUR
            return replace(self, since=middle), replace(self, until=middle)
        if self.province is None:
            return tuple(replace(self, province=code) for code in provinces())
        if self.city is None:
            return tuple(replace(self, city=code) for code in provinces()[self.province].cities)
        return ()

    def stretch(self, since: datetime, until: datetime) -> Slice | None:
        """The whole hours around a jump, to be searched once more; None where that is this slice again."""
        start, end = _floor(since), _ceil(until)
        if self.since and start < self.since:
            start = self.since
        if self.until and end > self.until:
            end = self.until
        if self.again or (start, end) == (self.since, self.until) or start >= end:
            return None
        return replace(self, since=start, until=end, again=True)


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
