"""What a query and its words found, and what of it is remembered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from index.query import Node

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
FEW = 16  # one post in so many, or more, takes less time as yes and no of all than as a list
_REMEMBERED = 32  # answers; a million posts are a megabyte each
_NOTHING = np.zeros(0, dtype=np.int64)


class Found:
    """Some posts: their numbers, and yes and no of every post."""

    def __init__(self, posts: int, *, numbers: Numbers | None = None, mask: Mask | None = None) -> None:
        self._posts, self._numbers, self._mask = posts, numbers, mask
        if numbers is not None and len(numbers) * FEW > posts:  # longer than a mask
            self._numbers, self._mask = None, self.mask

    @property
    def numbers(self) -> Numbers | None:
        """In their order; None where they are many."""
        return self._numbers

    @property
    def mask(self) -> Mask:
        if self._mask is None:
            self._mask = np.zeros(self._posts, dtype=np.bool_)
            self._mask[self._numbers] = True
        return self._mask

    def listed(self) -> Numbers:
        """Their numbers in their order, however many."""
        return np.flatnonzero(self.mask) if self._numbers is None else self._numbers

    def __len__(self) -> int:
        return int(np.count_nonzero(self.mask)) if self._numbers is None else len(self._numbers)


class Remembered:
    """What was found lately: a page asks for hits, counts and days of the same query, one after the other.

    Of words the posts that hold them, dead ones included; of whole trees the `living` ones.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = -1
        self._found: OrderedDict[tuple[Node, bool], Found] = OrderedDict()

    def get(self, generation: int, node: Node, *, living: bool = False) -> Found | None:
        with self._lock:
            return self._found.get((node, living)) if generation == self._generation else None

    def put(self, generation: int, node: Node, found: Found, *, living: bool = False) -> None:
        with self._lock:
            if generation > self._generation:
                self._generation = generation
                self._found.clear()
            if generation == self._generation:
                self._found[node, living] = found
                if len(self._found) > _REMEMBERED:
                    self._found.popitem(last=False)


def in_order(lists: Iterable[Numbers]) -> Numbers:
    """The numbers of some lists in their order, each once."""
    numbers = np.concatenate((_NOTHING, *lists))
    numbers.sort(kind="stable")  # mostly they are in order
    again = numbers[1:] == numbers[:-1]
    return np.delete(numbers, np.flatnonzero(again)) if again.any() else numbers
