"""The search pages of one query, sliced until each slice fits into the 50 pages there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from core.ids import moment_of_mid
from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.asking import AskingSpider
from crawlers.sources.weibo.parse import SearchPage, parse_search
from crawlers.sources.weibo.slices import Slice, first_slice

MOST_PAGES = 50
TRUNCATED = 46  # so many pages in the list mean that there are more
_JUMP = 8  # median steps between two pages that a page of hits is likely missing in: ten of them, not quite
_LEAST_JUMP_S = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the pages of a slice were turned.

    `pages` is what the page list offered, `last` how many are asked for; `first` and `before` are the mids of
    page 1 and of the page last seen, newest first. Of the hits `shown`, `took` were new to the query; `told`
    is the site's own number.
    """

    page: int
    pages: int
    last: int
    first: tuple[str, ...]
    before: tuple[str, ...]
    shown: int
    took: int
    told: int | None = None


class SearchWalk:
    """Walks searches for a spider, each slice page by page; every address is built, for the "next" link may vanish."""

    def __init__(self, spider: AskingSpider) -> None:
        self.spider = spider

    def begin(self, query: str) -> Request:
        asked = self.spider.asked
        return self._first(first_slice(query, asked.get("since"), asked.get("until"), self.spider.began_at))

    def _first(
        self, part: Slice, *, took: int = 0, told: int | None = None, confirm: bool = False
    ) -> Request:
        return self.spider.fetch(
            self._address(part, 1), self.first,
            kind="search", slice=part.name, again=confirm, part=part, took=took, told=told, confirm=confirm,
        )  # fmt: skip

    def _later(self, part: Slice, walk: Progress, *, confirm: bool = False) -> Request:
        return self.spider.fetch(
            self._address(part, walk.page), self.later, errback=self.missed,
            kind="search", slice=part.name, again=confirm, part=part, walk=walk, confirm=confirm,
        )  # fmt: skip

    @staticmethod
    def _address(part: Slice, page: int) -> str:
        return addresses.search(
            part.query, page, since=part.since, until=part.until, region=part.region, nodup=part.nodup
        )

    def first(
        self, response: Response, part: Slice, took: int, told: int | None, confirm: bool
    ) -> Iterator[Any]:
        """Page 1 says how many there are: take them, or split the slice; it is kept either way."""
        found = parse_search(response.body, self.spider.now())
        if not found.listed and not found.omitted:
            if not confirm:
                yield self._first(part, took=took, told=told, confirm=True)
            elif not found.empty:
                self.spider.coverage.because(part.name, "unreadable")  # neither hits nor the site's "nothing"
            return
        took += self._count(found, part)
        yield from self._records(found)
        if found.omitted and not part.nodup:
            yield self._first(part.whole(), took=took, told=found.total)
            return
        parts = part.parts() if found.pages >= TRUNCATED else ()
        yield from map(self._first, parts)
        if parts and parts[0].city is None:
            self.spider.coverage.because(part.name, "split")
            return
        most = MOST_PAGES if found.pages >= TRUNCATED else found.pages
        mids = _mids(found)
        walk = Progress(
            page=1, pages=found.pages, last=self.spider.last_page(most, part.name),
            first=mids, before=mids, shown=found.listed, took=took, told=found.total or told,
        )  # fmt: skip
        yield from self._go_on(part, walk)

    def later(self, response: Response, part: Slice, walk: Progress, confirm: bool) -> Iterator[Any]:
        """A page after the first: its hits, a look at the jump in time before them, and the next page."""
        found = parse_search(response.body, self.spider.now())
        listed = walk.page <= walk.pages  # beyond it only a cut list has more
        if not found.listed:
            if not confirm:
                yield self._later(part, walk, confirm=True)
            elif listed:  # a hole, for more pages were offered
                said = found.empty or found.omitted
                self.spider.coverage.because(part.name, "empty_page" if said else "unreadable")
                yield from self._go_on(part, walk)
            else:
                self._end(part, walk)
            return
        mids = _mids(found)
        if 2 * len(set(mids).intersection(walk.first)) >= len(mids):  # past its end Weibo shows page 1 again
            if listed:
                self.spider.coverage.because(part.name, "repeated_page")
            self._end(part, walk)
            return
        if (jump := _jump(walk.before, mids)) and (stretch := part.stretch(*jump)):
            yield self._first(stretch)
        took = walk.took + self._count(found, part)
        yield from self._records(found)
        walk = replace(walk, before=mids, shown=walk.shown + found.listed, took=took)
        yield from self._go_on(part, walk, full=True)

    def missed(self, failure: Failure, part: Slice, walk: Progress, confirm: bool) -> Iterator[Request]:
        """A page that did not come leaves a hole; the pages after it are asked for all the same."""
        self.spider.missed(failure)
        yield from self._go_on(part, walk)

    def _go_on(self, part: Slice, walk: Progress, *, full: bool = False) -> Iterator[Request]:
        """The next page; after the last the slice is closed. `full` says that hits stood on this one."""
        if walk.page < walk.last:
            yield self._later(part, replace(walk, page=walk.page + 1))
        else:
            self._end(part, walk, cut=full and walk.page == MOST_PAGES)

    def _end(self, part: Slice, walk: Progress, *, cut: bool = False) -> None:
        """Write what the slice was expected to give: what it gave, and what is told or estimated to lie beyond."""
        coverage = self.spider.coverage
        total = walk.told
        if cut:
            coverage.because(part.name, "truncated" if part.since is None else "saturated")
            total = _estimate(part, walk) if total is None else total
        if total is not None:
            coverage.expect(part.name, walk.took + max(0, total - walk.shown))

    def _count(self, found: SearchPage, part: Slice) -> int:
        """How many hits are new to the query; one that lies in several slices counts for the first."""
        group = f"search:{part.query}"
        new = self.spider.fresh(group, (status.post.id for status in found.statuses))
        self.spider.coverage.got(part.name, new)
        return new

    def _records(self, found: SearchPage) -> Iterator[Any]:
        for root in found.roots:
            yield from self.spider.take(root)
        for status in found.statuses:
            yield from self.spider.take(status)


def _mids(found: SearchPage) -> tuple[str, ...]:
    return tuple(status.post.id.rpartition(":")[2] for status in found.statuses)


def _jump(before: Sequence[str], after: Sequence[str]) -> tuple[datetime, datetime] | None:
    """The stretch between two pages (newest first) where it is far longer than the steps on them, else None."""
    older, newer = _moments(after), _moments(before)
    steps = [
        (later - earlier).total_seconds() for times in (newer, older) for later, earlier in pairwise(times)
    ]
    if not steps or not older or not newer:
        return None
    jump = (newer[-1] - older[0]).total_seconds()
    return (older[0], newer[-1]) if jump > max(_LEAST_JUMP_S, _JUMP * median(steps)) else None


def _moments(mids: Sequence[str]) -> list[datetime]:
    """The seconds of mids, the newest first."""
    return sorted((at for at in map(moment_of_mid, mids) if at), reverse=True)


def _estimate(part: Slice, walk: Progress) -> int | None:
    """How many hits the slice may hold, if the hours that the 50 pages did not reach are as dense as the others."""
    reached = _moments(walk.before)
    if part.since is None or part.until is None or not reached or reached[-1] <= part.since:
        return None
    return round(walk.shown * ((part.until - part.since) / (part.until - reached[-1])))
