"""robots.txt: obeyed, with its Crawl-delay; what it forbids is a named reason in the coverage."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawlers.blocks import BLOCKS, Refused

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, with two more manners of RFC 9309: a failing robots.txt forbids, and Crawl-delay counts."""

    _unreachable: set[str]

    def __init__(self, crawler: Any) -> None:
        if crawler.spider.config.robots_override:
            raise NotConfigured
        super().__init__(crawler)
        self._unreachable = set()

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        spider: SourceSpider = self.crawler.spider  # type: ignore[assignment]
        if self._unreachable and request.url.split("/", 3)[2] in self._unreachable:
            spider.guard.meet(BLOCKS["robots_unreachable"])
            raise Refused(BLOCKS["robots_unreachable"])
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            spider.guard.meet(BLOCKS["robots"])
            raise Refused(BLOCKS["robots"]) from error

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            self._unreachable.add(netloc)
        await super()._parse_robots(response, netloc, request)
        parser = self._parsers[netloc]
        if isinstance(parser, RobotParser):
            self._keep_distance(parser, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if not isinstance(exc, IgnoreRequest):
            self._unreachable.add(netloc)
        super()._robots_error(exc, netloc)

    def _keep_distance(self, parser: RobotParser, request: Request) -> None:
        """Raise the delay of the slot to the site's Crawl-delay, where that asks for more."""
        wanted = parser.crawl_delay(str(self._robotstxt_useragent or self._default_useragent))
        if not wanted:
            return
        downloader = self.crawler.engine.downloader
        key = downloader.get_slot_key(request)
        settings = downloader.per_slot_settings.setdefault(key, {})
        slot = downloader.slots.get(key)
        current = slot.delay if slot else settings.get("delay", downloader._delay)
        if wanted > current:
            log.info("robots.txt asks for %s s between requests", wanted)
            settings["delay"] = wanted
            if slot:
                slot.delay = wanted
