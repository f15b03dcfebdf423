"""Crawls: begun, taken up again by whoever asks the same, and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from crawlers.state.engine import State
from crawlers.state.frontier import Frontier, forget
from crawlers.state.moments import moment
from crawlers.state.readings import Status
from crawlers.state.sealing import Sealer
from crawlers.state.tables import batch, bookmark, crawl, seen, slice_, task, watermark
from crawlers.state.workers import is_dead

_STALE = timedelta(days=7)  # a crawl that rested so long is not taken up again
_BOOKMARKS = timedelta(days=60)  # of threads in which nobody writes any more
_KEPT_S = 3600.0  # the coverage of a crawl that ended, for its other workers to tell


def open_frontier(
    state: State, sealer: Sealer, source: str, question: Sequence[str], *, now: datetime
) -> Frontier:
    """The frontier of the crawl that asks this: the one that was interrupted or is under way, or a new one.

    `question` is the source's arguments in a stable order. Leases of workers of this host that died are freed.
    """
    key = sealer.digest(source, *question)
    mine = sa.select(crawl).where(crawl.c.key == key, crawl.c.ended_at.is_(None))
    with state.begin() as connection:
        _forget_old(connection, now)
        row = connection.execute(mine).first()
        resumed = row is not None
        if row is None:
            new = {"key": key, "source": source, "began_at": now.timestamp(), "active_at": now.timestamp()}
            state.insert_new(connection, crawl, [new])
            row = connection.execute(mine).one()
        _free_dead(connection, row.id)
    return Frontier(state, sealer, row.id, datetime.fromtimestamp(row.began_at, UTC), resumed=resumed)


def began(state: State, sealer: Sealer, source: str, question: Sequence[str]) -> datetime | None:
    """When the open crawl that asks this began; None where there is none."""
    mine = sa.select(crawl.c.began_at).where(
        crawl.c.key == sealer.digest(source, *question), crawl.c.ended_at.is_(None)
    )
    with state.read() as connection:
        found = connection.execute(mine).scalar()
    return moment(found)


def watermark_of(state: State, key: bytes) -> datetime | None:
    """Up to when the question was answered well; None when it never was."""
    with state.read() as connection:
        found = connection.execute(sa.select(watermark.c.at).where(watermark.c.key == key)).scalar()
    return moment(found)


def _forget_old(connection: sa.Connection, now: datetime) -> None:
    """End crawls that rested too long, and forget what is left of those that ended, and bookmarks of old threads."""
    today = now.timestamp()
    stale = sa.and_(crawl.c.ended_at.is_(None), crawl.c.active_at < today - _STALE.total_seconds())
    connection.execute(sa.update(crawl).where(stale).values(ended_at=today - _KEPT_S, outcome="stopped"))
    over = sa.select(crawl.c.id).where(crawl.c.ended_at <= today - _KEPT_S)
    gone = connection.execute(over.where(crawl.c.id.in_(sa.select(slice_.c.crawl)))).scalars().all()
    for number in gone:
        forget(connection, number, (task, batch, seen, slice_))
    connection.execute(sa.delete(bookmark).where(bookmark.c.at < today - _BOOKMARKS.total_seconds()))


def _free_dead(connection: sa.Connection, number: int) -> None:
    """Free what workers of this host leased that are no more; no need to wait for the lease's end."""
    leased = sa.and_(task.c.crawl == number, task.c.status == Status.LEASED)
    owners = connection.execute(sa.select(task.c.owner).where(leased).distinct()).scalars().all()
    dead = [owner for owner in owners if owner and is_dead(owner)]
    if dead:
        connection.execute(
            sa.update(task)
            .where(leased, task.c.owner.in_(dead))
            .values(status=Status.OPEN, owner=None, until=None)
        )
