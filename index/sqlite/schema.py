"""The tables, and how a database file is opened and told from what is not ours.

``post`` holds whole records (`index.sqlite.bodies`). What is filtered, sorted and counted by lies in columns
(`index.sqlite.layout`): ``fixed`` and ``many``, with the names behind their codes in ``value`` and ``name``
(`index.sqlite.values`). ``spot`` says where each character stands in the texts, and ``word`` where each segmented word
does (`index.sqlite.said.spots`), ``broad`` in which posts common characters, pairs and words do (`index.sqlite.said.broad`);
``recent`` holds the texts and words they do not cover yet. None of these is written in place: a post whose text or
words change gets a new ``seq``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import msgspec
import zstandard

from core.errors import StoreAway, UsageError
from index import tokens
from index.sqlite.bodies import Bodies, dictionary

APPLICATION = 0x54464E47  # "TFNG"
VERSION = 380 + tokens.VERSION
_PAGE = 8_192  # bytes; larger ones make a write cheaper and a lookup dearer
_MAPPED = 1 << 31  # bytes of the file, or as many as SQLite maps: what lies behind them is copied to be read
MISSING = -(2**62)  # the time of a post without one: sorts last when newest come first

# What is told of once and kept; the same since version 202, so that older stores can be brought up to date, but that
# ``post.origin`` is new in 320, and ``post.tokens`` was there until 380.
POST = """CREATE TABLE post (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT, body BLOB NOT NULL
)"""
# Profiles by the codes of their accounts (`index.sqlite.values`), so that new ones follow one another; in versions
# before 360 by their ids.
AUTHOR = "CREATE TABLE author (account INTEGER PRIMARY KEY, body TEXT NOT NULL)"
_KEPT = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
{POST};
CREATE TABLE founder (duplicate_group TEXT PRIMARY KEY, signature BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshot (post_id TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (post_id, at)) WITHOUT ROWID;
CREATE TABLE mark (run_id TEXT PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE run (id TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE coverage (run_id TEXT NOT NULL, source TEXT NOT NULL, slice TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run_id, source, slice)) WITHOUT ROWID;
CREATE TABLE hot (at INTEGER NOT NULL, platform TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (at, platform, title)) WITHOUT ROWID;
{AUTHOR};
"""
# What is made from ``post`` and can be made anew.
_INDEX = """
CREATE TABLE chunk (number INTEGER PRIMARY KEY, version INTEGER NOT NULL, sealed INTEGER NOT NULL);
CREATE TABLE fixed (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE many (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE value (id INTEGER PRIMARY KEY, key TEXT NOT NULL);
CREATE TABLE name (field INTEGER NOT NULL, key TEXT NOT NULL, code INTEGER NOT NULL,
    PRIMARY KEY (field, key)) WITHOUT ROWID;
CREATE TABLE listed (field INTEGER PRIMARY KEY, code INTEGER NOT NULL);
CREATE TABLE recent (
    block INTEGER PRIMARY KEY, posts INTEGER NOT NULL, text TEXT NOT NULL, words TEXT NOT NULL
);
CREATE TABLE spot (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE broad (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE word (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""
KEPT = ("meta", "post", "founder", "snapshot", "mark", "run", "coverage", "hot", "author")


class Connection(sqlite3.Connection):
    """A connection that knows how this database packs its records."""

    @cached_property
    def bodies(self) -> Bodies:
        return Bodies(self.execute("SELECT value FROM meta WHERE key = 'dictionary'").fetchone()[0])


def create(connection: Connection, generation: int = 0) -> None:
    """Makes the tables, inside the open transaction.

    `generation` counts transactions, over a clearing too, so that who has read columns knows them for old.
    """
    _run(connection, _KEPT)
    create_index(connection)
    connection.execute(
        "INSERT INTO meta VALUES ('dictionary', ?), ('next', 0), ('generation', ?)",
        (dictionary(), generation),
    )


def create_index(connection: Connection) -> None:
    """Makes the tables of what is made from ``post``."""
    _run(connection, _INDEX)


def _run(connection: Connection, statements: str) -> None:
    for statement in statements.split(";\n"):  # `executescript` would commit
        if statement.strip():
            connection.execute(statement)


def drop(connection: Connection, *, keep: tuple[str, ...] = ()) -> None:
    """Removes all tables but those to `keep`, inside the open transaction."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
    virtual = {name for name, sql in rows if sql.startswith("CREATE VIRTUAL")}
    for name, _ in sorted(rows, key=lambda row: row[0] not in virtual):
        owned = any(name.startswith(f"{one}_") for one in virtual)  # it goes with its virtual table
        if name not in keep and not owned and not name.startswith("sqlite_"):
            connection.execute(f"DROP TABLE {name}")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into ours."""
    try:
        yield
    except (sqlite3.DatabaseError, zstandard.ZstdError, msgspec.DecodeError) as error:
        raise _meaning(error, path) from error


def _meaning(error: Exception, path: Path) -> StoreAway | UsageError:
    text = str(error)
    if "interrupted" in text:
        return UsageError("the query takes too long; narrow it by words, or by after: and before:")
    if "not a database" in text:
        return UsageError(f"{path} is not a SQLite database; give another --store")
    if "unable to open" in text:
        return UsageError(f"{path} cannot be opened; check that the folder exists and is yours")
    if "locked" in text:
        return StoreAway(f"{path} is busy with another writer; nothing was lost, run again when it is done")
    if "full" in text:
        return StoreAway(f"the disk is full ({path}); nothing was lost: free some space and run again")
    if "readonly" in text:
        return StoreAway(f"{path} is read-only; nothing was lost: allow writing to it and run again")
    if "malformed" in text or "corrupt" in text or not isinstance(error, sqlite3.Error):
        return StoreAway(
            f"{path} is damaged; tingfeng doctor --repair saves what can be read,"
            " tingfeng ingest --rebuild reads the landing anew"
        )
    return StoreAway(f"{path}: {text}; nothing was lost, run again")


def connect(path: Path) -> Connection:
    """A connection with our settings; autocommit, so that transactions are ours to begin."""
    connection = sqlite3.connect(
        path, timeout=5.0, isolation_level=None, check_same_thread=False, factory=Connection
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
    return connection


def prepare(path: Path, *, renew: bool = False) -> None:
    """Makes the file where there is none and checks that it is ours where there is one.

    `renew`: a store of another version is emptied instead of refused.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder of {path} cannot be made: {error.strerror}") from error
    with told(path):
        connection = connect(path)
        try:
            _begin(connection)
            _check(connection, path, renew=renew)
        finally:
            connection.close()


def _begin(connection: Connection) -> None:
    """Makes the tables in an empty file."""
    empty = not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if empty and identity(connection) == (0, 0):
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if identity(connection) == (0, 0):  # else another process was first
            create(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")


def _check(connection: Connection, path: Path, *, renew: bool) -> None:
    application, version = identity(connection)
    if application != APPLICATION:
        raise UsageError(f"{path} is a database of another program; give another --store")
    if version == VERSION:
        return
    if not renew:
        raise UsageError(
            f"{path} was written by another version of Tingfeng ({version}, this one writes {VERSION});"
            " tingfeng doctor --repair brings it up to date, tingfeng ingest --rebuild reads the landing anew"
        )
    connection.execute("BEGIN IMMEDIATE")
    drop(connection)
    create(connection)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def identity(connection: Connection) -> tuple[int, int]:
    """Whose database it is, and of which version."""
    names = ("application_id", "user_version")
    application, version = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return application, version
