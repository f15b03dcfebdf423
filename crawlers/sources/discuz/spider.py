"""Walks a Discuz! site: lists or the guide, the threads on them, every page of a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import ClassVar

from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.kinds import RequestKind
from crawlers.manners.blocks import BLOCKS, Block, Reaction
from crawlers.reading.unreadable import Unreadable
from crawlers.sources.discuz import addresses
from crawlers.sources.discuz.parse import (
    Listing,
    Row,
    notice,
    read_listing,
    read_rss,
)
from crawlers.sources.discuz.walk import ThreadsSpider, style_of

# One closed thread or forum of several says nothing of the others, so it does not end the crawl.
_LOGIN_HERE = replace(BLOCKS["login_required"], reaction=Reaction.GIVE_UP)
_OLD_PAGES = 2  # so many pages without news end a list: late rows stand out of order


class DiscuzSpider(ThreadsSpider):
    name = "discuz"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "list": RequestKind(),
        "rss": RequestKind(expects="any", conditional=True),
        "thread": RequestKind(),
    }

    async def start(self) -> AsyncIterator[Request]:
        for given in self.asked.get("threads", ()):
            yield self.asked_thread(given)
        for fid in self.asked.get("fids", ()):
            yield self._rss(fid) if self.asked.get("rss") else self._list(fid)
        named = self.asked.get("fids") or self.asked.get("threads")
        for view in self.asked.get("guide") or (() if named else ("new",)):
            url = addresses.guide_url(self.base, view)
            yield self.fetch(url, self.parse_list, kind="list", slice=f"list:{self.host}/guide-{view}")

    def judge(self, response: Response) -> Block | None:
        found = notice(self.text(response))
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
                self.text(response), url=self.shown(response), fetched_at=self.now(), zone=self.zone
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
        if self.says_no(response, slice_name):
            return
        listing = read_listing(
            self.text(response), url=self.shown(response), fetched_at=self.now(), zone=self.zone
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
            addresses.at_page(self.shown(response), listing.page + 1),
            self.parse_list,
            kind="list",
            slice=slice_name,
            asked_page=listing.page + 1,
            old_pages=old_pages,
        )

    def _row(self, row: Row) -> Request | None:
        if row.barrier == "阅读权限":
            self.coverage.because(self.slice(row.tid), "members_only")
            return None
        return self.news_of(row.tid, style=style_of(row.url))
