"""Significant words: what a result says more often than the rest does.

A word is counted once a post, by the `keyword` field. With a of n posts of the result and b of m posts of
the rest holding it, `MEASURE` is the log-likelihood ratio of the 2 x 2 table,
G2 = 2 x sum of O ln(O / E) over its four cells (Dunning, Computational Linguistics 19(1), 1993),
with a minus where the result holds it less often. `EFFECT` is how much more: the log odds ratio
ln((a + 1/2)(m - b + 1/2) / (b + 1/2)(n - a + 1/2)), a half added to each cell (Haldane 1956, Anscombe 1956).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from index.query import EVERYTHING, Literal, Query, Word, wanted
from index.store import Store
from index.tokens import canonical

MEASURE = "signed log-likelihood ratio G2 (Dunning 1993)"
EFFECT = "log odds ratio"
MINIMUM_POSTS = 20  # of the result, and of the rest
MINIMUM_COUNT = 3  # posts of the result that hold a word
CANDIDATES = 2_000  # the most frequent words of the result are judged
SURE = 10.83  # G2 above it: p < 0.001 for one word, chi-squared with one degree of freedom
_ALL = Query("", EVERYTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignificantWord:
    """`count` posts of the result and `background` posts of the rest hold it."""

    word: str
    count: int
    background: int
    score: float  # MEASURE
    effect: float  # EFFECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """The words with the highest scores. `n` posts of the result were held against `rest` others."""

    words: tuple[SignificantWord, ...]
    n: int
    rest: int
    measure: str = MEASURE
    effect: str = EFFECT
    note: str | None = None  # "not enough data"


def significant_words(store: Store, query: Query, *, against: Query = _ALL, limit: int = 20) -> Significance:
    """The words that posts of `query` hold more often than the other posts of `against` do.

    Words that the query itself asks for are left out, and those below `SURE`.
    """
    within = Query.all_of(query, against)
    found = store.summary(within, ["keyword"], counters=(), limit=CANDIDATES)
    rest = store.count(against) - found.posts
    if min(found.posts, rest) < MINIMUM_POSTS:
        return Significance(words=(), n=found.posts, rest=max(rest, 0), note="not enough data")
    asked = _asked(query)
    counts = {
        one.value: one.count
        for one in found.values["keyword"]
        if one.count >= MINIMUM_COUNT and one.value not in asked
    }
    everywhere = store.tally(against, "keyword", list(counts))
    words = [
        SignificantWord(
            word=word,
            count=count,
            background=(other := everywhere[word] - count),
            score=signed_g2(count, found.posts, other, rest),
            effect=log_odds(count, found.posts, other, rest),
        )
        for word, count in counts.items()
    ]
    best = sorted((one for one in words if one.score > SURE), key=lambda one: (-one.score, one.word))
    return Significance(words=tuple(best[:limit]), n=found.posts, rest=rest)


def signed_g2(a: int, n: int, b: int, m: int) -> float:
    """`MEASURE` of a word that `a` of `n` posts hold against `b` of `m`."""
    total, held = n + m, a + b
    cells = (
        (a, n * held / total),
        (n - a, n * (total - held) / total),
        (b, m * held / total),
        (m - b, m * (total - held) / total),
    )
    ratio = 2 * math.fsum(seen * math.log(seen / expected) for seen, expected in cells if seen)
    return math.copysign(max(ratio, 0.0), a * m - b * n)


def log_odds(a: int, n: int, b: int, m: int) -> float:
    """`EFFECT` of the same."""
    return math.log((a + 0.5) * (m - b + 0.5) / ((b + 0.5) * (n - a + 0.5)))


def _asked(query: Query) -> set[str]:
    found: set[str] = set()
    for node in wanted(query.tree):
        if isinstance(node, Literal):
            found.add(canonical(node.text))
        elif isinstance(node, Word):
            found.update(node.words)
    return found
