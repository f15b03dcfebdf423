"""What dead posts said, taken out of the rows of full chunks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.sqlite.layout import fixed_id
from index.sqlite.said import broad, spots
from index.sqlite.said.spots import LINE, Table
from index.sqlite.schema import Connection


def scour(connection: Connection) -> None:
    """Takes what dead posts said out of the spots and sets of full chunks; where it stood a gap is left."""
    for (chunk,) in connection.execute("SELECT number FROM chunk WHERE sealed > 0").fetchall():
        sql = "SELECT data FROM fixed WHERE id = ?"
        (data,) = connection.execute(sql, (fixed_id(chunk, "live"),)).fetchone()
        live = np.frombuffer(data, dtype=np.bool_)
        if not live.all():
            _scour_spots(connection, "spot", chunk, live)
            _scour_spots(connection, "word", chunk, live)
            _scour_sets(connection, chunk, live)


def _scour_spots(connection: Connection, table: Table, chunk: int, live: NDArray[np.bool_]) -> None:
    ends = spots.ends_of(connection, table, chunk).astype(np.int64)
    kept = np.repeat(live, np.diff(ends, prepend=-1))
    kept[ends] = True
    gone, changed = [], []
    sql = f"SELECT id, data FROM {table} WHERE id BETWEEN ? AND ?"  # noqa: S608 - one of two
    for key, data in connection.execute(sql, spots.ids(chunk)):
        codes, there, words = spots.unpacked(data)
        left = kept[there]
        if left.all():
            continue
        gone.append((key,))
        if left.any():
            codes, there = codes[left], there[left]
            first, second = spots.pair_of(key)
            if words:
                codes, words = _said(codes, words)
                beginning = f"{words.decode().split(LINE)[0]}{spots.ALONE}"
                second = second and ord(beginning[1])
            else:
                second = second and int(codes[0])  # a row's number must not tell of what is gone
            changed.append((spots.number(chunk, first, second), spots.packed(codes, there, words)))
    connection.executemany(f"DELETE FROM {table} WHERE id = ?", gone)  # noqa: S608
    connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", changed)  # noqa: S608


def _said(codes: NDArray[np.uint32], words: bytes) -> tuple[NDArray[np.uint32], bytes]:
    """Those words of a row that are left, and their codes anew."""
    left, again = np.unique(codes, return_inverse=True)
    spelled = words.decode().split(LINE)
    return again.astype(np.uint32), "".join(f"{spelled[code]}{LINE}" for code in left.tolist()).encode()


def _scour_sets(connection: Connection, chunk: int, live: NDArray[np.bool_]) -> None:
    changes = []
    for key, data in connection.execute(
        "SELECT id, data FROM broad WHERE id BETWEEN ? AND ?", broad.ids(chunk)
    ):
        places = broad.listed(broad.unpacked(data))
        left = places[live[places]]
        if len(left) < len(places):
            changes.append((broad.packed(left), key))
    connection.executemany("UPDATE broad SET data = ? WHERE id = ?", changes)
