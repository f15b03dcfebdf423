"""Walks a Discourse forum: which topics have news, then their posts, then the parents still unknown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from core.errors import UsageError
from core.ids import post_id
from core.models import Gone, Post
from crawlers.kinds import RequestKind
from crawlers.losses import why
from crawlers.manners.blocks import BLOCKS, Block
from crawlers.sources.discourse.parse import read_newest, read_stream, read_topic, read_topics, topic_id_of
from crawlers.sources.discourse.posts import (
    Topic,
    is_notice,
    is_withheld,
    posts_of,
    unknown_parent,
    written_at,
)
from crawlers.spider import SourceSpider
from crawlers.threads import Bookmark

_CHUNK = 20  # posts a request may ask for by id
_OLD_PAGES = 2  # so many pages without news end the list: moved posts have new ids and old dates
_EMPTY_PAGES = 10  # old versions page /posts.json by id: a page may be empty and more follow
_WINDOW = 50  # ids such a page spans


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where the reading of one topic stands."""

    topic: Topic
    slice: str
    chunks: list[tuple[int, ...]]  # still to ask for, the next one first
    asked: set[int]
    waiting: list[Mapping[str, Any]] = field(default_factory=list)  # posts whose parent is not known yet
    backwards: bool = False
    parents_asked: bool = False
    notices: int = 0
    whole: bool = True


