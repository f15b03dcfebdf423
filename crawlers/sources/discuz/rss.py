"""The feed of a forum (``mod=rss``): the threads opened last, for finding them without its list."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from parsel import Selector

from core.times import read_time
from crawlers.reading.markup import without_wrong_references
from crawlers.reading.unreadable import Unreadable
from crawlers.sources.discuz.addresses import absolute, tid_of
from crawlers.sources.discuz.listing import Row


def read_rss(text: str, *, url: str, fetched_at: datetime, zone: ZoneInfo) -> tuple[Row, ...]:
    """The threads of a feed, as far as it tells; raises `Unreadable` for a page that is no feed."""
    start = text.find("<rss")
    if start < 0:
        raise Unreadable("no feed: it has no <rss>")
    selector = Selector(
        text=without_wrong_references(text[start:]), type="xml"
    )  # without the prolog, whose charset is settled
    rows = []
    for item in selector.xpath("//item"):
        href = absolute(url, (item.xpath("./link//text()").get() or "").strip())
        tid = tid_of(href) if href else None
        if href is None or tid is None:
            continue
        rows.append(
            Row(
                tid=tid,
                title=" ".join("".join(item.xpath("./title//text()").getall()).split()),
                url=href,
                published=read_time(item.xpath("./pubDate//text()").get(), now=fetched_at, zone=zone),
            )
        )
    return tuple(rows)
