"""Where each character stands in the texts of a full chunk, and each segmented word: the rows of ``spot`` and ``word``.

A chunk's texts, in canonical form, a line each, are one long string. Of every character in it, the space among
them, rows of ``spot`` keep the spots in the order of the characters that follow, and how many there are of each: where
two characters stand together is a slice of a row, found without reading where else either stands. What follows the end
of a line is not kept: it may be what a post said that was erased.

The words of all posts, a line each, are one long list: ``word`` keeps in the same way the places of the words that begin
with a character, in the order of the second one, and behind them the words themselves.

A character of many spots has several rows, each of some followers. The number of a row is made of the chunk, the
character, and the first of these followers, 0 in a character's first row. It is a head (the number of entries, and in
its lowest bit whether spots are wide), the entries (the code of a follower, or the place of a word among those of the
row, and in the lowest bits the number of its spots: of many the entries are several), the lower 16 bits of each spot,
its upper 8, or 16 where they are wide, and what is kept behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.sqlite.schema import Connection

LINE, SPACE, ALONE = "\n", " ", "\0"
CODE_BITS = 21  # of a character
_CODE = (1 << CODE_BITS) - 1
_COUNT_BITS = 32 - CODE_BITS  # of the number of spots in an entry
_MOST = (1 << _COUNT_BITS) - 1
_HEAD, _ENTRY, _LOW = 4, 4, 2  # bytes
_NARROW = 24  # bits of a spot that is not wide
_ROW = 1_500  # spots of a row, about: few enough to read one for a slice of it
# Of a character all rows; of a pair the last one that does not begin behind it.
_ALL = f"told.id BETWEEN asked.column1 AND asked.column1 | {_CODE}"
_ONE = f"told.id = (SELECT max(id) FROM {{}} WHERE id BETWEEN asked.column1 & ~{_CODE} AND asked.column1)"  # noqa: S608
NOWHERE = np.zeros(0, dtype=np.uint32)

Codes = NDArray[np.uint32]
Spots = NDArray[np.uint32]
Table = Literal["spot", "word"]


class Pairs(NamedTuple):
    """The spots of some texts by two codes each, in order.

    firsts, seconds : the codes of what occurs
    ends : where the spots of each end
    """

    firsts: NDArray[np.intp]
    seconds: NDArray[np.intp]
    spots: Spots
    ends: NDArray[np.intp]


def begins(pairs: Pairs) -> NDArray[np.intp]:
    """Which pairs begin a row: those of one character share it while they are few, and equal ones always."""
    starts = np.append(0, pairs.ends[:-1])
    first = np.diff(pairs.firsts, prepend=-1) != 0
    other = first | (np.diff(pairs.seconds, prepend=-1) != 0)
    own = np.maximum.accumulate(np.where(first, starts, 0))
    turn = (np.maximum.accumulate(np.where(other, starts, 0)) - own) // _ROW
    return np.flatnonzero(first | (np.diff(turn, prepend=-1) != 0))


def rows(
    chunk: int, pairs: Pairs, codes: NDArray[np.intp], begin: NDArray[np.intp], behind: Iterable[bytes]
) -> Iterator[tuple[int, bytes]]:
    """The rows of a full chunk's pairs, entered under these codes, and what is kept behind each."""
    own = np.diff(pairs.firsts[begin], prepend=-1) == 0  # not the first of its character
    ids = pairs.firsts[begin] << CODE_BITS | np.where(own, pairs.seconds[begin], 0)
    entries, until = _entries(codes, np.diff(pairs.ends, prepend=0))
    last = np.append(begin[1:], len(codes)) - 1
    told = entries.tobytes()
    wide, low, high = _split(pairs.spots)
    width = len(high) // max(len(pairs.spots), 1)
    start = before = 0
    for key, end, entry, rest in zip(  # noqa: B905 - nothing is behind, and that endlessly
        (ids | chunk << 2 * CODE_BITS).tolist(),
        pairs.ends[last].tolist(),
        until[last].tolist(),
        behind,
    ):
        head = (entry - before << 1 | wide).to_bytes(_HEAD, "little")
        parts = (
            head,
            told[_ENTRY * before : _ENTRY * entry],
            low[_LOW * start : _LOW * end],
            high[width * start : width * end],
            rest,
        )
        yield key, b"".join(parts)
        start, before = end, entry


