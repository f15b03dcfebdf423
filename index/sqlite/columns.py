"""The columns in memory: read from the file when first asked for, brought up to date before each question.

Numbers of posts only grow and entries of a chunk change in place only when its version does, so what is new
is the end of each column, and the chunks with another version. Arrays that a running question may hold are
never written to below the posts it knows of.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.sqlite.layout import BLOCK, CHUNK, FIXED, MANY, PAIRS, Pairs, fixed_id, many_id
from index.sqlite.said.known import Known, Said
from index.sqlite.said.spots import Table
from index.sqlite.schema import Connection

Array = NDArray[Any]
# Codes are kept in as few bytes as they need: most keywords have few values, and to gather what lies close is fast.
_NARROWEST = {name: np.dtype("u1") for name, kind in FIXED.items() if kind == np.dtype("<u4")}


@dataclass(frozen=True, slots=True)
class View:
    """One moment of the store: `posts` numbers were given by then, dead ones included.

    `fixed` are whole columns, `many` pairs by chunk; `said` is there by the tables that are asked for.
    """

    generation: int
    posts: int
    live: NDArray[np.bool_]
    fixed: Mapping[str, Array]
    many: Mapping[str, list[Flat]]
    said: Mapping[Table, Said]

    @property
    def chunks(self) -> int:
        return -(-self.posts // CHUNK)


@dataclass(slots=True)
class _Column:
    array: Array
    generation: int = -1  # it was brought up to date for
    filled: int = 0
    versions: dict[int, int] = field(default_factory=dict)


class Flat(NamedTuple):
    """The pairs of a chunk's column, apart."""

    places: NDArray[np.uint16]
    codes: Array


@dataclass(slots=True)
class _Pairs:
    version: int
    posts: int
    flat: Flat


class Columns:
    """What one store has read so far; threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = -1
        self._posts = 0
        self._versions: dict[int, int] = {}
        self._sealed: dict[int, int] = {}  # full chunks, with the generation that made them so
        self._known: dict[Table, Known] = {"spot": Known("spot"), "word": Known("word")}
        self._fixed: dict[str, _Column] = {}
        self._many: dict[tuple[str, int], _Pairs] = {}

    def view(self, connection: Connection, names: Iterable[str] = (), tables: Iterable[Table] = ()) -> View:
        """Begins a transaction on `connection` and gives the columns of its moment, and what these tables say."""
        with self._lock:
            self._begin(connection)
            wanted = list(dict.fromkeys(("live", *names)))
            fixed = {name: self._column(connection, name) for name in wanted if name in FIXED}
            chunks = range(-(-self._posts // CHUNK))
            many = {
                name: [self._pairs(connection, name, chunk) for chunk in chunks]
                for name in wanted
                if name in MANY
            }
            return View(
                generation=self._generation,
                posts=self._posts,
                live=fixed["live"].view(np.bool_),
                fixed=fixed,
                many=many,
                said={
                    table: self._known[table].said(connection, self._generation, self._versions, self._sealed)
                    for table in tables
                },
            )

    def _begin(self, connection: Connection) -> None:
        """A transaction that sees no less than what others have read already."""
        while True:
            connection.execute("BEGIN")
            told = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('generation', 'next')"))
            if told["generation"] >= self._generation:
                break
            connection.execute("ROLLBACK")
        if told["generation"] > self._generation:
            self._generation, self._posts = told["generation"], told["next"]
            rows = connection.execute("SELECT number, version, sealed FROM chunk").fetchall()
            self._versions = {number: version for number, version, _ in rows}
            self._sealed = {number: sealed for number, _, sealed in rows if sealed}

    def _column(self, connection: Connection, name: str) -> Array:
        column = self._fixed.get(name)
        if column is not None and column.generation == self._generation:
            return column.array[: self._posts]
        if column is None or column.filled > self._posts:  # the store was cleared meanwhile
            column = self._fixed[name] = _Column(np.empty(0, dtype=_NARROWEST.get(name, FIXED[name])))
        stale = [chunk for chunk, version in column.versions.items() if self._versions.get(chunk) != version]
        if stale:
            column.array = column.array.copy()
        if len(column.array) < self._posts:
            grown = np.empty(-(-self._posts * 5 // 4 // CHUNK) * CHUNK + CHUNK, dtype=column.array.dtype)
            grown[: column.filled] = column.array[: column.filled]
            column.array = grown
        new = range(column.filled // CHUNK, -(-self._posts // CHUNK)) if self._posts > column.filled else ()
        for chunk in sorted({*stale, *new}):
            self._load(connection, column, name, chunk)
        column.filled, column.generation = self._posts, self._generation
        return column.array[: self._posts]

    def _load(self, connection: Connection, column: _Column, name: str, chunk: int) -> None:
        version = self._versions[chunk]
        start, end = chunk * CHUNK, min((chunk + 1) * CHUNK, self._posts)
        data = connection.execute("SELECT data FROM fixed WHERE id = ?", (fixed_id(chunk, name),)).fetchone()[
            0
        ]
        read = np.frombuffer(data, dtype=FIXED[name])[: end - start]
        if name in _NARROWEST:
            widest = np.min_scalar_type(read.max())
            if widest.itemsize > column.array.itemsize:
                column.array = column.array.astype(widest)
        same = column.versions.get(chunk) == version
        first = max(start, column.filled) if same else start  # a question may be reading what lies before
        column.array[first:end] = read[first - start :]
        column.versions[chunk] = version

    def _pairs(self, connection: Connection, name: str, chunk: int) -> Flat:
        posts = min(self._posts - chunk * CHUNK, CHUNK)
        version = self._versions[chunk]
        known = self._many.get((name, chunk))
        if known is None or known.version != version or known.posts != posts:
            pairs = read_pairs(connection, chunk, name)
            flat = Flat(*map(np.ascontiguousarray, (pairs["place"], pairs["code"])))
            known = self._many[name, chunk] = _Pairs(version, posts, flat)
        return known.flat


def read_pairs(connection: Connection, chunk: int, name: str) -> Pairs:
    """The pairs of a chunk's column, by place."""
    first = many_id(chunk, name)
    rows = connection.execute(
        "SELECT data FROM many WHERE id BETWEEN ? AND ? ORDER BY id", (first, first + CHUNK // BLOCK - 1)
    )
    return np.frombuffer(b"".join(data for (data,) in rows), dtype=PAIRS[name])
