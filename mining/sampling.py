"""A stratified sample of a project's posts, for people to judge.

Strata are platform × what was read × confidence (`index.ingest.judgements.BANDS`), so that rare classes and unsure
readings are seen, too. Of aspects, what was read is the worst polarity of any, and the confidence the least; of
brands, the brand named first. A stratum gets places by the square root of its size (power allocation,
M. D. Bankier 1988, The American Statistician 42(3)), two at least, one where strata are many. Which posts are drawn
is decided by a seeded hash of their ids: the same store and seed give the same sample, in whatever order posts come.
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
from index.ingest.judgements import BANDS, Drawn, Stratum
from index.ingest.questions import FIRST, MEANT, NONE, QUESTIONS, WHOLE, Said, models_of, said_of
from index.query import parse
from index.store import Store

LEAST = 2  # places of a stratum
_WORST_FIRST = ("negative", "neutral", "positive")
_BRANDS = 20  # strata by brand in projects of up to so many
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
    question: str = FIRST,
    seed: int,
    at: datetime,
    known: Collection[str] = (),
    progress: Callable[[int], None] | None = None,
) -> list[Stratum | Drawn]:
    """About `size` posts with their strata, in an order that mixes them; none of `known`, which need not be drawn.

    Empty where there are no posts.
    """
    places = max(size, LEAST)
    sizes: dict[Key, int] = {}
    kept: dict[Key, list[tuple[int, str, AnnotatedPost]]] = {}
    for number, item in enumerate(store.scan(parse(own_query(project), project)), 1):
        if progress is not None and number % _TOLD == 0:
            progress(number)
        key = _stratum(item, question, project)
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
    places_of = _places({key: len(best) for key, best in kept.items()}, sizes, size)
    draw = f"{at:%Y%m%dT%H%M%S}-{seed}"
    return _entries(draw, seed, question, sizes, kept, places_of)


def _stratum(item: AnnotatedPost, question: str, project: Project) -> Key | None:
    """Where a post belongs; None where there is nothing to judge, or a person did already."""
    asked, said = QUESTIONS[question], said_of(question, item.annotation)
    if said is None or item.annotation.models.get(asked.model) == HUMAN or not item.post.text.strip():
        return None
    if not said and not asked.missable:
        return None
    sure = min((0.0 if confidence is None else confidence for _, confidence in said.values()), default=0.0)
    return item.post.platform, _class(question, said, project), bisect_right(BANDS, sure)


def _class(question: str, said: Mapping[str, Said], project: Project) -> str:
    """What was read of a post as a whole."""
    if not QUESTIONS[question].parted:
        return said[WHOLE][0]
    if question == "brand":
        return next(iter(said)) if len(project.brands) <= _BRANDS else MEANT
    labels = {label for label, _ in said.values()}
    return next((label for label in _WORST_FIRST if label in labels), NONE)


def _lot(seed: int, post_id: str) -> int:
    digest = hashlib.blake2b(post_id.encode("utf-8", "replace"), key=str(seed).encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


def _places(there: Mapping[Key, int], sizes: Mapping[Key, int], size: int) -> dict[Key, int]:
    """How many posts each stratum gives; what a small one cannot give is shared among the others."""
    given: dict[Key, int] = {}
    left, rest = size, dict(there)
    least = LEAST if LEAST * len(there) <= size else 1
    while rest:
        whole = sum(math.sqrt(sizes[key]) for key in rest)
        shares = {key: max(least, round(left * math.sqrt(sizes[key]) / whole)) for key in rest}
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
    question: str,
    sizes: Mapping[Key, int],
    kept: Mapping[Key, list[tuple[int, str, AnnotatedPost]]],
    places: Mapping[Key, int],
) -> list[Stratum | Drawn]:
    strata: list[Stratum | Drawn] = []
    drawn: list[Drawn] = []
    for number, key in enumerate(sorted(sizes)):
        strata.append(Stratum(draw, number, sizes[key], question))
        chosen = sorted(kept.get(key, ()), key=lambda entry: (-entry[0], entry[1]))[: places.get(key, 0)]
        drawn += [_drawn(draw, number, question, item) for _, _, item in chosen]
    return [*strata, *sorted(drawn, key=lambda one: (_lot(seed + 1, one.post), one.post))]


def _drawn(draw: str, number: int, question: str, item: AnnotatedPost) -> Drawn:
    said = said_of(question, item.annotation) or {}
    label, confidence = said.get(WHOLE, ("", None))
    return Drawn(
        draw, number, item.post.id, item.post.platform, label, confidence,
        models_of(item.annotation, question), question, said if QUESTIONS[question].parted else {},
    )  # fmt: skip
