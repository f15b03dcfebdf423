"""The pages still to ask for, leased to workers, and all that must change together when a page was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from crawlers.state.engine import State
from crawlers.state.readings import Lease, Line, Page, Reading, Status
from crawlers.state.sealing import Sealer
from crawlers.state.seen import Seen
from crawlers.state.statements import (
    ANY_LEFT,
    CLOSE,
    FAIL,
    LEASE,
    LEFT,
    LEFT_OF_BATCH,
    LEFT_TO_OTHERS,
    MARKED,
    TOUCH,
    TRY_AGAIN,
    counting,
)
from crawlers.state.tables import batch, bookmark, crawl, seen, slice_, task, watermark
from crawlers.state.workers import worker_name

LEASE_S = 300.0


class Frontier:
    """One crawl's pages, as one worker sees them. Moments are given, so that a test may play the clock."""

    def __init__(
        self, state: State, sealer: Sealer, number: int, began_at: datetime, *, resumed: bool
    ) -> None:
        self.state = state
        self.sealer = sealer
        self.crawl = number
        self.began_at = began_at
        self.resumed = resumed
        self.owner = worker_name()
        self.seen = Seen(state, sealer, number)

    # --- pages

    def add(self, pages: Sequence[Page]) -> int:
        """Put pages into the frontier; how many of them were new to the crawl."""
        with self.state.alone(self.crawl) as connection:
            return self._add(connection, pages)

    def lease(self, number: int, *, now: datetime) -> list[Lease]:
        """Up to `number` pages for this worker, among them those whose worker let its lease end."""
        moment = now.timestamp()
        told = {"of": self.crawl, "me": self.owner, "moment": moment, "end": moment + LEASE_S, "most": number}
        with self.state.begin() as connection:
            rows = connection.execute(LEASE, told).all()
        rows = sorted(rows, key=lambda row: (-row.priority, -row.depth, row.id))
        return [Lease(task=row.id, body=self.sealer.open(row.page), depth=row.depth) for row in rows]

    def renew(self, *, now: datetime) -> None:
        """Keep this worker's leases for another `LEASE_S`."""
        mine = sa.update(task).where(task.c.crawl == self.crawl, task.c.owner == self.owner)
        with self.state.begin() as connection:
            connection.execute(
                mine.where(task.c.status == Status.LEASED).values(until=now.timestamp() + LEASE_S)
            )
            self._touch(connection, now)

    def release(self) -> None:
        """Give this worker's leased pages back."""
        mine = sa.update(task).where(task.c.crawl == self.crawl, task.c.owner == self.owner)
        with self.state.begin() as connection:
            connection.execute(
                mine.where(task.c.status == Status.LEASED).values(status=Status.OPEN, owner=None, until=None)
            )

    def has_left(self) -> bool:
        """Whether pages of the crawl are not done yet, whoever leases them."""
        with self.state.read() as connection:
            return self._left(connection)

    def has_others(self) -> bool:
        """Whether pages are left but those this worker leases."""
        with self.state.read() as connection:
            told = {"of": self.crawl, "me": self.owner}
            return connection.execute(LEFT_TO_OTHERS, told).first() is not None

    def commit(self, readings: Sequence[Reading], *, now: datetime) -> list[str]:
        """Write what became of pages, all or nothing; the batches of which no page is left.

        The caller asks for what follows a finished batch and adds it; doing so twice adds nothing.
        """
        touched = sorted({name for reading in readings for name in _batches(reading)})
        with self.state.alone(self.crawl) as connection:
            self._enter(connection, touched)
            self._close(connection, readings)
            self._add(connection, [page for reading in readings for page in reading.pages])
            self._count(connection, readings)
            self._mark(connection, readings, now)
            self._touch(connection, now)
            return [name for name in touched if not self._left(connection, name)]

    def finished_batches(self) -> list[str]:
        """Batches of which no page is left, for what follows them may have been lost with a worker."""
        with self.state.read() as connection:
            rows = connection.execute(sa.select(batch.c.name).where(batch.c.crawl == self.crawl)).all()
            names = [self.sealer.open_text(row.name) for row in rows]
            return [name for name in names if not self._left(connection, name)]

    # --- what an earlier crawl left

    def bookmark(self, key: bytes) -> bytes | None:
        """What the last crawl that came by left under that key."""
        with self.state.read() as connection:
            found = connection.execute(MARKED, {"thread": key}).scalar()
        return None if found is None else self.sealer.open(found)

    # --- coverage and the end

    def coverage(self) -> list[tuple[str, Line]]:
        """The crawl's coverage so far, in the order in which slices were asked."""
        wanted = sa.select(slice_).where(slice_.c.crawl == self.crawl).order_by(slice_.c.id)
        with self.state.read() as connection:
            rows = connection.execute(wanted).all()
        return [
            (self.sealer.open_text(row.name), Line(row.expected, row.got, row.because, row.refused))
            for row in rows
        ]

    def leave_because(self, reason: str) -> None:
        """Say of each slice with pages left why they were not asked for."""
        cut = sa.update(slice_).where(
            slice_.c.crawl == self.crawl, slice_.c.key.in_(self._waiting()), sa.not_(slice_.c.refused)
        )
        with self.state.begin() as connection:
            connection.execute(cut.values(because=reason, refused=True))

    def forgive(self) -> None:
        """Take back the refusals of slices that have pages left, or pages the site failed at: those are asked for now."""
        again = sa.update(slice_).where(
            slice_.c.crawl == self.crawl, slice_.c.refused, slice_.c.key.in_(self._waiting())
        )
        with self.state.begin() as connection:
            connection.execute(TRY_AGAIN, {"of": self.crawl})
            connection.execute(again.values(because=None, refused=False))

    def finish(self, outcome: str, *, now: datetime, good: bytes | None = None) -> None:
        """End the crawl and forget its pages; `good` is the question whose watermark moves to its beginning."""
        mine = sa.and_(crawl.c.id == self.crawl, crawl.c.ended_at.is_(None))
        with self.state.begin() as connection:
            ended = sa.update(crawl).where(mine).values(ended_at=now.timestamp(), outcome=outcome)
            if not connection.execute(ended).rowcount:
                return  # another worker of the crawl ended it
            forget(connection, self.crawl, (task, batch, seen))  # its coverage is still to be read by others
            if good is not None:
                self.state.upsert(connection, watermark, [{"key": good, "at": self.began_at.timestamp()}])

    # --- inside a transaction

    def _waiting(self) -> sa.ScalarSelect[bytes]:
        """The slices with pages left."""
        return (
            sa.select(task.c.slice)
            .where(task.c.crawl == self.crawl, LEFT, task.c.slice.is_not(None))
            .scalar_subquery()
        )

    def _add(self, connection: sa.Connection, pages: Sequence[Page]) -> int:
        if not pages:
            return 0
        digest = self.sealer.digest
        rows = [
            {
                "crawl": self.crawl,
                "key": page.key,
                "status": Status.OPEN,
                "priority": page.priority,
                "depth": page.depth,
                "slice": digest(page.slice) if page.slice else None,
                "batch": digest(page.batch) if page.batch else None,
                "page": self.sealer.seal(page.body),
            }
            for page in pages
        ]
        return self.state.insert_new(connection, task, rows)

    def _left(self, connection: sa.Connection, name: str | None = None) -> bool:
        """Whether a page of the crawl, or of a batch of it, is not done yet."""
        if name is None:
            return connection.execute(ANY_LEFT, {"of": self.crawl}).first() is not None
        told = {"of": self.crawl, "key": self.sealer.digest(name)}
        return connection.execute(LEFT_OF_BATCH, told).first() is not None

    def _enter(self, connection: sa.Connection, names: Sequence[str]) -> None:
        """Note which batches there are, for what follows one may be lost with a worker."""
        rows = [
            {"crawl": self.crawl, "key": self.sealer.digest(name), "name": self.sealer.seal_text(name)}
            for name in names
        ]
        self.state.insert_new(connection, batch, rows)

    def _close(self, connection: sa.Connection, readings: Sequence[Reading]) -> None:
        for status in (Status.READ, Status.LOST):
            tasks = [one.task for one in readings if one.status is status and one.task is not None]
            if tasks:
                connection.execute(CLOSE, {"tasks": tasks, "me": self.owner, "became": status})
        failed = [one.task for one in readings if one.status is Status.FAILED and one.task is not None]
        if failed:
            connection.execute(FAIL, {"tasks": failed, "me": self.owner})

    def _count(self, connection: sa.Connection, readings: Sequence[Reading]) -> None:
        lines: dict[str, Line] = {}
        for reading in readings:
            for name, line in reading.lines.items():
                lines.setdefault(name, Line()).add(line)
        if not lines:
            return
        rows = [
            {
                "crawl": self.crawl,
                "key": self.sealer.digest(name),
                "name": self.sealer.seal_text(name),
                "expected": line.expected,
                "got": line.got,
                "because": line.because,
                "refused": line.refused,
            }
            for name, line in lines.items()
        ]
        connection.execute(counting(self.state.is_sqlite), rows)

    def _mark(self, connection: sa.Connection, readings: Sequence[Reading], now: datetime) -> None:
        left = {key: value for reading in readings for key, value in reading.bookmarks.items()}
        rows = [
            {"key": key, "at": now.timestamp(), "value": self.sealer.seal(value)}
            for key, value in sorted(left.items())
        ]
        self.state.upsert(connection, bookmark, rows)

    def _touch(self, connection: sa.Connection, now: datetime) -> None:
        connection.execute(TOUCH, {"of": self.crawl, "moment": now.timestamp()})


def forget(connection: sa.Connection, number: int, tables: Iterable[sa.Table]) -> None:
    """Delete what is kept of a crawl."""
    for table in tables:
        connection.execute(sa.delete(table).where(table.c.crawl == number))


def _batches(reading: Reading) -> Iterable[str]:
    if reading.batch is not None:
        yield reading.batch
    for page in reading.pages:
        if page.batch is not None:
            yield page.batch
