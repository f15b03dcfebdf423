"""The rows of ``spot``: where each character stands in the texts of a full chunk.

A chunk's texts, in canonical form, a line each, are one long string. Of every character in it, the end of a
line and the space among them, a row keeps the sorted spots: as steps of two bytes where none is too wide, which
halves the file, else as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.sqlite.schema import Connection

LINE, SPACE = "\n", " "
CODE_BITS = 21  # of a character
_NARROW, _WIDE = b"\x02", b"\x04"  # what a row ends with: steps of two bytes, or spots of four
NOWHERE = np.zeros(0, dtype=np.uint32)

Codes = NDArray[np.uint32]
Spots = NDArray[np.uint32]
Order = tuple[NDArray[np.intp], Spots, NDArray[np.intp]]


def coded(text: str) -> Codes:
    """The characters of a text as numbers."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def rows(chunk: int, order: Order) -> Iterator[tuple[int, bytes]]:
    """The spots of every character of a full chunk's texts, which stand in this order."""
    names, spots, ends = order
    starts = np.concatenate(([0], ends[:-1]))
    steps = np.diff(spots, prepend=np.uint32(0))
    steps[starts] = spots[starts]
    widest = np.maximum.reduceat(steps, starts)
    narrow = steps.astype(np.uint16).tobytes()
    ids = (names | chunk << CODE_BITS).tolist()
    for key, start, end, most in zip(ids, starts.tolist(), ends.tolist(), widest.tolist(), strict=True):
        if most < 1 << 16:
            yield key, narrow[2 * start : 2 * end] + _NARROW
        else:
            yield key, spots[start:end].tobytes() + _WIDE


def ordered(codes: Codes) -> Order:
    """The characters that occur, the spots of the first, of the second and so on, and where each one's end."""
    names = np.flatnonzero(np.bincount(codes))
    table = np.zeros(int(names[-1]) + 1, dtype=np.uint16 if len(names) <= 1 << 16 else np.uint32)
    table[names] = np.arange(len(names))
    numbers = table[codes]
    spots = np.argsort(numbers, kind="stable").astype(np.uint32)  # of 16 bits by counting, not by comparing
    return names, spots, np.cumsum(np.bincount(numbers))


def packed(spots: Spots) -> bytes:
    """One row."""
    steps = np.diff(spots, prepend=np.uint32(0))
    if int(steps.max(initial=0)) < 1 << 16:
        return steps.astype(np.uint16).tobytes() + _NARROW
    return spots.tobytes() + _WIDE


def unpacked(row: bytes) -> Spots:
    """The spots of a row."""
    if row[-1:] == _NARROW:
        steps = np.frombuffer(row, dtype=np.uint16, count=len(row) // 2)
        return np.cumsum(steps, dtype=np.uint32)
    return np.frombuffer(row, dtype=np.uint32, count=len(row) // 4)


def joined(found: Sequence[bytes], starts: Sequence[int]) -> Spots:
    """The spots of some rows one after the other, each counted from where its text starts."""
    told = [(row, start) for row, start in zip(found, starts, strict=True) if len(row) > 1]
    if not told:
        return NOWHERE
    if len(told) == 1 or any(row[-1:] != _NARROW for row, _ in told):
        return np.concatenate([unpacked(row) + np.uint32(start) for row, start in told])
    # All in one: for many short rows the calls themselves are what takes time.
    steps = np.frombuffer(b"".join([row[:-1] for row, _ in told]), dtype=np.uint16)
    spots = np.cumsum(steps, dtype=np.uint32)
    counts = np.array([len(row) // 2 for row, _ in told])
    before = np.zeros(len(told), dtype=np.uint32)
    before[1:] = spots[np.cumsum(counts)[:-1] - 1]
    spots += np.repeat(
        np.array([start for _, start in told], dtype=np.uint32) - before, counts
    )  # modulo 2**32
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
    return NOWHERE if row is None else unpacked(row)
