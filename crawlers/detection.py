"""Block detection: judges every answer, and answers a block as the catalogue says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.blocks import BLOCKS, Block, Reaction, Refused, examine
from crawlers.guard import slow_down, stop_queue
from crawlers.logs import where

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)
_DEFAULT_WAIT_S = 60.0
_SLOWEST_S = 120.0


class BlockDetectionMiddleware:
    """Sits where the body is decoded and nobody has retried yet (560).

    A block never reaches a parser: it is asked again as often as its catalogue entry allows, or the request
    ends as `Refused` in its errback, and stopping blocks close the gate for everything that follows.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        spider: SourceSpider = crawler.spider  # type: ignore[assignment]
        self.pause_s = spider.config.pause_s
        self.max_wait_s = spider.config.max_wait_s

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        meta = request.meta
        if "expects" not in meta:  # robots.txt and the like
            return response
        verdict = examine(
            response.status,
            _plain(response) if 300 <= response.status < 400 else {},  # only a redirect's are read
            response.body,
            meta["asked"],
            response.url,
            expects=meta["expects"],
        )
        spider: SourceSpider = self.crawler.spider  # type: ignore[assignment]
        response.request = request  # Scrapy ties them later; a source may want to see what was asked
        block = spider.judge(response) or verdict.block  # a source knows its own pages better
        if block is None:
            meta["document"] = verdict.document
            return response
        return self._react(self._as_identity(block, request), request, response)

    @staticmethod
    def _as_identity(block: Block, request: Request) -> Block:
        """A login wall before a visitor ends what a visitor sees; a visitor wall before a login means it expired."""
        identity = request.meta.get("identity")
        if block.name == "login_required" and identity == "visitor":
            return BLOCKS["visitor_limit"]
        if block.name == "visitor_required" and identity == "login":
            return BLOCKS["login_required"]
        return block

    def _react(self, block: Block, request: Request, response: Response) -> Request:
        spider: SourceSpider = self.crawler.spider  # type: ignore[assignment]
        spider.guard.meet(block)
        tries: dict[str, int] = request.meta.get("tries", {})
        tried = tries.get(block.name, 0)
        log.warning("block %s at %s (%s, try %d)", block.name, where(request), response.status, tried + 1)
        reaction = block.reaction if tried < block.times or not block.times else block.then
        if reaction is Reaction.WAIT and not self._rest_as_told(response, spider):
            reaction = block.then
        if reaction is Reaction.SLOW:
            slow_down(self.crawler, request, floor_s=min(1.0, self.pause_s), cap_s=_SLOWEST_S)
            spider.guard.rest(self.pause_s)
        if reaction is Reaction.RENEW and not spider.identities.renew(request):
            reaction = block.then
        if reaction in (Reaction.RETRY, Reaction.SLOW, Reaction.WAIT, Reaction.RENEW):
            return self._again(request, {**tries, block.name: tried + 1})
        self._stop(reaction, block, request)
        raise Refused(block)

    def _again(self, request: Request, tries: dict[str, int]) -> Request:
        # A visitor's page is asked again with the newest visitor; what asks for that visitor keeps its own jar.
        stale = ("document", "cookiejar") if "generation" in request.meta else ("document",)
        meta = {key: value for key, value in request.meta.items() if key not in stale}
        return request.replace(
            meta={**meta, "tries": tries}, dont_filter=True, priority=request.priority + 1, cookies=None
        )

    def _stop(self, reaction: Reaction, block: Block, request: Request) -> None:
        spider: SourceSpider = self.crawler.spider  # type: ignore[assignment]
        if reaction is Reaction.STOP_SOURCE:
            spider.guard.source = block
            stop_queue(self.crawler, block)
        elif reaction is Reaction.STOP_IDENTITY:
            identity = request.meta.get("identity") or "none"
            spider.guard.identities.setdefault(identity, block)
        else:
            return
        log.error("%s: nothing more is asked. %s", block.title.en, block.advice.en)

    def _rest_as_told(self, response: Response, spider: SourceSpider) -> bool:
        """Rest as long as Retry-After says; False when that is longer than a run may wait."""
        wait = retry_after(_plain(response), now=spider.now())
        seconds = min(_DEFAULT_WAIT_S, self.pause_s) if wait is None else wait
        if seconds > self.max_wait_s:
            return False
        spider.guard.rest(seconds)
        return True


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds of a Retry-After header, a number or a date read against `now`; None without a sound one."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds()) if value else None
    except (ValueError, TypeError):
        return None


def _plain(response: Response) -> dict[str, str]:
    return {
        key.decode("latin-1").lower(): values[-1].decode("latin-1")
        for key, values in response.headers.items()
        if values
    }
