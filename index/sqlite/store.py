"""The store itself: connections, transactions and questions."""

# ruff: noqa: S608 - the pieces of SQL are all ours (`index.sqlite.compiling`), and values are bound

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from core.models import AnnotatedPost, Author, Coverage, Engagement, HotEntry, Run
from core.records import from_json
from index.facets import micros
from index.lock import WriterLock
from index.query import Query
from index.sqlite.compiling import Condition, compile_tree
from index.sqlite.days import QUARTER, by_day, constant_offset, day_of, quarters_suffice
from index.sqlite.schema import MISSING, Connection, connect, create, drop, prepare, told
from index.sqlite.writing import write_batch
from index.store import Batch, Bucket, Snapshot, Sort, Written, facet_named, read_zone

Record = TypeVar("Record")
_ORDER = {
    Sort.NEWEST: "f.at DESC, f.id",
    Sort.ENGAGED: "f.engagement DESC, f.at DESC, f.id",
}
_OLDEST = f"f.at = {MISSING}, f.at, f.id"
_PAGE = 500  # bodies read at once while scanning
_STEPS = 20_000  # virtual machine steps between looks at the clock
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqliteStore:
    """A store in one file.

    Any number of threads and processes may read while one process writes. `limit_s` bounds `search`,
    `count` and `histogram`; a query that takes longer is a `UsageError`.
    """

    def __init__(self, path: Path, *, limit_s: float = 30.0) -> None:
        self.path = path
        self.address = f"sqlite:{path}"
        self.limit_s = limit_s
        self._lock = WriterLock(path.with_name(path.name + "-writer"))
        self._writing = threading.Lock()
        self._writer: Connection | None = None
        self._local = threading.local()
        self._readers: list[Connection] = []
        prepare(path)

    # --- writing

    def write(self, batch: Batch) -> Written:
        with self._writing, told(self.path), self._transaction() as connection:
            return write_batch(connection, batch)

    def flush(self) -> None:
        with self._writing, told(self.path):
            if self._writer is not None:
                for name in ("lit", "words"):  # a bounded step of tidying, not a rewrite of the index
                    self._writer.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', 500)")
                self._writer.execute("PRAGMA optimize")
                self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def clear(self) -> None:
        with self._writing, told(self.path), self._transaction() as connection:
            drop(connection)
            create(connection)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self._lock.take()
        if self._writer is None:
            self._writer = connect(self.path)
            self._writer.execute("PRAGMA cache_size = -131072")  # 128 MB: FTS5 merges on the way
            self._writer.execute("PRAGMA wal_autocheckpoint = 8000")
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
            self._writer.execute("COMMIT")
        except BaseException:
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

    def _rows(self, sql: str, values: Sequence[Any] = (), *, limited: bool = False) -> list[Any]:
        connection = self._reader
        with told(self.path):
            connection.set_progress_handler(_alarm(self.limit_s) if limited else None, _STEPS)
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """Several statements that see one state of the store."""
        with told(self.path):
            self._reader.execute("BEGIN")
        try:
            yield
        finally:
            self._reader.execute("ROLLBACK")

    def _records(self, kind: type[Record], sql: str, values: Sequence[Any] = ()) -> list[Record]:
        return [from_json(body, kind) for (body,) in self._rows(sql, values)]

    def search(
        self, query: Query, *, sort: Sort = Sort.NEWEST, limit: int = 20, offset: int = 0
    ) -> list[AnnotatedPost]:
        wanted = compile_tree(query.tree)
        sql = f"SELECT f.seq FROM fact f WHERE {wanted.sql} ORDER BY {_ORDER[sort]} LIMIT ? OFFSET ?"
        with self._moment():
            found = self._rows(sql, (*wanted.values, max(limit, 0), max(offset, 0)), limited=True)
            return list(_bodies(self._reader, [seq for (seq,) in found], self.path))

    def count(self, query: Query) -> int:
        wanted = compile_tree(query.tree)
        sql = f"SELECT count(*) FROM fact f WHERE {wanted.sql}"
        total: int = self._rows(sql, wanted.values, limited=True)[0][0]
        return total

    def histogram(self, query: Query, *, by: str | None = None, zone: str = "Asia/Shanghai") -> list[Bucket]:
        facet, clock = facet_named(by), read_zone(zone)
        wanted = compile_tree(query.tree)
        # Two questions, each answered by the end of an index; asked as one they read every row.
        ends = "SELECT (SELECT min(at) FROM fact WHERE at > ?), (SELECT max(at) FROM fact WHERE at > ?)"
        span = self._rows(ends, (MISSING, MISSING))[0]
        if span[0] is None:
            return []
        day = 86_400 * 1_000_000
        offset = constant_offset(clock, span[0] // day, span[1] // day)
        if offset is not None:
            rows = self._counted(wanted, facet, 86_400, offset)
            found = {(day_of(number), value): count for number, value, count in rows}
        else:
            width = QUARTER
            rows = self._counted(wanted, facet, width)
            if not quarters_suffice(clock, {row[0] for row in rows}):
                width = 1
                rows = self._counted(wanted, facet, width)
            found = by_day(rows, clock, width)
        return [
            Bucket(day=day, value=value, count=count)
            for (day, value), count in sorted(found.items(), key=lambda item: _bucket_order(*item[0]))
        ]

    def _counted(self, wanted: Condition, facet: str | None, width: int, ahead: int = 0) -> list[Any]:
        """(instant // `width` seconds, value, posts) of the posts with a time."""
        # SQLite divides towards zero; times before 1970 want the floor, so all are moved above it first.
        shift = 100_000 * 86_400
        return self._rows(
            f"SELECT (f.at + {(ahead + shift) * 1_000_000}) / {width * 1_000_000} - {shift // width} AS part,"
            f" {f'f.{facet}' if facet else 'NULL'} AS value, count(*)"
            # the plus keeps SQLite from fetching row after row by the index of times, which all posts are in
            f" FROM fact f WHERE +f.at > {MISSING} AND {wanted.sql} GROUP BY part, value",
            wanted.values,
            limited=True,
        )

    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        wanted = compile_tree(query.tree)
        return self._stream(f"SELECT f.seq FROM fact f WHERE {wanted.sql} ORDER BY {_OLDEST}", wanted.values)

    def cascade(self, root_id: str) -> list[AnnotatedPost]:
        member = "f.root_id = ?1 OR f.thread_id = ?1"
        sql = (
            "SELECT f.seq FROM fact f WHERE f.seq = (SELECT seq FROM post WHERE id = ?1)"
            f" OR {member} ORDER BY {_OLDEST}"
        )
        return list(self._stream(sql, (root_id,)))

    def _stream(self, sql: str, values: Sequence[Any]) -> Iterator[AnnotatedPost]:
        """Posts of one moment, whatever is written meanwhile: a connection and a transaction of its own."""
        connection = self._read_only()
        try:
            with told(self.path):
                connection.execute("BEGIN")
                found = [seq for (seq,) in connection.execute(sql, values)]
            yield from _bodies(connection, found, self.path)
        finally:
            connection.close()

    def get(self, ids: Sequence[str]) -> list[AnnotatedPost]:
        sql = "SELECT id, body FROM post WHERE id IN (SELECT value FROM json_each(?))"
        bodies = dict(self._rows(sql, (json.dumps(list(ids)),)))
        unpack = self._reader.bodies.unpack
        with told(self.path):
            return [unpack(bodies[post_id]) for post_id in ids if post_id in bodies]

    def series(self, post_id: str) -> list[Snapshot]:
        rows = self._rows("SELECT at, body FROM snapshot WHERE post_id = ? ORDER BY at", (post_id,))
        return [
            Snapshot(at=_EPOCH + timedelta(microseconds=at), engagement=from_json(body, Engagement))
            for at, body in rows
        ]

    def founders(self) -> Iterator[tuple[str, bytes]]:
        yield from self._rows("SELECT duplicate_group, signature FROM founder")

    def marks(self) -> dict[str, int]:
        return dict(self._rows("SELECT run_id, offset FROM mark"))

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
        sql = "SELECT id, body FROM author WHERE id IN (SELECT value FROM json_each(?))"
        return {key: from_json(body, Author) for key, body in self._rows(sql, (json.dumps(list(ids)),))}


def _alarm(limit_s: float) -> Callable[[], bool]:
    deadline = time.monotonic() + limit_s
    return lambda: time.monotonic() > deadline


def _bodies(connection: Connection, seqs: list[int], path: Path) -> Iterator[AnnotatedPost]:
    for start in range(0, len(seqs), _PAGE):
        page = seqs[start : start + _PAGE]
        sql = "SELECT seq, body FROM post WHERE seq IN (SELECT value FROM json_each(?))"
        with told(path):
            bodies = dict(connection.execute(sql, (json.dumps(page),)))
            items = [connection.bodies.unpack(bodies[seq]) for seq in page]
        yield from items


def _bucket_order(day: str, value: str | None) -> tuple[str, bool, str]:
    return day, value is None, value or ""
