"""The world with boards of the other platforms, and a comparison of a crawl with its truth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from operator import attrgetter

from core.models import Kind, Post
from replica.faults import Faults
from replica.server import Replica
from replica.world.elsewhere import widen
from replica.world.model import World
from tests.crawlers.forums.stand_in import Crawled
from tests.sites import NOW

CLOCK = NOW.isoformat()


@cache
def wide(size: float = 1.0) -> World:
    return widen(World(now=NOW, posts=[]), size=size)


@contextmanager
def serve_wide(size: float = 1.0) -> Iterator[Replica]:
    with Replica(wide(size), faults=Faults(seed=3)) as replica:
        yield replica


def truth(platform: str, size: float = 1.0) -> dict[str, Post]:
    return {post.id: post for post in wide(size).posts if post.platform == platform}


def differences(crawled: Crawled, known: dict[str, Post], *names: str) -> list[str]:
    """One line a post or field that is not as in the world; `parent_id` is compared where the site shows it."""
    found = [f"{post_id} lacks" for post_id in known.keys() - crawled.posts.keys()]
    found += [f"{post_id} is invented" for post_id in crawled.posts.keys() - known.keys()]
    for post_id in known.keys() & crawled.posts.keys():
        post, there = crawled.posts[post_id], known[post_id]
        if spoken(post) != spoken(there):
            found.append(f"{post_id} text: {post.text!r}, not {there.text!r}")
        for name in ("platform", "kind", "published_at", "root_id", "thread_id", *names):
            if (mine := attrgetter(name)(post)) != (its := attrgetter(name)(there)):
                found.append(f"{post_id} {name}: {mine!r}, not {its!r}")
        if post.parent_id != edge(there):
            found.append(f"{post_id} parent_id: {post.parent_id!r}, not {edge(there)!r}")
    return found


def spoken(post: Post) -> str:
    """The words; whom they call at their head is a pseudonym behind the landing door."""
    return re.sub(r"^@\S+ ", "@ ", post.text)


def edge(post: Post) -> str | None:
    """The parent a site names: an answer to the thread itself names nobody, save below articles and floors."""
    return post.quoted_id if post.kind is Kind.REPLY else post.parent_id
