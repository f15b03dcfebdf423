"""A list of threads: a forum's, of X or 7.x, or the guide's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parsel import Selector, SelectorList

from core.counts import read_count
from core.times import Moment, Precision, read_time
from crawlers.reading.markup import attribute
from crawlers.sources.discuz.addresses import absolute, tid_of
from crawlers.sources.discuz.page import is_empty, pager

_ROWS = "[id^=normalthread_], [id^=stickthread_]"  # a tbody of the engine; skins take a li or a div
_COARSE = {
    Precision.MINUTE: timedelta(minutes=1),
    Precision.HOUR: timedelta(hours=1),
    Precision.DAY: timedelta(days=1),
    Precision.MONTH: timedelta(days=31),
}
_BARRIER = re.compile(r"\[\s*(阅读权限|售价)\s*\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thread of a list, as far as the list says.

    `sticky` rows stand on top whatever their age. `barrier` is what bars a guest: 阅读权限, 售价.
    """

    tid: int
    title: str
    url: str
    published: Moment | None = None
    last_reply: Moment | None = None
    replies: int | None = None
    views: int | None = None
    sticky: bool = False
    barrier: str | None = None

    def may_have_news(self, since: datetime | None) -> bool:
        """Whether something may have been written in it since then, as coarse as the list's times are."""
        newest = self.last_reply or self.published
        if since is None or newest is None:
            return True
        return newest.at + _COARSE.get(newest.precision, timedelta(0)) >= since


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`rows` in the order of the page; `unread` counts rows whose link could not be read."""

    rows: tuple[Row, ...]
    page: int
    pages: int
    next_url: str | None
    unread: int = 0
    empty: bool = False  # the page says so itself


def read_listing(html: str, *, url: str, fetched_at: datetime, zone: ZoneInfo) -> Listing:
    """The threads on a page of a list."""
    selector = Selector(text=html or "<html/>", type="html")
    found = selector.css(_ROWS)
    rows = [row for body in found if (row := _row(body, url=url, now=fetched_at, zone=zone))]
    place = pager(selector, url)
    return Listing(
        rows=tuple(rows),
        page=place.page,
        pages=place.pages,
        next_url=place.next_url,
        unread=len(found) - len(rows),
        empty=not found and is_empty(selector),
    )


def _row(body: Selector, *, url: str, now: datetime, zone: ZoneInfo) -> Row | None:
    link = body.css(
        "a.xst, span[id^=thread_] a, th a[href*=thread]:not(.tdpre), h2 a[href*=thread], h3 a[href*=thread]"
    )[:1]
    href = absolute(url, attribute(link, "href")) if link else None
    tid = tid_of(href) if href else None
    if href is None or tid is None:
        return None
    numbers = body.css(".num, .nums")
    # The guide puts the forum's name into a cell of the same class; only people stand in <cite>.
    people = body.xpath(".//*[cite]")
    barrier = _BARRIER.search("".join((body.css("th") or body).xpath(".//text()").getall()))
    return Row(
        tid=tid,
        title=" ".join("".join(link.xpath(".//text()").getall()).split()),
        url=href,
        published=_time(people[:1], now=now, zone=zone),
        last_reply=_time(people[1:2], now=now, zone=zone),
        replies=_count(numbers.css("a::text, strong::text").get()),
        views=_count(numbers.css("em::text").get()),
        sticky=attribute(body, "id").startswith("stickthread_"),
        barrier=barrier[1] if barrier else None,
    )


def _time(cell: SelectorList[Selector], *, now: datetime, zone: ZoneInfo) -> Moment | None:
    """The time in a cell: the exact one of a title where the text is relative, else the text."""
    candidates = cell.css("em [title]::attr(title)").getall()
    candidates.append("".join(cell.css("em").xpath(".//text()").getall()))
    for text in candidates:
        if moment := read_time(text, now=now, zone=zone):
            return moment
    return None


def _count(text: str | None) -> int | None:
    return read_count(text).value if text is not None else None
