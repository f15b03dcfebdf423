"""The last moment before a request leaves: what was decided while it waited for its turn still holds it back."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from crawlers.manners.blocks import Refused
from crawlers.manners.slots import slow_down

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's, behind the guard: rests, refusals and the pace of a slowed site, also those another worker met."""

    async def download_request(self, request: Request) -> Response:
        spider: SourceSpider = self._crawler.spider  # type: ignore[assignment]
        guard = spider.guard
        await guard.rested(request)
        if block := guard.refusal(request):
            raise Refused(block)
        standing = guard.standing(guard.site(request))
        slow_down(self._crawler, request, standing.factor, floor_s=min(1.0, spider.config.pause_s))
        request.meta["sent"] = monotonic()
        return await super().download_request(request)
