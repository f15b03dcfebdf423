"""Which words stand out: those used most, and those of one side rather than the other."""

from __future__ import annotations

import math
from collections import Counter

from core.project import Brand
from core.texts import fold


def log_odds(one: Counter[str], other: Counter[str]) -> dict[str, float]:
    """z of the log-odds ratio of each word of `one` against `other`; their sum is the Dirichlet prior.

    Monroe, Colaresi, Quinn 2008, eq. 16, 19 and 22. Positive: rather in `one`.
    """
    prior = one + other
    strength = prior.total()
    all_here, all_there = one.total() + strength, other.total() + strength
    scores: dict[str, float] = {}
    for word, count in one.items():
        here, there = count + prior[word], other[word] + prior[word]
        # half a word, so that a vocabulary of one word has odds too
        odds = math.log(here / max(all_here - here, 0.5)) - math.log(there / max(all_there - there, 0.5))
        scores[word] = odds / math.sqrt(1 / here + 1 / there)
    return scores


def own_words(brand: Brand) -> frozenset[str]:
    """The brand's and its products' names, folded: words that say nothing in its own report."""
    names = [*brand.names, *(name for product in brand.products for name in product.names)]
    return frozenset(fold(name).strip() for name in names)


def says_something(word: str, names: frozenset[str]) -> bool:
    """Whether a word is worth showing: two characters or more, letters, no part of the brand's own name."""
    plain = fold(word)
    return len(plain) > 1 and plain.isalpha() and not any(plain in name for name in names)
