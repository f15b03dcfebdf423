"""How many of some spots lie before another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.sqlite.said.spots import Spots

_WORD = 6  # 64 spots, as bits
_EACH = np.uint64(1) << np.arange(64, dtype=np.uint64)
_BELOW = _EACH - np.uint64(1)  # all the bits below each


class Ranks:
    """Spots of which no two are the same, to count those before another without searching.

    They are bits of words of 64 spots, with the number of those before each word.
    """

    def __init__(self, spots: Spots) -> None:
        word = (spots >> _WORD).astype(np.intp)
        self._words = np.zeros(int(word[-1]) + 2 if len(word) else 1, dtype=np.uint64)
        if len(word):
            first = np.flatnonzero(np.concatenate(([True], word[1:] != word[:-1])))
            self._words[word[first]] = np.bitwise_or.reduceat(_within(spots, _EACH), first)
        self._before = np.zeros(len(self._words), dtype=np.uint32)
        np.cumsum(np.bitwise_count(self._words[:-1]), out=self._before[1:])

    def before(self, spots: Spots) -> NDArray[np.intp]:
        word = (spots >> _WORD).astype(np.intp)
        within = _within(spots, _BELOW)
        within &= self._words.take(word, mode="clip")
        found = self._before.take(word, mode="clip").astype(np.intp)
        found += np.bitwise_count(within)
        return found


def _within(spots: Spots, bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The bits of each spot in its word."""
    return bits.take((spots & ((1 << _WORD) - 1)).astype(np.intp))
