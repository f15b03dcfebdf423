"""The names behind the codes of a column: each field counts its values from 1."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.facets import digest
from index.sqlite.layout import FIELDS, HASHED, NONE
from index.sqlite.schema import Connection

_KEPT = 50_000  # names of a field remembered while writing
_TIES = 2_000  # names looked up one by one before their order is walked instead


class Book:
    """Codes for the writer, who remembers those it has seen; forget them when a transaction fails."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {}

    def forget(self) -> None:
        self._known = {}

    def codes(self, connection: Connection, field: str, keys: Iterable[str]) -> dict[str, int]:
        """A code for each of these different keys, given now to those that have none.

        There may be others in it; the caller must not change it.
        """
        if field in HASHED:
            return {key: digest(key) for key in keys}
        known = self._known.setdefault(field, {})
        if len(known) > _KEPT:
            known.clear()
        wanted = [key for key in keys if key not in known]
        if wanted:
            known |= _stored(connection, field, wanted)
            new = sorted(key for key in wanted if key not in known)  # neighbours of the index go in together
            if new:
                last = connection.execute(
                    "SELECT ifnull(max(code), 0) FROM value WHERE field = ?", (FIELDS[field],)
                )
                codes = {key: code for code, key in enumerate(new, last.fetchone()[0] + 1)}
                connection.executemany(
                    "INSERT INTO value VALUES (?, ?, ?)",
                    [(FIELDS[field], code, key) for key, code in codes.items()],
                )
                known |= codes
        return known


def _stored(connection: Connection, field: str, keys: Sequence[str]) -> dict[str, int]:
    found = connection.execute(
        "SELECT key, code FROM value WHERE field = ? AND key IN (SELECT value FROM json_each(?))",
        (FIELDS[field], json.dumps(keys)),
    )
    return dict(found.fetchall())


def codes_of(connection: Connection, field: str, keys: Sequence[str]) -> dict[str, int]:
    """The codes of those of these keys that some post has or had; of a hashed field, all."""
    if field in HASHED:
        return {key: digest(key) for key in keys}
    return _stored(connection, field, keys)


def names_of(connection: Connection, field: str, codes: Iterable[int]) -> dict[int, str]:
    """The keys of these codes."""
    found = connection.execute(
        "SELECT code, key FROM value WHERE field = ? AND code IN (SELECT value FROM json_each(?))",
        (FIELDS[field], json.dumps([int(code) for code in codes])),
    )
    return dict(found.fetchall())


def top(connection: Connection, field: str, counts: NDArray[np.int64], limit: int) -> list[tuple[str, int]]:
    """The most frequent keys by counts by code, with their counts; ties in the order of the keys."""
    counts = counts.copy()
    counts[NONE] = 0
    there = np.flatnonzero(counts)
    if limit <= 0 or not len(there):
        return []
    least = 1
    if len(there) > limit:
        least = int(np.partition(counts[there], len(there) - limit)[len(there) - limit])
    surely = there[counts[there] > least]
    tied = there[counts[there] == least]
    names = names_of(connection, field, surely)
    found = sorted(((names[code], int(counts[code])) for code in surely), key=lambda row: (-row[1], row[0]))
    wanted = limit - len(found)
    if len(tied) <= _TIES:
        last = sorted(names_of(connection, field, tied).values())[:wanted]
    else:
        last = _first(connection, field, counts == least, wanted)
    return [*found, *((key, least) for key in last)]


def _first(connection: Connection, field: str, among: NDArray[np.bool_], limit: int) -> list[str]:
    found: list[str] = []
    for key, code in connection.execute(
        "SELECT key, code FROM value WHERE field = ? ORDER BY key", (FIELDS[field],)
    ):
        if code < len(among) and among[code]:
            found.append(key)
            if len(found) == limit:
                break
    return found
