"""Linear heads over the shared space, and the files they ship in.

Weights are stored as signed bytes on a square-root scale: small weights, of which most are, keep
their digits, and a head costs one byte a term. Files are plain `numpy.savez_compressed` archives.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.encoder import Encoder
from nlp.space import F32, Block, Space

MODELS = Path(__file__).parent / "models"


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
        begin, bias = 0, np.zeros(view.shape[1], dtype=np.float32)
        for head in self.heads:  # one by one: all of them side by side would be in memory once more
            part = view[begin : begin + len(head.bias)]
            weights += head.weights @ part
            bias += head.bias @ part
            begin += len(head.bias)
        return bias


def squeeze(weights: F32) -> tuple[NDArray[np.int8], F32]:
    """Weights as bytes and the scale of each column: w ≈ sign(q) · (q / 127)² · scale."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9).astype(np.float32)
    roots = np.sqrt(np.abs(weights) / scale) * 127
    return (np.sign(weights) * np.rint(roots)).astype(np.int8), scale


def expand(stored: NDArray[np.int8], scale: F32) -> F32:
    """The weights of `squeeze`, within 1 % of the largest."""
    levels = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float32) / 127
    table = (np.sign(levels) * levels * levels).astype(np.float32)
    return table[stored.view(np.uint8)] * scale


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


def load_head(path: Path, into: F32 | None = None) -> Head:
    """A head of a file, its weights in `into` (zeros) where that is given.

    Raises `FileNotFoundError` saying how to make it.
    """
    short = _load(path)
    head = short.head
    weights = np.zeros((short.terms, len(head.classes)), dtype=np.float32) if into is None else into
    weights[short.used] = head.weights
    return Head(head.classes, weights, head.bias, head.facts)


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
        used = np.cumsum(stored[prefix + "rows"], dtype=np.int64) - 1
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


@dataclass(frozen=True, slots=True)
class PackHeads:
    """What a trained pack is read with: what finds its aspects, and their polarity with its weights by view."""

    finder: Head
    reader: Head
    views: list[F32]


def _load(path: Path) -> Short:
    with np.load(_there(path)) as stored:
        return Short.of(stored)


def _classes(path: Path) -> tuple[str, ...]:
    """The classes of the head of a file."""
    with np.load(_there(path)) as stored:
        return tuple(json.loads(stored["header"].tobytes())["classes"])


def save_space(path: Path, space: Space) -> None:
    arrays = {}
    for name, block in (("chars", space.chars), ("words", space.words)):
        slots = np.flatnonzero(block.ids >= 0)
        arrays[name] = _steps(slots)
        arrays[name + "_idf"] = np.rint(block.idf * 16).astype(np.uint8)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_space(path: Path) -> Space:
    """The space of a file; raises `FileNotFoundError` saying how to make it."""
    with np.load(_there(path)) as stored:
        blocks = [
            Block.of(
                np.cumsum(stored[name], dtype=np.int64) - 1, stored[name + "_idf"].astype(np.float32) / 16
            )
            for name in ("chars", "words")
        ]
    return Space(*blocks)


def _steps(rising: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Distances between rising numbers, the first counted from -1: small numbers that pack well."""
    return np.diff(rising, prepend=-1).astype(np.uint32)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: the model is missing; make it with: python -m nlp.train")
    return path


class Models:
    """The models of a folder, each read once and kept."""

    def __init__(self, folder: Path = MODELS) -> None:
        self.folder = folder
        self._heads: dict[str, Head] = {}
        self._views: dict[str, list[F32]] = {}
        self._together: dict[tuple[str, ...], F32] = {}
        self._space: Space | None = None
        self._identity: str | None = None
        self._beside = folder
        self._encoder: Encoder | None = None

    def beside(self, folder: Path) -> Models:
        """The same linear heads, held in memory once, with the second tier of another folder."""
        self.space()
        out = copy(self)
        out._beside, out._encoder = folder, None
        return out

    def views(self, name: str) -> list[F32]:
        """The weights by view of a head that builds on the large ones, as `Short.folded` gives them."""
        if name not in self._views:
            self._heads[name], self._views[name] = _load(self.folder / f"{name}.npz").folded(self.knowledge())
        return self._views[name]

    def knowledge(self) -> Knowledge:
        """What the large heads know."""
        return Knowledge(tuple(self.head(name) for name in KNOWS))

    def pack_heads(self, domain: str) -> PackHeads:
        """What a pack that ships is read with."""
        reader = f"opinions-{domain}"
        return PackHeads(self.head(f"aspects-{domain}"), self.head(reader), self.views(reader))

    def identity(self) -> str:
        """Names what small heads are built on: the space and the large heads."""
        if self._identity is None:
            digest = hashlib.blake2b(digest_size=8)
            for name in ("space", *KNOWS):
                digest.update(_there(self.folder / f"{name}.npz").read_bytes())
            self._identity = digest.hexdigest()
        return self._identity

    def stacked(self, names: Sequence[str]) -> F32:
        """(terms, K) the weights of several heads side by side; the heads are slices of it: once in memory."""
        key = tuple(names)
        if key not in self._together:
            paths = [self.folder / f"{name}.npz" for name in names]
            ends = np.cumsum([len(_classes(path)) for path in paths]).tolist()
            whole = np.zeros((self.space().terms, ends[-1]), dtype=np.float32)
            for name, path, begin, end in zip(names, paths, [0, *ends[:-1]], ends, strict=True):
                self._heads[name] = load_head(path, whole[:, begin:end])
            self._together[key] = whole
        return self._together[key]

    def space(self) -> Space:
        """The shared space."""
        if self._space is None:
            self._space = load_space(self.folder / "space.npz")
        return self._space

    def encoder(self) -> Encoder | None:
        """The second tier; None where the folder has none, and the linear heads read alone."""
        if self._encoder is None and Encoder.there(self._beside):
            self._encoder = Encoder(self._beside)
        return self._encoder

    def has(self, name: str) -> bool:
        """Whether the folder has a head of this name."""
        return (self.folder / f"{name}.npz").is_file()

    def head(self, name: str) -> Head:
        """The head of a name; raises `FileNotFoundError` where the folder has none."""
        if name not in self._heads:
            if name.startswith("aspects-"):
                self._heads[name] = _load(self.folder / f"{name}.npz").finder()
            elif name == "terms" or name.startswith("opinions-"):
                self.views(name)  # which hold its weights
            else:
                self._heads[name] = load_head(self.folder / f"{name}.npz")
        return self._heads[name]


@cache
def shipped() -> Models:
    """The models that ship, one set a process."""
    return Models()
