"""Where the commonest tokens stand: a word of a third of all posts is looked up, not listed.

Spots (`index.sqlite.spots`) and FTS5 go through the places of a word one by one, which for a word of a hundred
thousand posts takes longer than a person waits. So when a chunk is full, each character, each pair of characters
and each segmented word that stands in one of four hundred of its posts or more gets the set of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.sqlite.layout import CHUNK
from index.sqlite.schema import Connection
from index.sqlite.spots import CODE_BITS, LINE, SPACE, Codes, Order, Pairs, Spots, coded

COMMON = CHUNK // 400  # posts of a chunk
_BITMAP = CHUNK // 8  # bytes
_SLOTS, _SHIFT = 1 << 18, np.uint64(46)  # few enough to stay in the processor's cache
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03))
_TOKEN_BITS = 47  # of a row's number; above them stands the chunk
_WORD = 1 << 46  # tells the hash of a word from characters, which have 42 bits
_FACTOR, _MIXER, _KEPT_SHIFT = 0x5851F42D4C957F2D, 0x9E3779B97F4A7C15, 18
_WHOLE = (1 << 64) - 1
_NO_TOKEN = -1

Places = NDArray[np.uint16]
Bits = NDArray[np.bool_]
Tokens = NDArray[np.uint64]


def text_token(text: str) -> int:
    """The number of one or two characters."""
    return ord(text[0]) << CODE_BITS | (ord(text[1]) if len(text) > 1 else 0)


def word_token(word: str) -> int:
    """The number of a segmented word: a hash of 46 bits."""
    found = 0
    for at, character in enumerate(word):
        found += ord(character) * pow(_FACTOR, at, 1 << 64)
    return (found * _MIXER & _WHOLE) >> _KEPT_SHIFT | _WORD


def rows(chunk: int, codes: Codes, order: Order, pairs: Pairs, words: str) -> Iterator[tuple[int, bytes]]:
    """The common tokens of a full chunk's texts and of their words, a line each, with the lines they stand in.

    `order` and `pairs` are those of the texts, as `index.sqlite.spots` gives them.
    """
    lines = np.cumsum(codes == ord(LINE), dtype=np.uint16)
    characters = order.names << CODE_BITS
    couples = pairs.firsts << CODE_BITS | pairs.seconds
    couples[~(_solid(pairs.firsts) & _solid(pairs.seconds))] = _NO_TOKEN
    characters[~_solid(order.names)] = _NO_TOKEN
    for found in (
        _often(characters, order.spots, order.ends, lines),
        _often(couples, pairs.spots, pairs.ends, lines),
        _often_hashed(*_hashed(coded(words))),
    ):
        yield from ((chunk << _TOKEN_BITS | token, data) for token, data in found)


def ids(chunk: int) -> tuple[int, int]:
    """The first and the last number a row of a chunk may have."""
    return chunk << _TOKEN_BITS, (chunk + 1 << _TOKEN_BITS) - 1


def _hashed(codes: Codes) -> tuple[Tokens, Places]:
    """The number of each word of some lines, as `word_token` gives it, and its line."""
    lines = np.cumsum(codes == ord(LINE), dtype=np.uint16)
    there = np.flatnonzero(_solid(codes))
    if not len(there):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint16)
    first = np.flatnonzero(np.diff(there, prepend=-2) > 1)  # of each word, among the solid
    lengths = np.diff(first, append=len(there))
    within = np.arange(len(there)) - np.repeat(first, lengths)
    powers = np.full(int(lengths.max()), _FACTOR, dtype=np.uint64)
    powers[0] = 1
    powers = np.cumprod(powers, dtype=np.uint64)
    tokens = np.add.reduceat(codes[there].astype(np.uint64) * powers[within], first)
    mixed = tokens * np.uint64(_MIXER) >> np.uint64(_KEPT_SHIFT) | np.uint64(_WORD)
    return mixed, lines[there[first]]


def _often(
    names: NDArray[np.intp], spots: Spots, ends: NDArray[np.intp], lines: Places
) -> Iterator[tuple[int, bytes]]:
    """Those of some tokens that stand in many lines, with them; the spots of each are in order, up to its end."""
    counts = np.diff(ends, prepend=0)
    common = (counts >= COMMON) & (names != _NO_TOKEN)
    numbers = np.repeat(np.arange(np.count_nonzero(common)), counts[common])
    places = lines[spots[np.repeat(common, counts)]]
    yield from _standing(names[common].astype(np.uint64), numbers, places)


def _solid(codes: NDArray[Any]) -> Bits:
    solid: Bits = (codes != ord(SPACE)) & (codes != ord(LINE))
    return solid


def _often_hashed(tokens: Tokens, places: Places) -> Iterator[tuple[int, bytes]]:
    """The same of tokens in any order."""
    # Most tokens are rare: counts by small hashes rule out nearly all of them before anything is sorted.
    for multiplier in _MULTIPLIERS:
        slots = (tokens * multiplier >> _SHIFT).view(np.int64)  # as both next lines would make them
        common = np.bincount(slots, minlength=_SLOTS) >= COMMON
        likely = common[slots]
        tokens, places, slots = tokens[likely], places[likely], slots[likely]
    numbers, names = _numbered(np.flatnonzero(common), slots, tokens)
    order = np.argsort(numbers, kind="stable")  # of 16 bits by counting, not by comparing
    yield from _standing(names, numbers[order], places[order])


def _numbered(
    used: NDArray[np.int64], slots: NDArray[Any], tokens: NDArray[Any]
) -> tuple[NDArray[np.unsignedinteger[Any]], NDArray[Any]]:
    """Numbers for tokens by their slots, of which these are `used`, and the token of each number."""
    table = np.zeros(int(used[-1]) + 1 if len(used) else 0, dtype=np.uint32)
    table[used] = np.arange(len(used))
    numbers = table[slots]
    names = np.zeros(len(used), dtype=tokens.dtype)
    names[numbers] = tokens
    others = np.flatnonzero(names[numbers] != tokens)  # two tokens of one slot
    if len(others):
        more, again = np.unique(tokens[others], return_inverse=True)
        numbers[others] = len(names) + again
        names = np.concatenate((names, more))
    return numbers.astype(np.uint16) if len(names) <= 1 << 16 else numbers, names


def _standing(names: Tokens, numbers: NDArray[Any], places: Places) -> Iterator[tuple[int, bytes]]:
    """Those of some tokens that stand in many lines; they come by their numbers, each with its lines in order."""
    first = np.ones(len(places), dtype=np.bool_)
    first[1:] = (numbers[1:] != numbers[:-1]) | (places[1:] != places[:-1])
    numbers, places = numbers[first], places[first]
    counts = np.bincount(numbers, minlength=len(names))
    ends = np.cumsum(counts)
    common = np.flatnonzero(counts >= COMMON)
    listed = places.tobytes()
    for token, count, end in zip(
        names[common].tolist(), counts[common].tolist(), ends[common].tolist(), strict=True
    ):
        start = end - count
        yield token, listed[2 * start : 2 * end] if 2 * count < _BITMAP else packed(places[start:end])


def packed(places: Places) -> bytes:
    """The numbers themselves, or a bitmap where that is smaller."""
    if len(places) * 2 < _BITMAP:
        return places.tobytes()
    bits = np.zeros(CHUNK, dtype=np.bool_)
    bits[places] = True
    return np.packbits(bits).tobytes()


def standing(connection: Connection, token: int, chunks: Iterable[int]) -> dict[int, bytes]:
    """Where a token stands, by chunk, as it is packed; chunks where it is rare are left out."""
    numbers = ",".join(str(chunk << _TOKEN_BITS | token) for chunk in chunks)
    rows = connection.execute(f"SELECT id, data FROM broad WHERE id IN ({numbers})")  # noqa: S608 - numbers
    return {row >> _TOKEN_BITS: data for row, data in rows}


def is_bitmap(data: bytes) -> bool:
    """Whether a set is packed as a bitmap, not as places."""
    return len(data) >= _BITMAP


def unpacked(data: bytes) -> Places | Bits:
    """The places of a set, or yes and no for each place."""
    if is_bitmap(data):
        return np.unpackbits(np.frombuffer(data, dtype=np.uint8)).view(np.bool_)
    return np.frombuffer(data, dtype=np.uint16)


def listed(found: Places | Bits) -> Places:
    """The places of a set."""
    return np.flatnonzero(found).astype(np.uint16) if found.dtype == np.bool_ else found.astype(np.uint16)
