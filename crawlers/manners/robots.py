"""robots.txt: obeyed, with its Crawl-delay; what it forbids is a named reason in the coverage."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from crawlers.manners.blocks import BLOCKS, Block, Refused
from crawlers.state.engine import StateError
from crawlers.state.robots import RobotsStore

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)
_FRESH = timedelta(days=1)  # RFC 9309, 2.4
_OLDEST = timedelta(days=30)  # a copy so old is used no more, even where the site cannot be reached (2.3.1.4)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, with the manners of RFC 9309, and kept for a day for all runs and workers of a state.

    What is not there (4xx) allows all; what cannot be had (5xx, 429, a lost connection) forbids all, unless it was
    read within the last month; Crawl-delay counts.
    """

    def __init__(self, crawler: Any) -> None:
        if crawler.spider.config.robots_override:
            raise NotConfigured
        super().__init__(crawler)
        self.kept = RobotsStore(self.spider.state)
        self._banned: dict[str, Block] = {}
        self._broken: StateError | None = None  # our own failure, which says nothing of a site
        self._read_at: dict[str, datetime] = {}

    @property
    def spider(self) -> SourceSpider:
        return self.crawler.spider  # type: ignore[return-value]

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, asked of the site at most once a day."""
        netloc, now = urlparse_cached(request).netloc, self.spider.now()
        if now - self._read_at.get(netloc, now) >= _FRESH:
            del self._parsers[netloc], self._read_at[netloc]
            self._banned.pop(netloc, None)
        if netloc not in self._parsers and (kept := self.kept.get(netloc)) and now - kept.read_at < _FRESH:
            self._parsers[netloc] = self._take(netloc, kept.body, kept.read_at, request)
        await super().robot_parser(request)
        # Of several who wait for one answer Scrapy gives it to the first alone, and None, which allows, to the rest.
        parser = self._parsers[netloc]
        return None if isinstance(parser, Deferred) else parser

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        if self._broken:
            raise self._broken
        if block := self._banned.get(urlparse_cached(request).netloc):
            self._refuse(block)
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            self._refuse(BLOCKS["robots"])

    def _refuse(self, block: Block) -> None:
        self.spider.guard.meet(block)
        raise Refused(block)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            self._settle(netloc, self._without(netloc, request))
            return
        body = response.body if response.status < 400 else b""
        self.kept.keep(netloc, body, self.spider.now())
        self._settle(netloc, self._take(netloc, body, self.spider.now(), request))

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, Refused):  # for one that must not be asked its pages must not be asked either
            self._banned[netloc] = exc.block
            self._settle(netloc, None)
        elif isinstance(exc, StateError):
            self._broken = exc
            self._settle(netloc, None)
        else:
            self._settle(netloc, self._without(netloc, None))

    def _settle(self, netloc: str, parser: RobotParser | None) -> None:
        """Let go on who waited for the host's rules."""
        waiting, self._parsers[netloc] = self._parsers[netloc], parser
        if isinstance(waiting, Deferred):
            waiting.callback(parser)

    def _without(self, netloc: str, request: Request | None) -> RobotParser | None:
        """What was read within the last month; else None, and the host is banned."""
        kept, now = self.kept.get(netloc), self.spider.now()
        if kept and now - kept.read_at < _OLDEST:
            return self._take(netloc, kept.body, now, request)
        self._banned[netloc], self._read_at[netloc] = BLOCKS["robots_unreachable"], now
        return None

    def _take(self, netloc: str, body: bytes, read_at: datetime, request: Request | None) -> RobotParser:
        self._read_at[netloc] = read_at
        parser: RobotParser = self._parserimpl.from_crawler(self.crawler, body)
        if request is not None:
            self._keep_distance(parser, request)
        return parser

    def _keep_distance(self, parser: RobotParser, request: Request) -> None:
        """Hold the slot to the site's Crawl-delay, where that asks for more than the source's own delay."""
        wanted = parser.crawl_delay(str(self._robotstxt_useragent or self._default_useragent))
        if not wanted:
            return
        downloader = self.crawler.engine.downloader
        key = downloader.get_slot_key(request)
        told = downloader.per_slot_settings.setdefault(key, {})
        own = told.get("delay", downloader._delay)
        if wanted > own * (1 - told.get("jitter", downloader._jitter)):
            log.info("robots.txt asks for %s s between requests", wanted)
            delay = max(own, wanted)
            told.update(delay=delay, jitter=1 - wanted / delay)  # no jitter goes below what is asked
            if slot := downloader.slots.get(key):
                slot.delay, slot.jitter = max(slot.delay, delay), told["jitter"]
