"""The files that heads and the space ship in.

Weights are stored as signed bytes on a square-root scale: small weights, of which most are, keep
their digits, and a head costs one byte a term. Files are plain `numpy.savez_compressed` archives.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.heads import KNOWN, Head, Knowledge
from nlp.space import F32, Block, Space

_ROWS = 1 << 14  # of weights: few enough for the processor's cache


def squeeze(weights: F32) -> tuple[NDArray[np.int8], F32]:
    """Weights as bytes and the scale of each column: w ≈ sign(q) · (q / 127)² · scale."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9).astype(np.float32)
    roots = np.sqrt(np.abs(weights) / scale) * 127
    return (np.sign(weights) * np.rint(roots)).astype(np.int8), scale


def expand(stored: NDArray[np.int8], scale: F32) -> F32:
    """The weights of `squeeze`, within 1 % of the largest."""
    out = np.empty(stored.shape, dtype=np.float32)
    for start in range(0, len(stored), _ROWS):
        part = out[start : start + _ROWS]
        np.divide(stored[start : start + _ROWS], np.float32(127), out=part)
        part *= np.abs(part)
        part *= scale
    return out


def save_head(path: Path, head: Head) -> None:
    np.savez_compressed(path, **arrays_of(head))


def arrays_of(head: Head, prefix: str = "") -> dict[str, Any]:
    """A head as the arrays it is stored as, by their names in the file."""
    stored, scale = squeeze(head.weights)
    used = np.flatnonzero(stored.any(axis=1))
    header = {"classes": head.classes, "terms": len(stored), "facts": head.facts}
    arrays = {
        "rows": _steps(used),
        "weights": np.ascontiguousarray(stored[used].T),
        "scale": scale,
        "bias": head.bias.astype(np.float32),
        "header": np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8),
    }
    return {prefix + name: array for name, array in arrays.items()}


def load_head(path: Path) -> Head:
    """The head of a file; raises `FileNotFoundError` saying how to make it."""
    return load_heads([path])[0][0]


def load_heads(paths: Sequence[Path]) -> tuple[list[Head], F32]:
    """The heads of some files, and their weights side by side, of which theirs are slices. Raises as `load_head`."""
    parts = []
    for path in paths:
        with np.load(there(path)) as stored:
            parts.append(dict(stored))
    headers = [json.loads(part["header"].tobytes()) for part in parts]
    ends = np.cumsum([len(part["weights"]) for part in parts]).tolist()
    packed = np.zeros((headers[0]["terms"], ends[-1]), dtype=np.int8)
    columns = [slice(*pair) for pair in pairwise([0, *ends])]
    for part, column in zip(parts, columns, strict=True):
        packed[:, column][_rising(part["rows"])] = part["weights"].T
    weights = expand(packed, np.concatenate([part["scale"] for part in parts]))
    heads = [
        Head(tuple(header["classes"]), weights[:, column], part["bias"], header["facts"])
        for header, part, column in zip(headers, parts, columns, strict=True)
    ]
    return heads, weights


@dataclass(frozen=True, slots=True)
class Short:
    """A head with the rows of its terms alone: used : those terms; terms : how many there are in all."""

    head: Head
    used: NDArray[np.int64]
    terms: int

    @staticmethod
    def of(stored: Mapping[str, NDArray[Any]], prefix: str = "") -> Short:
        """The head of the arrays of `arrays_of`."""
        header = json.loads(stored[prefix + "header"].tobytes())
        used = _rising(stored[prefix + "rows"])
        weights = expand(np.ascontiguousarray(stored[prefix + "weights"].T), stored[prefix + "scale"])
        head = Head(tuple(header["classes"]), weights, stored[prefix + "bias"], header["facts"])
        return Short(head, used, header["terms"])

    def finder(self) -> Head:
        """The head as a finder of aspects: of a matrix it takes the columns it has."""
        rows = np.full(self.terms, -1, dtype=np.int32)
        rows[self.used] = np.arange(len(self.used))
        return Head(self.head.classes, self.head.weights, self.head.bias, self.head.facts, rows)

    def folded(self, known: Knowledge) -> tuple[Head, list[F32]]:
        """The head without its weights, and these by view, each (terms, 3) in one piece: a slice would be
        copied at every product. What the large heads know is folded in.
        """
        head, views, bias = self.head, [], self.head.bias.copy()
        for number, dense in enumerate(np.array(head.facts["dense"], dtype=np.float32) * KNOWN):
            weights = np.zeros((self.terms, dense.shape[1]), dtype=np.float32)
            weights[self.used] = head.weights[:, 3 * number : 3 * number + 3]
            bias += known.add(weights, dense)
            views.append(weights)
        return Head(head.classes, head.weights[:0].copy(), bias, head.facts), views


def load_short(path: Path) -> Short:
    """The head of a file with the rows of its terms alone; raises as `load_head`."""
    with np.load(there(path)) as stored:
        return Short.of(stored)


def save_space(path: Path, space: Space) -> None:
    arrays = {}
    for name, block in (("chars", space.chars), ("words", space.words)):
        slots = np.flatnonzero(block.ids >= 0)
        arrays[name] = _steps(slots)
        arrays[name + "_idf"] = np.rint(block.idf * 16).astype(np.uint8)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_space(path: Path) -> Space:
    """The space of a file; raises `FileNotFoundError` saying how to make it."""
    with np.load(there(path)) as stored:
        blocks = [
            Block.of(_rising(stored[name]), stored[name + "_idf"].astype(np.float32) / 16)
            for name in ("chars", "words")
        ]
    return Space(*blocks)


def _steps(rising: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Distances between rising numbers, the first counted from -1: small numbers that pack well."""
    return np.diff(rising, prepend=-1).astype(np.uint32)


def _rising(steps: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The numbers of `_steps`."""
    found: NDArray[np.int64] = np.cumsum(steps, dtype=np.int64) - 1
    return found


def there(path: Path) -> Path:
    """The path of a file; raises `FileNotFoundError` saying how to make it where there is none."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: the model is missing; make it with: python -m nlp.train")
    return path