def _entries(
    codes: NDArray[np.intp], counts: NDArray[np.intp]
) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """The entries of codes with so many spots each, and where those of each end."""
    pieces = (counts + _MOST - 1) // _MOST
    ends = np.cumsum(pieces)
    entries = np.repeat(codes.astype(np.uint32) << _COUNT_BITS | np.uint32(_MOST), pieces)
    entries[ends - 1] -= (pieces * _MOST - counts).astype(np.uint32)
    return entries, ends


def _split(spots: Spots) -> tuple[bool, bytes, bytes]:
    """Whether spots are wide, their lower and their upper bits."""
    wide = bool(len(spots)) and int(spots.max()) >> _NARROW > 0
    upper = (spots >> np.uint32(16)).astype(np.uint16 if wide else np.uint8)
    return wide, spots.astype(np.uint16).tobytes(), upper.tobytes()


def _whole(low: Sequence[bytes], high: Sequence[bytes], *, wide: bool) -> Spots:
    """The spots of these lower and upper bits."""
    spots = np.frombuffer(b"".join(high), dtype=np.uint16 if wide else np.uint8).astype(np.uint32)
    spots <<= np.uint32(16)
    spots |= np.frombuffer(b"".join(low), dtype=np.uint16)
    return spots


def _head(row: bytes) -> tuple[int, bool]:
    """Where the entries of a row end, and whether its spots are wide."""
    head = int.from_bytes(row[:_HEAD], "little")
    return _HEAD + _ENTRY * (head >> 1), bool(head & 1)


def packed(codes: NDArray[np.uint32], spots: Spots, behind: bytes = b"") -> bytes:
    """The row of spots with the code each is entered under, in whose order they come."""
    last = np.flatnonzero(np.diff(codes.astype(np.intp), append=-1))
    entries, _ = _entries(codes[last].astype(np.intp), np.diff(last, prepend=-1))
    wide, low, high = _split(spots)
    head = (len(entries) << 1 | wide).to_bytes(_HEAD, "little")
    return b"".join((head, entries.tobytes(), low, high, behind))


def unpacked(row: bytes) -> tuple[NDArray[np.uint32], Spots, bytes]:
    """What a row was packed of."""
    end, wide = _head(row)
    entries = np.frombuffer(row[_HEAD:end], dtype=np.uint32)
    codes = np.repeat(entries >> np.uint32(_COUNT_BITS), entries & np.uint32(_MOST))
    upper = end + _LOW * len(codes)
    behind = upper + (2 if wide else 1) * len(codes)
    return codes, _whole([row[end:upper]], [row[upper:behind]], wide=wide), row[behind:]


