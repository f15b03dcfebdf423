"""What a run knows of refusals: which blocks it met, and who or what must not be asked any more."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response

from crawlers.blocks import Block, Refused

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider


class Guard:
    """State of refusals of one run. A stop never ends within the run: a person decides when to go on."""

    def __init__(self) -> None:
        self.met: dict[str, int] = {}  # block name → how often, in the order first met
        self.source: Block | None = None
        self.identities: dict[str, Block] = {}
        self.resume_at = 0.0  # monotonic seconds before which nothing is sent

    @property
    def stopped(self) -> bool:
        """Whether some block ended the asking of the source or of an identity."""
        return self.source is not None or bool(self.identities)

    def meet(self, block: Block) -> None:
        self.met[block.name] = self.met.get(block.name, 0) + 1

    def refusal(self, identity: str | None) -> Block | None:
        """The block that forbids asking as this identity, if any."""
        return self.source or self.identities.get(identity or "none")

    def rest(self, seconds: float) -> None:
        self.resume_at = max(self.resume_at, monotonic() + seconds)

    async def rested(self) -> None:
        """Return when the rest is over, or soon after the source was stopped meanwhile."""
        while self.source is None and (left := self.resume_at - monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, 1.0))


class GateMiddleware:
    """First on the way out: holds back what the guard forbids, and sends all else through the proxy, if any.

    Behind a proxy https is asked as plain http, so that one local forward proxy can stand for every host.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        spider: SourceSpider = crawler.spider  # type: ignore[assignment]
        self.proxy = spider.config.proxy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | None:
        spider: SourceSpider = self.crawler.spider  # type: ignore[assignment]
        guard = spider.guard
        meta = request.meta
        if guard.resume_at:
            await guard.rested()
        if block := guard.refusal(meta.get("identity")):
            raise Refused(block)
        if spider.source.rate.scope == "source":
            meta.setdefault("download_slot", spider.name)
        if self.proxy:
            if request.url.startswith("https:"):
                return request.replace(url="http:" + request.url[6:], dont_filter=True)
            meta["proxy"] = self.proxy
        return None


class PlainRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects without a Referer: no site is told where a request came from."""

    def handle_referer(self, request: Request, response: Response) -> None:
        request.headers.pop("Referer", None)

    def _engine_started(self) -> None:
        """Scrapy's warns here that nobody sets a Referer, which is the purpose."""


def stop_queue(crawler: Crawler, block: Block) -> None:
    """Refuse what already waits in the downloader's queues, so that nothing more leaves after a stop."""
    for slot in crawler.engine.downloader.slots.values():
        while slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(Refused(block))


def slow_down(crawler: Crawler, request: Request, *, floor_s: float, cap_s: float) -> None:
    """Double the delay of the request's slot, from at least `floor_s` to at most `cap_s` seconds."""
    slot: Any = crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))
    if slot is not None:
        slot.delay = min(max(slot.delay * 2, floor_s), cap_s)
