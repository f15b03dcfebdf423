"""The search pages of one query, sliced in time until each slice fits into the 50 pages there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scrapy.http import Request, Response

from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.parse import SearchPage, parse_search
from crawlers.sources.weibo.slices import Slice, first_slice

if TYPE_CHECKING:
    from crawlers.sources.weibo.spider import WeiboSpider

MOST_PAGES = 50
TRUNCATED = 46  # so many pages in the list mean that there are more


class SearchWalk:
    """Walks searches for a spider; every page address is built, for the "next" link may vanish."""

    def __init__(self, spider: WeiboSpider) -> None:
        self.spider = spider

    def begin(self, query: str) -> Request:
        asked = self.spider.asked
        part = first_slice(query, asked.get("since"), asked.get("until"), self.spider.now())
        return self._page(part, 1)

    def _page(self, part: Slice, page: int, *, confirm: bool = False) -> Request:
        url = addresses.search(part.query, page, since=part.since, until=part.until, nodup=part.nodup)
        return self.spider.fetch(
            url, self.first if page == 1 else self.later,
            kind="search", slice=part.name, again=confirm, part=part, page=page, confirm=confirm,
        )  # fmt: skip

    def first(self, response: Response, part: Slice, page: int, confirm: bool) -> Iterator[Any]:
        """Page 1 says how many there are: take them, or halve the slice; it is kept either way."""
        found = parse_search(response.body, self.spider.now())
        coverage = self.spider.coverage
        coverage.expect(part.name, found.total)
        if found.omitted and not part.nodup:
            yield from self._records(found, part)
            yield self._page(part.whole(), 1)
            return
        if not found.listed:
            yield from self._empty(found, part, 1, confirm=confirm)
            return
        coverage.seen_page(part.name, _ids(found))
        yield from self._records(found, part)
        if found.pages >= TRUNCATED and (halves := part.halves()):
            coverage.because(part.name, "split")
            yield from (self._page(half, 1) for half in halves)
            return
        last = found.pages if found.pages < TRUNCATED else MOST_PAGES
        if found.pages >= TRUNCATED:
            coverage.because(part.name, "truncated")
        for number in range(2, self.spider.last_page(last, part.name) + 1):
            yield self._page(part, number)

    def later(self, response: Response, part: Slice, page: int, confirm: bool) -> Iterator[Any]:
        found = parse_search(response.body, self.spider.now())
        if not found.listed:
            yield from self._empty(found, part, page, confirm=confirm)
            return
        if self.spider.coverage.seen_page(part.name, _ids(found)):
            # Past its end Weibo shows page 1 again.
            self.spider.coverage.because(part.name, "repeated_page")
            return
        yield from self._records(found, part)

    def _empty(self, found: SearchPage, part: Slice, page: int, *, confirm: bool) -> Iterator[Request]:
        """An empty page is asked for once more before it is believed; in the middle it is a hole."""
        if not confirm:
            yield self._page(part, page, confirm=True)
        elif not found.empty and not found.omitted:
            self.spider.coverage.because(part.name, "unreadable")  # neither hits nor the site's own "nothing"
        elif page > 1:
            self.spider.coverage.because(part.name, "empty_page")

    def _records(self, found: SearchPage, part: Slice) -> Iterator[Any]:
        self.spider.coverage.got(part.name, self.spider.fresh(part.name, _ids(found)))
        for root in found.roots:
            yield from self.spider.take(root)
        for status in found.statuses:
            yield from self.spider.take(status)


def _ids(found: SearchPage) -> list[str]:
    return [status.post.id for status in found.statuses]
