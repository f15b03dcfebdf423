"""The schedule as it stands: each job with when it is due, who runs it, why it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.errors import UsageError
from crawlers.state import tables
from crawlers.state.engine import State
from crawlers.state.moments import moment, seconds

REMEMBERED = 20  # times of publication a job keeps
_STALE = timedelta(days=30)  # a job that no schedule wanted for so long is dropped

_job, _missed, _beat = tables.job, tables.missed, tables.beat


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the schedule. `waits` says why a due job was not started at the last pass."""

    key: str
    source: str
    kind: str
    queue: str
    shown: Mapping[str, str]
    projects: tuple[str, ...]
    wanted_at: datetime
    due_at: datetime
    interval_s: float | None = None
    paused_at: datetime | None = None
    paused_because: str | None = None
    waits: str | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    run: str | None = None
    outcome: str | None = None
    published: tuple[datetime, ...] = ()
    lease_by: str | None = None
    lease_until: datetime | None = None

    def runs(self, now: datetime) -> bool:
        """Whether somebody holds it."""
        return self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Starts of a job that did not happen when they were due; it ran once at `until`."""

    job: str
    since: datetime
    until: datetime
    times: int
    because: str


class Jobs:
    """Reads and writes the schedule of one state. Every method raises `StateError` where that refuses."""

    def __init__(self, state: State) -> None:
        self.state = state

    # --- the list -----------------------------------------------------------------------------------

    def want(self, jobs: Sequence[Job], now: datetime) -> None:
        """Put jobs on the list, or renew what they are; a known one keeps its state. Old ones are dropped."""
        rows = [
            {
                "key": job.key,
                "source": job.source,
                "kind": job.kind,
                "queue": job.queue,
                "shown": dict(job.shown),
                "projects": list(job.projects),
                "wanted_at": seconds(now),
                "due_at": seconds(job.due_at),
                "published": [],
            }
            for job in jobs
        ]
        moved = [row for row in rows if row["kind"] == "post"]  # due as its posts are
        with self.state.begin() as connection:
            self.state.upsert(connection, _job, rows, keep=("due_at", "published"))
            self.state.upsert(connection, _job, moved, keep=("published",))
            connection.execute(sa.delete(_job).where(_job.c.wanted_at < (now - _STALE).timestamp()))

    def all(self) -> list[Job]:
        """Every job, in the order in which they are due."""
        with self.state.read() as connection:
            rows = connection.execute(sa.select(_job).order_by(_job.c.due_at, _job.c.key)).mappings()
            return [_of_row(row) for row in rows]

    def find(self, name: str) -> Job:
        """The one job whose key is or begins with `name`; raises `UsageError` where that is none or several."""
        found = [job for job in self.all() if job.key.startswith(name)]
        exact = [job for job in found if job.key == name]
        if len(exact or found) != 1:
            raise UsageError(
                f"{name!r} names {len(found)} jobs; take a key from: tingfeng schedule list"
                if found
                else f"there is no job {name!r}; the keys are in: tingfeng schedule list"
            )
        return (exact or found)[0]

    def pause(self, key: str, because: str | None, now: datetime) -> None:
        """Start a job no more until a person resumes it."""
        self._set(key, paused_at=seconds(now), paused_because=because)

    def resume(self, key: str, now: datetime) -> None:
        """Let a paused job run again; it is due at once, and what it would have done meanwhile is not missed."""
        self._set(key, paused_at=None, paused_because=None, due_at=seconds(now), waits=None)

    def waits(self, reasons: Mapping[str, str | None]) -> None:
        """Note why jobs wait, or (None) that they do not."""
        with self.state.begin() as connection:
            for key, reason in sorted(reasons.items()):
                connection.execute(sa.update(_job).where(_job.c.key == key).values(waits=reason))

    # --- running ------------------------------------------------------------------------------------

    def lease(self, job: Job, *, by: str, now: datetime, until: datetime) -> bool:
        """Take a job to run it, unless it or another of its queue is held, or it was run since it was read."""
        with self.state.begin() as connection:
            rows = connection.execute(
                sa.select(_job.c.key, _job.c.due_at, _job.c.lease_until, _job.c.paused_at)
                .where(_job.c.queue == job.queue)
                .order_by(_job.c.key)  # so that two never wait for one another
                .with_for_update()
            ).all()
            if any(row.lease_until is not None and row.lease_until > now.timestamp() for row in rows):
                return False
            mine = next((row for row in rows if row.key == job.key), None)
            if mine is None or mine.paused_at is not None or mine.due_at != seconds(job.due_at):
                return False
            connection.execute(
                sa.update(_job)
                .where(_job.c.key == job.key)
                .values(lease_by=by, lease_until=seconds(until), began_at=seconds(now), waits=None)
            )
        return True

    def renew(self, by: str, keys: Iterable[str], until: datetime) -> None:
        """Hold on to these jobs, as far as they are leased by `by`."""
        with self.state.begin() as connection:
            held = sa.and_(_job.c.lease_by == by, _job.c.key.in_(sorted(keys)))
            connection.execute(sa.update(_job).where(held).values(lease_until=seconds(until)))

    def finish(
        self,
        key: str,
        *,
        by: str,
        at: datetime,
        run: str | None,
        outcome: str,
        due_at: datetime,
        interval_s: float,
    ) -> None:
        """Give a job back with how it went and when it is due again; one that lost its lease changes nothing."""
        with self.state.begin() as connection:
            connection.execute(
                sa.update(_job)
                .where(_job.c.key == key, _job.c.lease_by == by)
                .values(
                    lease_by=None, lease_until=None, ended_at=seconds(at), run=run, outcome=outcome,
                    due_at=seconds(due_at), interval_s=interval_s,
                )
            )  # fmt: skip

    def newest(self, key: str) -> datetime | None:
        """The latest publication that a job brought so far."""
        with self.state.read() as connection:
            known = connection.execute(sa.select(_job.c.published).where(_job.c.key == key)).scalar()
        return moment(max(known)) if known else None

    def saw(self, key: str, published: Iterable[datetime]) -> None:
        """Remember the latest times of publication of what a job brought."""
        with self.state.begin() as connection:
            query = sa.select(_job.c.published).where(_job.c.key == key).with_for_update()
            known = connection.execute(query).scalar()
            if known is None:
                return
            times = sorted({*known, *(at.timestamp() for at in published)})[-REMEMBERED:]
            connection.execute(sa.update(_job).where(_job.c.key == key).values(published=times))

    # --- what was missed ----------------------------------------------------------------------------

    def miss(self, missed: Missed) -> None:
        """Note starts that did not happen."""
        row = {
            "job": missed.job,
            "since": seconds(missed.since),
            "until": seconds(missed.until),
            "times": missed.times,
            "because": missed.because,
        }
        with self.state.begin() as connection:
            self.state.upsert(connection, _missed, [row])

    def missed(self, since: datetime) -> list[Missed]:
        """What was missed and made up for since a moment, the latest first."""
        query = sa.select(_missed).where(_missed.c.until >= since.timestamp())
        with self.state.read() as connection:
            rows = connection.execute(query.order_by(_missed.c.until.desc())).mappings().all()
        return [
            Missed(
                job=row["job"],
                since=_known(row["since"]),
                until=_known(row["until"]),
                times=row["times"],
                because=row["because"],
            )
            for row in rows
        ]

    def beat(self, host: str, now: datetime) -> datetime | None:
        """Note that a schedule is awake; returns when any was, before."""
        with self.state.begin() as connection:
            last = connection.execute(sa.select(sa.func.max(_beat.c.at))).scalar()
            self.state.upsert(connection, _beat, [{"host": host, "at": seconds(now)}])
        return moment(last)

    def _set(self, key: str, **values: Any) -> None:
        with self.state.begin() as connection:
            connection.execute(sa.update(_job).where(_job.c.key == key).values(values))


def _known(value: float) -> datetime:
    found = moment(value)
    assert found is not None
    return found


def _of_row(row: sa.RowMapping) -> Job:
    return Job(
        key=row["key"],
        source=row["source"],
        kind=row["kind"],
        queue=row["queue"],
        shown=row["shown"],
        projects=tuple(row["projects"]),
        wanted_at=_known(row["wanted_at"]),
        due_at=_known(row["due_at"]),
        interval_s=row["interval_s"],
        paused_at=moment(row["paused_at"]),
        paused_because=row["paused_because"],
        waits=row["waits"],
        began_at=moment(row["began_at"]),
        ended_at=moment(row["ended_at"]),
        run=row["run"],
        outcome=row["outcome"],
        published=tuple(_known(at) for at in row["published"]),
        lease_by=row["lease_by"],
        lease_until=moment(row["lease_until"]),
    )
