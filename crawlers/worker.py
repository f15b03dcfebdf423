"""One worker on a frontier, as Scrapy's scheduler: it leases pages, and writes what became of them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.utils.asyncio import create_looping_call

from core.errors import LandingError
from crawlers.component import Component
from crawlers.pages import page_of, request_of
from crawlers.state.engine import StateError
from crawlers.state.frontier import LEASE_S
from crawlers.state.readings import Reading

log = logging.getLogger(__name__)
_LOOK_S = 0.5  # between two looks for pages of others by a worker that has none
_TOGETHER_S = 0.25  # pages read within so long are written together, where several are on the way at once

_AHEAD = 2  # times as many pages are leased as are asked for at once


class Worker(Component, BaseScheduler):
    """Takes pages of the spider's frontier until none is left, of other workers neither.

    A page is done only when its records are on disk and its own pages are in the frontier: a kill repeats
    what was on the way, and loses nothing.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.at_once: int = crawler.settings.getint("CONCURRENT_REQUESTS")
        self.ready: deque[Request] = deque()
        self.out: set[int] = set()  # pages that were asked for and are not read yet
        self.read: list[Reading] = []
        self.written_at = 0.0
        self.renewing: Any = None

    def open(self, spider: Any) -> None:
        frontier = spider.frontier
        if frontier.resumed:
            log.info("this crawl began at %s; it goes on where it was", frontier.began_at)
            frontier.forgive()
            for name in frontier.finished_batches():
                self._follow(name)
        self.renewing = create_looping_call(self._renew)
        self.renewing.start(LEASE_S / 4, now=False)
        # Scrapy's own looks are 5 s apart, for which a second worker would idle whenever the first has all the pages.
        self.crawler.engine._SLOT_HEARTBEAT_INTERVAL = _LOOK_S

    def close(self, reason: str) -> None:
        if self.renewing is not None:
            self.renewing.stop()
        with self._giving_up():
            self.write()
            self.spider.frontier.release()

    # --- what Scrapy asks

    def has_pending_requests(self) -> bool:
        """Whether pages wait, or come yet from another worker; those leased here are on the way, or wait too."""
        if self.ready:
            return True
        with self._giving_up():
            self.write()
            return self._may_ask() and self.spider.frontier.has_others()
        return False

    def enqueue_request(self, request: Request) -> bool:
        """Take a page that is asked once more at once, put a new one into the frontier, and note what one became."""
        if reading := request.meta.get("reading"):
            self.done(reading)
            return True
        if "task" in request.meta:
            self.ready.appendleft(request)
            return True
        with self._giving_up():
            return self.spider.frontier.add([page_of(request, self.spider.frontier.sealer, depth=0)]) > 0
        return False

    def next_request(self) -> Request | None:
        """The next page; where one is asked at a time, not before the last one is read: a kill repeats one."""
        if self.at_once == 1 and self.out and not self.ready:
            return None
        if not self.ready and self._may_ask():
            with self._giving_up():
                self.write()
                many = 1 if self.at_once == 1 else _AHEAD * self.at_once
                leases = self.spider.frontier.lease(many, now=datetime.now(UTC))
                self.ready.extend(request_of(lease, self.spider.read, self.spider.lose) for lease in leases)
        if not self.ready:
            return None
        request = self.ready.popleft()
        self.out.add(request.meta["task"])
        return request

    def _may_ask(self) -> bool:
        return self.spider.guard.source is None and self.spider.failure is None

    @contextmanager
    def _giving_up(self) -> Iterator[None]:
        """End the run where the state or the landing refuses: what cannot be kept must not be asked for."""
        try:
            yield
        except (StateError, LandingError) as error:
            self.spider.give_up(error)

    # --- what became of pages

    def done(self, reading: Reading) -> None:
        """Note what became of a page; it is written with the next ones, or at once where few come."""
        self.read.append(reading)
        self.out.discard(reading.task or 0)
        if self.at_once == 1 or monotonic() - self.written_at >= _TOGETHER_S:
            with self._giving_up():
                self.write()

    def write(self) -> None:
        """Put the records on disk, then the readings of their pages into the frontier."""
        readings, self.read = self.read, []
        if lines := self.spider.coverage.take(None):
            readings.append(Reading(task=None, lines=lines))
        if not readings:
            return
        self.spider.landing.writer.flush()
        for name in self.spider.frontier.commit(readings, now=self.spider.now()):
            self._follow(name)
        self.written_at = monotonic()

    def _follow(self, name: str) -> None:
        """Ask for what comes after the last page of a batch."""
        frontier = self.spider.frontier
        frontier.add([page_of(one, frontier.sealer, depth=1) for one in self.spider.after_batch(name)])

    def _renew(self) -> None:
        with self._giving_up():
            self.spider.frontier.renew(now=datetime.now(UTC))
