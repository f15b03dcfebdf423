"""What every spider of a source shares: declared arguments, polite requests, and the book of coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

import msgspec
import scrapy
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawlers import config, registry
from crawlers.coverage import CoverageBook
from crawlers.kinds import Identity, RequestKind
from crawlers.landing import Landing
from crawlers.manners.blocks import Block
from crawlers.manners.guard import Guard
from crawlers.manners.identity import Identities, identities_of
from crawlers.manners.memory import Memory
from crawlers.paging import PagingSpider
from crawlers.question import Question
from crawlers.state.engine import State
from crawlers.state.standings import Standings
from crawlers.threads import Bookmarks


class SourceSpider(PagingSpider):
    """Base of the spiders. A subclass sets `name` (its folder's) and `kinds`, and walks in ``async start``.

    Arguments are those of ``source.toml``; `self.asked` holds their typed values. A callback yields records
    of `core.models` (Post, Author, HotEntry) and requests made by `fetch`.

    Its pages lie in the frontier: a run that was cut short is taken up where it was, and several workers may
    share one crawl. So what a walk must know later travels in its pages' arguments, or is asked by `first`.
    """

    kinds: ClassVar[Mapping[str, RequestKind]] = {}
    identities: Identities
    landing: Landing
    memory: Memory
    state: State
    question: Question

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
        spider.identities = identities_of(
            source, spider.asked, settings, state=spider.state, guard=spider.guard, now=spider.now
        )
        spider.memory = Memory(question, spider.now)
        spider.bookmarks = Bookmarks(spider.name, spider.frontier, spider.now)
        return spider

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

    @staticmethod
    def document(response: Response) -> Any:
        """The decoded JSON of a response that was expected to be JSON (decoded once, at block detection)."""
        meta = response.meta
        if "document" in meta:
            return meta["document"]
        return msgspec.json.decode(response.body)
