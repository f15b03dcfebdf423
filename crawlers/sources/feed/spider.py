"""Reads feeds, and the articles they point at where the full text is wanted."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Post
from crawlers.kinds import RequestKind
from crawlers.manners.blocks import BLOCKS, Block
from crawlers.reading.article import Article, read_article
from crawlers.reading.charset import decode
from crawlers.reading.span import Span
from crawlers.reading.zones import zone_of
from crawlers.sources.feed.parse import Item, Settings, is_feed, read_feed, with_article
from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_ENDED = 410
_FOR_GOOD = {301, 308}
_PAGES = 8  # parts of one article that are read at most


class FeedSpider(SourceSpider):
    name = "feed"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "feed": RequestKind(expects="any", headers={"Accept": _ACCEPT}, conditional=True),
        "article": RequestKind(),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        self.urls: tuple[str, ...] = asked.get("url", ())
        for url in self.urls:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise UsageError(f"{url!r} is not a feed's address; it starts with http:// or https://")
        if not self.urls:
            raise UsageError("source feed wants addresses, like url=https://news.example.com/feed.xml")
        override = asked.get("tz_override")
        self.reading = Settings(
            zone=zone_of(asked.get("zone")),
            override=zone_of(override) if override else None,
            publisher=asked.get("publisher") or None,
        )
        self.span = Span(since=asked.get("since"), until=asked.get("until"))
        self.fulltext: bool = asked.get("fulltext", False)
        self.max_items: int = asked.get("max_items") or 500

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield self.fetch(
                url,
                self.parse_feed,
                kind="feed",
                slice=f"feed:{url}",
                again=True,
                errback=self.feed_missed,
            )

    def judge(self, response: Response) -> Block | None:
        if response.meta.get("kind") == "feed" and response.status == 200 and not is_feed(response.body):
            return BLOCKS["not_feed"]
        return None

    def parse_feed(self, response: Response) -> Iterator[Post | Request]:
        """The articles of a feed as it tells them, or requests for their pages."""
        slice_name: str = response.meta["slice"]
        feed = read_feed(
            response.body,
            url=response.url,
            fetched_at=self.now(),
            content_type=_content_type(response),
            settings=self.reading,
        )
        if has_moved(response):
            self.coverage.because(slice_name, "moved")
            log.warning("a feed has moved for good; write its new address into the project: %s", response.url)
        if feed.broken:
            self.coverage.because(slice_name, feed.broken)
        if feed.ahead:
            self.coverage.because(slice_name, "dates_ahead")
            log.warning(
                "%d dates of %s lie after the fetch: its zone is wrong; give tz_override=Asia/Shanghai",
                feed.ahead,
                urlsplit(response.url).hostname,
            )
        items = {item.post.id: item for item in feed.items if self._in_span(item.post)}
        new = self.new("article", items)
        wanted = [item for key, item in items.items() if key in new]
        if len(wanted) > self.max_items:
            self.coverage.because(slice_name, "max_items")
            wanted = wanted[: self.max_items]
        self.coverage.expect(slice_name, len(wanted))
        for item in wanted:
            if self.fulltext and item.post.url:
                yield self._page(item.post.url, item, [], slice_name)
            else:
                yield self._got(item.post, slice_name)

    def feed_missed(self, failure: Failure) -> None:
        """A feed that has ended (410) never comes back; whoever asks for it should know."""
        self.missed(failure)
        if isinstance(failure.value, HttpError) and failure.value.response.status == _ENDED:
            log.warning("a feed has ended; take it out of the project: %s", failure.value.response.url)

    def _in_span(self, post: Post) -> bool:
        return not self.span.is_before(post.published_at) and not self.span.is_after(post.published_at)

    def _page(self, url: str, item: Item, parts: list[Article], slice_name: str) -> Request:
        return self.fetch(
            url,
            self.parse_article,
            kind="article",
            slice=slice_name,
            again=True,
            priority=len(parts),
            errback=self.page_missed,
            item=item,
            parts=parts,
        )

    def parse_article(self, response: Response, item: Item, parts: list[Article]) -> Iterator[Post | Request]:
        """The next part of an article, or the post once it is whole."""
        slice_name: str = response.meta["slice"]
        text, _ = decode(response.body, content_type=_content_type(response))
        article = read_article(text, url=response.url)
        if not article.text:
            self.coverage.because(slice_name, "no_full_text")
        parts = [*parts, article]
        if article.next_url and len(parts) < _PAGES:
            yield self._page(article.next_url, item, parts, slice_name)
        else:
            yield self._got(with_article(item, parts), slice_name)

    def page_missed(self, failure: Failure, item: Item, parts: list[Article]) -> Iterator[Post]:
        """What the feed itself said is kept when the page cannot be had."""
        self.missed(failure)
        yield self._got(with_article(item, parts), failure.request.meta["slice"])  # type: ignore[attr-defined]

    def _got(self, post: Post, slice_name: str) -> Post:
        self.coverage.got(slice_name)
        return post


def has_moved(response: Response) -> bool:
    """Whether every redirect on the way here was one for good."""
    reasons = response.meta.get("redirect_reasons") or ()
    return bool(reasons) and all(reason in _FOR_GOOD for reason in reasons)


def _content_type(response: Response) -> str | None:
    header = response.headers.get("Content-Type")
    return header.decode("latin-1") if header else None
