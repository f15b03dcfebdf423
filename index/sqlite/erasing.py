"""Erasing posts so that no byte of them is left in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from core.models import AnnotatedPost, Coverage
from core.records import from_json
from index.plan import naming
from index.sqlite.columns import read_pairs
from index.sqlite.layout import BLOCK, FIELDS, FIXED, MANY, NONE, Rows, fixed_id, rows
from index.sqlite.schema import Connection
from index.sqlite.values import Book, codes_of
from index.sqlite.writing import Writing


def erase(connection: Connection, book: Book, ids: Sequence[str], accounts: Sequence[str] = ()) -> int:
    """Removes these posts, and what else names these accounts, inside the open transaction; how many posts."""
    _forget_accounts(connection, accounts)
    asked = json.dumps(list(ids))
    there = connection.execute(
        "SELECT seq, id, tokens, body FROM post WHERE id IN (SELECT value FROM json_each(?))", (asked,)
    ).fetchall()
    if not there:
        return 0
    items = [connection.bodies.unpack(row[3]) for row in there]
    seqs = [row[0] for row in there]
    writing = Writing(connection, book)
    for row, item in zip(there, items, strict=True):
        writing.take_out(row, item)
    before = rows(items)
    nothing = Rows(
        fixed={name: [0] * len(items) for name in before.fixed},
        keys={name: [()] * len(items) for name in before.keys},
    )
    writing.filling.amend(seqs, before, nothing)
    for seq in seqs:
        _forget_text(connection, seq)
    for table, column in (("snapshot", "post_id"), ("founder", "duplicate_group")):
        sql = f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608
        connection.execute(sql, (asked,))
    _forget_names(connection, before)
    book.forget()
    _forget_authors(connection, items)
    return len(items)


def _forget_text(connection: Connection, seq: int) -> None:
    """Empties its line among the recent texts; the lines behind it keep their places."""
    block, place = divmod(seq, BLOCK)
    found = connection.execute("SELECT text FROM recent WHERE block = ?", (block,)).fetchone()
    if found is not None:
        lines = found[0].split("\n")
        lines[place] = ""
        connection.execute("UPDATE recent SET text = ? WHERE block = ?", ("\n".join(lines), block))


def _forget_names(connection: Connection, gone: Rows) -> None:
    """Removes the values that only erased posts had."""
    for name in FIELDS:
        keys = list(dict.fromkeys(key for one in gone.keys[name] for key in one))
        codes = codes_of(connection, name, keys)
        left = _used(connection, name, codes.values())
        unused = [(FIELDS[name], code) for code in codes.values() if code not in left]
        connection.executemany("DELETE FROM value WHERE field = ? AND code = ?", unused)


def _used(connection: Connection, name: str, codes: Iterable[int]) -> set[int]:
    """Those of these codes that some post still has; erased posts have none."""
    wanted = np.array([*codes], dtype=np.uint32)
    used: set[int] = set()
    if not len(wanted):
        return used
    for (chunk,) in connection.execute("SELECT number FROM chunk").fetchall():
        if name in MANY:
            column = read_pairs(connection, chunk, name)["code"]
        else:
            sql = "SELECT data FROM fixed WHERE id = ?"
            data = connection.execute(sql, (fixed_id(chunk, name),)).fetchone()[0]
            column = np.frombuffer(data, dtype=FIXED[name])
        used.update(np.intersect1d(column, wanted).tolist())
    return used - {NONE}


def _forget_authors(connection: Connection, items: Iterable[AnnotatedPost]) -> None:
    """Removes the profiles of authors who have no post any more."""
    ids = {item.post.author.id for item in items if item.post.author and item.post.author.id}
    left = codes_of(connection, "account", sorted(ids))  # a value that is there is somebody's
    connection.executemany("DELETE FROM author WHERE id = ?", [(one,) for one in ids if one not in left])


def _forget_accounts(connection: Connection, accounts: Sequence[str]) -> None:
    """Removes profiles, and the slices of coverage that name them."""
    connection.executemany("DELETE FROM author WHERE id = ?", [(one,) for one in accounts])
    found = [from_json(body, Coverage) for (body,) in connection.execute("SELECT body FROM coverage")]
    connection.executemany(
        "DELETE FROM coverage WHERE run_id = ? AND source = ? AND slice = ?",
        [(one.run_id or "", one.source, one.slice) for one in naming(found, accounts)],
    )


def scrub(connection: Connection) -> None:
    """Rewrites the file without what was deleted: postings, free pages, the log of writes."""
    for name in ("lit", "words"):
        connection.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")  # noqa: S608 - names above
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
