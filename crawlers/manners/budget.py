"""The daily budget: no request leaves that the day has no room for."""

from __future__ import annotations

from collections import Counter
from datetime import date

from scrapy import Request, signals
from scrapy.crawler import Crawler

from crawlers.arguments import ZONE
from crawlers.component import Component
from crawlers.manners.blocks import BLOCKS, Block, Refused
from crawlers.manners.guard import who
from crawlers.manners.slots import stop_queue
from crawlers.state.budget import ALL, Ledger


class BudgetMiddleware(Component):
    """Counts every request that leaves, robots.txt too; a spent budget stops the source, or the identity.

    It reserves requests in small lots, so that a kill can only over-count, by less than one lot an identity.
    """

    LOT = 20

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.left: Counter[str] = Counter()  # by identity
        self.day: date | None = None
        crawler.signals.connect(self._closed, signals.spider_closed)

    def process_request(self, request: Request) -> None:
        spider, identity = self.spider, who(request)
        today = spider.now().astimezone(ZONE).date()
        if today != self.day:
            self._give_back()
            self.day = today
        for name in (ALL, identity):
            if self.left[name] <= 0 and not self._reserve(name, today):
                raise Refused(self._stop(name, request))
        spider.requests += 1
        self.left.subtract((ALL, identity))

    def _reserve(self, name: str, day: date) -> bool:
        limit = self._limit(name)
        lot = self.LOT if limit else self.LOT * 50
        self.left[name] = Ledger(self.spider.state).take(self.spider.name, day, lot, limit, name)
        return self.left[name] > 0

    def _limit(self, name: str) -> int | None:
        if name == ALL:
            return self.spider.config.daily
        whole = self.spider.config.daily is None or name in ("none", "visitor")
        return None if whole else self.spider.source.rate.daily_identity

    def _stop(self, name: str, request: Request) -> Block:
        """End the run where the source's budget is spent, else the asking as this identity."""
        guard, block = self.spider.guard, BLOCKS["budget"]
        if name == ALL and guard.ended is None:
            guard.meet(block)
            guard.ended = block
        elif name != ALL and (asker := guard.asker(request)) not in guard.stops:
            guard.meet(block)
            guard.stops[asker] = block
        stop_queue(self.crawler, guard)
        return block

    def _give_back(self) -> None:
        lots, self.left = self.left, Counter()
        for name, unused in lots.items():
            if self.day is not None and unused > 0:
                Ledger(self.spider.state).give_back(self.spider.name, self.day, unused, name)

    def _closed(self) -> None:
        self._give_back()
