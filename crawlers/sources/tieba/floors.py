"""The replies below the floors of Tieba: those of a page together, else floor by floor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from core.models import Post
from crawlers.reading.charset import decode
from crawlers.reading.span import Span
from crawlers.sources.tieba import addresses
from crawlers.sources.tieba.parse import Below, ThreadPage, notice, read_floor, read_total
from crawlers.spider import SourceSpider


class FloorsSpider(SourceSpider):
    """A spider as the floors of a thread need it; which threads are read is for the subclass."""

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self.span = Span(since=self.asked.get("since"), until=self.asked.get("until"))

    def below(self, found: ThreadPage) -> Request | None:
        """Asks for the replies of a page that did not come with it."""
        lacking = {str(pid): count for pid, count in found.below.items() if count}
        if not lacking:
            return None
        return self.fetch(
            addresses.comments_url(found.tid, found.forum, found.page),
            self.parse_comments,
            kind="comments",
            slice=f"thread:{found.tid}",
            priority=2,
            errback=self.comments_missed,
            tid=found.tid,
            root_id=found.root_id,
            floors=lacking,
            accounts=found.portraits,
        )

    def comments_missed(
        self,
        failure: Failure,
        tid: int,
        root_id: str | None,
        floors: dict[str, int],
        accounts: dict[str, int],
    ) -> Iterator[Request]:
        """Asks floor by floor where the replies of a whole page cannot be had."""
        if self.guard.stopped:
            self.missed(failure)
            return
        yield from self._floors(tid, root_id, floors, accounts)

    def _floors(
        self, tid: int, root_id: str | None, floors: dict[str, int], accounts: dict[str, int]
    ) -> Iterator[Request]:
        for pid in floors:
            yield self._floor(
                Below(tid=tid, pid=int(pid), root_id=root_id, accounts=accounts, speakers={}), 1
            )

    def parse_comments(
        self,
        response: Response,
        tid: int,
        root_id: str | None,
        floors: dict[str, int],
        accounts: dict[str, int],
    ) -> Iterator[Post | Request]:
        """The first replies of each floor; those of more are asked for from their second page."""
        slice_name: str = response.meta["slice"]
        try:
            found = read_total(
                self.document(response), tid=tid, root_id=root_id, accounts=accounts, fetched_at=self.now()
            )
        except ValueError:
            yield from self._floors(tid, root_id, floors, accounts)
            return
        for pid, count in floors.items():
            below, replies = found.get(int(pid), (None, None))
            if below is None or replies is None:
                yield from self._floors(tid, root_id, {pid: count}, accounts)
                continue
            self.set_aside(slice_name, replies.unread)
            yield from self.keep(slice_name, replies.posts)
            if len(replies.posts) + replies.unread < max(count, replies.total or 0):
                yield self._floor(below, 2)

    def _floor(self, below: Below, page: int) -> Request:
        return self.fetch(
            addresses.floor_url(below.tid, below.pid, page),
            self.parse_floor,
            kind="floor",
            slice=f"thread:{below.tid}",
            priority=3,
            tid=below.tid,
            pid=below.pid,
            page=page,
            root_id=below.root_id,
            accounts=dict(below.accounts),
            speakers=below.speakers,
        )

    def parse_floor(
        self,
        response: Response,
        tid: int,
        pid: int,
        page: int,
        root_id: str | None,
        accounts: dict[str, int],
        speakers: dict[str, str],
    ) -> Iterator[Post | Request]:
        slice_name: str = response.meta["slice"]
        below = Below(tid=tid, pid=pid, root_id=root_id, accounts=accounts, speakers=dict(speakers))
        found = read_floor(self.text(response), below, fetched_at=self.now())
        self.set_aside(slice_name, found.unread)
        if self.coverage.seen_page(slice_name, (post.id for post in found.posts)):
            self.coverage.because(slice_name, "repeated_page")
            return
        yield from self.keep(slice_name, found.posts)
        if found.posts and page < (found.pages or 1):
            yield self._floor(below, page + 1)

    # --- pages

    def keep(self, slice_name: str, posts: Iterable[Post]) -> Iterator[Post]:
        kept = [post for post in posts if not self.span.is_after(post.published_at)]
        self.coverage.got(slice_name, len(kept))
        yield from kept

    def set_aside(self, slice_name: str, unread: int) -> None:
        """Counts what stood on a page and could not be read, and says so."""
        if unread:
            self.rejected += unread
            self.coverage.because(slice_name, "unreadable")

    def says_no(self, response: Response) -> str | None:
        """What the page says instead of showing anything, which goes into the coverage."""
        said = notice(self.text(response))
        if said is not None:
            self.coverage.because(response.meta["slice"], said)
        return said

    def text(self, response: Response) -> str:
        header = response.headers.get("Content-Type") or b""
        return decode(response.body, content_type=header.decode("latin-1"))[0]
