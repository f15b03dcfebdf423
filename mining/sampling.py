"""A stratified sample of a project's posts, for people to judge.

Strata are platform × sentiment read × confidence (`index.ingest.judgements.BANDS`), so that rare classes and unsure
readings are seen, too. A stratum gets places by the square root of its size (power allocation, M. D. Bankier 1988,
The American Statistician 42(3)), two at least. Which posts are drawn is decided by a seeded hash of their ids:
the same store and seed give the same sample, in whatever order posts come.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from core.models import AnnotatedPost
from core.project import Project
from index.ingest.correcting import HUMAN
from index.ingest.judgements import BANDS, Drawn, Stratum, models_of
from index.query import parse
from index.store import Store

LEAST = 2  # places of a stratum
_TOLD = 1_000  # posts between two words of progress
Key = tuple[str, str, int]


def own_query(project: Project) -> str:
    """The query that finds the project's own posts: those of any brand; all where it has none."""
    return " OR ".join(f"({brand.query()})" for brand in project.brands)


def draw_sample(
    store: Store,
    project: Project,
    size: int,
    *,
    seed: int,
    at: datetime,
    known: Collection[str] = (),
    progress: Callable[[int], None] | None = None,
) -> list[Stratum | Drawn]:
    """About `size` posts with their strata, in an order that mixes them; none of `known`, which were drawn before.

    Empty where there are no posts.
    """
    places = max(size, LEAST)
    sizes: dict[Key, int] = {}
    kept: dict[Key, list[tuple[int, str, AnnotatedPost]]] = {}
    for number, item in enumerate(store.scan(parse(own_query(project), project)), 1):
        if progress is not None and number % _TOLD == 0:
            progress(number)
        key = _stratum(item)
        if key is None:
            continue
        sizes[key] = sizes.get(key, 0) + 1
        if item.post.id not in known:
            entry = (-_lot(seed, item.post.id), item.post.id, item)
            best = kept.setdefault(key, [])
            if len(best) < places:
                heapq.heappush(best, entry)
            elif entry > best[0]:
                heapq.heapreplace(best, entry)
    draw = f"{at:%Y%m%dT%H%M%S}-{seed}"
    return _entries(
        draw, seed, sizes, kept, _places({key: len(best) for key, best in kept.items()}, sizes, size)
    )


def _stratum(item: AnnotatedPost) -> Key | None:
    """Where a post belongs; None where there is nothing to judge, or a person did already."""
    read = item.annotation.sentiment
    if read is None or item.annotation.models.get("sentiment") == HUMAN or not item.post.text.strip():
        return None
    return item.post.platform, read.label, bisect_right(BANDS, read.confidence)


def _lot(seed: int, post_id: str) -> int:
    digest = hashlib.blake2b(post_id.encode("utf-8", "replace"), key=str(seed).encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


def _places(there: Mapping[Key, int], sizes: Mapping[Key, int], size: int) -> dict[Key, int]:
    """How many posts each stratum gives; what a small one cannot give is shared among the others."""
    given: dict[Key, int] = {}
    left, rest = size, dict(there)
    while rest:
        whole = sum(math.sqrt(sizes[key]) for key in rest)
        shares = {key: max(LEAST, round(left * math.sqrt(sizes[key]) / whole)) for key in rest}
        full = {key for key in rest if rest[key] <= shares[key]}
        if not full:
            return given | shares
        for key in full:
            given[key] = rest.pop(key)
            left = max(left - given[key], 0)
    return given


def _entries(
    draw: str,
    seed: int,
    sizes: Mapping[Key, int],
    kept: Mapping[Key, list[tuple[int, str, AnnotatedPost]]],
    places: Mapping[Key, int],
) -> list[Stratum | Drawn]:
    strata: list[Stratum | Drawn] = []
    drawn: list[tuple[int, Drawn]] = []
    for number, key in enumerate(sorted(sizes)):
        strata.append(Stratum(draw, number, sizes[key]))
        chosen = sorted(kept.get(key, ()), key=lambda entry: (-entry[0], entry[1]))[: places.get(key, 0)]
        for _, post_id, item in chosen:
            read = item.annotation.sentiment
            assert read is not None
            drawn.append(
                (
                    _lot(seed + 1, post_id),
                    Drawn(
                        draw, number, post_id, item.post.platform, read.label, read.confidence,
                        models_of(item.annotation),
                    ),
                )
            )  # fmt: skip
    return [*strata, *(one for _, one in sorted(drawn, key=lambda pair: (pair[0], pair[1].post)))]
