"""The state database, opened: SQLite in the data folder, or the PostgreSQL that TINGFENG_STATE names."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError

from core.errors import TingfengError, UsageError
from core.home import Home
from crawlers.state.tables import VERSION, metadata, version

_INDEXES = {  # those there are; to ask the server to make one that is there would wait for all who write its table
    True: sa.text("SELECT name FROM sqlite_master WHERE type = 'index'"),
    False: sa.text("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"),
}
_WAIT_S = 30.0  # for another writer of the same SQLite file
_ALONE = sa.text("SELECT pg_advisory_xact_lock(:key)")
_LOCKS = 7_236_018 << 40  # of which a crawl's lock is the one of its number


class StateError(TingfengError):
    """Raised when the state database cannot be opened, read or written."""


class State:
    """One open state database; a context manager. Every write is in a transaction of `begin`."""

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else sa.create_engine(url, pool_pre_ping=True)
        try:
            with self.begin() as connection:
                if not self.is_sqlite:  # two that make the same table at once fail on some servers
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(7236017)"))
                metadata.create_all(connection)
                self._add_indexes(connection)
                self._check_version(connection)
        except BaseException:
            self.engine.dispose()
            raise

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction: committed at the end of the block, undone by an exception.

        Raises `StateError` where the database refuses.
        """
        with self._sound(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def alone(self, crawl: int) -> Iterator[sa.Connection]:
        """A transaction that no other worker of the crawl is in: of two that write the same keys none waits for ever,
        and of two with the last two pages of a batch one sees that none is left."""
        with self.begin() as connection:
            if not self.is_sqlite:  # which has one writer anyway
                connection.execute(_ALONE, {"key": _LOCKS + crawl})
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading alone, which waits for no writer; raises `StateError` as `begin` does."""
        with self._sound(), self.engine.connect() as connection:
            yield connection.execution_options(reading=True)

    @contextmanager
    def _sound(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StateError(
                f"the state {self.url.render_as_string(hide_password=True)} cannot be used ({error.orig}); "
                "check that it is there, that it may be written, and that the disk has room"
            ) from error

    def insert_new(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """Insert rows but those whose key is there already; how many were new."""
        if not rows:
            return 0
        return len(connection.execute(_inserting(table, self.is_sqlite), _in_order(table, rows)).all())

    def upsert(
        self,
        connection: sa.Connection,
        table: sa.Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        keep: Iterable[str] = (),
    ) -> None:
        """Insert rows; of those whose key is there already every other column is set, but those in `keep`."""
        if rows:
            statement = _setting(table, self.is_sqlite, tuple(rows[0]), tuple(keep))
            connection.execute(statement, _in_order(table, rows))

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _add_indexes(self, connection: sa.Connection) -> None:
        """Make the indexes that a state of before lacks."""
        there = set(connection.execute(_INDEXES[self.is_sqlite]).scalars())
        for table in metadata.tables.values():
            for index in table.indexes:
                if index.name not in there:
                    index.create(connection)

    def _check_version(self, connection: sa.Connection) -> None:
        self.insert_new(connection, version, [{"id": 1, "number": VERSION}])
        found = connection.execute(sa.select(version.c.number)).scalar_one()
        if found != VERSION:
            where = self.url.render_as_string(hide_password=True)
            raise StateError(
                f"the state {where} has version {found}, this program wants {VERSION}; "
                "move it away (crawls start anew, nothing collected is lost) or use the program that made it"
            )


def insert(table: sa.Table, *, is_sqlite: bool) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


def _in_order(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows by their key, so that of two that write the same ones neither holds what the other waits for."""
    keys = [column.name for column in table.primary_key if column.name in rows[0]]
    return sorted(rows, key=lambda row: [row[key] for key in keys])


@cache
def _inserting(table: sa.Table, is_sqlite: bool) -> Any:
    """A statement that inserts what is new and tells of each: not every driver counts rows."""
    new = insert(table, is_sqlite=is_sqlite).on_conflict_do_nothing()
    return new.returning(next(iter(table.primary_key)))


@cache
def _setting(table: sa.Table, is_sqlite: bool, columns: tuple[str, ...], keep: tuple[str, ...]) -> Any:
    statement = insert(table, is_sqlite=is_sqlite)
    keys = [column.name for column in table.primary_key]
    kept = {*keys, *keep}
    changed = {name: statement.excluded[name] for name in columns if name not in kept}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def open_state(home: Home, url: str | None = None) -> State:
    """The state at `url`, at ``TINGFENG_STATE``, or else in the data folder.

    Raises `UsageError` for an address that is neither SQLite's nor PostgreSQL's, `StateError` when it cannot
    be opened.
    """
    given = url or os.environ.get("TINGFENG_STATE")
    if given is None:
        path = home.root / "state.sqlite"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(f"{path} cannot be made ({error}); choose another --home") from error
        return State(_sqlite_url(path))
    try:
        parsed = sa.make_url(given)
    except ArgumentError:
        parsed = sa.URL.create("unknown")
    if parsed.get_backend_name() == "postgresql":
        return State(parsed.set(drivername="postgresql+psycopg"))
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return State(_sqlite_url(Path(parsed.database).expanduser()))
    raise UsageError(
        "TINGFENG_STATE wants sqlite:////path/to/state.sqlite or postgresql://user:password@host/database"
    )


def _sqlite_url(path: Path) -> sa.URL:
    return sa.URL.create("sqlite", database=str(path))


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    """An engine whose transactions take the write lock at once, so that none fails halfway for want of it."""
    engine = sa.create_engine(
        url,
        connect_args={"timeout": _WAIT_S},
        pool_reset_on_return=None,  # every block of ours ends its transaction itself
    )

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=NORMAL")  # what a kill must not undo is in the file either way

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: Any) -> None:
    """Turn a new file to WAL; of several that do so at once SQLite refuses all but one, without waiting."""
    deadline = monotonic() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if monotonic() > deadline:
                raise
            sleep(0.02)
        else:
            return