class DiscourseSpider(SourceSpider):
    name = "discourse"
    kinds: ClassVar[dict[str, RequestKind]] = {
        "list": RequestKind(expects="json", conditional=True),
        "topic": RequestKind(expects="json"),
    }

    def __init__(self, name: str | None = None, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self.base: str = self.asked.get("url", "").rstrip("/")
        self.host = (urlsplit(self.base).hostname or "").lower()
        if not self.host:
            raise UsageError("source discourse wants the site's address, like url=https://forum.example.com")
        self.since: datetime | None = self.asked.get("since")
        self.max_pages: int = self.asked.get("max_pages") or 20
        self.max_posts: int = self.asked.get("max_posts") or 1000

    async def start(self) -> AsyncIterator[Request]:
        if given := self.asked.get("topics"):
            for request in self._topics_of(map(topic_id_of, given)):
                yield request
        elif self.since is not None:
            # What is new on the whole site, replies in old topics too, is in one stream.
            yield self._newest(None, page=1)
        else:
            yield self._topics(page=0)

    def judge(self, response: Response) -> Block | None:
        """A topic or site that is closed to guests says so in JSON, with 403."""
        if response.status == 403 and b'"error_type"' in response.body:
            is_list = response.meta.get("kind") == "list"
            return BLOCKS["login_required" if is_list else "members_only"]
        return None

    # --- which topics

    def _topics(self, page: int) -> Request:
        url = f"{self.base}/latest.json?{urlencode({'order': 'created', 'page': page})}"
        return self.fetch(url, self.parse_topics, kind="list", slice=f"list:{self.host}/latest", page=page)

    def parse_topics(self, response: Response, page: int) -> Iterator[Request]:
        slice_name: str = response.meta["slice"]
        found = read_topics(self.document(response))
        if self.coverage.seen_page(slice_name, (str(row.id) for row in found.rows)):
            self.coverage.because(slice_name, "repeated_page")
            return
        self.coverage.got(slice_name, len(found.rows))
        yield from self._topics_of(row.id for row in found.rows)
        if found.more and found.rows:
            if page + 1 >= self.max_pages:
                self.coverage.because(slice_name, "max_pages")
            else:
                yield self._topics(page + 1)

    def _newest(self, before: int | None, *, page: int, old: int = 0, empty: int = 0) -> Request:
        url = f"{self.base}/posts.json" + (f"?before={before}" if before is not None else "")
        return self.fetch(
            url,
            self.parse_newest,
            kind="list",
            slice=f"list:{self.host}/posts",
            page=page,
            before=before,
            old=old,
            empty=empty,
        )

    def parse_newest(
        self, response: Response, page: int, before: int | None, old: int, empty: int
    ) -> Iterator[Request]:
        """The topics with new posts, newest id first, until whole pages are older than asked for."""
        assert self.since is not None
        slice_name: str = response.meta["slice"]
        found = read_newest(self.document(response))
        old = old + 1 if found.newest_at is not None and found.newest_at < self.since else 0
        requests = list(self._topics_of(() if old else found.topics))
        self.coverage.got(slice_name, len(requests))
        yield from requests
        if found.before is not None:
            before, empty = found.before - 1, 0
        elif before is not None:
            before, empty = before - _WINDOW, empty + 1
        if old >= _OLD_PAGES or before is None or before <= 0 or empty > _EMPTY_PAGES:
            return
        if page >= self.max_pages:
            self.coverage.because(slice_name, "max_pages")
            return
        yield self._newest(before, page=page + 1, old=old, empty=empty)

    # --- one topic

    def _topics_of(self, numbers: Iterable[int]) -> Iterator[Request]:
        """The first pages of those topics that no page of the crawl led to before."""
        asked = dict.fromkeys(map(str, numbers))
        new = self.new("topic", asked)
        for number in asked:
            if number not in new:
                continue
            slice_name = f"topic:{self.host}/{number}"
            mark = self.bookmarks.of(slice_name) if self.since else None
            # the posts around the number of the last one come with it, else the first
            url = f"{self.base}/t/{number}/{mark.page}.json" if mark else f"{self.base}/t/{number}.json"
            yield self.fetch(url, self.parse_topic, kind="topic", slice=slice_name, errback=self.topic_missed)

    def parse_topic(self, response: Response) -> Iterator[Post | Request]:
        topic = read_topic(self.document(response), base=self.base)
        first = {post["id"] for post in topic.first if isinstance(post.get("id"), int)}
        rest = self._rest(topic, first)
        walk = _Walk(
            topic=topic,
            slice=response.meta["slice"],
            chunks=[],
            asked=set(first),
            backwards=self.since is not None,
            whole=self.since is None or first >= set(topic.stream),
        )
        if topic.highest and topic.stream:
            root = post_id("discourse", topic.host, topic.stream[0])
            self.bookmarks.leave(walk.slice, Bookmark(page=topic.highest, root_id=root))
        room = max(self.max_posts - len(first), 0)
        if len(rest) > room:
            self.coverage.because(walk.slice, "max_posts")
            rest = rest[len(rest) - room :] if walk.backwards else rest[:room]
        if walk.backwards:
            rest.reverse()
        walk.chunks = [tuple(sorted(rest[at : at + _CHUNK])) for at in range(0, len(rest), _CHUNK)]
        yield from self._take(walk, topic.first)
        yield from self._go_on(walk)

    def _rest(self, topic: Topic, first: set[int]) -> list[int]:
        """The posts still to ask for: where those that came show one older than `since`, only what follows them."""
        rest = [number for number in topic.stream if number not in first]
        times = [moment for post in topic.first if (moment := written_at(post))]
        if self.since is None or not times or min(times) >= self.since:
            return rest
        last = max((at for at, number in enumerate(topic.stream) if number in first), default=-1)
        return list(topic.stream[last + 1 :])

    def topic_missed(self, failure: Failure) -> Iterator[Gone]:
        """A topic that is no longer there is marked as gone."""
        self.missed(failure)
        yield from self.bookmarks.gone(failure.request.meta["slice"], why(failure))  # type: ignore[attr-defined]

    def parse_stream(self, response: Response, walk: _Walk) -> Iterator[Post | Request]:
        posts = read_stream(self.document(response))
        walk.topic.learn(posts)
        yield from self._take(walk, posts)
        times = [moment for post in posts if (moment := written_at(post))]
        if walk.backwards and not walk.parents_asked and self.since and times and min(times) < self.since:
            walk.chunks.clear()
        yield from self._go_on(walk)

    def _take(self, walk: _Walk, posts: Sequence[Mapping[str, Any]]) -> Iterator[Post]:
        """Posts that may be yielded now; those whose parent may still come wait."""
        notices = [post for post in posts if is_notice(post)]
        walk.notices += len(notices)
        if any(is_withheld(post) and not is_notice(post) for post in posts):
            self.coverage.because(walk.slice, "withheld")
        ready: list[Mapping[str, Any]] = []
        for post in posts:
            waits = unknown_parent(post, walk.topic) is not None and not walk.parents_asked
            (walk.waiting if waits else ready).append(post)
        yield from self._yield(walk, ready)

    def _yield(self, walk: _Walk, posts: Sequence[Mapping[str, Any]]) -> Iterator[Post]:
        found = posts_of(posts, walk.topic, fetched_at=self.now())
        self.coverage.got(walk.slice, len(found))
        yield from found

    def _go_on(self, walk: _Walk) -> Iterator[Post | Request]:
        """Ask for the next posts; at the end for the parents not met on the way, then let the rest go."""
        if not walk.chunks and walk.waiting and not walk.parents_asked:
            walk.parents_asked = True
            numbers = {unknown_parent(post, walk.topic) for post in walk.waiting}
            wanted = {near for number in numbers if number for near in walk.topic.around(number)} - walk.asked
            ids = sorted(wanted)
            walk.chunks = [tuple(ids[at : at + _CHUNK]) for at in range(0, len(ids), _CHUNK)]
        if walk.chunks:
            chunk = walk.chunks.pop(0)
            walk.asked.update(chunk)
            query = urlencode([("post_ids[]", number) for number in chunk])
            yield self.fetch(
                f"{self.base}/t/{walk.topic.id}/posts.json?{query}",
                self.parse_stream,
                kind="topic",
                slice=walk.slice,
                priority=1,  # a topic is finished before the next one is begun
                errback=self.chunk_missed,
                walk=walk,
            )
            return
        waiting, walk.waiting = walk.waiting, []
        yield from self._yield(walk, waiting)
        if walk.whole and walk.topic.posts_count is not None:
            self.coverage.expect(walk.slice, walk.topic.posts_count - walk.notices)

    def chunk_missed(self, failure: Failure, walk: _Walk) -> Iterator[Post | Request]:
        self.missed(failure)
        yield from self._go_on(walk)
