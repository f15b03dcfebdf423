"""The names behind the codes of a column: each field counts its values from 1.

``value`` has them by code and ``name`` by name. What is new goes to the end of ``value``, and to ``name`` by thousands,
in its order: one by one, each batch would write anew nearly every page that the names of authors lie in. ``listed``
says up to which code ``name`` has them; those behind it are few enough to be looked through.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.facets import digest
from index.sqlite.layout import FIELDS, HASHED, NONE
from index.sqlite.schema import Connection

_NEW = 1 << 14  # names of a field that ``name`` may not have yet
_KEPT = 50_000  # names of a field remembered while writing, and the new ones
_TIES = 2_000  # names looked up one by one before their order is walked instead
_CODE_BITS = 32
_LISTED = "ifnull((SELECT code FROM listed WHERE field = :field), 0)"
_UNLISTED = f"SELECT key, id & 0xFFFFFFFF FROM value WHERE id > (:field << 32) + {_LISTED} AND id < (:field + 1) << 32"  # noqa: S608 - ours
_OF_FIELD = "SELECT key, code FROM name WHERE field = :field"
_WANTED = "AND key IN (SELECT value FROM json_each(:keys))"
_CODES = f"{_OF_FIELD} {_WANTED} UNION ALL {_UNLISTED} {_WANTED}"


@dataclass(slots=True)
class _Names:
    """What the writer knows of a field: all names behind the code `listed`, and some before it."""

    listed: int
    last: int  # the last code given
    codes: dict[str, int] = field(default_factory=dict)

    def new(self) -> dict[str, int]:
        return {key: code for key, code in self.codes.items() if code > self.listed}


class Book:
    """Codes for the writer, who remembers those it has seen; forget them when a transaction fails."""

    def __init__(self) -> None:
        self._names: dict[str, _Names] = {}

    def forget(self) -> None:
        self._names = {}

    def codes(self, connection: Connection, field: str, keys: Iterable[str]) -> dict[str, int]:
        """A code for each of these different keys, given now to those that have none.

        There may be others in it; the caller must not change it.
        """
        if field in HASHED:
            return {key: digest(key) for key in keys}
        names = self._names.get(field)
        if names is None:
            names = self._names[field] = _read(connection, FIELDS[field])
        if len(names.codes) > _KEPT + _NEW:
            names.codes = names.new()
        known = names.codes
        wanted = [key for key in keys if key not in known]  # once each, as the keys are
        if wanted and names.listed:
            known.update(_listed(connection, FIELDS[field], wanted))
            wanted = [key for key in wanted if key not in known]
        if wanted:
            _give(connection, FIELDS[field], names, wanted)
        return known


def _read(connection: Connection, number: int) -> _Names:
    (listed,) = connection.execute(f"SELECT {_LISTED}", {"field": number}).fetchone()
    codes = dict(connection.execute(_UNLISTED, {"field": number}).fetchall())
    return _Names(listed, max(codes.values(), default=listed), codes)


def _give(connection: Connection, number: int, names: _Names, keys: Sequence[str]) -> None:
    """Codes for names that have none."""
    codes = range(names.last + 1, names.last + 1 + len(keys))
    start = number << _CODE_BITS
    connection.executemany(
        "INSERT INTO value VALUES (?, ?)",
        zip(range(start + codes.start, start + codes.stop), keys, strict=True),
    )
    names.codes.update(zip(keys, codes, strict=True))
    names.last = codes[-1]
    if names.last - names.listed >= _NEW:
        connection.executemany(
            f"INSERT INTO name VALUES ({number}, ?, ?)",  # noqa: S608 - a number
            sorted(names.new().items()),
        )
        connection.execute("INSERT OR REPLACE INTO listed VALUES (?, ?)", (number, names.last))
        names.listed = names.last


def _listed(connection: Connection, number: int, keys: Sequence[str]) -> list[tuple[str, int]]:
    sql = "SELECT key, code FROM name WHERE field = ? AND key IN (SELECT value FROM json_each(?))"
    return connection.execute(sql, (number, json.dumps(keys))).fetchall()


def codes_of(connection: Connection, field: str, keys: Sequence[str]) -> dict[str, int]:
    """The codes of those of these keys that some post has or had; of a hashed field, all."""
    if field in HASHED:
        return {key: digest(key) for key in keys}
    return dict(connection.execute(_CODES, {"field": FIELDS[field], "keys": json.dumps(keys)}).fetchall())


def codes_given(connection: Connection, field: str) -> list[int]:
    """All codes of a field."""
    start = FIELDS[field] << _CODE_BITS
    found = connection.execute(
        "SELECT id - ?1 FROM value WHERE id BETWEEN ?1 AND ?2", (start, start | 0xFFFFFFFF)
    )
    return [code for (code,) in found]


def unlisted(connection: Connection) -> bool:
    """Whether ``name`` lacks names that it should have."""
    sql = (
        "SELECT 1 FROM listed WHERE (SELECT count(*) FROM name WHERE name.field = listed.field)"
        " < (SELECT count(*) FROM value WHERE id BETWEEN listed.field << 32 AND (listed.field << 32) + listed.code)"
    )
    return connection.execute(sql).fetchone() is not None


def forget_names(connection: Connection, field: str, codes: Sequence[int]) -> None:
    """Removes these codes and their names. Codes up to ``listed`` are never given again."""
    number, gone = FIELDS[field], json.dumps(codes)
    sql = "DELETE FROM value WHERE id IN (SELECT (? << 32) + value FROM json_each(?))"
    connection.execute(sql, (number, gone))
    sql = "DELETE FROM name WHERE field = ? AND code IN (SELECT value FROM json_each(?))"
    connection.execute(sql, (number, gone))


def names_of(connection: Connection, field: str, codes: Iterable[int]) -> dict[int, str]:
    """The keys of these codes."""
    found = connection.execute(
        "SELECT id & 0xFFFFFFFF, key FROM value WHERE id IN (SELECT (? << 32) + value FROM json_each(?))",
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
    few = len(tied) <= _TIES
    names = names_of(connection, field, there[counts[there] >= least] if few else surely)
    found = sorted(((names[code], int(counts[code])) for code in surely), key=lambda row: (-row[1], row[0]))
    wanted = limit - len(found)
    if few:
        last = sorted(names[code] for code in tied)[:wanted]
    else:
        last = _first(connection, field, counts == least, wanted)
    return [*found, *((key, least) for key in last)]


def _first(connection: Connection, field: str, among: NDArray[np.bool_], limit: int) -> list[str]:
    def tied(rows: Iterable[tuple[str, int]]) -> Iterator[str]:
        return (key for key, code in rows if code < len(among) and among[code])

    asked = {"field": FIELDS[field]}
    found = list(islice(tied(connection.execute(f"{_OF_FIELD} ORDER BY key", asked)), limit))
    last = found[-1] if len(found) == limit else None
    new = connection.execute(f"{_UNLISTED} AND (:last IS NULL OR key < :last)", {**asked, "last": last})
    return sorted([*found, *tied(new)])[:limit]
