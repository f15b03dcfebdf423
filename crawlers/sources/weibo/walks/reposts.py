"""The reposts of a post: all pages of its list, then the lists of reposts that have more than were seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.cascade import Cascade
from crawlers.sources.weibo.parse import Status, parse_reposts

if TYPE_CHECKING:
    from crawlers.sources.weibo.spider import WeiboSpider


class RepostWalk:
    """Walks cascades for a spider; the slice of a cascade is ``reposts:MID`` of its root."""

    def __init__(self, spider: WeiboSpider) -> None:
        self.spider = spider

    def begin(self, mid: str, expected: int | None) -> Iterator[Request]:
        name = f"reposts:{mid}"
        self.spider.coverage.ask(name)
        self.spider.coverage.expect(name, expected)
        if self.spider.may_login(name):
            yield self._page(Cascade(mid), mid, 1)

    def _page(self, cascade: Cascade, mid: str, page: int) -> Request:
        cascade.pending += 1
        return self.spider.fetch(
            addresses.reposts(mid, page), self.page, errback=self.missed,
            kind="reposts", slice=f"reposts:{cascade.root}", again=True, cascade=cascade, mid=mid, page=page,
        )  # fmt: skip

    def page(self, response: Response, cascade: Cascade, mid: str, page: int) -> Iterator[Any]:
        name = f"reposts:{cascade.root}"
        spider = self.spider
        try:
            found = parse_reposts(spider.document(response), spider.now())
            if mid == cascade.root:
                spider.coverage.expect(name, found.total)
            if spider.coverage.seen_page(f"{name}/{mid}", [status.post.id for status in found.statuses]):
                spider.coverage.because(name, "repeated_page")
            else:
                for status in found.statuses:
                    if self._add(cascade, status):
                        spider.coverage.got(name)
                    yield from spider.take(status)
            if page == 1:
                for number in range(2, spider.last_page(found.pages or 1, name) + 1):
                    yield self._page(cascade, mid, number)
        finally:
            cascade.pending -= 1
        yield from self._go_down(cascade)

    @staticmethod
    def _add(cascade: Cascade, status: Status) -> bool:
        post = status.post
        parent = post.parent_id.rpartition(":")[2] if post.parent_id else None
        return cascade.add(post.id.rpartition(":")[2], parent, post.engagement.reposts)

    def _go_down(self, cascade: Cascade) -> Iterator[Request]:
        """When all pages asked for came: the first page of each branch that is still thinner than it says."""
        if cascade.pending == 0:
            for mid in cascade.thin():
                yield self._page(cascade, mid, 1)

    def missed(self, failure: Failure) -> Iterator[Request]:
        self.spider.missed(failure)
        cascade: Cascade = failure.request.cb_kwargs["cascade"]  # type: ignore[attr-defined]
        cascade.pending -= 1
        if not self.spider.guard.stopped:
            yield from self._go_down(cascade)
