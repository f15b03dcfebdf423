"""Pages of Tieba to what they hold: `read_listing`, `read_thread`, `read_total`, `read_floor`, all pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.ids import post_id
from crawlers.reading.charset import decode
from crawlers.reading.unreadable import read_json
from crawlers.sources.tieba.comments import Below, Replies, read_floor, read_total
from crawlers.sources.tieba.listing import Listing, Row, read_listing
from crawlers.sources.tieba.page import notice
from crawlers.sources.tieba.thread import ThreadPage, read_thread
from crawlers.workbench.cases import Reader

__all__ = [
    "READERS",
    "Below",
    "Listing",
    "Replies",
    "Row",
    "ThreadPage",
    "notice",
    "read_floor",
    "read_listing",
    "read_thread",
    "read_total",
]


def _asked(url: str, name: str) -> int:
    return int(parse_qs(urlsplit(url).query)[name][0])


def _total(body: bytes, url: str, fetched_at: datetime) -> Any:
    found = read_total(
        read_json(body),
        tid=_asked(url, "tid"),
        root_id=post_id("tieba", 1),
        accounts={},
        fetched_at=fetched_at,
    )
    return {str(pid): replies for pid, (_, replies) in found.items()}


def _floor(body: bytes, url: str, fetched_at: datetime) -> Replies:
    below = Below(tid=_asked(url, "tid"), pid=_asked(url, "pid"), root_id=None, accounts={}, speakers={})
    return read_floor(decode(body)[0], below, fetched_at=fetched_at)


READERS: dict[str, Reader] = {
    "list": lambda body, url, fetched_at: read_listing(decode(body)[0], fetched_at=fetched_at),
    "thread": lambda body, url, fetched_at: read_thread(decode(body)[0], url=url, fetched_at=fetched_at),
    "comments": _total,
    "floor": _floor,
    "notice": lambda body, url, fetched_at: notice(decode(body)[0]),
}
