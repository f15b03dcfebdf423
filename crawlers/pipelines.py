"""What happens to a record between the spider and the landing: checked, made single, landed."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from core.errors import LandingError
from core.models import Author, Gone, HotEntry, Post
from crawlers.landing import Landing

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)


class _Pipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        return self.crawler.spider  # type: ignore[return-value]


class Validate(_Pipeline):
    """Refuses what is no record of the source."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.prefix = f"{self.spider.name}:"

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Post):
            if not item.id.startswith(self.prefix) or item.platform != self.spider.name:
                self._reject(f"{item.id} is not a post of {self.spider.name}")
            if not isinstance(item.text, str):
                self._reject(f"{item.id} has no text")
        elif isinstance(item, Gone):
            if not item.id.startswith(self.prefix):
                self._reject(f"{item.id} is not a post of {self.spider.name}")
        elif not isinstance(item, HotEntry | Author):
            self._reject(f"a {type(item).__name__} is no record that can be landed")
        return item

    def _reject(self, why: str) -> None:
        self.spider.rejected += 1
        log.warning("rejected: %s", why)
        raise DropItem(why)


class Deduplicate(_Pipeline):
    """Lets a post through once a run, and again only when a fuller version of it comes."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.seen: dict[str, int] = {}
        self.others: set[str] = set()  # accounts, and posts that are gone

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Post):
            weight = fullness(item)
            known = self.seen.get(item.id)
            if known is not None and weight <= known:
                raise DropItem("seen in this run")
            self.seen[item.id] = weight
        elif isinstance(item, Author | Gone) and item.id is not None:
            key = f"{type(item).__name__} {item.id}"
            if key in self.others:
                raise DropItem("seen in this run")
            self.others.add(key)
        return item


class Land(_Pipeline):
    """Writes the record through the landing door.

    What it returns, and so all that a feed export (``-O``) or a later pipeline ever sees, is the record as it
    is behind the door: pseudonymised. It counts how often each promised field of a post is filled.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.fields = [(name, _reader(name)) for name in self.spider.source.promised]
        self.filled: Counter[str] = self.spider.filled

    def open_spider(self) -> None:
        self.spider.landing = Landing(self.spider.config, self.spider.name)

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Post):
            self.filled["*"] += 1
            for name, read in self.fields:
                if read(item) is not None:
                    self.filled[name] += 1
        try:
            landed = self.spider.landing.take(item)
            self.spider.landed += 1
            return landed
        except (LandingError, OSError) as error:
            self._give_up(error)
            raise DropItem("the landing cannot be written") from error

    def _give_up(self, error: Exception) -> None:
        """End the run at once: what cannot be landed must not be asked for."""
        if self.spider.failure is None:
            self.spider.failure = str(error)
            log.error("the landing cannot be written, the run ends: %s", error)
            self.closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="landing"))


def fullness(post: Post) -> int:
    """How much a version of a post says; facts weigh more than length, a whole text more than a cut one."""
    facts = (post.parent_id, post.root_id, post.author and post.author.id, post.published_at, post.region)
    counts = (post.engagement.reposts, post.engagement.comments, post.engagement.likes)
    known = sum(fact is not None for fact in facts) + sum(count is not None for count in counts)
    return known * 100_000 + min(len(post.text), 99_999)


def _reader(name: str) -> Any:
    """A getter of a dotted field that gives None where a record on the way is None."""
    if "." not in name:
        return attrgetter(name)
    head, tail = name.split(".", 1)
    outer, inner = attrgetter(head), _reader(tail)
    return lambda post: None if (found := outer(post)) is None else inner(found)
