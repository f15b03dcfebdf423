"""What every spider of a source shares: declared arguments, polite requests, and the book of coverage."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import msgspec
import scrapy
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers import config, registry
from crawlers.blocks import BLOCKS, Block, Refused
from crawlers.config import Config
from crawlers.coverage import CoverageBook
from crawlers.guard import Guard
from crawlers.identity import Identities, login_cookies
from crawlers.logs import where
from crawlers.state.engine import State, open_state
from crawlers.state.standings import Standings

if TYPE_CHECKING:
    from crawlers.landing import Landing

log = logging.getLogger(__name__)
_OURS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""Errors of the code, which are no failure of the network and must not look like one."""

Identity = Literal["none", "visitor", "login"]
Expected = Literal["json", "html", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKind:
    """How one kind of page is asked for.

    `identity` is whose cookies it carries, `expects` what a sound answer is, `follow` whether a redirect
    may be followed (off where a redirect means a login wall).
    """

    identity: Identity = "none"
    expects: Expected = "html"
    headers: Mapping[str, str] = field(default_factory=dict)
    follow: bool = True


class SourceSpider(scrapy.Spider):
    """Base of the spiders. A subclass sets `name` (its folder's) and `kinds`, and walks in ``async start``.

    Arguments are those of ``source.toml``; `self.asked` holds their typed values. A callback yields records
    of `core.models` (Post, Author, HotEntry) and requests made by `fetch`.
    """

    kinds: ClassVar[Mapping[str, RequestKind]] = {}
    config: Config
    identities: Identities
    landing: Landing
    state: State

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name)
        self.source = registry.source(self.name)
        self.asked: dict[str, Any] = self.source.read(arguments)
        self.given: dict[str, str] = {key: str(value) for key, value in arguments.items()}
        self.coverage = CoverageBook()
        self.guard = Guard(self.name, by_site=self.source.rate.scope == "host")
        self.filled: Counter[str] = Counter()  # posts with each promised field filled; "*" counts all
        self.landed = 0  # records of any kind
        self.requests = 0
        self.rejected = 0
        self.failure: str | None = None  # set where the run itself failed, a full disk for one

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.config = config.read(crawler.settings, spider.source, at=datetime.now(UTC))
        spider.state = open_state(spider.config.home)
        spider.guard.share(Standings(spider.state), spider.now)
        crawler.signals.connect(spider.guard.close, scrapy.signals.spider_closed)
        crawler.signals.connect(spider.state.close, scrapy.signals.engine_stopped)
        spider.identities = Identities(login_cookies(spider.name, file=spider.config.cookie_file))
        return spider

    def now(self) -> datetime:
        """The time of fetching, aware UTC; fixed by TINGFENG_NOW where a replica's clock is played."""
        return self.config.now or datetime.now(UTC)

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
        errback: Callable[[Failure], Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        identity: Identity | None = None,
        **arguments: Any,
    ) -> Request:
        """A request of a declared `kind` for a `slice` of the coverage.

        The callback gets the response and `arguments`; a refusal, a lost connection or a dead page never
        reaches it but goes to `errback` (by default `missed`, which writes the reason into the coverage).
        `again` lets a url be asked twice. Raises KeyError for an undeclared kind.
        """
        shape = self.kinds[kind]
        if slice is not None:
            self.coverage.ask(slice)
        url = self.plain(url)
        told = {"kind": kind, "slice": slice, "identity": identity or shape.identity, "asked": url}
        return Request(
            url,
            callback,
            method=method,
            headers={**shape.headers, **(headers or {})},
            body=body,
            priority=priority,
            dont_filter=again,
            errback=errback or self.missed,
            cb_kwargs=arguments,
            meta={**told, "expects": shape.expects, "dont_redirect": not shape.follow, **(meta or {})},
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

    def missed(self, failure: Failure, *, slice_name: str | None = None) -> None:
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


def why(failure: Failure) -> str:
    """The name of what kept a page away: a block's name, ``gone``, ``http_NNN``, ``unreadable``
    where our own code failed at it, or ``unreachable``."""
    error = failure.value
    if isinstance(error, Refused):
        return error.block.name
    if isinstance(error, HttpError):
        status = error.response.status
        return "gone" if status in (404, 410) else f"http_{status}"
    if isinstance(error, _OURS):
        log.error("a page could not be judged", exc_info=error)
        return "unreadable"
    return "unreachable"
