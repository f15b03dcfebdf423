"""Pages of a Discuz! site to what they hold: `read_listing`, `read_thread`, `notice`, all pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from crawlers.reading.charset import decode
from crawlers.sources.discuz.listing import Listing, Row, read_listing
from crawlers.sources.discuz.page import Notice, notice
from crawlers.sources.discuz.rss import read_rss
from crawlers.sources.discuz.thread import ThreadPage, read_thread
from crawlers.workbench.cases import Reader

__all__ = [
    "READERS",
    "Listing",
    "Notice",
    "Row",
    "ThreadPage",
    "notice",
    "read_listing",
    "read_rss",
    "read_thread",
]

_CHINA = ZoneInfo("Asia/Shanghai")


def _list(body: bytes, url: str, fetched_at: datetime) -> Listing:
    return read_listing(decode(body)[0], url=url, fetched_at=fetched_at, zone=_CHINA)


def _thread(body: bytes, url: str, fetched_at: datetime) -> ThreadPage:
    return read_thread(decode(body)[0], url=url, fetched_at=fetched_at, zone=_CHINA)


def _notice(body: bytes, url: str, fetched_at: datetime) -> Notice | None:
    return notice(decode(body)[0])


def _rss(body: bytes, url: str, fetched_at: datetime) -> tuple[Row, ...]:
    return read_rss(decode(body)[0], url=url, fetched_at=fetched_at, zone=_CHINA)


READERS: dict[str, Reader] = {"list": _list, "rss": _rss, "thread": _thread, "notice": _notice}
