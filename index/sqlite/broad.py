"""Where the commonest tokens stand: a word of a third of all posts is looked up, not listed.

FTS5 walks the posts of a word one by one, which for a word of a hundred thousand posts takes longer than a
person waits. So when a chunk is full, each pair of characters that stands in one of four hundred of its posts
or more, and each single character, gets the set of them. Until then the chunk's texts lie in ``recent``, where
a word is found by a plain search in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.sqlite.layout import BLOCK, CHUNK
from index.sqlite.schema import Connection

COMMON = CHUNK // 400  # posts of a chunk
_SLOTS, _SHIFT = 1 << 20, np.uint64(44)
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03))
_CHUNKS = 20  # bits of a row's number that name the chunk
_LINE, _SPACE = 10, 32

Codes = NDArray[np.uint32]
Places = NDArray[np.uint16]
Bits = NDArray[np.bool_]


def token_code(token: str) -> int:
    """The number of a pair of characters, or of a character whatever follows it."""
    return ord(token[0]) << 21 | (ord(token[1]) if len(token) > 1 else 0)


def seal(connection: Connection, chunk: int) -> None:
    """Makes the sets of a full chunk from its recent texts, which are then taken away."""
    blocks = chunk * CHUNK // BLOCK, (chunk + 1) * CHUNK // BLOCK - 1
    texts = connection.execute(
        "SELECT text FROM recent WHERE block BETWEEN ? AND ? ORDER BY block", blocks
    ).fetchall()
    connection.executemany(
        "INSERT OR REPLACE INTO broad VALUES (?, ?)",
        [(code << _CHUNKS | chunk, data) for code, data in _sets("\n".join(text for (text,) in texts))],
    )
    connection.execute("DELETE FROM recent WHERE block BETWEEN ? AND ?", blocks)
    connection.execute("UPDATE chunk SET sealed = 1 WHERE number = ?", (chunk,))


def _sets(text: str) -> Iterator[tuple[int, bytes]]:
    """The tokens of a chunk's texts, a line each, with the lines they stand in: common pairs, all characters."""
    codes = _codes(text)
    solid = (codes != _SPACE) & (codes != _LINE)
    lines = np.cumsum(codes == _LINE).astype(np.uint16)
    pair = np.flatnonzero(solid[:-1] & solid[1:])
    tokens, places = codes[:-1][pair].astype(np.uint64) << np.uint64(21) | codes[1:][pair], lines[:-1][pair]
    # Most pairs are rare: counts by small hashes rule out nearly all of them before anything is sorted.
    for multiplier in _MULTIPLIERS:
        slots = (tokens * multiplier >> _SHIFT).astype(np.uint32)
        common = np.bincount(slots, minlength=_SLOTS) >= COMMON
        likely = common[slots]
        tokens, places, slots = tokens[likely], places[likely], slots[likely]
    numbers, names = _numbered(np.flatnonzero(common), slots, tokens)
    yield from _standing(names, numbers, places, COMMON)
    codes, lines = codes[solid], lines[solid]
    there = np.flatnonzero(np.bincount(codes))
    numbers, _ = _numbered(there, codes, codes)
    yield from _standing(there.astype(np.uint64) << np.uint64(21), numbers, lines, 1)


def _numbered(
    used: NDArray[np.int64], slots: Codes, tokens: NDArray[Any]
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


def _standing(
    names: NDArray[np.uint64], numbers: NDArray[np.unsignedinteger[Any]], lines: Places, least: int
) -> Iterator[tuple[int, bytes]]:
    order = np.argsort(numbers, kind="stable")  # of 16 bits by counting, not by comparing
    numbers, places = numbers[order], lines[order]
    first = np.ones(len(places), dtype=np.bool_)
    first[1:] = (numbers[1:] != numbers[:-1]) | (places[1:] != places[:-1])
    numbers, places = numbers[first], places[first]
    counts = np.bincount(numbers, minlength=len(names))
    ends = np.cumsum(counts)
    for at in np.flatnonzero(counts >= least).tolist():
        yield int(names[at]), _packed(places[ends[at] - counts[at] : ends[at]])


def _packed(places: Places) -> bytes:
    """The numbers themselves, or a bitmap where that is smaller."""
    if len(places) * 2 < CHUNK // 8:
        return places.tobytes()
    bits = np.zeros(CHUNK, dtype=np.bool_)
    bits[places] = True
    return np.packbits(bits).tobytes()


def standing(connection: Connection, token: str) -> dict[int, Places | Bits]:
    """Where a token stands, by chunk: places, or yes and no for each place.

    A pair that is rare in a chunk is not there; a character that is not there stands nowhere in the chunk.
    """
    first = token_code(token) << _CHUNKS
    rows = connection.execute(
        "SELECT id, data FROM broad WHERE id BETWEEN ? AND ?", (first, first | (1 << _CHUNKS) - 1)
    )
    return {row & (1 << _CHUNKS) - 1: _unpacked(data) for row, data in rows}


def _unpacked(data: bytes) -> Places | Bits:
    if len(data) < CHUNK // 8:
        return np.frombuffer(data, dtype=np.uint16)
    return np.unpackbits(np.frombuffer(data, dtype=np.uint8)).view(np.bool_)


def remember(connection: Connection, first: int, lines: list[str]) -> None:
    """Adds the texts of posts numbered from `first` on to the recent ones."""
    at = 0
    while at < len(lines):
        block, place = divmod(first + at, BLOCK)
        part = lines[at : at + BLOCK - place]
        text = "\n".join(part)
        if place:
            connection.execute(
                "UPDATE recent SET posts = posts + ?, text = text || char(10) || ? WHERE block = ?",
                (len(part), text, block),
            )
        else:
            connection.execute("INSERT INTO recent VALUES (?, ?, ?)", (block, len(part), text))
        at += len(part)


def forget(connection: Connection, seqs: Iterable[int]) -> None:
    """Empties the lines of these posts among the recent texts; the lines behind them keep their places."""
    by_block: dict[int, list[int]] = defaultdict(list)
    for seq in seqs:
        by_block[seq // BLOCK].append(seq % BLOCK)
    for block, places in by_block.items():
        found = connection.execute("SELECT text FROM recent WHERE block = ?", (block,)).fetchone()
        if found is None:
            continue  # its chunk is sealed
        lines = found[0].split("\n")
        for place in places:
            lines[place] = ""
        connection.execute("UPDATE recent SET text = ? WHERE block = ?", ("\n".join(lines), block))


class Recent:
    """The texts of one block in memory, to be searched."""

    def __init__(self, posts: int, text: str) -> None:
        self.posts = posts
        self._codes = _codes(text)
        self._lines = np.cumsum(self._codes == _LINE, dtype=np.int32)

    def having(self, token: str) -> NDArray[np.int64]:
        """The places in the block of the texts that hold these characters, one or two, one after the other."""
        found = self._codes == ord(token[0])
        if len(token) > 1:
            found = found[:-1] & (self._codes[1:] == ord(token[1]))
        return np.unique(self._lines[: len(found)][found])


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
