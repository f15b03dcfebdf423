"""What every spider of a source shares: declared arguments, polite requests, and the book of coverage."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec
import scrapy
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawlers import config, registry
from crawlers.blocks import BLOCKS, Block, Refused
from crawlers.conditional import Memory
from crawlers.config import Config
from crawlers.coverage import CoverageBook
from crawlers.guard import Guard
from crawlers.identity import Identities, identities_of
from crawlers.kinds import Identity, RequestKind
from crawlers.logs import where
from crawlers.losses import why
from crawlers.pages import page_of
from crawlers.question import Question
from crawlers.state.engine import State, StateError
from crawlers.state.frontier import Frontier
from crawlers.state.readings import Reading, Status
from crawlers.state.standings import Standings
from crawlers.threads import Bookmarks

if TYPE_CHECKING:
    from crawlers.landing import Landing
    from crawlers.worker import Worker

log = logging.getLogger(__name__)


class SourceSpider(scrapy.Spider):
    """Base of the spiders. A subclass sets `name` (its folder's) and `kinds`, and walks in ``async start``.

    Arguments are those of ``source.toml``; `self.asked` holds their typed values. A callback yields records
    of `core.models` (Post, Author, HotEntry) and requests made by `fetch`.

    Its pages lie in the frontier: a run that was cut short is taken up where it was, and several workers may
    share one crawl. So what a walk must know later travels in its pages' arguments, or is asked by `first`.
    """

    kinds: ClassVar[Mapping[str, RequestKind]] = {}
    config: Config
    identities: Identities
    landing: Landing
    memory: Memory
    state: State
    frontier: Frontier
    question: Question
    worker: Worker

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        self.source = registry.source(self.name)
        self.asked: dict[str, Any] = self.source.read(arguments)
        self.given: dict[str, str] = {key: str(value) for key, value in arguments.items()}
        self.coverage = CoverageBook(self.first)
        self.guard = Guard(self.name, by_site=self.source.rate.scope == "host")
        self.filled: Counter[str] = Counter()  # posts with each promised field filled; "*" counts all
        self.landed = 0  # records of any kind
        self.requests = 0
        self.rejected = 0
        self.failure: str | None = None  # set where the run itself failed, a full disk for one
        self.bookmarks = Bookmarks(self)
        self.task: int | None = None  # the page whose callback is at work

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        source = registry.source(cls.name)
        settings = config.read(crawler.settings, source, at=datetime.now(UTC))
        question = Question.of(source, kwargs, settings)
        try:
            spider = super().from_crawler(crawler, *args, **question.arguments)
            spider.frontier = question.open()
        except BaseException:
            question.state.close()
            raise
        spider.config, spider.question, spider.state = settings, question, question.state
        spider.guard.share(Standings(spider.state), spider.now)
        crawler.signals.connect(spider.guard.close, scrapy.signals.spider_closed)
        spider.identities = identities_of(spider)
        spider.memory = Memory(spider)
        return spider

    def now(self) -> datetime:
        """The time of fetching, aware UTC; fixed by TINGFENG_NOW where a replica's clock is played."""
        return self.config.now or datetime.now(UTC)

    @property
    def began_at(self) -> datetime:
        """When the crawl began, aware UTC; the same in each run that takes it up again."""
        return self.frontier.began_at

    def fetch(
        self,
        url: str,
        callback: Callable[..., Any],
        *,
        kind: str,
        slice: str | None = None,  # noqa: A002 - the record's own word
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: str | bytes | None = None,
        priority: int = 0,
        again: bool = False,
        errback: Callable[..., Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        identity: Identity | None = None,
        batch: str | None = None,
        **arguments: Any,
    ) -> Request:
        """A request of a declared `kind` for a `slice` of the coverage.

        `callback` and `errback` are methods of the spider or of its walks, for they are kept by name. The
        callback gets the response and `arguments`; a refusal, a lost connection or a dead page never
        reaches it but goes to `errback` with the failure and `arguments` (by default `missed`, which writes
        the reason into the coverage). `again` lets a url be asked twice in a crawl, if with other arguments.
        After the last page of a `batch`, `after_batch` says what follows. Raises KeyError for an undeclared
        kind.
        """
        shape = self.kinds[kind]
        if slice is not None:
            self.coverage.ask(slice)
        url = self.plain(url)
        told = {"kind": kind, "slice": slice, "identity": identity or shape.identity, "asked": url}
        kept = {"page": self._name(callback), "lost": self._name(errback or self.missed), "batch": batch}
        return Request(
            url,
            self.read,
            method=method,
            headers={**shape.headers, **(headers or {})},
            body=body,
            priority=priority,
            dont_filter=again,
            errback=self.lose,
            meta={
                **told,
                **kept,
                "arguments": arguments,
                "expects": shape.expects,
                "dont_redirect": not shape.follow,
                **({"conditional": True} if shape.conditional else {}),
                **(meta or {}),
            },
        )

    def plain(self, url: str) -> str:
        """`url` as it is asked: behind TINGFENG_PROXY every https is asked as http."""
        return "http:" + url[6:] if self.config.proxy and url.startswith("https:") else url

    def judge(self, response: Response) -> Block | None:
        """A block that only this source's pages show, asked before the common table; for subclasses."""
        return None

    async def visit(self, ask: Callable[[Request], Awaitable[Response]]) -> Mapping[str, str]:
        """The cookies of a new visitor identity, asked of the site by `ask`; empty when it gave none."""
        raise NotImplementedError(f"source {self.name} has no visitor identity")

    def after_batch(self, name: str) -> Iterable[Request]:
        """What to ask for once no page of a batch is left; said twice, it must be the same. For subclasses."""
        return ()

    # --- what was taken already

    def first(self, group: str, key: str) -> bool:
        """Whether `key` is met in its group for the first time in this crawl, by whichever run or worker.

        A page that is read again after a kill meets for the first time what it met then.
        """
        return bool(self.new(group, [key]))

    def new(self, group: str, keys: Iterable[str]) -> set[str]:
        """Those of `keys` that are met in their group for the first time."""
        return self.frontier.first(group, keys, task=self.task)

    def fresh(self, group: str, keys: Iterable[str]) -> int:
        """How many of `keys` are met in their group for the first time."""
        return len(self.new(group, keys))

    def note(self, group: str, values: Mapping[str, bytes]) -> set[str]:
        """Keep a value of each key, the last one said; those that are met for the first time."""
        return self.frontier.note(group, values, task=self.task)

    def notes(self, group: str) -> list[bytes]:
        """The values kept in a group, by whichever run or worker, in no order."""
        return self.frontier.notes(group)

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
        self.task = self.coverage.task = task
        try:
            yield
        finally:
            self.task = self.coverage.task = None

    def _end(self, meta: Mapping[str, Any], requests: list[Request], status: Status | None) -> Request:
        """What became of the page, for the worker. It goes the way of a request, behind the page's last record."""
        reading = Reading(
            task=meta["task"],
            status=status,
            pages=[page_of(request, self, depth=meta["depth"] + 1) for request in requests],
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

    @staticmethod
    def document(response: Response) -> Any:
        """The decoded JSON of a response that was expected to be JSON (decoded once, at block detection)."""
        meta = response.meta
        if "document" in meta:
            return meta["document"]
        return msgspec.json.decode(response.body)
