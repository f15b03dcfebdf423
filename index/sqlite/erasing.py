"""Erasing posts so that no byte of them is left in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import StoreAway
from core.models import Coverage
from core.records import from_json
from index.sqlite.authors import accounts_told_of, forget_authors
from index.sqlite.columns import read_pairs
from index.sqlite.layout import FIELDS, FIXED, MANY, NONE, fixed_id
from index.sqlite.said.scouring import scour
from index.sqlite.schema import Connection
from index.sqlite.values import Book, codes_given, forget_names
from index.sqlite.writing import STORED, Writing
from index.store.plan import naming


def erase(connection: Connection, book: Book, ids: Sequence[str], accounts: Sequence[str] = ()) -> int:
    """Removes these posts, and what else names these accounts, inside the open transaction; how many posts."""
    _forget_accounts(connection, accounts)
    asked = json.dumps(list(ids))
    there = connection.execute(STORED, (asked,)).fetchall()
    if not there and not accounts:
        return 0
    items = [connection.bodies.unpack(body, origin) for *_, origin, body in there]
    if items:
        Writing(connection, book).take_out(list(zip(there, items, strict=True)))
        scour(connection)
    for table, column in (("snapshot", "post_id"), ("founder", "duplicate_group")):
        sql = f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608
        connection.execute(sql, (asked,))
    writers = {item.post.author.id for item in items if item.post.author and item.post.author.id}
    forget_authors(connection, writers, unless=_used(connection, "account"))
    _forget_names(connection)
    book.forget()
    return len(items)


def _forget_names(connection: Connection) -> None:
    """Removes the values that no post has any more, nor a profile."""
    for name in FIELDS:
        used = _used(connection, name)
        if name == "account":
            used |= accounts_told_of(connection)
        forget_names(connection, name, [code for code in codes_given(connection, name) if code not in used])


def _used(connection: Connection, name: str) -> set[int]:
    """The codes of a column that some post has, and that of none."""
    chunks = [number for (number,) in connection.execute("SELECT number FROM chunk")]
    return {NONE}.union(*(np.unique(_codes(connection, chunk, name)).tolist() for chunk in chunks))


def _codes(connection: Connection, chunk: int, name: str) -> NDArray[np.uint32]:
    """The codes in a chunk of a column."""
    if name in MANY:
        pairs: NDArray[np.uint32] = read_pairs(connection, chunk, name)["code"]
        return pairs
    sql = "SELECT data FROM fixed WHERE id = ?"
    data = connection.execute(sql, (fixed_id(chunk, name),)).fetchone()[0]
    return np.frombuffer(data, dtype=FIXED[name])


def _forget_accounts(connection: Connection, accounts: Sequence[str]) -> None:
    """Removes profiles, and the slices of coverage that name them."""
    forget_authors(connection, accounts)
    found = [from_json(body, Coverage) for (body,) in connection.execute("SELECT body FROM coverage")]
    connection.executemany(
        "DELETE FROM coverage WHERE run_id = ? AND source = ? AND slice = ?",
        [(one.run_id or "", one.source, one.slice) for one in naming(found, accounts)],
    )


def scrub(connection: Connection) -> None:
    """Rewrites the file without what was deleted: free pages, the log of writes.

    Raises `StoreAway` where somebody reads on for so long that the log cannot be emptied.
    """
    connection.execute("VACUUM")
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]  # after the usual time-out
    if busy:
        raise StoreAway(
            "the posts are gone from every search, but somebody is reading and the store's log still holds bytes"
            " of them; erase them again when nobody reads"
        )
