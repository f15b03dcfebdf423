"""Walks V2EX: lists of topics, which come whole, then their replies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

from scrapy.http import Request, Response

from core.models import Gone, Post
from crawlers.kinds import RequestKind
from crawlers.manners.blocks import BLOCKS, Block
from crawlers.reading.span import OLD_PAGES, Span
from crawlers.reading.unreadable import Unreadable
from crawlers.sources.v2ex.parse import (
    ROOT,
    Speakers,
    Topic,
    TopicList,
    gone_topic,
    read_replies,
    read_topics,
    topic_of,
)
from crawlers.spider import SourceSpider
from crawlers.threads import Bookmark

_PER_PAGE = 100  # replies asked for at once; an older server gives all there are


class V2exSpider(SourceSpider):
    name = "v2ex"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "list": RequestKind(expects="json", conditional=True),
        "topic": RequestKind(expects="json"),
        "replies": RequestKind(expects="json"),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        asked = self.asked
        self.span = Span(since=asked.get("since"), until=asked.get("until"))
        self.topics = [topic_of(given) for given in asked.get("topics", ())]
        self.max_pages: int = asked.get("max_pages") or 20
        self.with_replies: bool = asked.get("replies", True)

    async def start(self) -> AsyncIterator[Request]:
        for number in self.topics:
            url = f"{ROOT}/api/topics/show.json?id={number}"
            yield self.fetch(url, self.parse_topic, kind="topic", slice=f"topic:{number}", number=number)
        for node in self.asked.get("nodes", ()):
            yield self._node(node, 1, 0)
        named = self.topics or self.asked.get("nodes")
        for head in self.asked.get("lists") or (() if named else ("latest",)):
            yield self.fetch(
                f"{ROOT}/api/topics/{head}.json", self.parse_head, kind="list", slice=f"list:{head}"
            )

    def judge(self, response: Response) -> Block | None:
        """The API's own way to say that the hour's requests are spent, or that a topic is for members."""
        head = response.body[:500].lstrip().lower()
        if not head.startswith(b"{"):
            return None
        if b"rate limit" in head:
            return BLOCKS["rate_limited"]
        if response.status == 403 and b'"message"' in head:
            return BLOCKS["members_only"]
        return None

    # --- lists

    def parse_head(self, response: Response) -> Iterator[Post | Request]:
        """The newest or the hottest topics: one page, and no more of them can be had this way."""
        slice_name: str = response.meta["slice"]
        found = self._read(response)
        if found is None:
            return
        fresh = [topic for topic in found.topics if not self.span.is_before(topic.touched_at)]
        self.coverage.got(slice_name, len(fresh))
        if self.span.since is not None and len(fresh) == len(found.topics) and slice_name == "list:latest":
            self.coverage.because(
                slice_name, "list_capped"
            )  # what is older than the list, and new, is missed
        yield from self._take(fresh)

    def _node(self, node: str, page: int, old_pages: int) -> Request:
        query = urlencode({"node_name": node, "page": page})
        return self.fetch(
            f"{ROOT}/api/topics/show.json?{query}",
            self.parse_node,
            kind="list",
            slice=f"node:{node}",
            node=node,
            page=page,
            old_pages=old_pages,
        )

    def parse_node(
        self, response: Response, node: str, page: int, old_pages: int
    ) -> Iterator[Post | Request]:
        """A page of a node's topics; a server that knows no pages shows the first one again."""
        slice_name: str = response.meta["slice"]
        found = self._read(response)
        if found is None or not found.topics:
            return
        if self.coverage.seen_page(slice_name, (post.id for post in _posts(found.topics))):
            self.coverage.because(slice_name, "repeated_page")
            return
        if self.span == Span():
            self.coverage.expect(slice_name, found.topics[0].node_topics)
        fresh = [topic for topic in found.topics if not self.span.is_before(topic.touched_at)]
        self.coverage.got(slice_name, len(fresh))
        yield from self._take(fresh)
        old_pages = 0 if fresh else old_pages + 1
        if old_pages >= OLD_PAGES:
            return
        if page >= self.max_pages:
            self.coverage.because(slice_name, "max_pages")
        else:
            yield self._node(node, page + 1, old_pages)

    # --- topics and their replies

    def parse_topic(self, response: Response, number: int) -> Iterator[Post | Gone | Request]:
        """One topic that was asked for; a list without it says that it is gone."""
        found = self._read(response)
        if found is None:
            return
        yield from found.gone
        if not found.topics and not found.unread:
            self.coverage.because(response.meta["slice"], "gone")
            yield gone_topic(number, self.now())
        yield from self._take(topic for topic in found.topics if topic.number == number)

    def _take(self, topics: Iterable[Topic]) -> Iterator[Post | Request]:
        for topic in topics:
            slice_name = f"topic:{topic.number}"
            if self.span.is_after(topic.post.published_at):
                continue
            mark = self.bookmarks.of(slice_name) if self.span.since else None
            self.coverage.ask(slice_name)
            self.coverage.got(slice_name)
            if topic.replies is not None and self.span.until is None:
                self.coverage.expect(slice_name, topic.replies + 1 - (mark.count if mark else 0))
            yield topic.post
            if not self.with_replies and topic.replies:
                self.coverage.because(slice_name, "comments_left_out")
            elif topic.replies != 0:
                author = topic.post.author
                speakers = Speakers(
                    topic=topic.number,
                    last={author.name: topic.post.id} if author and author.name else {},
                )
                if mark is None or mark.page == 1:
                    yield self._replies(speakers, 1)
                else:  # where an earlier crawl left it
                    heard = Speakers(topic=topic.number, count=mark.count, last=mark.said)
                    yield self._replies(heard, mark.page, opening=speakers)

    def _replies(self, speakers: Speakers, page: int, opening: Speakers | None = None) -> Request:
        query = urlencode({"topic_id": speakers.topic, "page": page, "page_size": _PER_PAGE})
        return self.fetch(
            f"{ROOT}/api/replies/show.json?{query}",
            self.parse_replies,
            kind="replies",
            slice=f"topic:{speakers.topic}",
            priority=1,  # a topic is finished before the next one is begun
            speakers=speakers,
            page=page,
            opening=opening,
        )

    def parse_replies(
        self, response: Response, speakers: Speakers, page: int, opening: Speakers | None
    ) -> Iterator[Post | Request]:
        """A page of replies, then the next.

        With an `opening` it is the page where an earlier crawl left the topic. Where that shows nothing older than the
        span, for replies before it were taken away, all are read from the opening on.
        """
        slice_name: str = response.meta["slice"]
        heard = Speakers(topic=speakers.topic, count=speakers.count, last=dict(speakers.last))
        try:
            found = read_replies(self.document(response), heard, fetched_at=self.now())
        except Unreadable:
            self.coverage.because(slice_name, "unreadable")
            return
        known = any(self.span.is_before(post.published_at) for post in found.posts)
        if opening is not None and (not known or found.came > _PER_PAGE):
            yield self._replies(opening, 1)
            return
        self._set_aside(slice_name, found.unread)
        if self.coverage.seen_page(slice_name, (post.id for post in found.posts)):
            return  # a server that knows no pages: all had come
        kept = [post for post in found.posts if not self.span.is_after(post.published_at)]
        self.coverage.got(slice_name, len(kept))
        yield from kept
        mark = Bookmark(page=page, count=speakers.count, said=dict(speakers.last))
        self.bookmarks.leave(slice_name, mark)
        if found.came == _PER_PAGE:
            after = Speakers(topic=heard.topic, count=heard.count + found.came, last=heard.last)
            yield self._replies(after, page + 1)

    # --- documents

    def _read(self, response: Response) -> TopicList | None:
        """The topics of a list; None where the answer is something else, which the coverage then says."""
        slice_name: str = response.meta["slice"]
        try:
            found = read_topics(self.document(response), fetched_at=self.now())
        except Unreadable:
            self.coverage.because(slice_name, "unreadable")
            return None
        self._set_aside(slice_name, found.unread)
        if found.gone:
            self.coverage.because(slice_name, "gone")
        return found

    def _set_aside(self, slice_name: str, unread: int) -> None:
        """Counts what stood in a list and could not be read, and says so."""
        if unread:
            self.rejected += unread
            self.coverage.because(slice_name, "unreadable")


def _posts(topics: Iterable[Topic]) -> Iterator[Post]:
    return (topic.post for topic in topics)
