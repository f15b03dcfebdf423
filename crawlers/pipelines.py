"""What happens to a record between the spider and the landing: checked, made single, landed."""

from __future__ import annotations

import logging
from collections import Counter
from operator import attrgetter
from typing import Any

import msgspec
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from core.errors import LandingError
from core.models import Author, Gone, Post
from crawlers.component import Component
from crawlers.landing import Landing
from crawlers.recent import Recent
from crawlers.soundness import flaw_of

log = logging.getLogger(__name__)


class Validate(Component):
    """Keeps aside what is no sound record of the source, each with its reason, in the rejects of the data folder.

    What is written there is the reason, the kind and the post's id: no words and no names, which pass the
    landing's door alone.
    """

    def process_item(self, item: Any) -> Any:
        flaw = flaw_of(item, self.spider.name, self.spider.now())
        if flaw is None:
            return item
        self.spider.rejected += 1
        log.warning("rejected: %s", flaw)
        folder, run = self.spider.config.home.rejects, self.spider.config.run_id
        folder.mkdir(parents=True, exist_ok=True)
        told = {"reason": flaw, "kind": type(item).__name__, "id": _id(item)}
        with (folder / f"{run}.jsonl").open("ab") as file:
            file.write(msgspec.json.encode(told) + b"\n")
        raise DropItem(flaw)


def _id(item: Any) -> str | None:
    """The id of a post, as far as it is one; accounts are not named."""
    found = getattr(item, "id", None) if isinstance(item, Post | Gone) else None
    return found.encode("utf-8", "replace").decode()[:200] if isinstance(found, str) else None


class Deduplicate(Component):
    """Lets a post through once a run, and again only when a fuller version of it comes."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.seen: Recent[str, int] = Recent()
        self.others: Recent[str, None] = Recent()  # accounts, and posts that are gone

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Post):
            weight = fullness(item)
            known = self.seen.get(item.id)
            if known is not None and weight <= known:
                raise DropItem("seen in this run")
            self.seen[item.id] = weight
        elif isinstance(item, Author | Gone) and item.id is not None:
            key = f"{type(item).__name__} {item.id} {item.reason if isinstance(item, Gone) else ''}"
            if key in self.others:
                raise DropItem("seen in this run")
            self.others[key] = None
        return item


class Land(Component):
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
            self.spider.give_up(error)
            raise DropItem("the landing cannot be written") from error


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
