"""The daily budget: requests of a source and day, counted across runs in the data folder."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler

from core.errors import TingfengError
from crawlers.arguments import ZONE
from crawlers.blocks import BLOCKS, Refused
from crawlers.guard import stop_queue

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider


class Ledger:
    """Requests a day by source, in one small SQLite file that several crawls may write at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise TingfengError(f"{self.path} cannot be written ({error}); choose another --home") from error
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS spent"
                " (source TEXT, day TEXT, requests INTEGER NOT NULL, PRIMARY KEY (source, day))"
            )
            yield connection
        finally:
            connection.close()

    def spent(self, source: str, day: date) -> int:
        with self._open() as connection:
            row = connection.execute(
                "SELECT requests FROM spent WHERE source = ? AND day = ?", (source, day.isoformat())
            ).fetchone()
        return int(row[0]) if row else 0

    def take(self, source: str, day: date, wanted: int, limit: int | None) -> int:
        """How many of `wanted` requests were reserved within `limit` a day (None: no limit)."""
        key = (source, day.isoformat())
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT OR IGNORE INTO spent VALUES (?, ?, 0)", key)
            query = "SELECT requests FROM spent WHERE source = ? AND day = ?"
            spent = int(connection.execute(query, key).fetchone()[0])
            granted = wanted if limit is None else max(0, min(wanted, limit - spent))
            connection.execute(
                "UPDATE spent SET requests = requests + ? WHERE source = ? AND day = ?", (granted, *key)
            )
            connection.execute("COMMIT")
        return granted

    def give_back(self, source: str, day: date, unused: int) -> None:
        with self._open() as connection:
            connection.execute(
                "UPDATE spent SET requests = requests - ? WHERE source = ? AND day = ?",
                (unused, source, day.isoformat()),
            )


class BudgetMiddleware:
    """Counts every request that leaves, robots.txt too; a spent budget stops the source as ``budget``.

    It reserves requests in small lots, so that a kill can only over-count, by less than one lot.
    """

    LOT = 20

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        spider: SourceSpider = crawler.spider  # type: ignore[assignment]
        self.ledger = Ledger(spider.config.home.root / "budget.sqlite")
        self.left = 0
        self.day: date | None = None
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        spider: SourceSpider = self.crawler.spider  # type: ignore[assignment]
        spider.requests += 1
        if self.left <= 0 and not self._reserve(spider):
            spider.requests -= 1
            block = BLOCKS["budget"]
            if spider.guard.ended is None:
                spider.guard.meet(block)
                spider.guard.ended = block
                stop_queue(self.crawler)
            raise Refused(block)
        self.left -= 1

    def _reserve(self, spider: SourceSpider) -> bool:
        limit = spider.config.daily
        self.day = datetime.now(ZONE).date()
        lot = self.LOT if limit else self.LOT * 50
        self.left = self.ledger.take(spider.name, self.day, lot, limit or None)
        return self.left > 0

    def _closed(self) -> None:
        if self.day is not None and self.left > 0:
            self.ledger.give_back(self.crawler.spider.name, self.day, self.left)  # type: ignore[union-attr]
            self.left = 0
