"""Walks a Discuz! site: lists or the guide, the threads on them, every page of a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Gone, Kind, Post
from crawlers.blocks import BLOCKS, Block, Reaction
from crawlers.charset import decode
from crawlers.kinds import RequestKind
from crawlers.losses import why
from crawlers.sources.discuz import addresses
from crawlers.sources.discuz.parse import (
    Listing,
    Notice,
    Row,
    ThreadPage,
    notice,
    read_listing,
    read_rss,
    read_thread,
)
from crawlers.span import Span
from crawlers.spider import SourceSpider
from crawlers.threads import FIRST, Bookmark, Course
from crawlers.unreadable import Unreadable
from crawlers.zones import zone_of

# One closed thread or forum of several says nothing of the others, so it does not end the crawl.
_LOGIN_HERE = replace(BLOCKS["login_required"], reaction=Reaction.GIVE_UP)
_OLD_PAGES = 2  # so many pages without news end a list: late rows stand out of order


class DiscuzSpider(SourceSpider):
    name = "discuz"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "list": RequestKind(),
        "rss": RequestKind(expects="any", conditional=True),
        "thread": RequestKind(),
    }

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

    async def start(self) -> AsyncIterator[Request]:
        for given in self.asked.get("threads", ()):
            yield self._asked_thread(given)
        for fid in self.asked.get("fids", ()):
            yield self._rss(fid) if self.asked.get("rss") else self._list(fid)
        named = self.asked.get("fids") or self.asked.get("threads")
        for view in self.asked.get("guide") or (() if named else ("new",)):
            url = addresses.guide_url(self.base, view)
            yield self.fetch(url, self.parse_list, kind="list", slice=f"list:{self.host}/guide-{view}")

    def judge(self, response: Response) -> Block | None:
        found = notice(self._text(response))
        if found is None:
            return None
        if found.name == "login_required" and not self._is_only_entry(response):
            return _LOGIN_HERE
        return BLOCKS.get(found.name)

    def _is_only_entry(self, response: Response) -> bool:
        """Whether everything this crawl could reach lies behind this page."""
        entries = len(self.asked.get("fids", ())) + len(self.asked.get("guide", ())) or 1
        return response.meta.get("kind") == "list" and entries == 1 and not self.asked.get("threads")

    # --- lists

    def _list(self, fid: str, tried: int = 0) -> Request:
        """A forum's list in the first style that answers; a site without that style says 404."""
        return self.fetch(
            addresses.list_url(self.base, fid, self.styles[tried]),
            self.parse_list,
            kind="list",
            slice=f"list:{self.host}/forum-{fid}",
            errback=self.other_list_style,
            meta={"fid": fid, "tried": tried},
        )

    def other_list_style(self, failure: Failure) -> Iterator[Request]:
        meta = failure.request.meta  # type: ignore[attr-defined]
        if isinstance(failure.value, HttpError) and meta["tried"] + 1 < len(self.styles):
            yield self._list(meta["fid"], meta["tried"] + 1)
        else:
            self.missed(failure)

    def _rss(self, fid: str) -> Request:
        return self.fetch(
            addresses.rss_url(self.base, fid),
            self.parse_rss,
            kind="rss",
            slice=f"list:{self.host}/forum-{fid}",
            errback=self.no_rss,
            fid=fid,
        )

    def parse_rss(self, response: Response, fid: str) -> Iterator[Request]:
        """The threads a forum's feed names; its list where there is no feed."""
        try:
            rows = read_rss(
                self._text(response), url=self._shown(response), fetched_at=self.now(), zone=self.zone
            )
        except Unreadable:
            yield self._list(fid)
            return
        fresh = [row for row in rows if row.may_have_news(self.since)]
        self.coverage.got(response.meta["slice"], len(fresh))
        for row in fresh:
            if request := self._row(row):
                yield request

    def no_rss(self, failure: Failure, fid: str) -> Iterator[Request]:
        if isinstance(failure.value, HttpError):
            yield self._list(fid)
        else:
            self.missed(failure)

    def parse_list(self, response: Response, asked_page: int = 1, old_pages: int = 0) -> Iterator[Request]:
        """The threads with news, then the next page; sticky ones, on every page, are read once and stop no walk."""
        slice_name: str = response.meta["slice"]
        if self._says_no(response, slice_name):
            return
        listing = read_listing(
            self._text(response), url=self._shown(response), fetched_at=self.now(), zone=self.zone
        )
        if not listing.rows and not listing.empty:
            self.coverage.because(slice_name, "unreadable")
            return
        if listing.page != asked_page:  # past its end a site shows the last page, or the first, once more
            return
        rows = [row for row in listing.rows if not row.sticky]
        fresh = [row for row in rows if row.may_have_news(self.since)]
        sticky = [
            row
            for row in listing.rows
            if row.sticky and row.may_have_news(self.since) and self.first("sticky", str(row.tid))
        ]
        self.coverage.got(slice_name, len(fresh) + len(sticky))
        for row in [*fresh, *sticky]:
            if request := self._row(row):
                yield request
        old_pages = 0 if fresh else old_pages + 1
        if request := self._next_list(response, listing, old_pages):
            yield request

    def _next_list(self, response: Response, listing: Listing, old_pages: int) -> Request | None:
        if old_pages >= _OLD_PAGES or listing.page >= listing.pages:
            return None
        slice_name: str = response.meta["slice"]
        if listing.page >= self.max_pages:
            self.coverage.because(slice_name, "max_pages")
            return None
        return self.fetch(
            addresses.at_page(self._shown(response), listing.page + 1),
            self.parse_list,
            kind="list",
            slice=slice_name,
            asked_page=listing.page + 1,
            old_pages=old_pages,
        )

    def _row(self, row: Row) -> Request | None:
        if row.barrier == "阅读权限":
            self.coverage.because(self._slice(row.tid), "members_only")
            return None
        return self._news_of(row.tid, style=_style_of(row.url))

    # --- threads

    def _slice(self, tid: int) -> str:
        return f"thread:{self.host}/{tid}"

    def _news_of(
        self, tid: int, *, style: str, errback: Any = None, meta: dict[str, Any] | None = None
    ) -> Request:
        """Begins a thread: where news alone is wanted, at the page where an earlier crawl left it."""
        mark = self.bookmarks.of(self._slice(tid)) if self.since else None
        page = mark.page if mark else 1
        url = addresses.thread_url(self.base, tid, style)
        return self.fetch(
            addresses.at_page(url, page) if page > 1 else url,
            self.parse_thread,
            kind="thread",
            slice=self._slice(tid),
            errback=errback or self.thread_missed,
            meta=meta,
            asked_page=page,
            root_id=mark.root_id if mark else None,
        )

    def _asked_thread(self, given: str, tried: int = 0) -> Request:
        """A thread by its address, or by its number in the first style that answers."""
        if tid := addresses.tid_of(given):
            return self._news_of(tid, style=_style_of(given))
        return self._news_of(
            _number(given),
            style=self.styles[tried],
            errback=self.other_thread_style,
            meta={"given": given, "tried": tried},
        )

    def other_thread_style(self, failure: Failure, **_: Any) -> Iterator[Gone | Request]:
        meta = failure.request.meta  # type: ignore[attr-defined]
        if isinstance(failure.value, HttpError) and meta["tried"] + 1 < len(self.styles):
            yield self._asked_thread(meta["given"], meta["tried"] + 1)
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
        if (said := self._says_no(response, slice_name)) is not None:
            yield from self.bookmarks.gone(slice_name, said)
            return
        page = read_thread(
            self._text(response),
            url=self._shown(response),
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
                addresses.at_page(self._shown(response), number),
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
            self.coverage.because(self._slice(page.tid), "max_thread_pages")
            return None
        return following

    # --- pages

    def _says_no(self, response: Response, slice_name: str) -> str | None:
        """What the page says instead of showing anything, which goes into the coverage."""
        found: Notice | None = notice(self._text(response))
        if found is None:
            return None
        self.coverage.because(slice_name, found.name)
        return found.name

    def _text(self, response: Response) -> str:
        header = response.headers.get("Content-Type") or b""
        text, _ = decode(
            response.body, content_type=header.decode("latin-1"), given=self.asked.get("charset")
        )
        return text

    def _shown(self, response: Response) -> str:
        """The page's address as people open it: a proxy for tests is asked in plain http."""
        secure = self.base.startswith("https:") and response.url.startswith("http:")
        return f"https:{response.url[5:]}" if secure else response.url


def _style_of(url: str) -> str:
    if "/thread-" in url:
        return "rewrite"
    return "old" if "viewthread.php" in url else "plain"


def _number(given: str) -> int:
    """The thread that a number or a thread's id names."""
    text = given.rpartition(":t")[2] if given.startswith("discuz:") else given
    if not text.isdecimal():
        raise UsageError(f"{text!r} is not a thread; give its number or its address")
    return int(text)
