"""The space all models share: which n-grams count, how much, and a batch as one sparse matrix.

A term's weight is (1 + ln tf) · idf (G. Salton & C. Buckley 1988), characters and words each scaled
to unit length. What a repost chain repeats counts `CONTEXT` of one's own words; emoticons always count.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.codes import codes_of
from nlp.clean import CHAIN, LINE, Cleaned
from nlp.features import SLOT_BITS, SYMBOLS, Grams

CONTEXT = 0.5
LOUD = 2.0  # length of the emoticons' block beside the words' 1
QUIET = (
    0.5  # of a text's length where emoticons stand beside it: they say most of what they are put there for
)
BATCH = 1024  # rows a key can name, see `_block`
MOST = 1 << 20  # terms a block can hold
_RUN = 256  # numbers sorted at once
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Block:
    """The kept slots of one kind of n-gram. idf : (terms,).

    ids : (2**SLOT_BITS + 1,) slot → term or -1; the last is of the slot -1, which stands for none.
    """

    ids: I32
    idf: F32

    @staticmethod
    def of(slots: NDArray[np.int64], idf: F32) -> Block:
        """A block that keeps `slots`, in order."""
        ids = np.full((1 << SLOT_BITS) + 1, -1, dtype=np.int32)
        ids[slots] = np.arange(len(slots), dtype=np.int32)
        return Block(ids, idf)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a batch's n-grams, where `Grams` has their slots; -1 for those that are not kept."""

    chars: I32
    words: I32


@dataclass(frozen=True, slots=True)
class Space:
    """Characters and words; a matrix has the characters' columns first.

    Emoticons are words of a block of their own, so that a text's n-grams are the same with and without
    them; beside them it counts less.
    """

    chars: Block
    words: Block

    @property
    def terms(self) -> int:
        """The number of columns."""
        return len(self.chars.idf) + len(self.words.idf)

    def known(self, grams: Grams) -> Terms:
        """The terms of the n-grams of a batch."""
        # wrapped, -1 is the last: which is what it means here, and saves looking whether it is
        return Terms(
            self.chars.ids.take(grams.chars, mode="wrap"), self.words.ids.take(grams.words, mode="wrap")
        )

    def matrix(self, cleaned: Cleaned, grams: Grams, known: Terms | None = None) -> sparse.csr_array:
        """(D, terms) weighted terms of a batch of D ≤ BATCH texts; `known` where the caller has looked them up."""
        terms = known or self.known(grams)
        context = chained(cleaned)
        heads = context[grams.spans[:, 0]] if len(grams.spans) else np.zeros(0, dtype=bool)
        text = terms.words.copy()
        text[grams.signs, 0] = -1
        chars = _block(self.chars, terms.chars, grams.char_rows, context)
        words = _block(self.words, text, grams.word_rows, heads)
        if not grams.signs.any():
            return self._beside(chars, words)
        signs = np.where(grams.signs[:, None], terms.words[:, :1], np.int32(-1))
        symbols = _block(self.words, signs, grams.word_rows, np.zeros_like(heads))
        less = np.where(np.diff(symbols[2]) > 0, np.float32(QUIET), np.float32(1))
        return self._beside(
            _times(chars, less), _times(words, less), _times(symbols, np.full_like(less, LOUD))
        )

    def _beside(self, chars: Rows, *words: Rows) -> sparse.csr_array:
        """Blocks of the same rows as one matrix, the columns of characters first."""
        starts = np.sum([begins for _, _, begins in (chars, *words)], axis=0)
        values = np.empty(starts[-1], dtype=np.float32)
        columns = np.empty(starts[-1], dtype=np.int32)
        free, offset = starts[:-1].copy(), 0
        for data, names, begins in (chars, *words):
            sizes = np.diff(begins)
            at = np.arange(len(data)) + np.repeat(free - begins[:-1], sizes)
            values[at] = data
            columns[at] = names + offset
            free += sizes
            offset = len(self.chars.idf)
        return sparse.csr_array((values, columns, starts.astype(np.int32)), shape=(len(free), self.terms))


Rows = tuple[F32, I32, NDArray[np.int64]]  # values, columns, row starts


def chained(cleaned: Cleaned) -> NDArray[np.bool_]:
    """For each character whether it stands in a repost chain and is no emoticon."""
    codes = codes_of(cleaned.joined)
    if CHAIN not in cleaned.joined:
        return np.zeros(len(codes), dtype=bool)
    marks = np.flatnonzero(codes == ord(CHAIN))
    lines = np.append(np.flatnonzero(codes == ord(LINE)), len(codes))
    steps = np.zeros(len(codes) + 1, dtype=np.int32)
    ends = lines[np.searchsorted(lines, marks)]
    np.add.at(steps, marks, 1)
    np.add.at(steps, ends, -1)
    return (np.cumsum(steps[:-1]) > 0) & (codes < SYMBOLS)


def _block(block: Block, terms: I32, starts: NDArray[np.int64], context: NDArray[np.bool_]) -> Rows:
    """One kind of n-gram, equal ones of a row added up.

    Row, term and "in the chain" are packed into 32 bits, so that one sort of plain integers groups them.
    """
    rows = len(starts) - 1
    places = np.repeat(np.arange(rows, dtype=np.uint32) << np.uint32(21), np.diff(starts))
    places |= context[: len(places)]
    flat = terms.ravel()
    kept = np.flatnonzero(flat >= 0)
    keys = places[kept // terms.shape[1]] | flat[kept].astype(np.uint32) << np.uint32(1)
    _sort(keys, np.searchsorted(kept, starts * terms.shape[1]))
    pairs = keys >> np.uint32(1)
    edges = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1], [True]))) if len(pairs) else kept
    counts = np.diff(edges).astype(np.float32)
    if context.any():
        chain = np.concatenate((np.zeros(1, np.int32), np.cumsum(keys & np.uint32(1), dtype=np.int32)))
        counts -= np.diff(chain[edges]) * np.float32(1 - CONTEXT)
    pairs = pairs[edges[:-1]]
    columns = (pairs & np.uint32(MOST - 1)).astype(np.int32)
    often = np.flatnonzero(counts > 1)
    counts[often] = 1 + np.log(counts[often])
    values = counts * block.idf.take(columns, mode="clip")
    begins = np.searchsorted(pairs >> np.uint32(20), np.arange(rows + 1, dtype=np.uint32))
    filled = np.flatnonzero(np.diff(begins))
    norms = np.sqrt(np.add.reduceat(values * values, begins[filled], dtype=np.float64))
    values *= np.repeat(1 / np.maximum(norms, 1e-9), np.diff(begins)[filled])
    return values, columns, begins.astype(np.int64)


def _sort(keys: NDArray[np.uint32], begins: NDArray[np.int64]) -> None:
    """Sorts keys whose rows are in order already, a few rows at a time: so few sort within registers."""
    marks = np.searchsorted(begins, np.arange(0, len(keys), _RUN))
    for start, end in pairwise([*np.unique(begins[marks]).tolist(), len(keys)]):
        keys[start:end].sort()


def _times(rows: Rows, factors: F32) -> Rows:
    """Rows times a factor each."""
    return rows[0] * np.repeat(factors, np.diff(rows[2])), *rows[1:]
