"""What the address of the search page asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import Request

from index.facets import KEYWORDS
from index.query import Query, parse
from index.store import Interval, Sort
from web.site import Period, Site, period_of

# what the posts of a histogram may be told apart by; of the others there are too many values to see any
SPLITS = (
    "sentiment", "platform", "kind", "voice", "emotion", "brand", "product", "topic", "aspect", "region", "source",
    "verified", "intent", "tag", "lang",
)  # fmt: skip
UNDIVIDED = "none"
ALL = 0  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as the page knows it; `interval` None is one that fits, `by` None no division."""

    text: str
    sort: Sort
    period: Period
    interval: Interval | None
    by: str | None
    after: str | None
    now: datetime
    site: Site

    def read(self, text: str) -> Query:
        """A query of the reader's; raises `QueryError`."""
        return parse(text, self.site.project, now=self.now)

    def query(self) -> Query:
        """What was typed, within the period; raises `QueryError`."""
        return self.read(self.text).within(self.period.since, None)

    def address(self, path: str = "/search", **changes: object) -> str:
        """Where the same is asked with some changes; what is as usual is left out."""
        usual = {"sort": Sort.NEWEST, "days": ALL, "interval": "", "by": "sentiment"}
        told = {
            "q": self.text,
            "sort": self.sort,
            "days": self.period.days or ALL,
            "interval": self.interval or "",
            "by": self.by or UNDIVIDED,
            **changes,
        }
        asked = {
            name: value for name, value in told.items() if value != usual.get(name) and value is not None
        }
        return f"{path}?{urlencode(asked)}"


def read_asked(request: Request, site: Site) -> Asked:
    """The search of an address; what it gets wrong beside the query is as usual."""
    given = request.query_params
    sort, interval, by = given.get("sort"), given.get("interval"), given.get("by", "sentiment")
    return Asked(
        text=given.get("q", "").replace("\r\n", "\n"),  # as forms send the ends of lines
        sort=Sort(sort) if sort in tuple(Sort) else Sort.NEWEST,
        period=period_of(request, default=ALL),
        interval=Interval(interval) if interval in tuple(Interval) else None,
        by=by if by in SPLITS and by in KEYWORDS else None,
        after=given.get("after") or None,
        now=datetime.now(UTC).replace(
            second=0, microsecond=0
        ),  # so that within:7d means the same on the next page
        site=site,
    )
