"""The real cascades with their ``//@name:`` chains written again, as Weibo showed them in those years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from msgspec import structs

from benchmarks.cascades_data import Cascade, read_cascades
from core.models import Post

CUT = 140  # characters of a post
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Chained:
    """`posts`: the root first, then reposts by time, ids in that order; `parents`: the true ones."""

    root_id: str
    posts: tuple[Post, ...]
    parents: dict[str, str]


@lru_cache(maxsize=1)
def whole_set() -> tuple[Cascade, ...]:
    """Every cascade of the set, oldest first, texts without chains."""
    found = read_cascades(_ALL, least=1, most=_ALL)
    return tuple(sorted(found, key=lambda each: (each.root.published_at is None, each.root.published_at)))


def chained(
    *, cut: int | None = CUT, links_kept: int | None = None, limit: int | None = None
) -> Iterator[Chained]:
    """The cascades with chains: own words, then ``//@name:`` and the words of each one above.

    `cut`: the site's limit; `links_kept`: how many links people leave standing (all by default).
    """
    for cascade in whole_set()[:limit]:
        yield _chained(cascade, cut, links_kept)


def _chained(cascade: Cascade, cut: int | None, links_kept: int | None) -> Chained:
    root_id = cascade.root.id
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    posts, parents = [cascade.root], {}
    for post in cascade.reposts:
        parent = post.parent_id if post.parent_id in texts else root_id  # a handful stand before theirs
        assert parent is not None
        text = post.text
        if parent != root_id:
            text += f"//@{names[parent]}:{texts[parent]}"
            if links_kept is not None:
                text = "//@".join(text.split("//@")[: links_kept + 1])
        texts[post.id] = text[:cut] if cut else text
        names[post.id] = (post.author and post.author.name) or ""
        parents[post.id] = parent
        posts.append(structs.replace(post, text=texts[post.id], parent_id=parent))
    return Chained(root_id, tuple(posts), parents)
