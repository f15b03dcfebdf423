"""Reads public accounts by the operator's feed service, and single articles."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Gone, Post
from crawlers.kinds import RequestKind
from crawlers.manners.blocks import BLOCKS, Block
from crawlers.reading.charset import decode
from crawlers.reading.span import Span
from crawlers.sources.feed.parse import is_feed
from crawlers.sources.wechat.addresses import LIMIT, WEWE, article_id, feed_url, read_address
from crawlers.sources.wechat.page import is_check
from crawlers.sources.wechat.parse import is_stale, read_account, read_article
from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)


class WechatSpider(SourceSpider):
    name = "wechat"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "feed": RequestKind(expects="any"),
        "article": RequestKind(),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        self.service: str = asked.get("service", "")
        self.urls: tuple[str, ...] = tuple(read_address(url) for url in asked.get("url", ()))
        if not self.service and not self.urls:
            raise UsageError(
                "source wechat wants a feed service or articles, like service=http://127.0.0.1:4000"
            )
        self.style: str = next(iter(asked.get("style", ())), WEWE)
        self.accounts: tuple[str, ...] = asked.get("accounts", ("all",)) if self.service else ()
        self.span = Span(since=asked.get("since"))
        self.fulltext: bool = asked.get("fulltext", False)
        self.stale_days: int = asked.get("stale_days") or 3
        self.max_pages: int = asked.get("max_pages") or 5

    async def start(self) -> AsyncIterator[Request]:
        for account in self.accounts:
            yield self._feed(account, page=1, wanted=0)
        for url in self.urls:
            slice_name = f"article:{article_id(url).partition(':')[2]}"
            self.coverage.expect(slice_name, 1)
            yield self._article(url, None, slice_name)

    def judge(self, response: Response) -> Block | None:
        """Something else in place of a feed, or the check 环境异常 in place of an article."""
        if response.status != 200:
            return None
        if response.meta.get("kind") == "feed":
            return None if is_feed(response.body) else BLOCKS["not_feed"]
        text, _ = decode(response.body)
        return BLOCKS["captcha"] if "appmsgcaptcha" in response.url or is_check(text) else None

    def _feed(self, account: str, *, page: int, wanted: int) -> Request:
        return self.fetch(
            feed_url(self.service, self.style, account, page),
            self.parse_feed,
            kind="feed",
            slice=f"account:{account}",
            again=True,
            account=account,
            page=page,
            wanted=wanted,
        )

    def parse_feed(
        self, response: Response, account: str, page: int, wanted: int
    ) -> Iterator[Post | Request]:
        """The articles of a page of a feed, then the next page while this one was full and not all old."""
        slice_name: str = response.meta["slice"]
        feed = read_account(
            response.body,
            url=response.url,
            account=account,
            fetched_at=self.now(),
            content_type=_content_type(response),
        )
        if self.coverage.seen_page(slice_name, (post.id for post in feed.posts)):
            self.coverage.because(slice_name, "repeated_page")
            return
        if feed.broken:
            self.coverage.because(slice_name, feed.broken)
        if page == 1 and is_stale(feed, now=self.now(), days=self.stale_days):
            self.coverage.because(slice_name, "stale_feed")
            log.warning(
                "no article of %s for %d days: log in to the feed service again", account, self.stale_days
            )
        within = [post for post in feed.posts if not self.span.is_before(post.published_at)]
        new = self.new("article", (post.id for post in within))
        fresh = [post for post in within if post.id in new]
        wanted += len(fresh)
        self.coverage.expect(slice_name, wanted)
        for post in fresh:
            if self.fulltext and post.id in feed.bare and "mp.weixin.qq.com/s" in (post.url or ""):
                yield self._article(post.url or "", post, slice_name)
            else:
                self.coverage.got(slice_name)
                yield post
        if len(feed.posts) < LIMIT or not within:
            return
        if page >= self.max_pages:
            self.coverage.because(slice_name, "max_pages")
            return
        yield self._feed(account, page=page + 1, wanted=wanted)

    def _article(self, url: str, known: Post | None, slice_name: str) -> Request:
        return self.fetch(
            url,
            self.parse_article,
            kind="article",
            slice=slice_name,
            errback=self.article_missed,
            known=known,
            url_asked=url,
        )

    def parse_article(self, response: Response, known: Post | None, url_asked: str) -> Iterator[Post | Gone]:
        """The article as its page has it, or that it has gone."""
        slice_name: str = response.meta["slice"]
        found = read_article(
            response.body, url=url_asked, fetched_at=self.now(), content_type=_content_type(response)
        )
        if isinstance(found, Gone):
            self.coverage.because(slice_name, "gone")
            if known is not None:  # what the feed told of it is kept, with the mark
                self.coverage.got(slice_name)
                yield known
        elif self.span.is_before(found.published_at):
            self.coverage.because(slice_name, "out_of_span")
            return
        else:
            self.coverage.got(slice_name)
        yield found

    def article_missed(self, failure: Failure, known: Post | None, **_: Any) -> Iterator[Post]:
        """What the feed itself said is kept when the page cannot be had."""
        self.missed(failure)
        if known is not None:
            self.coverage.got(failure.request.meta["slice"])  # type: ignore[attr-defined]
            yield known


def _content_type(response: Response) -> str | None:
    header = response.headers.get("Content-Type")
    return header.decode("latin-1") if header else None
