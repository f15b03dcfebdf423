"""Walks Douban's groups: lists of topics, then every page of a topic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, ClassVar

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Gone, Kind, Post
from crawlers.kinds import RequestKind
from crawlers.losses import why
from crawlers.manners.blocks import BLOCKS, Block, Reaction
from crawlers.reading.charset import decode
from crawlers.reading.span import OLD_PAGES, Span
from crawlers.sources.douban import addresses
from crawlers.sources.douban.parse import Listing, TopicPage, gone_topic, notice, read_listing, read_topic
from crawlers.spider import SourceSpider
from crawlers.threads import FIRST, Bookmark, Course

# One closed topic or group says nothing of the others, so it does not end the crawl.
_LOGIN_HERE = replace(BLOCKS["login_required"], reaction=Reaction.GIVE_UP)


class DoubanSpider(SourceSpider):
    name = "douban"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "list": RequestKind(follow=False),  # a redirect is a wall
        "topic": RequestKind(follow=False),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        self.groups = [addresses.asked_group(given) for given in asked.get("groups", ())]
        self.topics = [addresses.asked_topic(given) for given in asked.get("topics", ())]
        if not self.groups and not self.topics:
            raise UsageError("source douban wants groups=NAME or topics=NUMBER")
        self.span = Span(since=asked.get("since"), until=asked.get("until"))
        self.max_pages: int = asked.get("max_pages") or 20
        self.max_topic_pages: int = asked.get("max_topic_pages") or 50

    async def start(self) -> AsyncIterator[Request]:
        for topic in self.topics:
            yield self._news_of(topic)
        for group in self.groups:
            yield self._list(group)

    def judge(self, response: Response) -> Block | None:
        """Douban's own refusals: where a redirect leads, and what a page says under any status."""
        location = (response.headers.get("Location") or b"").decode("latin-1")
        if "sec.douban.com" in location:
            return BLOCKS["captcha"]
        said = "login_required" if "accounts.douban.com" in location else notice(self._text(response))
        if said == "login_required":
            only = response.meta.get("kind") == "list" and len(self.groups) == 1 and not self.topics
            return BLOCKS["login_required"] if only else _LOGIN_HERE
        return BLOCKS.get(said) if said in ("ip_blocked", "captcha", "challenge", "members_only") else None

    # --- lists

    def _list(self, group: str, page: int = 1, old_pages: int = 0) -> Request:
        return self.fetch(
            addresses.list_url(group, page),
            self.parse_list,
            kind="list",
            slice=f"group:{group}",
            group=group,
            page=page,
            old_pages=old_pages,
        )

    def parse_list(self, response: Response, group: str, page: int, old_pages: int) -> Iterator[Request]:
        """The topics with news, then the next page; a pinned one does not keep the list from ending."""
        slice_name: str = response.meta["slice"]
        if self._says_no(response) is not None:
            return
        listing = read_listing(self._text(response), fetched_at=self.now())
        self._set_aside(slice_name, listing.unread)
        if not listing.rows:
            if page == 1 and not listing.empty and not listing.unread:
                self.coverage.because(slice_name, "unreadable")
            return
        if self._came_before(slice_name, listing, page):
            return
        fresh = [row for row in listing.rows if not self.span.is_before(row.last_reply)]
        self.coverage.got(slice_name, len(fresh))
        yield from (self._news_of(row.topic, row.replies) for row in fresh)
        old_pages = 0 if any(not row.pinned for row in fresh) else old_pages + 1
        if listing.more and old_pages < OLD_PAGES:
            if page >= self.max_pages:
                self.coverage.because(slice_name, "max_pages")
            else:
                yield self._list(group, page + 1, old_pages)

    def _came_before(self, slice_name: str, listing: Listing, page: int) -> bool:
        """Whether the page is another than the one that was asked for."""
        repeated = self.coverage.seen_page(slice_name, (str(row.topic) for row in listing.rows))
        if repeated or listing.page != page:
            self.coverage.because(slice_name, "repeated_page")
            return True
        return False

    # --- topics

    def _news_of(self, topic: int, replies: int | None = None) -> Request:
        """Begins a topic: where news alone is wanted, at the page where an earlier crawl left it."""
        mark = self.bookmarks.of(f"topic:{topic}") if self.span.since else None
        return self._topic(topic, mark.page if mark else 1, replies)

    def _topic(
        self, topic: int, page: int = 1, replies: int | None = None, course: Course = FIRST
    ) -> Request:
        return self.fetch(
            addresses.topic_url(topic, page),
            self.parse_topic,
            kind="topic",
            slice=f"topic:{topic}",
            priority=int(course.read > 1),  # a topic is finished before the next one is begun
            errback=self.topic_missed,
            topic=topic,
            page=page,
            replies=replies,
            course=course,
        )

    def parse_topic(
        self, response: Response, topic: int, page: int, replies: int | None, course: Course
    ) -> Iterator[Post | Gone | Request]:
        """The posts of a page, then the next page of the course."""
        slice_name: str = response.meta["slice"]
        if (said := self._says_no(response)) is not None:
            if said == "gone":
                yield gone_topic(topic, self.now())
            return
        found = read_topic(self._text(response), topic=topic, fetched_at=self.now(), replies=replies)
        self._set_aside(slice_name, found.unread)
        if found.gone:
            self.coverage.because(slice_name, "withheld")
        yield from found.gone
        if not found.posts and not found.gone and page > 1 and course.read == 1:
            yield self._topic(topic, replies=replies, course=course.again())  # it has fewer pages than it had
            return
        if not found.posts and not found.gone:
            self.coverage.because(slice_name, "unreadable")
            return
        moved = found.page != page and course.read > 1
        if moved or self.coverage.seen_page(slice_name, (post.id for post in found.posts)):
            self.coverage.because(slice_name, "repeated_page")
            return
        whole = self.span.until is None and (self.span.since is None or found.pages == 1)
        if found.page == 1 and found.replies is not None and whole:
            self.coverage.expect(slice_name, found.replies + 1)
        kept = [post for post in found.posts if not self.span.is_after(post.published_at)]
        self.coverage.got(slice_name, len(kept))
        yield from kept
        if found.page == found.pages:
            self.bookmarks.leave(slice_name, Bookmark(page=found.page))
        if (following := self._next_page(found, course)) is not None:
            number, course = following
            yield self._topic(topic, number, found.replies, course)

    def topic_missed(
        self, failure: Failure, topic: int, page: int, replies: int | None, course: Course
    ) -> Iterator[Gone | Request]:
        """A topic that is no longer there is marked as gone; one that lacks a later page is asked for from its first."""
        if page > 1 and course.read == 1 and why(failure) == "gone":
            yield self._topic(topic, replies=replies, course=course.again())
            return
        self.missed(failure)
        if page == 1 and why(failure) == "gone":
            yield gone_topic(topic, self.now())

    def _next_page(self, found: TopicPage, course: Course) -> tuple[int, Course] | None:
        """The page to read next, with its course; None at the end, at the cut, or where all is before the span."""
        has_old = any(
            self.span.is_before(post.published_at) for post in found.posts if post.kind is Kind.REPLY
        )
        following = course.after(found.page, found.pages, has_old=has_old, whole=self.span.since is None)
        if following is not None and course.read >= self.max_topic_pages:
            self.coverage.because(f"topic:{found.topic}", "max_thread_pages")
            return None
        return following

    # --- pages

    def _set_aside(self, slice_name: str, unread: int) -> None:
        """Counts what stood on a page and could not be read, and says so."""
        if unread:
            self.rejected += unread
            self.coverage.because(slice_name, "unreadable")

    def _says_no(self, response: Response) -> str | None:
        """What the page says instead of showing anything, which goes into the coverage."""
        said = notice(self._text(response))
        if said is not None:
            self.coverage.because(response.meta["slice"], said)
        return said

    def _text(self, response: Response) -> str:
        header = response.headers.get("Content-Type") or b""
        return decode(response.body, content_type=header.decode("latin-1"))[0]
