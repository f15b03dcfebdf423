"""Keywords of a text by tf · idf (Salton & Buckley 1988), on the space's own document frequencies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlp.features import SLOT_BITS, Grams
from nlp.ranking import by_weight
from nlp.space import F32, I32, Space, Terms
from nlp.voice import RULES

TOP = 5
_STOPPED = frozenset((RULES / "stopwords.txt").read_text("utf-8").split())


def keywords(
    space: Space,
    grams: Grams,
    known: Terms,
    ignored: NDArray[np.bool_],
    stopped: frozenset[str] = frozenset(),
) -> list[tuple[str, ...]]:
    """For each text its `TOP` words of highest weight outside `ignored` (W,): two letters or more, no stop word.

    `known` are the terms of `grams`; `stopped` are stop words besides those of the language.
    """
    counts = np.diff(grams.word_rows)
    rows = np.repeat(np.arange(len(counts)), counts)
    slots = grams.words[:, 0]
    long = (grams.spans[:, 1] - grams.spans[:, 0] > 1) & ~ignored
    kept = np.flatnonzero(long)
    _, firsts, times = np.unique(
        rows[kept].astype(np.int64) << SLOT_BITS | slots[kept], return_index=True, return_counts=True
    )
    tokens = kept[firsts]
    weights = _idf(space, known.words[tokens, 0]) * (1 + np.log(times)).astype(np.float32)
    ranked = tokens[by_weight(rows[tokens], weights)].tolist()
    begins = np.searchsorted(rows[tokens], np.arange(len(counts) + 1)).tolist()
    every = _STOPPED | stopped
    return [_pick(grams, ranked[begins[at] : begins[at + 1]], every) for at in range(len(counts))]


def telling(word: str) -> bool:
    """Whether a word may say what a text is about: two letters or more, no number, no stop word."""
    return len(word) > 1 and word not in _STOPPED and _says(word)


def _says(word: str) -> bool:
    return word.isalpha() or (word.isalnum() and not word.isdigit())


def _pick(grams: Grams, ranked: list[int], stopped: frozenset[str]) -> tuple[str, ...]:
    found: list[str] = []
    for token in ranked:
        word = grams.tokens[token]
        if word in stopped or not (word.isalpha() or _says(word)):
            continue
        found.append(word)
        if len(found) == TOP:
            break
    return tuple(found)


def _idf(space: Space, terms: I32) -> F32:
    """The words' idf; a word the space has not kept is rarer than any it has."""
    rarest = float(space.words.idf.max())
    return np.where(terms >= 0, space.words.idf[terms], np.float32(rarest))
