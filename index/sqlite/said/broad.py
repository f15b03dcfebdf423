"""Where the commonest tokens stand: a word of a third of all posts is looked up, not listed.

Spots (`index.sqlite.said.spots`) are gone through one by one, which for a word of a hundred thousand posts takes longer
than a person waits. So when a chunk is full, each character, each pair of characters and each segmented word that stands
in one of four hundred of its posts or more gets the set of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.sqlite.layout import CHUNK
from index.sqlite.said.characters import Order
from index.sqlite.said.spots import CODE_BITS, LINE, SPACE, Codes, Pairs, Spots
from index.sqlite.said.vocabulary import Vocabulary, hashed
from index.sqlite.schema import Connection

COMMON = CHUNK // 400  # posts of a chunk
_BITMAP = CHUNK // 8  # bytes
_TOKEN_BITS = 47  # of a row's number; above them stands the chunk
_WORD = 1 << 46  # tells the hash of a word from characters, which have 42 bits
_KEPT_SHIFT = 18  # of a word's hash
_NO_TOKEN = -1

Places = NDArray[np.uint16]
Bits = NDArray[np.bool_]
Tokens = NDArray[np.intp]


def text_token(text: str) -> int:
    """The number of one or two characters."""
    return ord(text[0]) << CODE_BITS | (ord(text[1]) if len(text) > 1 else 0)


def word_token(word: str) -> int:
    """The number of a segmented word: a hash of 46 bits."""
    return hashed(word) >> _KEPT_SHIFT | _WORD


def rows(
    chunk: int, codes: Codes, order: Order, pairs: Pairs, words: Vocabulary
) -> Iterator[tuple[int, bytes]]:
    """The common tokens of a full chunk's texts and of their words, a line each, with the lines they stand in.

    `order` and `pairs` are those of the texts, as `index.sqlite.said.characters` gives them.
    """
    lines = np.cumsum(codes == ord(LINE), dtype=np.uint16)
    characters = np.where(_solid(order.names), order.names << CODE_BITS, _NO_TOKEN)
    couples = pairs.firsts << CODE_BITS | pairs.seconds
    couples[~(_solid(pairs.firsts) & _solid(pairs.seconds))] = _NO_TOKEN
    spoken = (words.hashes >> np.uint64(_KEPT_SHIFT)).astype(np.intp) | _WORD
    spoken[~_solid(words.pairs.firsts)] = _NO_TOKEN
    for found in (
        _often(characters, order.spots, order.ends, lines),
        _often(couples, pairs.spots, pairs.ends, lines),
        _often(spoken, words.pairs.spots, words.pairs.ends, words.lines()),
    ):
        yield from ((chunk << _TOKEN_BITS | token, data) for token, data in found)


def ids(chunk: int) -> tuple[int, int]:
    """The first and the last number a row of a chunk may have."""
    return chunk << _TOKEN_BITS, (chunk + 1 << _TOKEN_BITS) - 1


def _often(names: Tokens, spots: Spots, ends: NDArray[np.intp], lines: Places) -> Iterator[tuple[int, bytes]]:
    """Those of some tokens that stand in many lines, with them; the spots of each are in order, up to its end."""
    counts = np.diff(ends, prepend=0)
    common = (counts >= COMMON) & (names != _NO_TOKEN)
    numbers = np.repeat(np.arange(np.count_nonzero(common)), counts[common])
    places = lines[spots[np.repeat(common, counts)]]
    yield from _standing(names[common], numbers, places)


def _solid(codes: NDArray[Any]) -> Bits:
    solid: Bits = (codes != ord(SPACE)) & (codes != ord(LINE))
    return solid


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
