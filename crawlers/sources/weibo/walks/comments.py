"""The comments under a post, by heat, with the answers under each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scrapy.http import Request, Response

from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.parse import CommentPage, parse_children, parse_comments

if TYPE_CHECKING:
    from crawlers.sources.weibo.spider import WeiboSpider

Cursor = tuple[str, str]
HOLLOW = 3  # pages without comments, though more follow, that are borne in a row


class CommentWalk:
    """Walks comment sections for a spider; the slice of one is ``comments:MID``, answers included."""

    def __init__(self, spider: WeiboSpider) -> None:
        self.spider = spider

    def begin(self, mid: str, expected: int | None) -> Iterator[Request]:
        self.spider.coverage.ask(f"comments:{mid}")
        self.spider.coverage.expect(f"comments:{mid}", expected)
        yield self._page(mid, None, page=1, hollow=0)

    def _page(self, mid: str, cursor: Cursor | None, *, page: int, hollow: int) -> Request:
        return self.spider.fetch(
            addresses.comments(mid, cursor), self.page,
            kind="comments", slice=f"comments:{mid}", again=True,
            identity=self.spider.best_identity, mid=mid, page=page, hollow=hollow,
        )  # fmt: skip

    def page(self, response: Response, mid: str, page: int, hollow: int) -> Iterator[Any]:
        name = f"comments:{mid}"
        spider = self.spider
        found = parse_comments(spider.document(response), mid, spider.now())
        spider.coverage.expect(name, found.total)
        if found.closed and page == 1:
            spider.coverage.because(name, "closed")  # closed or chosen by the author: no error
            return
        yield from self._records(found, mid)
        for comment in found.comments:
            if comment.children > comment.shown:
                yield self._children(comment.post.id.rpartition(":")[2], mid, None)
        hollow = hollow + 1 if not found.comments else 0
        if found.cursor is None:
            return
        if hollow > HOLLOW or spider.coverage.seen_page(f"{name}/cursor", found.cursor):
            spider.coverage.because(name, "empty_page" if hollow else "repeated_page")
        elif spider.may_turn(name, page):
            yield self._page(mid, found.cursor, page=page + 1, hollow=hollow)

    def _children(self, comment: str, mid: str, cursor: Cursor | None) -> Request:
        return self.spider.fetch(
            addresses.children(comment, cursor), self.children,
            kind="comments", slice=f"comments:{mid}", again=True,
            identity=self.spider.best_identity, comment=comment, mid=mid,
        )  # fmt: skip

    def children(self, response: Response, comment: str, mid: str) -> Iterator[Any]:
        found = parse_children(self.spider.document(response), mid, comment, self.spider.now())
        yield from self._records(found, mid)
        if found.cursor is None or not found.posts:
            return
        name = f"comments:{mid}"
        if self.spider.coverage.seen_page(f"{name}/{comment}", found.cursor):
            self.spider.coverage.because(name, "repeated_page")
        elif self.spider.may_turn(name, 1):
            yield self._children(comment, mid, found.cursor)

    def _records(self, found: CommentPage, mid: str) -> Iterator[Any]:
        self.spider.coverage.got(f"comments:{mid}", self.spider.fresh(mid, (p.id for p in found.posts)))
        yield from found.posts
