"""How a spider reads the pages of its frontier: one by one, each whole or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import scrapy
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawlers.config import Config
from crawlers.coverage import CoverageBook
from crawlers.logs import where
from crawlers.losses import why
from crawlers.manners.blocks import BLOCKS, Refused
from crawlers.manners.guard import Guard
from crawlers.pages import page_of
from crawlers.state.engine import StateError
from crawlers.state.frontier import Frontier
from crawlers.state.readings import Reading, Status
from crawlers.threads import Bookmarks

log = logging.getLogger(__name__)


class PagingSpider(scrapy.Spider):
    """A spider whose pages lie in a frontier. What a page gives is landed record by record; what it asks for, counts
    and meets is written when it ends, so that a page that is read again after a kill counts once.
    """

    config: Config
    frontier: Frontier
    guard: Guard
    coverage: CoverageBook
    bookmarks: Bookmarks
    task: int | None = None  # the page whose callback is at work
    failure: str | None = None  # set where the run itself failed, a full disk for one

    def now(self) -> datetime:
        """The time of fetching, aware UTC; fixed by TINGFENG_NOW where a replica's clock is played."""
        return self.config.now or datetime.now(UTC)

    @property
    def began_at(self) -> datetime:
        """When the crawl began, aware UTC; the same in each run that takes it up again."""
        return self.frontier.began_at

    # --- what was taken already

    def first(self, group: str, key: str) -> bool:
        """Whether `key` is met in its group for the first time in this crawl, by whichever run or worker.

        A page that is read again after a kill meets for the first time what it met then.
        """
        return bool(self.new(group, [key]))

    def new(self, group: str, keys: Iterable[str]) -> set[str]:
        """Those of `keys` that are met in their group for the first time."""
        return self.frontier.seen.first(group, keys, task=self.task)

    def fresh(self, group: str, keys: Iterable[str]) -> int:
        """How many of `keys` are met in their group for the first time."""
        return len(self.new(group, keys))

    def note(self, group: str, values: Mapping[str, bytes]) -> set[str]:
        """Keep a value of each key, the last one said; those that are met for the first time."""
        return self.frontier.seen.note(group, values, task=self.task)

    def notes(self, group: str) -> list[bytes]:
        """The values kept in a group, by whichever run or worker, in no order."""
        return self.frontier.seen.notes(group)

    # --- one page

    def read(self, response: Response) -> Iterator[Any]:
        """Scrapy's callback of every page: its records one by one; its pages go into the frontier at its end."""
        meta = response.meta
        requests: list[Request] = []
        try:
            yield from self._step(meta, requests, attrgetter(meta["page"])(self), response)
        except Exception:
            if meta["slice"] is not None:
                with self._at(meta["task"]):
                    self.coverage.because(meta["slice"], "unreadable")
            yield self._end(meta, requests, Status.LOST)
            raise
        yield self._end(meta, requests, Status.READ)

    def lose(self, failure: Failure) -> Iterator[Any]:
        """Scrapy's errback of every page. Where the site was stopped, the page waits for another run; where it failed
        at this one page, that is asked again when the crawl is taken up."""
        request: Request = failure.request  # type: ignore[attr-defined]
        meta = request.meta
        if isinstance(failure.value, StateError):  # standings, turns and budgets could not be asked
            self.give_up(failure.value)
            yield self._end(meta, [], None)
            return
        block = failure.value.block if isinstance(failure.value, Refused) else None
        waits = block is not None and self.guard.is_stopped(request)
        failed = block is not None and block.is_failure
        status = None if waits else Status.FAILED if failed else Status.LOST
        requests: list[Request] = []
        try:
            yield from self._step(meta, requests, attrgetter(meta["lost"])(self), failure)
        except Exception:
            yield self._end(meta, [] if waits else requests, status)
            raise
        yield self._end(meta, [] if waits else requests, status)

    def _step(
        self, meta: Mapping[str, Any], requests: list[Request], method: Callable[..., Any], answer: Any
    ) -> Iterator[Any]:
        with self._at(meta["task"]):
            output = iter(method(answer, **meta["arguments"]) or ())
        while True:
            with self._at(meta["task"]):
                result = next(output, None)
            if result is None:
                return
            if isinstance(result, Request):
                requests.append(result)
            else:
                yield result  # it is landed before the next one is made

    @contextmanager
    def _at(self, task: int) -> Iterator[None]:
        """Within, what is counted and met is of this page; pages take turns, so it is set for every step."""
        self.task = self.coverage.task = self.bookmarks.task = task
        try:
            yield
        finally:
            self.task = self.coverage.task = self.bookmarks.task = None

    def _end(self, meta: Mapping[str, Any], requests: list[Request], status: Status | None) -> Request:
        """What became of the page, for the worker. It goes the way of a request, behind the page's last record."""
        reading = Reading(
            task=meta["task"],
            status=status,
            pages=[page_of(request, self.frontier.sealer, depth=meta["depth"] + 1) for request in requests],
            lines=self.coverage.take(meta["task"]),
            bookmarks=self.bookmarks.take(meta["task"]),
            batch=meta["batch"],
        )
        return Request("about:read", meta={"reading": reading})

    def _name(self, method: Callable[..., Any]) -> str:
        """A method's name as seen from the spider: ``parse_list``, or ``search.first`` of its walk."""
        owner, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
        if owner is self:
            return name
        walk = next((key for key, value in vars(self).items() if value is owner), None)
        if owner is None or walk is None:
            raise TypeError(f"{method!r} is no method of spider {self.name} or of one of its walks")
        return f"{walk}.{name}"

    # --- what went wrong

    def give_up(self, error: Exception) -> None:
        """End the run at once: what cannot be kept must not be asked for."""
        if self.failure is None:
            self.failure = str(error)
            log.error("the run ends: %s", error)
            if self.crawler.engine is not None and self.crawler.engine.spider is not None:
                self._ending = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="refused"))

    def missed(self, failure: Failure, *, slice_name: str | None = None, **_: Any) -> None:
        """Write into the coverage why a page of its slice did not come."""
        request: Request = failure.request  # type: ignore[attr-defined]
        slice_name = slice_name or request.meta.get("slice")
        reason = why(failure)
        if reason == "unreachable":
            self.guard.meet(BLOCKS[reason])
            self.logger.warning("%s is unreachable: %s", where(request), type(failure.value).__name__)
        if slice_name is not None:
            self.coverage.because(slice_name, reason, refused=isinstance(failure.value, Refused))
