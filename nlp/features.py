"""Texts to hashed n-grams: characters 1-4 and words 1-2 of a whole batch, in numpy alone.

No string is built for an n-gram. Each character is a scrambled 64-bit number; an n-gram's hash is a
polynomial of its characters, a word's the same polynomial read off prefix sums, so a batch of a
thousand posts is a dozen array operations. `SLOT_BITS` of the mixed hash choose the slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from core.codes import codes_of
from nlp.clean import LINE, Cleaned
from nlp.segment import Cut

SLOT_BITS = 22
CHARS = 4  # longest character n-gram
WORDS = 2  # longest word n-gram
SYMBOLS = 0xF0000  # code points from here on are symbols of `nlp.clean`, not text
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
_BASE = np.uint64(0x9E3779B97F4A7C15)
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_SALT_WORD = np.uint64(0x5851F42D4C957F2D)


@dataclass(frozen=True, slots=True)
class Grams:
    """Hashed n-grams of a batch of D texts.

    chars : (C, 4) slots of the n-grams that start at each character, -1 where one would leave its text.
    words : (W, 2) slots of each word and of it with the next one, -1 likewise.
    char_rows, word_rows : (D + 1,) where each text's characters and words begin.
    spans : (W, 2) begin and end of each word among the characters.
    signs : (W,) whether a word is a symbol (an emoticon, the chain's mark) rather than text.
    tokens : the W words as strings (emoticons still as symbols).
    threes : (C,) unmixed hashes of the character 3-grams, for near-duplicate signatures; 0 where none.
    """

    chars: NDArray[np.int32]
    words: NDArray[np.int32]
    char_rows: I64
    word_rows: I64
    spans: I64
    signs: NDArray[np.bool_]
    tokens: list[str]
    threes: U64


def _mix(hashes: U64) -> U64:
    """Scrambled, so that the high bits depend on every bit (the finaliser of splitmix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)


def _slots(hashes: U64) -> NDArray[np.int32]:
    return (_mix(hashes) >> np.uint64(64 - SLOT_BITS)).astype(np.int32)


_powers: list[U64] = []


def _powers_to(length: int) -> tuple[U64, U64]:
    """The first `length` powers of the base and of its inverse, kept between calls."""
    if not _powers or len(_powers[0]) < length:
        size = max(1 << 16, 2 * length)
        for base in (_BASE, _INVERSE):
            row = np.full(size, base, dtype=np.uint64)
            row[0] = 1
            _powers.append(np.multiply.accumulate(row))
        del _powers[:-2]
    return _powers[0], _powers[1]


def grams(cleaned: Cleaned, cut: Cut) -> Grams:
    """The hashed n-grams of a cleaned batch, its words cut by `cut`."""
    codes = codes_of(cleaned.joined)
    size = len(codes)
    seeds = _mix(codes.astype(np.uint64) + np.uint64(1))
    lines = np.flatnonzero(codes == ord(LINE))
    rows = np.concatenate(([0], lines + 1, [size])).astype(np.int64)
    # how far each character is from the end of its run: an n-gram may not reach over it
    breaks = np.flatnonzero((codes == ord(LINE)) | (codes >= SYMBOLS))
    starts = np.concatenate(([0], breaks + 1, [size]))
    room = np.repeat(np.append(breaks, size), np.diff(starts)) - np.arange(size)
    chars = np.full((size, CHARS), -1, dtype=np.int32)
    rolling = np.zeros(size, dtype=np.uint64)
    threes = rolling
    for length in range(1, CHARS + 1):
        if size < length:
            break
        rolling = rolling[: size - length + 1] * _BASE + seeds[length - 1 :]
        fits = room[: len(rolling)] >= length
        chars[: len(rolling), length - 1] = np.where(fits, _slots(rolling), -1)
        if length == 3:
            threes = np.zeros(size, dtype=np.uint64)
            threes[: len(rolling)] = np.where(fits, rolling, np.uint64(0))
    tokens, spans, word_rows = _cut_all(cleaned.joined, codes, cut, rows)
    signs = codes[spans[:, 0]] >= SYMBOLS
    return Grams(chars, _words(seeds, spans, word_rows, signs), rows, word_rows, spans, signs, tokens, threes)


def _cut_all(joined: str, codes: NDArray[np.uint32], cut: Cut, rows: I64) -> tuple[list[str], I64, I64]:
    """All words but blanks, their spans, and where each text's words begin."""
    pieces = cut(joined)
    ends = np.cumsum(np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces)))
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1])) if len(pieces) else ends
    # clean text has two kinds of blank only, each cut as a word of its own
    firsts = codes[starts]
    kept = (firsts != ord(" ")) & (firsts != ord(LINE))
    spans = np.stack((starts[kept], ends[kept]), axis=1)
    tokens = list(compress(pieces, kept.tobytes()))
    return tokens, spans, np.searchsorted(spans[:, 0], rows).astype(np.int64)


def _words(seeds: U64, spans: I64, word_rows: I64, signs: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Slots of words and of pairs of neighbours within a text; a symbol pairs with nothing."""
    forward, backward = _powers_to(len(seeds) + 1)
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(seeds * forward[: len(seeds)], dtype=np.uint64)))
    single = (sums[spans[:, 1]] - sums[spans[:, 0]]) * backward[spans[:, 0]] ^ _SALT_WORD
    out = np.full((len(spans), WORDS), -1, dtype=np.int32)
    out[:, 0] = _slots(single)
    if len(spans) > 1:
        out[:-1, 1] = _slots(single[:-1] * _PAIR + _mix(single[1:]))
        out[:-1, 1][signs[:-1] | signs[1:]] = -1
        lasts = word_rows[1:] - 1
        out[lasts[(lasts >= 0) & (word_rows[1:] > word_rows[:-1])], 1] = -1
    return out
