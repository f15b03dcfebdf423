"""Block detection: judges every answer, and answers a block as the catalogue says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.component import Component
from crawlers.logs import where
from crawlers.manners.blocks import BLOCKS, Block, Reaction, Refused, examine
from crawlers.manners.guard import who
from crawlers.manners.slots import stop_queue
from crawlers.unpacking import DAMAGED

log = logging.getLogger(__name__)
_ONCE_MORE = (Reaction.RETRY, Reaction.SLOW, Reaction.WAIT, Reaction.RENEW)
_DEFAULT_WAIT_S = 60.0
_TELLING = (*range(300, 400), 429, 503)  # statuses whose headers say more


class BlockDetectionMiddleware(Component):
    """Sits where the body is decoded and nobody has retried yet (560).

    A block never reaches a parser: it is asked again as often as its catalogue entry allows, or the request
    ends as `Refused` in its errback, and stopping blocks close the gate for everything that follows.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.pause_s = self.spider.config.pause_s
        self.max_wait_s = self.spider.config.max_wait_s

    def process_response(self, request: Request, response: Response) -> Request | Response:
        meta = request.meta
        if "expects" not in meta:  # robots.txt and the like
            return response
        verdict = examine(
            response.status,
            _plain(response) if response.status in _TELLING else {},
            response.body,
            meta["asked"],
            response.url,
            expects=meta["expects"],
        )
        spider = self.spider
        response.request = request  # Scrapy ties them later; a source may want to see what was asked
        damaged = BLOCKS["damaged_body"] if DAMAGED in response.flags else None
        block = damaged or spider.judge(response) or verdict.block  # a source knows its own pages better
        if block is None:
            meta["document"] = verdict.document
            if meta["kind"] != "visitor":  # a site that fails may well give out visitors
                spider.guard.answer(request)
            return response
        return self._react(self._as_identity(block, request), request, response)

    @staticmethod
    def _as_identity(block: Block, request: Request) -> Block:
        """A login wall before a visitor ends what a visitor sees; a visitor wall before a login means it expired."""
        identity = who(request)
        if block.name == "login_required" and identity == "visitor":
            return BLOCKS["visitor_limit"]
        if block.name == "visitor_required" and identity not in ("visitor", "none"):
            return BLOCKS["login_required"]
        return block

    def _react(self, block: Block, request: Request, response: Response) -> Request:
        spider = self.spider
        spider.guard.meet(block)
        tries: dict[str, int] = request.meta.get("tries", {})
        tried = tries.get(block.name, 0)
        log.warning("block %s at %s (%s, try %d)", block.name, where(request), response.status, tried + 1)
        wait_s = retry_after(_plain(response), now=spider.now()) if response.status in _TELLING else None
        reaction = self._reaction(block, request, tried=tried, wait_s=wait_s)
        if self._strike(reaction, block, request, wait_s):
            stop_queue(self.crawler, spider.guard)
        elif reaction in _ONCE_MORE:
            return self._again(request, {**tries, block.name: tried + 1})
        raise Refused(block)

    def _reaction(self, block: Block, request: Request, *, tried: int, wait_s: float | None) -> Reaction:
        """What is done this time: the reaction of the catalogue, or what comes after it where that is in vain."""
        spider = self.spider
        if block.times and tried >= block.times:
            return block.then
        if block.reaction is Reaction.WAIT and (wait_s or 0.0) > self.max_wait_s:
            return block.then
        if block.reaction is Reaction.RENEW and not spider.identities.renew(request):
            return block.then
        return block.reaction

    def _strike(self, reaction: Reaction, block: Block, request: Request, wait_s: float | None) -> bool:
        """Whether the block closes the site or the identity; if not, the site is left alone for a while."""
        spider = self.spider
        guard = spider.guard
        ends = reaction in (Reaction.STOP_IDENTITY, Reaction.STOP_SOURCE)
        gives_up = reaction is Reaction.GIVE_UP and block.is_failure
        if not ends and reaction not in (Reaction.SLOW, Reaction.WAIT) and not gives_up:
            return False
        rest_s = self._rest_s(reaction)
        place = guard.asker(request) if reaction is Reaction.STOP_IDENTITY else guard.site(request)
        closed = ends
        if place.identity != "none":  # what nobody in particular may not see says nothing of the next page
            closed |= guard.strike(place, block, request, wait_s=wait_s, rest_s=rest_s, to_the_end=ends)
        if closed:
            guard.stop(place, block)
        else:
            guard.rest(place, rest_s if wait_s is None else wait_s)
        return closed

    def _rest_s(self, reaction: Reaction) -> float:
        """How long a site that asked for nothing is left alone."""
        if reaction is Reaction.GIVE_UP:  # each try for that page was at the site's pace
            return 0.0
        return self.pause_s if reaction is Reaction.SLOW else min(_DEFAULT_WAIT_S, self.pause_s)

    def _again(self, request: Request, tries: dict[str, int]) -> Request:
        # A visitor's page is asked again with the newest visitor; what asks for that visitor keeps its own jar.
        stale = ("document", "cookiejar") if "generation" in request.meta else ("document",)
        meta = {key: value for key, value in request.meta.items() if key not in stale}
        return request.replace(
            meta={**meta, "tries": tries}, dont_filter=True, priority=request.priority + 1, cookies=None
        )


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
