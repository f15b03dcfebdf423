"""The store itself: connections, transactions and questions."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from core.cycles import uncollected
from core.models import AnnotatedPost, Author, Coverage, Engagement, HotEntry, Run
from core.records import from_json
from index.facets import NUMBERS, micros
from index.query import Equals, Node, Or, Query, wanted
from index.query.tree import fields
from index.sqlite import counting, erasing
from index.sqlite.authors import read_authors
from index.sqlite.columns import Columns
from index.sqlite.found import Remembered
from index.sqlite.lock import WriterLock
from index.sqlite.ordering import COLUMNS, oldest_first
from index.sqlite.pages import answer
from index.sqlite.preparing import Preparing
from index.sqlite.said.spots import Table
from index.sqlite.schema import MISSING, Connection, connect, create, drop, prepare, told
from index.sqlite.selecting import Selection, records, tables
from index.sqlite.values import Book
from index.sqlite.writing import Writing
from index.store import (
    Batch,
    Bucket,
    Interval,
    Page,
    Snapshot,
    Sort,
    Summary,
    Written,
    done,
    facet_named,
    read_zone,
)
from index.store.cursor import read_cursor
from index.store.plan import snapshots

Record = TypeVar("Record")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqliteStore:
    """A store in one file.

    Any number of threads and processes may read while one process writes. `limit_s` bounds every question
    that a person waits for; a query that takes longer is a `UsageError`. `renew` empties a store of another
    version, which is refused else.
    """

    def __init__(self, path: Path, *, limit_s: float = 30.0, renew: bool = False) -> None:
        self.path = path
        self.address = f"sqlite:{path}"
        self.limit_s = limit_s
        self._lock = WriterLock(path.with_name(path.name + "-writer"))
        self._writing = threading.Lock()
        self._writer: Connection | None = None
        self._book = Book()
        self._columns = Columns()
        self._remembered = Remembered()
        self._local = threading.local()
        self._readers: list[Connection] = []
        prepare(path, renew=renew)

    # --- writing

    def preparing(self) -> Preparing:
        common = self._rows("SELECT value FROM meta WHERE key = 'dictionary'")[0][0]
        return Preparing(common)

    def write(self, batch: Batch) -> Written:
        with self._writing, told(self.path), self._transaction() as connection, uncollected():
            return Writing(connection, self._book).batch(batch)

    def submit(self, batch: Batch) -> Future[Written]:
        return done(self.write, batch)

    def flush(self) -> None:
        with self._writing, told(self.path):
            if self._writer is not None:
                self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def clear(self) -> None:
        with self._writing, told(self.path), self._transaction() as connection:
            sql = "SELECT value FROM meta WHERE key = 'generation'"
            (generation,) = connection.execute(sql).fetchone()
            drop(connection)
            create(connection, generation + 1)
            self._book.forget()

    def erase(self, ids: Sequence[str], *, accounts: Sequence[str] = ()) -> int:
        with self._writing, told(self.path):
            with self._transaction() as connection:
                erased = erasing.erase(connection, self._book, ids, accounts)
            if self._writer is not None:
                erasing.scrub(self._writer)
            return erased

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self._lock.take()
        if self._writer is None:
            self._writer = connect(self.path)
            # 32 MB: most pages are written once, and those read again the system holds.
            self._writer.execute("PRAGMA cache_size = -32768")
            self._writer.execute("PRAGMA wal_autocheckpoint = 8000")
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
            self._writer.execute("COMMIT")
        except BaseException:
            self._book.forget()  # what it gave codes to is not there
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    def close(self) -> None:
        for connection in (*self._readers, *([self._writer] if self._writer else [])):
            connection.close()
        self._readers, self._writer = [], None
        self._local = threading.local()
        self._lock.release()

    # --- reading

    @property
    def _reader(self) -> Connection:
        """This thread's own connection."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._read_only()
            self._readers.append(connection)
        return connection

    def _read_only(self) -> Connection:
        with told(self.path):
            connection = connect(self.path)
            connection.execute("PRAGMA query_only = 1")
            return connection

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with told(self.path):
            return self._reader.execute(sql, values).fetchall()

    @contextmanager
    def _question(
        self,
        trees: Iterable[Node],
        columns: Iterable[str] = (),
        *,
        limit_s: float | None = None,
        connection: Connection | None = None,
    ) -> Iterator[Selection]:
        """Everything that is asked sees one moment of the store."""
        trees = list(trees)
        reader = connection or self._reader
        names = set(columns).union(*map(fields, trees))
        with told(self.path):
            view = self._columns.view(reader, names, set[Table]().union(*map(tables, trees)))
            try:
                yield Selection(reader, view, self._remembered, limit_s)
            finally:
                reader.execute("ROLLBACK")

    def search(
        self,
        query: Query,
        *,
        sort: Sort = Sort.NEWEST,
        limit: int = 20,
        offset: int = 0,
        after: str | None = None,
    ) -> Page:
        clauses = sum(1 for _ in wanted(query.tree))
        cursor = None if after is None else read_cursor(after, sort, clauses)
        names = {*COLUMNS[sort], *(("duplicate", "account", "platform") if query.folded else ())}
        with self._question([query.tree], names, limit_s=self.limit_s) as selection:
            return answer(selection, query, sort, max(limit, 0), max(offset, 0), cursor)

    def count(self, query: Query) -> int:
        return self.counts([query])[0]

    def counts(self, queries: Sequence[Query]) -> list[int]:
        with self._question([query.tree for query in queries], limit_s=self.limit_s) as selection:
            return [len(selection.posts(query.tree)) for query in queries]

    def histogram(
        self,
        query: Query,
        *,
        by: str | None = None,
        interval: Interval = Interval.DAY,
        zone: str = "Asia/Shanghai",
    ) -> list[Bucket]:
        facet, clock = None if by is None else facet_named(by), read_zone(zone)
        names = ["at", *([facet] if facet else [])]
        with self._question([query.tree], names, limit_s=self.limit_s) as selection:
            seqs = selection.posts(query.tree).listed()
            return counting.histogram(selection.connection, selection.view, seqs, facet, interval, clock)

    def summary(
        self,
        query: Query,
        fields: Sequence[str] = (),
        *,
        counters: Sequence[str] = tuple(NUMBERS),
        limit: int = 10,
    ) -> Summary:
        names = ["account", *map(facet_named, fields), *counters]
        with self._question([query.tree], names, limit_s=self.limit_s) as selection:
            seqs = selection.posts(query.tree).listed()
            return counting.summary(selection.connection, selection.view, seqs, fields, counters, limit)

    def tally(self, query: Query, field: str, values: Sequence[str]) -> dict[str, int]:
        with self._question([query.tree], [field], limit_s=self.limit_s) as selection:
            return counting.tally(selection, selection.posts(query.tree).listed(), field, list(values))

    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        yield from self._stream(query.tree)

    def cascade(self, root_id: str) -> list[AnnotatedPost]:
        members = Or(tuple(Equals(name, root_id) for name in ("id", "root", "thread")))
        return list(self._stream(members))

    def _stream(self, tree: Node) -> Iterator[AnnotatedPost]:
        """Posts of one moment, whatever is written meanwhile: a connection and a transaction of its own."""
        connection = self._read_only()
        try:
            with self._question([tree], ("at", "tie"), connection=connection) as selection:
                seqs = oldest_first(selection.view, selection.posts(tree).listed()).tolist()
                for _, item in records(connection, seqs):
                    yield item
        finally:
            connection.close()

    def get(self, ids: Sequence[str]) -> list[AnnotatedPost]:
        sql = "SELECT id, body, origin FROM post WHERE id IN (SELECT value FROM json_each(?))"
        found = {post_id: rest for post_id, *rest in self._rows(sql, (json.dumps(list(ids)),))}
        unpack = self._reader.bodies.unpack
        with told(self.path):
            return [unpack(*found[post_id]) for post_id in ids if post_id in found]

    def series(self, post_id: str) -> list[Snapshot]:
        rows = self._rows("SELECT at, body FROM snapshot WHERE post_id = ? ORDER BY at", (post_id,))
        if not rows:  # seen once: its record tells
            return [Snapshot(at, seen) for (_, at), seen in snapshots(self.get([post_id])).items()]
        return [
            Snapshot(at=_EPOCH + timedelta(microseconds=at), engagement=from_json(body, Engagement))
            for at, body in rows
            if at > MISSING
        ]

    def founders(self) -> Iterator[tuple[str, bytes]]:
        yield from self._rows("SELECT duplicate_group, signature FROM founder")

    def marks(self) -> dict[str, int]:
        return dict(self._rows("SELECT run_id, offset FROM mark"))

    def _records(self, kind: type[Record], sql: str, values: Sequence[Any] = ()) -> list[Record]:
        return [from_json(body, kind) for (body,) in self._rows(sql, values)]

    def runs(self) -> list[Run]:
        return self._records(Run, "SELECT body FROM run ORDER BY at DESC, id")

    def coverage(self, run_id: str | None = None) -> list[Coverage]:
        sql = "SELECT body FROM coverage WHERE ?1 IS NULL OR run_id = ?1 ORDER BY run_id, source, slice"
        return self._records(Coverage, sql, (run_id,))

    def hot(self, *, since: datetime | None = None, until: datetime | None = None) -> list[HotEntry]:
        sql = (
            "SELECT body FROM hot WHERE at >= ? AND at < ?"
            " ORDER BY at, body ->> 'rank' IS NULL, body ->> 'rank', platform, title"
        )
        bounds = (MISSING if since is None else micros(since), 2**62 if until is None else micros(until))
        return self._records(HotEntry, sql, bounds)

    def authors(self, ids: Iterable[str]) -> dict[str, Author]:
        with told(self.path):
            return read_authors(self._reader, ids)
