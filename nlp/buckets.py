"""The signatures of near-duplicate groups and where to look for them, in files of their own.

Memory stays flat: what is not looked at lies on the disk, and the system keeps as much of it at hand as it likes.
The files have no name and end with the process; everything in them is made anew from the store.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]

WORDS = 32  # bands of a signature, four bytes each
_KEYS = WORDS + 1  # and the name
_LEAST = 1 << 10  # groups there is room for at first
_MIX = np.uint64(0x9E3779B97F4A7C15)
_TURN = np.uint64(0xD1B54A32D192ED03)


def _nameless(owner: object, folder: Path | None) -> IO[bytes]:
    """A file without a name that ends with its owner."""
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
    weakref.finalize(owner, file.close)
    return file


class _Column:
    """Numbers in a file that can grow."""

    def __init__(self, kind: str, width: int, folder: Path | None) -> None:
        self._file = _nameless(self, folder)
        self._kind, self._width = np.dtype(kind), width
        self.rows: Any = None

    def grow(self, rows: int, *, anew: bool = False) -> None:
        """Makes room; `anew` forgets what is there."""
        self.rows = None  # nothing may look at the file while its size changes
        if anew:
            self._file.truncate(0)
        self._file.truncate(rows * self._width * self._kind.itemsize)
        shape = (rows, self._width) if self._width > 1 else (rows,)
        self.rows = np.asarray(np.memmap(self._file, dtype=self._kind, mode="r+", shape=shape))


class Buckets:
    """Groups by number, from 0: their names, their signatures, and chains of those that share a band or a name."""

    def __init__(self, folder: Path | None = None) -> None:
        self._count = self._room = self._names_end = 0
        self._signatures = _Column("<u4", WORDS, folder)
        self._links = _Column("<u4", 1, folder)  # by entry: the next one in its chain, 0 none
        self._heads = _Column("<u4", 1, folder)  # by slot: the first entry of its chain
        self._ends = _Column("<u8", 1, folder)  # where the names end
        self._names = _nameless(self, folder)
        self._shift = np.uint64(0)
        self._grow(_LEAST)

    def __len__(self) -> int:
        return self._count

    def name(self, number: int) -> str:
        """The name of a group."""
        start = int(self._ends.rows[number - 1]) if number else 0
        return os.pread(self._names.fileno(), int(self._ends.rows[number]) - start, start).decode()

    def signatures(self, numbers: Numbers) -> NDArray[np.uint8]:
        """The minima of these groups, a row each."""
        return np.ascontiguousarray(self._signatures.rows[numbers]).view(np.uint8)

    def add(self, names: Sequence[str], signatures: Words) -> None:
        """Adds groups; none of them is there yet."""
        if not names:
            return
        first, stop = self._count, self._count + len(names)
        if stop > self._room:
            self._grow(stop)
        encoded = [name.encode() for name in names]
        os.pwrite(self._names.fileno(), b"".join(encoded), self._names_end)
        ends = np.cumsum([len(one) for one in encoded]) + self._names_end
        self._names_end = int(ends[-1])
        self._ends.rows[first:stop] = ends
        self._signatures.rows[first:stop] = signatures
        self._chain(first, np.column_stack((signatures, _hashed(names))))
        self._count = stop

    def sharing(self, signatures: Words) -> tuple[Numbers, Numbers]:
        """(row of `signatures`, number of a group) of all that have a band in common, each pair once."""
        rows, numbers = self._walk(signatures, np.arange(WORDS))
        pairs = np.unique(rows << 32 | numbers)
        return pairs >> 32, pairs & 0xFFFFFFFF

    def numbers(self, names: Sequence[str]) -> dict[str, int]:
        """The numbers of those of these names that are there."""
        if not names:
            return {}
        rows, numbers = self._walk(_hashed(names)[:, None], np.array([WORDS]))
        pairs = zip(rows.tolist(), numbers.tolist(), strict=True)
        return {names[row]: number for row, number in pairs if self.name(number) == names[row]}

    def _walk(self, keys: Words | Keys, kinds: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
        """(row, group) wherever a key of a kind stands in a chain; names may agree by chance."""
        rows = np.repeat(np.arange(len(keys)), len(kinds))
        asked, values = np.tile(kinds, len(keys)), keys.ravel().astype(np.uint64)
        entries = self._heads.rows[self._slots(values, asked)].astype(np.int64)
        found_rows, found_numbers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        while True:
            kept = entries > 0
            entries, rows, asked, values = entries[kept], rows[kept], asked[kept], values[kept]
            if not len(entries):
                return np.concatenate(found_rows), np.concatenate(found_numbers)
            numbers, kind = np.divmod(entries - 1, _KEYS)
            same = kind == asked
            banded = np.flatnonzero(same & (asked < WORDS))
            same[banded] = self._signatures.rows[numbers[banded], asked[banded]] == values[banded]
            found_rows.append(rows[same])
            found_numbers.append(numbers[same])
            entries = self._links.rows[entries].astype(np.int64)

    def _slots(self, values: Keys, kinds: NDArray[np.int64]) -> Numbers:
        mixed = (values ^ (kinds.astype(np.uint64) * _TURN)) * _MIX
        return ((mixed ^ mixed >> np.uint64(29)) * _TURN >> self._shift).astype(np.int64)

    def _chain(self, first: int, keys: Keys) -> None:
        """Puts the entries of groups from `first` on before what their slots hold."""
        entries = np.arange(keys.size, dtype=np.int64) + first * _KEYS + 1
        slots = self._slots(keys.ravel(), np.tile(np.arange(_KEYS), len(keys)))
        while len(entries):
            before = self._heads.rows[slots]
            self._heads.rows[slots] = entries
            first_now = self._heads.rows[slots] == entries  # of those that share a slot one a turn
            self._links.rows[entries[first_now]] = before[first_now]
            entries, slots = entries[~first_now], slots[~first_now]

    def _grow(self, room: int) -> None:
        self._room = 1 << (room - 1).bit_length()
        self._signatures.grow(self._room)
        self._ends.grow(self._room)
        self._links.grow(self._room * _KEYS + 1)
        slots = self._room * WORDS
        self._shift = np.uint64(64 - (slots.bit_length() - 1))
        self._heads.grow(slots, anew=True)
        for start in range(0, self._count, _LEAST):
            stop = min(start + _LEAST, self._count)
            names = [self.name(number) for number in range(start, stop)]
            self._chain(start, np.column_stack((self._signatures.rows[start:stop], _hashed(names))))


def _hashed(names: Sequence[str]) -> Keys:
    return np.array([hash(name) & 0xFFFFFFFFFFFFFFFF for name in names], dtype=np.uint64)
