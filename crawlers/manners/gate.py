"""The first door on the way out, and redirects, which go through it like anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response

from crawlers.component import Component
from crawlers.manners.blocks import BLOCKS, Refused

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider


class GateMiddleware(Component):
    """First on the way out: holds back what the guard forbids, and sends all else through the proxy, if any.

    Behind a proxy https is asked as plain http, so that one local forward proxy can stand for every host.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.proxy = self.spider.config.proxy

    async def process_request(self, request: Request) -> Request | None:
        spider = self.spider
        meta = request.meta
        if meta.get("identity") == "login" and "as" not in meta:
            meta["as"] = self._as_whom(spider, request)
        await spider.guard.rested(request)
        if block := spider.guard.refusal(request):
            raise Refused(block)
        if spider.source.rate.scope == "source":
            meta.setdefault("download_slot", spider.name)
        if self.proxy:
            if request.url.startswith("https:"):
                return request.replace(url="http:" + request.url[6:], dont_filter=True)
            meta["proxy"] = self.proxy
        return None

    @staticmethod
    def _as_whom(spider: SourceSpider, request: Request) -> str:
        chosen = spider.identities.choose(request)
        if chosen is None:
            spider.guard.meet(BLOCKS["login_required"])
            raise Refused(BLOCKS["login_required"])
        return chosen


class PlainRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects without a Referer: no site is told where a request came from."""

    def handle_referer(self, request: Request, response: Response) -> None:
        request.headers.pop("Referer", None)

    def _engine_started(self) -> None:
        """Scrapy's warns here that nobody sets a Referer, which is the purpose."""