def joined(found: Sequence[bytes], starts: Sequence[int]) -> Spots:
    """The spots of some rows in any order, each counted from where its text starts; nothing is kept behind them."""
    heads = [_head(row) for row in found]
    if not found or any(wide for _, wide in heads):
        parts = [unpacked(row)[1] + np.uint32(start) for row, start in zip(found, starts, strict=True)]
        return np.concatenate((NOWHERE, *parts))
    counts = [(len(row) - end) // (_LOW + 1) for row, (end, _) in zip(found, heads, strict=True)]
    spots = _whole(
        [row[end : end + _LOW * count] for row, (end, _), count in zip(found, heads, counts, strict=True)],
        [row[len(row) - count :] for row, count in zip(found, counts, strict=True)],
        wide=False,
    )
    spots += np.repeat(np.array(starts, dtype=np.uint32), counts)
    return spots


def by_number(numbers: NDArray[np.unsignedinteger[Any]]) -> Spots:
    """The spots of each number, in order; 16 bits are sorted by counting, not by comparing."""
    if numbers.dtype == np.uint16:
        return np.argsort(numbers, kind="stable").astype(np.uint32)
    spots = np.argsort(numbers.astype(np.uint16), kind="stable")
    upper = (numbers >> np.uint32(16)).astype(np.uint16)
    return spots[np.argsort(upper[spots], kind="stable")].astype(np.uint32)


def in_order(spots: Spots) -> Spots:
    """Spots sorted, 16 bits at a time: those are sorted by counting, not by comparing."""
    spots = spots[np.argsort(spots.astype(np.uint16), kind="stable")]
    return spots[np.argsort((spots >> np.uint32(16)).astype(np.uint16), kind="stable")]


def followed(found: Sequence[bytes], starts: Sequence[int], character: str) -> Spots:
    """Those spots of some rows, as `joined` counts them, which a character follows, in order where the texts are."""
    heads = [_head(row) for row in found]
    if not found or any(wide for _, wide in heads):
        parts = []
        for row, start in zip(found, starts, strict=True):
            followers, spots, _ = unpacked(row)
            parts.append(spots[followers == ord(character)] + np.uint32(start))
        return np.concatenate((NOWHERE, *parts))
    # All in one: for many rows the calls themselves are what takes time.
    entries = np.frombuffer(
        b"".join([row[_HEAD:end] for row, (end, _) in zip(found, heads, strict=True)]), dtype=np.uint32
    )
    at = np.flatnonzero(entries >> np.uint32(_COUNT_BITS) == ord(character))
    ends = np.cumsum(entries & np.uint32(_MOST), dtype=np.intp)
    behind = np.cumsum([(end - _HEAD) // _ENTRY for end, _ in heads])  # the entries of each row
    of = behind.searchsorted(at, side="right")
    before = np.append(0, ends)[np.append(0, behind)[of]]  # the spots of the rows before
    until = ends[at] - before
    since = until - (entries[at] & np.uint32(_MOST))
    low, high = [], []
    for row, start, end in zip(of.tolist(), since.tolist(), until.tolist(), strict=True):
        data, first = found[row], heads[row][0]
        upper = first + (len(data) - first) // (_LOW + 1) * _LOW
        low.append(data[first + _LOW * start : first + _LOW * end])
        high.append(data[upper + start : upper + end])
    spots = _whole(low, high, wide=False)
    spots += np.repeat(np.array(starts, dtype=np.uint32)[of], until - since)
    return spots


def ids(chunk: int) -> tuple[int, int]:
    """The first and the last number a row of a chunk may have."""
    return number(chunk, 0), number(chunk + 1, 0) - 1


def number(chunk: int, first: int, second: int = 0) -> int:
    """The number of the row that begins with the pair of these codes."""
    return chunk << 2 * CODE_BITS | first << CODE_BITS | second


def pair_of(row: int) -> tuple[int, int]:
    """The pair a row begins with, by its number."""
    return row >> CODE_BITS & _CODE, row & _CODE


def read(
    connection: Connection, table: Table, chunks: Iterable[int], asked: Iterable[str]
) -> Mapping[str, dict[int, list[bytes]]]:
    """By chunk, all rows of one character, or the row in which two stand if they do."""
    found: dict[str, dict[int, list[bytes]]] = {characters: {} for characters in asked}
    chunks = list(chunks)
    for length, rows in ((1, _ALL), (2, _ONE.format(table))):
        wanted = {
            number(chunk, *map(ord, characters)): (found[characters], chunk)
            for characters in found
            if len(characters) == length
            for chunk in chunks
        }
        if wanted:
            values = ",".join([f"({key})" for key in wanted])
            sql = f"SELECT asked.column1, told.data FROM (VALUES {values}) AS asked CROSS JOIN {table} AS told ON {rows}"  # noqa: S608 - numbers
            for key, data in connection.execute(sql):
                own, chunk = wanted[key]
                own.setdefault(chunk, []).append(data)
    return found


def ends_of(connection: Connection, table: Table, chunk: int) -> Spots:
    """The ends of a full chunk's lines; none where they are lost."""
    rows = read(connection, table, [chunk], [LINE + LINE])[LINE + LINE].get(chunk)
    return unpacked(rows[0])[1] if rows else NOWHERE
