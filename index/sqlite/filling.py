"""Writing columns: posts appended at their end, entries changed in place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.facets import digest
from index.sqlite.columns import read_pairs
from index.sqlite.layout import (
    BLOCK,
    CHUNK,
    FIXED,
    GROUP,
    HASHED,
    MANY,
    NONE,
    PAIRS,
    Pairs,
    Rows,
    fixed_id,
    many_id,
)
from index.sqlite.preparing import Coded, Prepared
from index.sqlite.schema import Connection
from index.sqlite.values import Book


class Filling:
    """The columns of one transaction, which `generation` names."""

    def __init__(self, connection: Connection, book: Book, generation: int) -> None:
        self._connection = connection
        self._book = book
        self._generation = generation

    def append(self, first: int, prepared: Prepared, groups: Sequence[str | None]) -> None:
        """Posts numbered from `first` on, in these near-duplicate groups."""
        fixed = {name: np.frombuffer(data, dtype=FIXED[name]) for name, data in prepared.fixed.items()}
        fixed[GROUP] = _grouped(prepared.ids, fixed["id"], groups)
        for name, coded in prepared.coded.items():
            if name in FIXED:
                codes = self._codes(name, coded.names, NONE)
                fixed[name] = codes[np.frombuffer(coded.numbers, dtype=np.uint32)]
        for chunk, start, stop in _parts(first, len(prepared.ids)):
            if first + start == chunk * CHUNK:
                self._begin(chunk)
            place = first + start - chunk * CHUNK
            for name, entries in fixed.items():
                self._put(chunk, name, place, entries[start:stop])
        for name in MANY:
            self._append_pairs(first, name, prepared.coded[name])

    def _codes(self, name: str, keys: Sequence[str], *before: int) -> NDArray[np.uint32]:
        codes = self._book.codes(self._connection, name, keys)
        return np.array([*before, *map(codes.__getitem__, keys)], dtype=np.uint32)

    def _begin(self, chunk: int) -> None:
        self._connection.execute("INSERT INTO chunk VALUES (?, ?, 0)", (chunk, self._generation))
        self._connection.executemany(
            "INSERT INTO fixed VALUES (?, zeroblob(?))",
            [(fixed_id(chunk, name), CHUNK * kind.itemsize) for name, kind in FIXED.items()],
        )

    def _put(self, chunk: int, name: str, place: int, entries: NDArray[Any]) -> None:
        size = FIXED[name].itemsize
        with self._connection.blobopen("fixed", "data", fixed_id(chunk, name)) as blob:
            blob.seek(place * size)
            blob.write(entries.tobytes())

    def _fixed(self, rows: Rows) -> dict[str, list[int]]:
        """All ``fixed`` columns, keywords as codes."""
        found = dict(rows.fixed)
        for name, keys in rows.keys.items():
            if name in FIXED:
                codes = self._book.codes(self._connection, name, dict.fromkeys(one[0] for one in keys if one))
                found[name] = [codes[one[0]] if one else NONE for one in keys]
        return found

    def _append_pairs(self, first: int, name: str, coded: Coded) -> None:
        places, numbers = coded.pairs()
        if not len(places):
            return
        seqs = places.astype(np.int64) + first
        found = np.empty(len(seqs), dtype=PAIRS[name])
        found["place"] = seqs % CHUNK
        found["code"] = numbers if name in HASHED else self._codes(name, coded.names)[numbers]
        blocks = np.arange(seqs[0] // BLOCK, seqs[-1] // BLOCK + 1)
        ends = np.searchsorted(seqs, (blocks + 1) * BLOCK).tolist()
        start = 0
        for block, end in zip(blocks.tolist(), ends, strict=True):
            chunk, within = divmod(block, CHUNK // BLOCK)
            if end > start:
                self._connection.execute(
                    "INSERT INTO many VALUES (?1, ?2)"
                    " ON CONFLICT (id) DO UPDATE SET data = CAST(data || ?2 AS BLOB)",
                    (many_id(chunk, name, within), found[start:end].tobytes()),
                )
            start = end

    def amend(self, seqs: Sequence[int], before: Rows, after: Rows) -> None:
        """Changes in place what differs between two states of these posts."""
        touched: set[int] = set()
        old, new = self._fixed(before), self._fixed(after)
        for name, entries in new.items():
            changed = [at for at, entry in enumerate(entries) if entry != old[name][at]]
            for chunk, places in _by_chunk([seqs[at] for at in changed]).items():
                self._poke(chunk, name, {place: entries[changed[at]] for at, place in places})
                touched.add(chunk)
        for name in MANY:
            keys = after.keys[name]
            changed = [at for at, one in enumerate(keys) if one != before.keys[name][at]]
            for chunk, places in _by_chunk([seqs[at] for at in changed]).items():
                self.replace(chunk, name, {place: keys[changed[at]] for at, place in places})
                touched.add(chunk)
        self._changed(touched)

    def _poke(self, chunk: int, name: str, entries: dict[int, int]) -> None:
        kind = FIXED[name]
        with self._connection.blobopen("fixed", "data", fixed_id(chunk, name)) as blob:
            for place, entry in entries.items():
                blob.seek(place * kind.itemsize)
                blob.write(np.array(entry, dtype=kind).tobytes())

    def replace(self, chunk: int, name: str, keys: dict[int, tuple[str, ...]]) -> None:
        """Gives posts of a chunk other values of a ``many`` column; its blocks become one."""
        named = dict.fromkeys(key for one in keys.values() for key in one)
        codes = self._book.codes(self._connection, name, named)
        pairs = read_pairs(self._connection, chunk, name)
        kept = pairs[~np.isin(pairs["place"], np.array(list(keys), dtype=np.uint16))]
        added = np.array(
            [(place, codes[key]) for place, one in keys.items() for key in one], dtype=PAIRS[name]
        )
        whole: Pairs = np.concatenate((kept, added))
        whole = whole[np.argsort(whole["place"], kind="stable")]
        first = many_id(chunk, name)
        self._connection.execute(
            "DELETE FROM many WHERE id BETWEEN ? AND ?", (first, first + CHUNK // BLOCK - 1)
        )
        self._connection.execute("INSERT INTO many VALUES (?, ?)", (first, whole.tobytes()))

    def _changed(self, chunks: set[int]) -> None:
        """Tells readers that entries of these chunks changed in place."""
        self._connection.executemany(
            "UPDATE chunk SET version = ? WHERE number = ?", [(self._generation, chunk) for chunk in chunks]
        )


def _grouped(
    ids: Sequence[str], hashes: NDArray[np.int64], groups: Sequence[str | None]
) -> NDArray[np.int64]:
    """The column of groups: a post without one is alone in its own."""
    found = hashes.copy()
    for at, (post_id, group) in enumerate(zip(ids, groups, strict=True)):
        if group is not None and group != post_id:
            found[at] = digest(group)
    return found


def _parts(first: int, posts: int) -> Iterator[tuple[int, int, int]]:
    """(chunk, start, stop) of the parts of a batch, counted from its beginning."""
    start = 0
    while start < posts:
        chunk = (first + start) // CHUNK
        stop = min(posts, (chunk + 1) * CHUNK - first)
        yield chunk, start, stop
        start = stop


def _by_chunk(seqs: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """By chunk, (index in `seqs`, place in the chunk)."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, seq in enumerate(seqs):
        chunk, place = divmod(seq, CHUNK)
        found[chunk].append((at, place))
    return found
