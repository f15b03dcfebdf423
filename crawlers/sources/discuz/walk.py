"""The threads of a Discuz! site, whoever found them: every page of one, or what came since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Gone, Kind, Post
from crawlers.losses import why
from crawlers.reading.charset import decode
from crawlers.reading.span import Span
from crawlers.reading.zones import zone_of
from crawlers.sources.discuz import addresses
from crawlers.sources.discuz.parse import Notice, ThreadPage, notice, read_thread
from crawlers.spider import SourceSpider
from crawlers.threads import FIRST, Bookmark, Course


class ThreadsSpider(SourceSpider):
    """A spider of one site as its threads need it; which of them are read is for the subclass."""

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        self.base: str = asked.get("url", "").rstrip("/")
        if not addresses.host_of(self.base):
            raise UsageError("source discuz wants the site's address, like url=https://bbs.example.com")
        self.host = addresses.host_of(self.base)
        self.zone: ZoneInfo = zone_of(asked.get("zone"))
        self.since: datetime | None = asked.get("since")
        self.max_pages: int = asked.get("max_pages") or 10
        self.max_thread_pages: int = asked.get("max_thread_pages") or 50
        self.styles: tuple[str, ...] = asked.get("style") or addresses.STYLES

    def slice(self, tid: int) -> str:
        return f"thread:{self.host}/{tid}"

    def news_of(
        self, tid: int, *, style: str, errback: Any = None, meta: dict[str, Any] | None = None
    ) -> Request:
        """Begins a thread: where news alone is wanted, at the page where an earlier crawl left it."""
        mark = self.bookmarks.of(self.slice(tid)) if self.since else None
        page = mark.page if mark else 1
        url = addresses.thread_url(self.base, tid, style)
        return self.fetch(
            addresses.at_page(url, page) if page > 1 else url,
            self.parse_thread,
            kind="thread",
            slice=self.slice(tid),
            errback=errback or self.thread_missed,
            meta=meta,
            asked_page=page,
            root_id=mark.root_id if mark else None,
        )

    def asked_thread(self, given: str, tried: int = 0) -> Request:
        """A thread by its address, or by its number in the first style that answers."""
        if tid := addresses.tid_of(given):
            return self.news_of(tid, style=style_of(given))
        return self.news_of(
            _number(given),
            style=self.styles[tried],
            errback=self.other_thread_style,
            meta={"given": given, "tried": tried},
        )

    def other_thread_style(self, failure: Failure, **_: Any) -> Iterator[Gone | Request]:
        meta = failure.request.meta  # type: ignore[attr-defined]
        if isinstance(failure.value, HttpError) and meta["tried"] + 1 < len(self.styles):
            yield self.asked_thread(meta["given"], meta["tried"] + 1)
        else:
            yield from self.thread_missed(failure)

    def thread_missed(self, failure: Failure, **_: Any) -> Iterator[Gone]:
        """A thread that is no longer there is marked as gone."""
        self.missed(failure)
        yield from self.bookmarks.gone(failure.request.meta["slice"], why(failure))  # type: ignore[attr-defined]

    def parse_thread(
        self,
        response: Response,
        asked_page: int = 1,
        root_id: str | None = None,
        course: Course = FIRST,
        floors: int = 0,
        announced: int | None = None,
    ) -> Iterator[Post | Gone | Request]:
        """The floors of a page, then the next one of the course.

        `floors` is how many were seen on the pages before, `announced` how many the site says there are.
        """
        slice_name: str = response.meta["slice"]
        if (said := self.says_no(response, slice_name)) is not None:
            yield from self.bookmarks.gone(slice_name, said)
            return
        page = read_thread(
            self.text(response),
            url=self.shown(response),
            fetched_at=self.now(),
            zone=self.zone,
            host=self.host,
            root_id=root_id,
        )
        moved = page.page != asked_page and course.read > 1
        if moved or self.coverage.seen_page(slice_name, (post.id for post in page.posts)):
            self.coverage.because(slice_name, "repeated_page")
            return
        if page.page == 1 and page.replies is not None and (self.since is None or page.pages == 1):
            announced = page.replies + 1
        floors += page.floors + page.withheld
        self._count(slice_name, page, floors, announced)
        yield from page.posts
        yield from page.gone
        if page.page == page.pages:
            self.bookmarks.leave(slice_name, Bookmark(page=page.page, root_id=page.root_id))
        if (following := self._next_page(page, course)) is not None:
            number, course = following
            yield self.fetch(
                addresses.at_page(self.shown(response), number),
                self.parse_thread,
                kind="thread",
                slice=slice_name,
                priority=1,  # a thread is finished before the next one is begun
                asked_page=number,
                root_id=page.root_id,
                course=course,
                floors=floors,
                announced=announced,
            )

    def _count(self, slice_name: str, page: ThreadPage, floors: int, announced: int | None) -> None:
        """What came of a thread, and once its pages are through, whether floors the site counts are lacking."""
        self.coverage.got(slice_name, page.floors)
        self.coverage.expect(slice_name, announced)
        if page.withheld:
            self.coverage.because(slice_name, "withheld")
        if not page.floors and not page.withheld:
            self.coverage.because(slice_name, "unreadable")
        elif page.page == page.pages and floors < (announced or 0):
            self.coverage.because(slice_name, "missing_floors")

    def _next_page(self, page: ThreadPage, course: Course) -> tuple[int, Course] | None:
        """The page to read next, with its course; None at the end, at the cut, or where all is older than `since`."""
        span = Span(since=self.since)
        has_old = any(
            span.is_before(post.published_at) for post in page.posts if post.kind is not Kind.COMMENT
        )
        following = course.after(page.page, page.pages, has_old=has_old, whole=self.since is None)
        if following is not None and course.read >= self.max_thread_pages:
            self.coverage.because(self.slice(page.tid), "max_thread_pages")
            return None
        return following

    # --- pages

    def says_no(self, response: Response, slice_name: str) -> str | None:
        """What the page says instead of showing anything, which goes into the coverage."""
        found: Notice | None = notice(self.text(response))
        if found is None:
            return None
        self.coverage.because(slice_name, found.name)
        return found.name

    def text(self, response: Response) -> str:
        header = response.headers.get("Content-Type") or b""
        text, _ = decode(
            response.body, content_type=header.decode("latin-1"), given=self.asked.get("charset")
        )
        return text

    def shown(self, response: Response) -> str:
        """The page's address as people open it: a proxy for tests is asked in plain http."""
        secure = self.base.startswith("https:") and response.url.startswith("http:")
        return f"https:{response.url[5:]}" if secure else response.url


def style_of(url: str) -> str:
    if "/thread-" in url:
        return "rewrite"
    return "old" if "viewthread.php" in url else "plain"


def _number(given: str) -> int:
    """The thread that a number or a thread's id names."""
    text = given.rpartition(":t")[2] if given.startswith("discuz:") else given
    if not text.isdecimal():
        raise UsageError(f"{text!r} is not a thread; give its number or its address")
    return int(text)
