"""Linear heads over the shared space, and what the large ones know for the small."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.space import F32


@dataclass(frozen=True, slots=True)
class Head:
    """K linear scores. weights : (terms, K); bias : (K,); classes : their names; facts : calibration, card.

    rows : (terms,) where given, the row of `weights` each term has, -1 for none: few terms say much of an aspect.
    """

    classes: tuple[str, ...]
    weights: F32
    bias: F32
    facts: dict[str, Any] = field(default_factory=dict)
    rows: NDArray[np.int32] | None = None

    def margins(self, matrix: sparse.csr_array) -> F32:
        """(D, K) scores of D rows; above 0 speaks for a class."""
        if self.rows is not None:
            matrix = _only(matrix, self.rows, len(self.weights))
        out: F32 = matrix @ self.weights + self.bias
        return out


def _only(matrix: sparse.csr_array, rows: NDArray[np.int32], width: int) -> sparse.csr_array:
    """The columns of a matrix that have a row, numbered by it."""
    columns = rows[matrix.indices]
    kept = columns >= 0
    starts = np.concatenate(([0], np.cumsum(kept)))[matrix.indptr]
    return sparse.csr_array((matrix.data[kept], columns[kept], starts), shape=(matrix.shape[0], width))


KNOWS = ("polarity", "neutral", "emotion", "owners")  # heads whose scores smaller heads build on
KNOWN = np.float32(0.5)  # scale of those scores beside unit-length rows
ROWS = 4096  # of a product of weights: few enough that BLAS stays on one thread; beside busy ones two take ten times as long


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the large heads know, as columns for the small ones: H margins."""

    heads: tuple[Head, ...]

    @property
    def bias(self) -> F32:
        """(H,) the margins of an empty text."""
        out: F32 = np.concatenate([head.bias for head in self.heads])
        return out

    def columns(self, matrix: sparse.csr_array) -> F32:
        """(D, H) columns of D rows."""
        out: F32 = np.hstack([head.margins(matrix) for head in self.heads]) * KNOWN
        return out

    def fold(self, head: Head) -> Head:
        """A head with its `dense` (views, H, K) part added to its n-gram weights, each view's K columns.

        Everything is linear, so the folded head gives the same margins and reading costs nothing more.
        """
        dense = np.array(head.facts["dense"], dtype=np.float32) * KNOWN
        weights, bias = head.weights.copy(), head.bias.copy()
        for number, view in enumerate(dense):
            columns = slice(number * view.shape[1], (number + 1) * view.shape[1])
            bias += self.add(weights[:, columns], view)
        return Head(head.classes, weights, bias, head.facts)

    def add(self, weights: F32, view: F32) -> F32:
        """Adds to `weights` (terms, K) what a view's coefficients (H, K) make of the heads; (K,) for the bias."""
        ends = np.cumsum([len(head.bias) for head in self.heads])[:-1]
        parts = np.split(view, ends)
        # chunk by chunk: rows of heads that lie side by side come to hand together
        for start in range(0, len(weights), ROWS):
            rows = slice(start, start + ROWS)
            for head, part in zip(self.heads, parts, strict=True):
                weights[rows] += head.weights[rows] @ part
        bias = np.zeros(view.shape[1], dtype=np.float32)
        for head, part in zip(self.heads, parts, strict=True):
            bias += head.bias @ part
        return bias


@dataclass(frozen=True, slots=True)
class PackHeads:
    """What a trained pack is read with: what finds its aspects, and their polarity with its weights by view."""

    finder: Head
    reader: Head
    views: list[F32]
