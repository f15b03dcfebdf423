"""Lists of threads: a bar's own, in both its designs, and search hits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from parsel import Selector, SelectorList

from core.counts import read_count
from core.times import Moment, read_time
from crawlers.reading.markup import attribute
from crawlers.reading.zones import CHINA
from crawlers.sources.tieba.addresses import tid_of
from crawlers.sources.tieba.fields import facts_of, number_of
from crawlers.sources.tieba.page import uncover

_MONTH_AND_DAY = re.compile(r"\d{1,2}-\d{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thread of a list; `pinned` ones stand on top whatever their age."""

    tid: int
    title: str
    published: Moment | None = None
    last_reply: Moment | None = None
    replies: int | None = None
    first_pid: int | None = None
    pinned: bool = False

    @property
    def newest(self) -> Moment | None:
        """The latest that is known to have happened in it."""
        return self.last_reply or self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`page` is the one that came, None where the page does not say; `unread` counts rows without a thread."""

    rows: tuple[Row, ...]
    page: int | None
    more: bool
    unread: int = 0


def read_listing(html: str, *, fetched_at: datetime) -> Listing:
    """The threads on a page of a bar or of search hits.

    A bar's list is hidden in a comment until scripts put it in place; the design of 2026 shows cards.
    """
    page = uncover(html)
    found = page.css("li.j_thread_list, li.thread_top, .threadcardclass, .s_post_list .s_post")
    rows: dict[int, Row] = {}
    unread = 0
    for box in found:
        row = _row(box, fetched_at)
        if row is None:
            unread += not _is_advert(box)
        elif row.tid not in rows:
            rows[row.tid] = row
    current = page.css("#frs_list_pager .pagination-current::text, .pager-search .cur::text").get("").strip()
    following = page.css("#frs_list_pager a.next, .pager-search a.next, a.pager-next, .thread-next-page a")
    return Listing(
        rows=tuple(rows.values()),
        page=int(current) if current.isdecimal() else None,
        more=bool(following),
        unread=unread,
    )


def _is_advert(box: Selector) -> bool:
    """Whether it is a bought place in the list, which belongs to no thread."""
    facts = facts_of(attribute(box, "data-field"))
    return number_of(facts.get("id")) == 1 or not box.css("a[href*='/p/']")


def _row(box: Selector, now: datetime) -> Row | None:
    classes = attribute(box, "class")
    if "threadcardclass" in classes:
        return _card(box, now)
    return _hit(box, now) if "s_post" in classes.split() else _line(box, now)


def _line(box: Selector, now: datetime) -> Row | None:
    """A line of the list of 2013 to 2025; where its facts are torn, what is shown says the same."""
    facts = facts_of(attribute(box, "data-field"))
    link = box.css("a.j_th_tit[href*='/p/'], a[href*='/p/']")[:1]
    tid = (
        number_of(attribute(box, "data-tid"))
        or number_of(facts.get("id"))
        or tid_of(attribute(link, "href") if link else "")
    )
    if not tid or tid == 1 or not link:
        return None
    replies = number_of(facts.get("reply_num"))
    if replies is None:
        replies = _count(box.css(".threadlist_rep_num"))
    top = bool(facts.get("is_top") or facts.get("is_membertop")) or "thread_top" in attribute(box, "class")
    return Row(
        tid=tid,
        title=attribute(link, "title") or _text(link),
        published=_time(box.css(".is_show_create_time"), now),
        last_reply=_time(box.css(".threadlist_reply_date"), now),
        replies=replies,
        first_pid=number_of(facts.get("first_post_id")),
        pinned=top or bool(box.css("i.icon-top, .icon-member-top")),
    )


def _card(box: Selector, now: datetime) -> Row | None:
    """A card of the design of 2026."""
    tid = tid_of(box.css("a.action-link-bg::attr(href), a[href*='/p/']::attr(href)").get(""))
    if not tid:
        return None
    published = next(
        (found for part in box.css(".top-title span") if (found := _time(SelectorList([part]), now))), None
    )
    return Row(
        tid=tid,
        title=_text(box.css(".title-wrap")),
        published=published,
        last_reply=_time(box.css(".last-reply-time"), now),
        replies=_count(box.css(".comment-link-zone .action-number")),
        pinned=bool(box.css(".thread-top-tag")),
    )


def _hit(box: Selector, now: datetime) -> Row | None:
    """A search hit, which is a floor or a whole thread; its time is the hit's own."""
    link = box.css("a.bluelink, .p_title a")[:1]
    tid = number_of(attribute(link, "data-tid")) if link else None
    tid = tid or tid_of(attribute(link, "href") if link else "")
    if not tid:
        return None
    return Row(tid=tid, title=_text(link), last_reply=_time(box.css(".p_date"), now))


def _time(box: SelectorList[Selector], now: datetime) -> Moment | None:
    """What a list shows: ``11:24`` of today, so that ``1-2`` read on 2 January is a year ago."""
    text = _text(box)
    if _MONTH_AND_DAY.fullmatch(text) and (moment := read_time(text, now=now, zone=CHINA)):
        day, today = moment.at.astimezone(CHINA).date(), now.astimezone(CHINA).date()
        return moment if day < today else read_time(f"{today.year - 1}-{text}", now=now, zone=CHINA)
    return read_time(text, now=now, zone=CHINA)


def _count(box: SelectorList[Selector]) -> int | None:
    return read_count(_text(box)).value if box else None


def _text(box: SelectorList[Selector]) -> str:
    return " ".join("".join(box[:1].xpath(".//text()").getall()).split())
