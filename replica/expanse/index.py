"""Rows gathered by a key, each key's rows in order of time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Index:
    """The rows that `chosen` marks, by their key."""

    def __init__(self, keys: NDArray[Any], chosen: NDArray[Any]) -> None:
        rows = np.flatnonzero(chosen).astype(np.int32)
        order = np.argsort(keys[rows], kind="stable")
        self._rows = rows[order]
        self._keys = keys[self._rows]

    def of(self, key: int) -> NDArray[Any]:
        """The rows of a key, the earliest first; empty for one that has none."""
        return self._rows[place(self._keys, key) : place(self._keys, key + 1)]


def place(ordered: NDArray[Any], value: int, *, after: bool = False) -> int:
    """Where `value` stands in numbers in order, before or `after` its equals.

    The value takes the numbers' own type: of another one numpy would copy them all.
    """
    return int(np.searchsorted(ordered, ordered.dtype.type(value), side="right" if after else "left"))
