"""The characters of a chunk's texts, and the pairs they stand in, when it is full."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.sqlite.said.spots import LINE, Codes, Pairs, Spots, begins, by_number
from index.sqlite.said.spots import rows as rows_of


class Order(NamedTuple):
    """The spots of some texts by the character there.

    names : the codes of those that occur; ends : where the spots of each end
    """

    names: NDArray[np.intp]
    spots: Spots
    ends: NDArray[np.intp]


def ordered(codes: Codes) -> tuple[Order, NDArray[Any]]:
    """The spots of a text, and which of its characters stands where."""
    names = np.flatnonzero(np.bincount(codes))
    table: NDArray[np.unsignedinteger[Any]]
    table = np.zeros(int(names[-1]) + 1, dtype=np.uint16 if len(names) <= 1 << 16 else np.uint32)
    table[names] = np.arange(len(names))
    numbers = table.take(codes)
    return Order(names, by_number(numbers), np.cumsum(np.bincount(numbers))), numbers


def paired(order: Order, numbers: NDArray[Any]) -> Pairs:
    """Each character with the one that follows, of texts of which every one ends with LINE, which follows itself."""
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
    """The rows of ``spot`` of a full chunk's texts."""
    return rows_of(chunk, pairs, pairs.seconds, begins(pairs), repeat(b""))
