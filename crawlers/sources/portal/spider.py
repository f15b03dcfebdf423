"""Walks news portals: lists, articles with all their pages, and the comments of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from core.errors import UsageError
from core.models import Post
from crawlers.kinds import RequestKind
from crawlers.losses import why
from crawlers.manners.blocks import BLOCKS, Block
from crawlers.reading.jsonp import NotJson, read_jsonp
from crawlers.reading.span import OLD_PAGES, Span
from crawlers.sources.portal.comments.page import Ask, CommentPage
from crawlers.sources.portal.page import Thread, whole
from crawlers.sources.portal.parse import (
    bare,
    read_article_page,
    read_comments,
    read_html_list,
    read_json_list,
)
from crawlers.sources.portal.sites import Call, Site, fill, site_of, sites
from crawlers.spider import SourceSpider

_PARTS = 8  # pages of one article that are read at most


class PortalSpider(SourceSpider):
    name = "portal"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "json_list": RequestKind(expects="any"),
        "html_list": RequestKind(),
        "article": RequestKind(),
        "comments": RequestKind(expects="any"),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        self.lists: tuple[tuple[str, str], ...] = tuple(_list_of(text) for text in asked.get("lists", ()))
        self.urls: tuple[str, ...] = asked.get("url", ())
        if not self.lists and not self.urls:
            raise UsageError("source portal wants lists or articles, like lists=sina or url=https://…")
        for url in self.urls:
            site_of(url)
        self.comments: bool = asked.get("comments", True)
        self.max_pages: int = asked.get("max_pages") or 5
        self.max_comment_pages: int = asked.get("max_comment_pages") or 50
        self.span = Span(since=asked.get("since"), until=asked.get("until"))

    async def start(self) -> AsyncIterator[Request]:
        for name, channel in self.lists:
            yield self._list(sites()[name], channel, page=1, old=0, wanted=0)
        for url in self.urls:
            site = site_of(url)
            post = bare(url, site, fetched_at=self.now())
            slice_name = f"article:{post.id.partition(':')[2]}"
            self.coverage.expect(slice_name, 1)
            yield self._article(post, [], slice_name)

    def judge(self, response: Response) -> Block | None:
        """A list or comment API that gives no JSON, whatever script should stand around it."""
        if response.meta.get("kind") not in ("json_list", "comments") or response.status != 200:
            return None
        try:
            read_jsonp(response.body)
        except NotJson as error:
            return BLOCKS[error.block]
        return None

    # --- lists

    def _list(self, site: Site, channel: str, *, page: int, old: int, wanted: int) -> Request:
        """Page `page` of a list; a channel that is an address is an HTML page."""
        slice_name = f"list:{site.name}:{channel}"
        walk: dict[str, Any] = {
            "site": site.name,
            "channel": channel,
            "page": page,
            "old": old,
            "wanted": wanted,
        }
        if channel.startswith("http") or site.lists is None:
            return self.fetch(channel, self.parse_list, kind="html_list", slice=slice_name, **walk)
        lists = site.lists
        call = lists.next if page > 1 and lists.next is not None else lists.first
        filled = {"channel": channel, "page": page, "offset": (page - 1) * lists.size}
        kind = "html_list" if lists.rows is None else "json_list"
        return self._call(
            call,
            filled,
            self.parse_list,
            kind=kind,
            slice_name=slice_name,
            errback=self.list_missed,
            **walk,
        )

    def parse_list(
        self, response: Response, site: str, channel: str, page: int, old: int, wanted: int
    ) -> Iterator[Request]:
        """The articles of a list that are in the span, then its next page."""
        slice_name: str = response.meta["slice"]
        source = sites()[site]
        html = response.meta["kind"] == "html_list"
        if html:
            header = _content_type(response)
            found = read_html_list(
                response.body, source, url=response.url, fetched_at=self.now(), content_type=header
            )
        else:
            found = read_json_list(response.body, source, fetched_at=self.now())
        if self.coverage.seen_page(slice_name, (post.id for post in found)):
            self.coverage.because(slice_name, "repeated_page")
            return
        within = [post for post in found if self._in_span(post)]
        new = self.new("article", (post.id for post in within))
        fresh = [post for post in within if post.id in new]
        wanted += len(fresh)
        self.coverage.expect(slice_name, wanted)
        for post in fresh:
            yield self._article(post, [], slice_name)
        old = old + 1 if all(self.span.is_before(post.published_at) for post in found) else 0
        if not found or old >= OLD_PAGES or html:
            return
        if page >= self.max_pages:
            self.coverage.because(slice_name, "max_pages")
            return
        yield self._list(source, channel, page=page + 1, old=old, wanted=wanted)

    def list_missed(self, failure: Failure, *, page: int, **_: Any) -> None:
        """Some lists end in pages that are not there; any other page must come."""
        if page == 1 or why(failure) != "gone":
            self.missed(failure)

    def _in_span(self, post: Post) -> bool:
        """Not known to lie outside what was asked for."""
        return not self.span.is_before(post.published_at) and not self.span.is_after(post.published_at)

    # --- articles

    def _article(self, post: Post, parts: list[str], slice_name: str, url: str | None = None) -> Request:
        return self.fetch(
            url or post.url or "",
            self.parse_article,
            kind="article",
            slice=slice_name,
            priority=1 + len(parts),  # an article is finished before the next one is begun
            again=True,
            errback=self.article_missed,
            post=post,
            parts=parts,
        )

    def parse_article(self, response: Response, post: Post, parts: list[str]) -> Iterator[Post | Request]:
        """The next page of an article, or the post once it is whole, and the first page of its comments."""
        slice_name: str = response.meta["slice"]
        site = sites()[post.id.split(":")[1]]
        page = read_article_page(response.body, site, post, content_type=_content_type(response))
        parts = [*parts, page.part]
        if not self._in_span(page.post):
            self.coverage.because(slice_name, "out_of_span")
            return
        if page.next_url and len(parts) < _PARTS:
            yield self._article(page.post, parts, slice_name, page.next_url)
            return
        if not any(parts):
            self.coverage.because(slice_name, "no_full_text")
        yield from self._landed(whole(page.post, parts), slice_name)
        if self.comments and site.comments is not None:
            yield from self._comments_of(site, page.thread, page.post)

    def article_missed(self, failure: Failure, post: Post, parts: list[str]) -> Iterator[Post]:
        """What was read of an article is kept when a further page of it cannot be had."""
        self.missed(failure)
        if any(parts):
            request: Request = failure.request  # type: ignore[attr-defined]
            yield from self._landed(whole(post, parts), request.meta["slice"])

    def _landed(self, post: Post, slice_name: str) -> Iterator[Post]:
        if post.text:
            self.coverage.got(slice_name)
            yield post

    # --- comments

    def _comments_of(self, site: Site, thread: Thread | None, post: Post) -> Iterator[Request]:
        if thread is None:
            name = f"comments:{post.id.partition(':')[2]}"
            self.coverage.ask(name)
            self.coverage.because(name, "no_comment_id")
            return
        calls = site.comments.calls if site.comments else {}
        yield self._comments(thread, Ask(step="load" if "load" in calls else "list"))

    def _comments(self, thread: Thread, ask: Ask) -> Request:
        comments = sites()[thread.site].comments
        assert comments is not None, "a thread is of a site with comments"
        values: dict[str, str | int] = {
            **thread.ids,
            "page": ask.page,
            "offset": (ask.page - 1) * comments.size,
            "cursor": ask.cursor or comments.cursor,
            "parent": ask.parent,
        }
        return self._call(
            comments.calls[ask.step],
            values,
            self.parse_comments,
            kind="comments",
            slice_name=_slice(thread, ask.parent),
            priority=10,
            thread=thread,
            ask=ask,
        )

    def parse_comments(self, response: Response, thread: Thread, ask: Ask) -> Iterator[Post | Request]:
        """The comments of a page, each part of them counted where the site counts it, and what comes next."""
        slice_name: str = response.meta["slice"]
        page = read_comments(response.body, thread, ask, fetched_at=self.now())
        if page.problem:
            self.coverage.because(slice_name, page.problem)
            return
        ids = [post.id for part in page.parts for post in part.posts]
        if self.coverage.seen_page(slice_name, ids):
            self.coverage.because(slice_name, "repeated_page")
            return
        yield from self._counted(page, thread)
        for following in page.asks:
            if following.page > self.max_comment_pages:
                self.coverage.because(slice_name, "max_pages")
            else:
                yield self._comments(thread, following)

    def _counted(self, page: CommentPage, thread: Thread) -> Iterator[Post]:
        for part in page.parts:
            name = _slice(thread, part.of)
            self.coverage.expect(name, part.total)
            self.coverage.got(name, len(part.posts) if part.rows is None else part.rows)
            if part.withheld:
                self.coverage.because(name, "withheld")
            yield from part.posts

    def _call(
        self, call: Call, values: Any, callback: Any, *, kind: str, slice_name: str, **more: Any
    ) -> Request:
        """A request by a site's data; POSTs have one address for many bodies, so they are never taken for asked."""
        filled = fill(call, values)
        return self.fetch(
            filled.url,
            callback,
            kind=kind,
            slice=slice_name,
            method=filled.method,
            body=filled.body,
            headers=filled.headers,
            again=True,
            **more,
        )


def _list_of(text: str) -> tuple[str, str]:
    """Site and channel of ``sina``, ``netease:cm_guonei`` or the address of a list page."""
    if text.startswith(("http://", "https://")):
        return next(site.name for site in sites().values() if site.is_home_of(text)), text
    name, _, channel = text.partition(":")
    site = sites().get(name)
    if site is None or site.lists is None:
        named = ", ".join(site.name for site in sites().values() if site.lists is not None)
        raise UsageError(
            f"{text!r} is not a list of a portal; give one of {named}, or the address of a list page"
        )
    return name, channel or site.lists.channel


def _slice(thread: Thread, of: str) -> str:
    """``comments:sina:ID`` for the article's own, ``answers:tencent:ID`` for those of one comment."""
    return f"answers:{thread.site}:{of}" if of else f"comments:{thread.post_id.partition(':')[2]}"


def _content_type(response: Response) -> str | None:
    header = response.headers.get("Content-Type")
    return header.decode("latin-1") if header else None
