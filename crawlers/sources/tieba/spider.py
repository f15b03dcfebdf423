"""Walks Tieba: lists of bars or search hits, every page of a thread, the replies below its floors."""

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
from crawlers.reading.span import OLD_PAGES
from crawlers.sources.tieba import addresses
from crawlers.sources.tieba.floors import FloorsSpider
from crawlers.sources.tieba.parse import (
    Listing,
    ThreadPage,
    notice,
    read_listing,
    read_thread,
)
from crawlers.threads import FIRST, Bookmark, Course

# One closed thread or bar says nothing of the others, so it does not end the crawl.
_LOGIN_HERE = replace(BLOCKS["login_required"], reaction=Reaction.GIVE_UP)


class TiebaSpider(FloorsSpider):
    name = "tieba"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "list": RequestKind(follow=False),
        "thread": RequestKind(follow=False),
        "floor": RequestKind(follow=False),
        "comments": RequestKind(expects="json", follow=False),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        if not any(asked.get(key) for key in ("bars", "threads", "search")):
            raise UsageError("source tieba wants bars=NAME, threads=NUMBER or search=WORDS")
        self.threads = [addresses.asked_tid(given) for given in asked.get("threads", ())]
        self.max_pages: int = asked.get("max_pages") or 20
        self.max_thread_pages: int = asked.get("max_thread_pages") or 50
        self.with_comments: bool = asked.get("comments", True)

    async def start(self) -> AsyncIterator[Request]:
        for tid in self.threads:
            yield self._news_of(tid)
        for bar in self.asked.get("bars", ()):
            yield self._list(bar.removesuffix("吧") or bar, "bar")
        for query in self.asked.get("search", ()):
            yield self._list(query, "search")

    def judge(self, response: Response) -> Block | None:
        """Tieba's own refusals: the security page under any status, the bare word, an empty page."""
        if response.meta.get("kind") == "comments" and response.status == 200:
            return None
        body = response.body.strip()
        if body == b"blocked":
            return BLOCKS["captcha"]
        if not body and response.status == 200:
            return BLOCKS["empty_answer"]
        said = notice(self.text(response))
        if said == "captcha":
            return BLOCKS["captcha"]
        return _LOGIN_HERE if said == "login_required" else None

    # --- lists

    def _list(self, name: str, what: str, page: int = 1, old_pages: int = 0) -> Request:
        make = addresses.list_url if what == "bar" else addresses.search_url
        return self.fetch(
            make(name, page),
            self.parse_list,
            kind="list",
            slice=f"{what}:{name}",
            name=name,
            what=what,
            page=page,
            old_pages=old_pages,
        )

    def parse_list(
        self, response: Response, name: str, what: str, page: int, old_pages: int
    ) -> Iterator[Request]:
        """The threads with news, then the next page; a pinned one does not keep the list from ending."""
        slice_name: str = response.meta["slice"]
        if self.says_no(response):
            return
        listing = read_listing(self.text(response), fetched_at=self.now())
        self.set_aside(slice_name, listing.unread)
        if not listing.rows:
            if page == 1 and not listing.unread:
                self.coverage.because(slice_name, "unreadable")
            return
        if self._came_before(slice_name, listing, page):
            return
        fresh = [row for row in listing.rows if not self.span.is_before(row.newest)]
        wanted = [row for row in fresh if not self.span.is_after(row.published)]
        self.coverage.got(slice_name, len(wanted))
        yield from (self._news_of(row.tid) for row in wanted)
        old_pages = 0 if any(not row.pinned for row in fresh) else old_pages + 1
        if listing.more and old_pages < OLD_PAGES:
            if page >= self.max_pages:
                self.coverage.because(slice_name, "max_pages")
            else:
                yield self._list(name, what, page + 1, old_pages)

    def _came_before(self, slice_name: str, listing: Listing, page: int) -> bool:
        """Whether the page is not the one asked for: past its end a bar shows another page once more."""
        repeated = self.coverage.seen_page(slice_name, (str(row.tid) for row in listing.rows))
        if repeated or (listing.page is not None and listing.page != page):
            self.coverage.because(slice_name, "repeated_page")
            return True
        return False

    # --- threads

    def _news_of(self, tid: int) -> Request:
        """Begins a thread: where news alone is wanted, at the page where an earlier crawl left it."""
        mark = self.bookmarks.of(f"thread:{tid}") if self.span.since else None
        return self._thread(tid, mark.page, mark.root_id) if mark else self._thread(tid)

    def _thread(self, tid: int, page: int = 1, root_id: str | None = None, course: Course = FIRST) -> Request:
        return self.fetch(
            addresses.thread_url(tid, page),
            self.parse_thread,
            kind="thread",
            slice=f"thread:{tid}",
            priority=int(course.read > 1),  # a thread is finished before the next one is begun
            tid=tid,
            page=page,
            root_id=root_id,
            course=course,
            errback=self.thread_missed,
        )

    def parse_thread(
        self, response: Response, tid: int, page: int, root_id: str | None, course: Course
    ) -> Iterator[Post | Gone | Request]:
        """The floors, the replies below them, then the next page of the course."""
        slice_name: str = response.meta["slice"]
        if (said := self.says_no(response)) is not None:
            yield from self.bookmarks.gone(slice_name, said)
            return
        found = read_thread(
            self.text(response), url=addresses.thread_url(tid), fetched_at=self.now(), root_id=root_id
        )
        self.set_aside(slice_name, found.unread)
        if not found.posts:
            self.coverage.because(slice_name, "unreadable")
            return
        moved = found.page != page and course.read > 1
        if moved or self.coverage.seen_page(slice_name, (post.id for post in found.posts)):
            self.coverage.because(slice_name, "repeated_page")
            return
        if found.page == 1 and (self.span.since is None or found.pages == 1) and self.span.until is None:
            self.coverage.expect(slice_name, found.replies)
        yield from self.keep(slice_name, found.posts)
        if self.with_comments and (request := self.below(found)):
            yield request
        elif not self.with_comments and any(found.below.values()):
            self.coverage.because(slice_name, "comments_left_out")
        if found.page == found.pages:
            self.bookmarks.leave(slice_name, Bookmark(page=found.page, root_id=found.root_id))
        if (following := self._next_page(found, course)) is not None:
            number, course = following
            yield self._thread(tid, number, found.root_id, course)

    def thread_missed(self, failure: Failure, tid: int, **_: Any) -> Iterator[Gone]:
        """A thread that is no longer there is marked as gone."""
        self.missed(failure)
        yield from self.bookmarks.gone(f"thread:{tid}", why(failure))

    def _next_page(self, found: ThreadPage, course: Course) -> tuple[int, Course] | None:
        """The page to read next, with its course; None at the end, at the cut, or where all is before the span."""
        floors = [post.published_at for post in found.posts if post.kind is not Kind.COMMENT]
        has_old = any(self.span.is_before(at) for at in floors)
        following = course.after(found.page, found.pages, has_old=has_old, whole=self.span.since is None)
        if following is not None and course.read >= self.max_thread_pages:
            self.coverage.because(f"thread:{found.tid}", "max_thread_pages")
            return None
        return following
