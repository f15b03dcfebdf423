"""A list of a group's topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from parsel import Selector

from core.counts import read_count
from core.times import Moment, read_time
from crawlers.reading.zones import CHINA
from crawlers.sources.douban.addresses import topic_of
from crawlers.sources.douban.page import place_of, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One topic of a list; `pinned` ones stand on top whatever their age."""

    topic: int
    title: str
    replies: int | None = None
    last_reply: Moment | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`unread` counts rows with a title and no topic; `more` says that there is a next page."""

    rows: tuple[Row, ...]
    page: int
    pages: int
    more: bool
    unread: int = 0
    empty: bool = False  # the table is there, and nothing in it


def read_listing(html: str, *, fetched_at: datetime) -> Listing:
    """The topics on a page of a group's list; adverts are none."""
    selector = Selector(text=html or "<html/>", type="html")
    found = [row for row in selector.css("table.olt tr") if row.css("td.title")]
    rows = [row for box in found if (row := _row(box, fetched_at)) is not None]
    page, pages = place_of(selector)
    return Listing(
        rows=tuple({row.topic: row for row in rows}.values()),
        page=page,
        pages=pages,
        more=bool(selector.css(".paginator .next a")),
        unread=len(found) - len(rows),
        empty=bool(selector.css("table.olt")) and not found,
    )


def _row(box: Selector, now: datetime) -> Row | None:
    link = box.css("td.title a[href*='/group/topic/']")[:1]
    topic = topic_of(link.attrib.get("href", "")) if link else None
    if topic is None:
        return None
    cells = box.css("td:not(.title):not(.time)")
    # the count's cell has its class since 2018 only; a topic nobody answered shows an empty one
    count = text_of(box.css("td.r-count") or cells[1:2])
    beside = "".join(box.css("td.title").xpath(".//text()[not(ancestor::a)]").getall())
    return Row(
        topic=topic,
        title=" ".join((link.attrib.get("title") or text_of(link)).split()),
        replies=read_count(count).value,
        last_reply=read_time(text_of(box.css("td.time")), now=now, zone=CHINA),
        pinned="置顶" in beside or bool(box.css("img[alt*='置顶']")),
    )
