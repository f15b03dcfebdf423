"""The comments under a post: by heat with the answers under each, then by time where that fell short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from scrapy.http import Request, Response

from crawlers.sources.weibo import addresses
from crawlers.sources.weibo.asking import AskingSpider
from crawlers.sources.weibo.parse import CommentPage, parse_children, parse_comments

Cursor = tuple[str, str]
OLDER_PAGES = 5  # of the older list, which a visitor may see
HOLLOW = 3  # pages without comments, though more follow, that are borne in a row


@dataclass(frozen=True, slots=True)
class Flow:
    """How far a comment section was read in one order.

    `heat` is what everybody sees first, `time` the flow of weibo.com that needs a login, `older` the paged
    list that shows a visitor some fifty. `reached` counts comments with the answers they say they have.
    """

    mid: str
    author: str | None  # account number, which the flow by time asks for
    order: Literal["heat", "time", "older"] = "heat"
    page: int = 1
    hollow: int = 0
    reached: int = 0

    @property
    def name(self) -> str:
        return f"comments:{self.mid}"

    def address(self, cursor: Cursor | None) -> str:
        match self.order:
            case "time":
                return addresses.comments_by_time(self.mid, self.author or "", cursor)
            case "older":
                return addresses.older_comments(self.mid, self.page)
        return addresses.comments(self.mid, cursor)


class CommentWalk:
    """Walks comment sections for a spider; the slice of one is ``comments:MID``, answers included."""

    def __init__(self, spider: AskingSpider) -> None:
        self.spider = spider

    def begin(self, mid: str, expected: int | None, author: str | None) -> Iterator[Request]:
        flow = Flow(mid, author)
        self.spider.coverage.ask(flow.name)
        self.spider.coverage.expect(flow.name, expected)
        yield self._page(flow)

    def _page(self, flow: Flow, cursor: Cursor | None = None) -> Request:
        return self.spider.fetch(
            flow.address(cursor), self.page,
            kind="ajax" if flow.order == "time" else "comments", slice=flow.name, again=True,
            identity=self.spider.best_identity, flow=flow,
        )  # fmt: skip

    def page(self, response: Response, flow: Flow) -> Iterator[Any]:
        spider = self.spider
        found = parse_comments(spider.document(response), flow.mid, spider.now())
        spider.coverage.expect(flow.name, found.total)
        if found.closed and flow.page == 1:
            if flow.order == "heat":
                spider.coverage.because(flow.name, "closed")  # closed or chosen by the author: no error
            return
        yield from self._records(found, flow.mid)
        for comment in found.comments:
            if comment.children > comment.shown and spider.first("answers", comment.post.id):
                yield self._children(comment.post.id.rpartition(":")[2], flow.mid, None)
        reached = flow.reached + sum(1 + comment.children for comment in found.comments)
        flow = replace(flow, reached=reached, hollow=0 if found.comments else flow.hollow + 1)
        yield from self._older(flow, found) if flow.order == "older" else self._next(flow, found)

    def _next(self, flow: Flow, found: CommentPage) -> Iterator[Request]:
        """The next page of a flow; at the end of the one by heat the other, if comments are lacking."""
        spider = self.spider
        if found.cursor is None:
            if flow.order == "heat" and flow.reached < (found.total or 0):
                yield from self._by_time(flow)
        elif flow.hollow > HOLLOW or spider.coverage.seen_page(f"{flow.name}/{flow.order}", found.cursor):
            spider.coverage.because(flow.name, "empty_page" if flow.hollow else "repeated_page")
        elif spider.may_turn(flow.name, flow.page):
            yield self._page(replace(flow, page=flow.page + 1), found.cursor)
        elif flow.order == "heat":
            yield from self._by_time(flow)

    def _by_time(self, flow: Flow) -> Iterator[Request]:
        """The order by time: a login's flow, or what a visitor is shown of the older list."""
        if not self.spider.identities.has_login:
            yield self._page(Flow(flow.mid, flow.author, "older"))
        elif flow.author is not None and not self.spider.is_last(flow.page):
            yield self._page(Flow(flow.mid, flow.author, "time"))

    def _older(self, flow: Flow, found: CommentPage) -> Iterator[Request]:
        last = min(OLDER_PAGES, found.pages or 0)
        if found.posts and flow.page < last and not self.spider.is_last(flow.page):
            yield self._page(replace(flow, page=flow.page + 1))

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
        self.spider.coverage.got(
            f"comments:{mid}", self.spider.fresh(f"comments:{mid}", (post.id for post in found.posts))
        )
        yield from found.posts
