"""Is a database sound, and how it is made sound again: from the records in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from core.errors import UsageError
from core.models import AnnotatedPost
from index.sqlite.authors import rewrite_authors
from index.sqlite.layout import CHUNK, FIXED
from index.sqlite.lock import WriterLock
from index.sqlite.said.spots import Table, ends_of
from index.sqlite.schema import (
    APPLICATION,
    AUTHOR,
    KEPT,
    POST,
    VERSION,
    Connection,
    connect,
    create_index,
    drop,
    identity,
    told,
)
from index.sqlite.values import Book, unlisted
from index.sqlite.writing import Writing

_OLDEST = 202  # the version since which the kept tables are what they are
_PACKED = 300  # the version since which records are MessagePack
_APART = 320  # the version since which the near-duplicate group lies beside the record
_BATCH = 5_000  # posts


@dataclass(frozen=True, slots=True)
class Repair:
    """`posts` are indexed anew; `lost` could not be read, and come back with ``tingfeng ingest --rebuild``."""

    posts: int
    lost: int


def examine(path: Path) -> list[str]:
    """What is wrong with a store, a line each; nothing when it is sound."""
    with told(path):
        connection = connect(path)
        try:
            _ours(connection, path)
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
            wrong += [f"the characters of chunk {one} cannot be read" for one in _unread(connection, "spot")]
            wrong += [f"the words of chunk {one} cannot be read" for one in _unread(connection, "word")]
            columns = connection.execute("SELECT count(*) FROM fixed").fetchone()[0]
            chunks = connection.execute("SELECT count(*) FROM chunk").fetchone()[0]
            if columns != chunks * len(FIXED):
                wrong.append(f"{columns} columns of {chunks} chunks, {chunks * len(FIXED)} are due")
            if unlisted(connection):
                wrong.append("some names of values cannot be looked up")
            posts = connection.execute("SELECT count(*) FROM post").fetchone()[0]
            given = connection.execute("SELECT value FROM meta WHERE key = 'next'").fetchone()[0]
            if posts > given or chunks * CHUNK < given:
                wrong.append(f"{posts} posts, but columns for {given} in {chunks} chunks")
            return wrong
        finally:
            connection.close()


def _unread(connection: Connection, table: Table) -> list[int]:
    """The full chunks of which a table does not tell."""
    sealed = connection.execute("SELECT number FROM chunk WHERE sealed > 0").fetchall()
    return [chunk for (chunk,) in sealed if len(ends_of(connection, table, chunk)) != CHUNK]


def repair(path: Path) -> Repair:
    """Makes the index anew from the records, as this version writes it; all of it or nothing.

    Raises `UsageError` for a file that is not ours or too old, `StoreAway` where another process writes to it
    or the records' own pages are lost.
    """
    lock = WriterLock(path.with_name(path.name + "-writer"))
    lock.take()
    try:
        with told(path):
            connection = connect(path)
            try:
                return _rebuilt(connection, _ours(connection, path))
            finally:
                connection.close()
    finally:
        lock.release()


def _ours(connection: Connection, path: Path) -> int:
    """The version of a store of ours."""
    application, version = identity(connection)
    if application != APPLICATION or version < _OLDEST:
        raise UsageError(f"{path} is no store that can be repaired; move it away and run tingfeng ingest")
    return version


def _rebuilt(connection: Connection, version: int) -> Repair:
    connection.execute("BEGIN IMMEDIATE")
    try:
        drop(connection, keep=KEPT)
        create_index(connection)
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('generation', 0)")
        connection.execute("UPDATE meta SET value = 0 WHERE key = 'next'")
        for table, sql in (("post", POST), ("author", AUTHOR)):
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
            connection.execute(sql)
        book = Book()
        writing = Writing(connection, book)
        posts = lost = 0
        packed = connection.bodies
        unpack = packed.unpack_json if version < _PACKED else packed.unpack
        sql = f"SELECT body, {'NULL' if version < _APART else 'origin'} FROM post_before ORDER BY seq"  # noqa: S608
        for items, unread in _records(connection.execute(sql), unpack):
            writing.add(items)
            posts, lost = posts + len(items), lost + unread
        authors = connection.execute("SELECT body FROM author_before")
        while bodies := [body for (body,) in authors.fetchmany(_BATCH)]:
            rewrite_authors(connection, book, bodies)
        for table in ("post_before", "author_before"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("VACUUM")
    return Repair(posts, lost)


def _records(
    rows: Iterable[tuple[bytes, str | None]], unpack: Callable[[bytes, str | None], AnnotatedPost]
) -> Iterator[tuple[list[AnnotatedPost], int]]:
    """The records in their order, a batch at a time, with the number of those that cannot be read."""
    items: list[AnnotatedPost] = []
    lost = 0
    for body, origin in rows:
        try:
            items.append(unpack(body, origin))
        except (zstandard.ZstdError, msgspec.DecodeError):
            lost += 1
        if len(items) == _BATCH:
            yield items, lost
            items, lost = [], 0
    yield items, lost
