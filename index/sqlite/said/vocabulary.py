"""The segmented words of a full chunk, a line each post, as a list of numbers, and the rows made of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.codes import codes_of, text_of
from index.sqlite.said.spots import LINE, SPACE, Codes, Pairs, begins, by_number
from index.sqlite.said.spots import rows as rows_of

_FACTOR, _MIXER = 0x5851F42D4C957F2D, 0x9E3779B97F4A7C15
_WHOLE = (1 << 64) - 1
_SHORT = 24  # characters: few words are longer
_SLOT_BITS = 19  # so many slots that few of a chunk's words share one

Hashes = NDArray[np.uint64]


class Vocabulary(NamedTuple):
    """The words of some lines, LINE at the end of each line among them.

    pairs : each word by its first two characters, where it has two, with its places among all
    hashes : of each word
    codes, starts, lengths : the characters of the words, and where they are
    """

    pairs: Pairs
    hashes: Hashes
    codes: Codes
    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]

    def lines(self) -> NDArray[np.uint16]:
        """The line of each place."""
        line = int(self.pairs.firsts.searchsorted(ord(LINE)))
        ends = self.pairs.ends
        found = np.zeros(len(self.pairs.spots), dtype=np.uint16)
        found[self.pairs.spots[ends[line - 1] if line else 0 : ends[line]]] = 1
        return np.cumsum(found, dtype=np.uint16)


def hashed(word: str) -> int:
    """The hash of a word, of 64 bits."""
    found, power = 0, 1
    for character in word:
        found, power = found + ord(character) * power, power * _FACTOR & _WHOLE
    return found * _MIXER & _WHOLE


def read_words(lines: str) -> Vocabulary:
    """The words of some lines, separated by spaces."""
    codes = codes_of(f"{SPACE}{lines.replace(LINE, f'{SPACE}{LINE}{SPACE}')}{SPACE}{LINE}{SPACE}")
    spaces = np.flatnonzero(codes == ord(SPACE))
    apart = np.flatnonzero(np.diff(spaces) > 1)
    starts, lengths = spaces[apart] + 1, spaces[apart + 1] - spaces[apart] - 1
    numbers, hashes = _numbered(_hashes(codes, starts, lengths))
    of = np.empty(len(hashes), dtype=np.intp)  # some place of each word
    of[numbers] = np.arange(len(numbers))
    starts, lengths = starts[of], lengths[of]
    firsts = codes[starts].astype(np.intp)
    seconds = np.where(lengths > 1, codes[starts + 1], 0).astype(np.intp)
    order = np.lexsort((seconds, firsts))
    rank: NDArray[np.unsignedinteger[Any]]
    rank = np.empty(len(order), dtype=np.uint16 if len(order) <= 1 << 16 else np.uint32)
    rank[order] = np.arange(len(order))
    ranks = rank.take(numbers)
    places, ends = by_number(ranks), np.cumsum(np.bincount(ranks))
    return Vocabulary(
        Pairs(firsts[order], seconds[order], places, ends),
        hashes[order],
        codes,
        starts[order],
        lengths[order],
    )


def _hashes(codes: Codes, starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> Hashes:
    """The hash of each word."""
    found = codes[starts].astype(np.uint64)
    left = np.flatnonzero(lengths > 1)
    here, behind, power = starts[left].astype(np.uint32), np.minimum(lengths[left], 255).astype(np.uint8), 1
    for at in range(1, _SHORT):
        power = power * _FACTOR & _WHOLE
        found[left] += codes[here + np.uint32(at)] * np.uint64(power)
        longer = behind > at + 1
        left, here, behind = left[longer], here[longer], behind[longer]
    found *= np.uint64(_MIXER)
    for long in left.tolist():
        found[long] = hashed(text_of(codes[starts[long] :][: lengths[long]]))
    return found


def _numbered(hashes: Hashes) -> tuple[NDArray[np.uint32], Hashes]:
    """The number of each word, and the hash of each number."""
    slots = (hashes >> np.uint64(64 - _SLOT_BITS)).astype(np.intp)
    table = np.zeros(1 << _SLOT_BITS, dtype=np.uint32)
    table[slots] = 1
    used = np.flatnonzero(table)
    table[used] = np.arange(len(used))
    numbers = table[slots]
    names = np.zeros(len(used), dtype=np.uint64)
    names[numbers] = hashes
    others = np.flatnonzero(names[numbers] != hashes)  # two words of one slot
    if len(others):
        more, again = np.unique(hashes[others], return_inverse=True)
        numbers[others] = len(names) + again
        names = np.concatenate((names, more))
    return numbers, names


def rows(chunk: int, words: Vocabulary) -> Iterator[tuple[int, bytes]]:
    """The rows of ``word`` of a full chunk's words: behind the places, the words of the row, each with LINE."""
    begin = begins(words.pairs)
    within = np.arange(len(words.lengths))
    within -= np.repeat(begin, np.diff(begin, append=len(within)))
    lengths = words.lengths + 1
    ends = np.cumsum(lengths)
    told = np.full(int(ends[-1]), ord(LINE), dtype=np.uint32)
    flat = np.arange(len(told)) - np.repeat(ends - lengths, lengths)
    inside = flat < np.repeat(words.lengths, lengths)
    told[inside] = words.codes[(np.repeat(words.starts, lengths) + flat)[inside]]
    text = text_of(told)
    stops = [*(ends - lengths)[begin].tolist(), len(text)]
    behind = [text[start:stop].encode() for start, stop in pairwise(stops)]
    return rows_of(chunk, words.pairs, within, begin, behind)
