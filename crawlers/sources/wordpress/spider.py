"""Walks a WordPress site: its articles and comments by the API, or by the feeds where the API is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import msgspec
from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Post
from crawlers.kinds import RequestKind
from crawlers.losses import why
from crawlers.manners.blocks import BLOCKS, Block
from crawlers.reading.span import OLD_PAGES, Span
from crawlers.sources.wordpress import addresses
from crawlers.sources.wordpress.parse import (
    Page,
    Unreadable,
    read_articles,
    read_comment_feed,
    read_comments,
    read_feed,
)
from crawlers.spider import SourceSpider

_PER_PAGE = 100  # the most the API gives
_FEWER = 20  # where a site's owner has lowered that
_CLOSED = ("robots", "members_only")  # whoever says so of the API means it, however it is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk through a list of the API stands; `posts` are the articles whose comments are listed."""

    what: Literal["posts", "comments"]
    way: str
    page: int = 1
    per_page: int = _PER_PAGE
    posts: str | None = None
    old_pages: int = 0


class WordpressSpider(SourceSpider):
    name = "wordpress"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "api": RequestKind(expects="json", conditional=True),
        "feed": RequestKind(expects="any", conditional=True),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        self.base: str = asked.get("url", "").rstrip("/")
        self.site = addresses.site_of(self.base)
        if not self.site:
            raise UsageError("source wordpress wants the site's address, like url=https://blog.example.com")
        self.span = Span(since=asked.get("since"), until=asked.get("until"))
        self.search: str | None = asked.get("search")
        self.max_pages: int = asked.get("max_pages") or 50
        self.with_comments: bool = asked.get("comments", True)

    async def start(self) -> AsyncIterator[Request]:
        yield self._list(Place(what="posts", way=addresses.WAYS[0]))

    def judge(self, response: Response) -> Block | None:
        """An API that is closed to guests says so in JSON; that is no block of the whole site."""
        if response.status == 403 and b'"code":"rest_' in response.body[:200]:
            return BLOCKS["members_only"]
        return None

    # --- the API

    def _list(self, place: Place) -> Request:
        url = addresses.api_url(
            self.base,
            place.what,
            way=place.way,
            page=place.page,
            per_page=place.per_page,
            since=self.span.since,
            until=self.span.until,
            search=self.search if place.what == "posts" else None,
            posts=place.posts,
        )
        return self.fetch(
            url,
            self.parse_articles if place.what == "posts" else self.parse_comments,
            kind="api",
            slice=f"{place.what}:{self.site}",
            errback=self.list_missed,
            place=place,
        )

    def list_missed(self, failure: Failure, place: Place) -> Iterator[Request]:
        """The end of the list, smaller pages, the other way to ask, or the feeds: by what went wrong.

        An API that answers with a code of its own is there, and closed.
        """
        code = _code(failure)
        if why(failure) == "unchanged":
            self.missed(failure)
            if place.what == "posts" and place.page == 1 and self.with_comments and not self.search:
                yield self._list(replace(place, what="comments"))  # an old article may have new ones
            return
        if code.endswith("invalid_page_number") and place.page > 1:
            return
        if code == "rest_invalid_param" and place.per_page > _FEWER and place.page == 1:
            yield self._list(replace(place, per_page=_FEWER))
        elif (
            place.what == "comments" or place.page > 1 or self.guard.stopped or why(failure) == "unreachable"
        ):
            self.missed(failure)
        elif place.way == addresses.WAYS[0] and not code and why(failure) not in _CLOSED:
            yield self._list(Place(what="posts", way=addresses.WAYS[1]))
        else:
            yield self._feed(1, 0)

    def parse_articles(self, response: Response, place: Place) -> Iterator[Post | Request]:
        """A page of articles, then their comments: with words to search, of these; else of the whole site."""
        slice_name: str = response.meta["slice"]
        try:
            found = read_articles(self.document(response), site=self.site, fetched_at=self.now())
        except Unreadable:
            self.coverage.because(slice_name, "unreadable")
            return
        if found.protected:
            self.coverage.because(slice_name, "protected")
        yield from self._page(response, place, found)
        if not self.with_comments:
            self.coverage.because(slice_name, "comments_left_out")
        elif self.search and found.posts:
            numbers = ",".join(post.id.rpartition(":p")[2] for post in found.posts)
            yield self._list(Place(what="comments", way=place.way, per_page=place.per_page, posts=numbers))
        elif place.page == 1 and not self.search:
            yield self._list(Place(what="comments", way=place.way, per_page=place.per_page))

    def parse_comments(self, response: Response, place: Place) -> Iterator[Post | Request]:
        """A page of comments, of old articles too."""
        try:
            found = read_comments(self.document(response), site=self.site, fetched_at=self.now())
        except Unreadable:
            self.coverage.because(response.meta["slice"], "unreadable")
            return
        yield from self._page(response, place, found)

    def _page(self, response: Response, place: Place, found: Page) -> Iterator[Post | Request]:
        """The posts of a page, and the next page of the list."""
        slice_name: str = response.meta["slice"]
        self._set_aside(slice_name, found.unread)
        if self.coverage.seen_page(slice_name, (post.id for post in found.posts)):
            self.coverage.because(slice_name, "repeated_page")
            return
        total, pages = _number(response, "X-WP-Total"), _number(response, "X-WP-TotalPages")
        if place.posts is None:
            self.coverage.expect(slice_name, total)
        yield from self._keep(slice_name, found.posts)
        old = bool(found.posts) and all(self.span.is_before(post.published_at) for post in found.posts)
        old_pages = place.old_pages + 1 if old else 0
        more = place.page < pages if pages is not None else found.came >= place.per_page
        if not more or old_pages >= OLD_PAGES:
            return
        if place.page >= self.max_pages:
            self.coverage.because(slice_name, "max_pages")
        else:
            yield self._list(replace(place, page=place.page + 1, old_pages=old_pages))

    # --- the feeds

    def _feed(self, page: int, old_pages: int) -> Request:
        return self.fetch(
            addresses.feed_url(self.base, page),
            self.parse_feed,
            kind="feed",
            slice=f"posts:{self.site}",
            errback=self.feed_missed,
            page=page,
            old_pages=old_pages,
        )

    def feed_missed(self, failure: Failure, page: int, old_pages: int) -> None:
        """Past the last page of a feed a site says 404."""
        if page == 1 or not isinstance(failure.value, HttpError):
            self.missed(failure)

    def parse_feed(self, response: Response, page: int, old_pages: int) -> Iterator[Post | Request]:
        """A page of the feed, then the next one; the newest comments once."""
        slice_name: str = response.meta["slice"]
        found = read_feed(response.body, site=self.site, fetched_at=self.now())
        if found is None:
            self.coverage.because(slice_name, "not_feed")
            return
        self._set_aside(slice_name, found.unread)
        if not found.posts or self.coverage.seen_page(slice_name, (post.id for post in found.posts)):
            return
        self.coverage.because(slice_name, "feed_only")
        yield from self._keep(slice_name, found.posts)
        if page == 1 and self.with_comments:
            links = {post.url: int(post.id.rpartition(":p")[2]) for post in found.posts if post.url}
            url = addresses.comments_feed_url(self.base)
            name = f"comments:{self.site}"
            yield self.fetch(url, self.parse_comment_feed, kind="feed", slice=name, articles=links)
        old = all(self.span.is_before(post.published_at) for post in found.posts)
        old_pages = old_pages + 1 if old else 0
        if old_pages >= OLD_PAGES:
            return
        if page >= self.max_pages:
            self.coverage.because(slice_name, "max_pages")
        else:
            yield self._feed(page + 1, old_pages)

    def parse_comment_feed(self, response: Response, articles: dict[str, int]) -> Iterator[Post]:
        slice_name: str = response.meta["slice"]
        found = read_comment_feed(response.body, site=self.site, articles=articles, fetched_at=self.now())
        if found is None:
            self.coverage.because(slice_name, "not_feed")
            return
        self.coverage.because(slice_name, "feed_only")
        self._set_aside(slice_name, found.unread)
        yield from self._keep(slice_name, found.posts)

    # --- records

    def _keep(self, slice_name: str, posts: Iterable[Post]) -> Iterator[Post]:
        kept = [
            post
            for post in posts
            if not self.span.is_after(post.published_at) and not self.span.is_before(post.published_at)
        ]
        self.coverage.got(slice_name, len(kept))
        yield from kept

    def _set_aside(self, slice_name: str, unread: int) -> None:
        """Counts what stood in a list and could not be read, and says so."""
        if unread:
            self.rejected += unread
            self.coverage.because(slice_name, "unreadable")


def _code(failure: Failure) -> str:
    """The API's own word for what went wrong; "" where it was not the API that answered."""
    if not isinstance(failure.value, HttpError):
        return ""
    try:
        told = msgspec.json.decode(failure.value.response.body)
    except msgspec.DecodeError:
        return ""
    return str(told.get("code") or "") if isinstance(told, dict) else ""


def _number(response: Response, header: str) -> int | None:
    value = (response.headers.get(header) or b"").decode("latin-1").strip()
    return int(value) if value.isdecimal() else None
