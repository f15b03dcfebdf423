"""The rows of ``spot``: where each character stands in the texts of a full chunk.

A chunk's texts, in canonical form, a line each, are one long string. Of every character in it, the space among
them, a row keeps the spots in the order of the characters that follow, and how many there are of each: where two
characters stand together is a slice of a row, found without reading where else either stands. What follows the end
of a line is not kept: it may be what a post said that was erased.

A row is a head (the number of entries, and in its lowest bit whether spots are wide), the entries (the code of a
follower, and in the lowest bits the number of its spots: of many the entries are several), the lower 16 bits of each
spot, and its upper 8, or 16 where they are wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.sqlite.schema import Connection

LINE, SPACE = "\n", " "
CODE_BITS = 21  # of a character
_COUNT_BITS = 32 - CODE_BITS  # of the number of spots in an entry
_MOST = (1 << _COUNT_BITS) - 1
_HEAD, _ENTRY, _LOW = 4, 4, 2  # bytes
_NARROW = 24  # bits of a spot that is not wide
NOWHERE = np.zeros(0, dtype=np.uint32)

Codes = NDArray[np.uint32]
Spots = NDArray[np.uint32]


class Order(NamedTuple):
    """The spots of some texts by the character there.

    names : the codes of those that occur; ends : where the spots of each end
    """

    names: NDArray[np.intp]
    spots: Spots
    ends: NDArray[np.intp]


class Pairs(NamedTuple):
    """The spots of some texts by the character there and by the one that follows.

    firsts, seconds : the codes of each pair that occurs, in order; LINE follows itself
    ends : where the spots of each pair end
    """

    firsts: NDArray[np.intp]
    seconds: NDArray[np.intp]
    spots: Spots
    ends: NDArray[np.intp]


def coded(text: str) -> Codes:
    """The characters of a text as numbers."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def ordered(codes: Codes) -> tuple[Order, NDArray[Any]]:
    """The spots of a text, and which of its characters stands where."""
    names = np.flatnonzero(np.bincount(codes))
    table = np.zeros(int(names[-1]) + 1, dtype=np.uint16 if len(names) <= 1 << 16 else np.uint32)
    table[names] = np.arange(len(names))
    numbers = table[codes]
    spots = np.argsort(numbers, kind="stable").astype(np.uint32)  # of 16 bits by counting, not by comparing
    return Order(names, spots, np.cumsum(np.bincount(numbers))), numbers


def paired(order: Order, numbers: NDArray[Any]) -> Pairs:
    """The pairs of texts whose characters are ordered; every text ends with LINE."""
    names, by_second, ends = order
    spots = by_second - np.uint32(1)  # what follows them is in order
    spots[by_second == 0] = len(numbers) - 1
    firsts = numbers[spots]
    again = np.argsort(firsts, kind="stable")
    spots, firsts = spots[again], firsts[again]
    seconds = np.repeat(np.arange(len(names), dtype=numbers.dtype), np.diff(ends, prepend=0))[again]
    line = int(names.searchsorted(ord(LINE)))
    lines = slice(ends[line - 1] if line else 0, ends[line])
    spots[lines], seconds[lines] = by_second[lines], line
    last = np.ones(len(spots), dtype=np.bool_)
    last[:-1] = (firsts[1:] != firsts[:-1]) | (seconds[1:] != seconds[:-1])
    at = np.flatnonzero(last)
    return Pairs(names[firsts[at]], names[seconds[at]], spots, at + 1)


def rows(chunk: int, pairs: Pairs) -> Iterator[tuple[int, bytes]]:
    """The row of every character of a full chunk's texts, of which these are the pairs."""
    last = np.flatnonzero(np.diff(pairs.firsts, append=-1))  # of each character's pairs
    ends = pairs.ends[last]
    entries, until = _entries(pairs.seconds, np.diff(pairs.ends, prepend=0))
    told = entries.tobytes()
    wide, low, high = _split(pairs.spots)
    width = len(high) // len(pairs.spots)
    ids = (pairs.firsts[last] | chunk << CODE_BITS).tolist()
    start = before = 0
    for key, end, behind in zip(ids, ends.tolist(), until[last].tolist(), strict=True):
        head = (behind - before << 1 | wide).to_bytes(_HEAD, "little")
        yield (
            key,
            b"".join(
                (
                    head,
                    told[_ENTRY * before : _ENTRY * behind],
                    low[_LOW * start : _LOW * end],
                    high[width * start : width * end],
                )
            ),
        )
        start, before = end, behind


def _entries(
    followers: NDArray[np.intp], counts: NDArray[np.intp]
) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """The entries of followers with so many spots each, and where those of each end."""
    pieces = (counts + _MOST - 1) // _MOST
    ends = np.cumsum(pieces)
    entries = np.repeat(followers.astype(np.uint32) << _COUNT_BITS | np.uint32(_MOST), pieces)
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


def packed(followers: NDArray[np.uint32], spots: Spots) -> bytes:
    """The row of spots with the codes of what follows each, in whose order they come."""
    last = np.flatnonzero(np.diff(followers.astype(np.intp), append=-1))
    entries, _ = _entries(followers[last].astype(np.intp), np.diff(last, prepend=-1))
    wide, low, high = _split(spots)
    return b"".join(((len(entries) << 1 | wide).to_bytes(_HEAD, "little"), entries.tobytes(), low, high))


def unpacked(row: bytes) -> tuple[NDArray[np.uint32], Spots]:
    """What a row was packed of."""
    end, wide = _head(row)
    entries = np.frombuffer(row[_HEAD:end], dtype=np.uint32)
    followers = np.repeat(entries >> np.uint32(_COUNT_BITS), entries & np.uint32(_MOST))
    upper = end + _LOW * len(followers)
    return followers, _whole([row[end:upper]], [row[upper:]], wide=wide)


def joined(found: Sequence[bytes], starts: Sequence[int]) -> Spots:
    """The spots of some rows in any order, each counted from where its text starts."""
    parts = [unpacked(row)[1] + np.uint32(start) for row, start in zip(found, starts, strict=True)]
    return np.concatenate((NOWHERE, *parts))


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
            followers, spots = unpacked(row)
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
    return chunk << CODE_BITS, (chunk + 1 << CODE_BITS) - 1


def read(
    connection: Connection, chunks: Iterable[int], characters: Iterable[str]
) -> Mapping[str, dict[int, bytes]]:
    """The rows of these characters by chunk."""
    codes = set(map(ord, characters))
    wanted = ",".join([str(chunk << CODE_BITS | code) for chunk in chunks for code in codes])
    found: dict[str, dict[int, bytes]] = {chr(code): {} for code in codes}
    for key, data in connection.execute(f"SELECT id, data FROM spot WHERE id IN ({wanted})"):  # noqa: S608 - numbers
        found[chr(key & (1 << CODE_BITS) - 1)][key >> CODE_BITS] = data
    return found


def ends_of(connection: Connection, chunk: int) -> Spots:
    """The ends of a full chunk's lines; none where they are lost."""
    row = read(connection, [chunk], LINE)[LINE].get(chunk)
    return NOWHERE if row is None else unpacked(row)[1]
