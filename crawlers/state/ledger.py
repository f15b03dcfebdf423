"""The ledger: every run of a spider, how it went, and what each slice of it reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.models import Coverage, Run
from crawlers.reasons import is_fine
from crawlers.state import tables
from crawlers.state.engine import State
from crawlers.state.moments import moment, seconds

LIVES_S = 300.0  # a run without an end that was silent for so long was killed

_run, _coverage = tables.run, tables.coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run in the ledger. `expected` and `got` sum up the slices whose number the site told."""

    run: Run
    job: str | None = None
    seen_at: datetime
    filled: Mapping[str, int] = field(default_factory=dict)  # posts with each promised field; "*": all
    unmet: tuple[str, ...] = ()
    expected: int | None = None
    got: int | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)  # why slices came short, and how many did
    newest_at: datetime | None = None
    fresh: int | None = None  # posts published since the newest that its job knew

    def state(self, now: datetime) -> str:
        """The outcome; ``running`` while it lives, ``killed`` where it fell silent without an end."""
        if self.run.outcome is not None:
            return self.run.outcome
        return "running" if (now - self.seen_at).total_seconds() < LIVES_S else "killed"


class RunLedger:
    """Reads and writes the ledger of one state. Every method raises `StateError` where that refuses."""

    def __init__(self, state: State) -> None:
        self.state = state

    def begin(self, run: Run, *, job: str | None = None) -> None:
        """Note that a run has started."""
        row: dict[str, Any] = {
            "id": run.id,
            "source": run.source,
            "job": job,
            "asked": run.asked,
            "robots": run.robots,
            "started_at": seconds(run.started_at),
            "seen_at": seconds(run.started_at),
            "posts": 0,
            "requests": 0,
            "rejected": 0,
            "blocks": [],
            "filled": {},
            "unmet": [],
            "reasons": {},
        }
        with self.state.begin() as connection:
            self.state.upsert(connection, _run, [row])

    def beat(self, run_id: str, at: datetime) -> None:
        """Note that a run lives."""
        with self.state.begin() as connection:
            connection.execute(sa.update(_run).where(_run.c.id == run_id).values(seen_at=seconds(at)))

    def end(
        self,
        run: Run,
        coverage: Sequence[Coverage],
        *,
        filled: Mapping[str, int],
        unmet: Iterable[str],
        newest_at: datetime | None,
        fresh: int | None,
    ) -> None:
        """Note how a run ended and what its slices reached."""
        told = [line for line in coverage if line.expected is not None]
        values = {
            "ended_at": seconds(run.ended_at),
            "seen_at": seconds(run.ended_at),
            "outcome": run.outcome,
            "posts": run.posts,
            "requests": run.requests,
            "rejected": run.rejected,
            "blocks": list(run.blocks),
            "filled": dict(filled),
            "unmet": list(unmet),
            "expected": sum(line.expected or 0 for line in told) if told else None,
            # more than was told is no more than all
            "got": sum(min(line.got, line.expected or 0) for line in told) if told else None,
            "reasons": Counter(
                line.because for line in coverage if line.because and not is_fine(line.because)
            ),
            "newest_at": seconds(newest_at),
            "fresh": fresh,
        }
        rows = [
            {
                "run": run.id,
                "place": place,
                "slice": line.slice,
                "expected": line.expected,
                "got": line.got,
                "because": line.because,
            }
            for place, line in enumerate(coverage)
        ]
        with self.state.begin() as connection:
            connection.execute(sa.update(_run).where(_run.c.id == run.id).values(values))
            self.state.upsert(connection, _coverage, rows)

    def entries(
        self, *, source: str | None = None, since: datetime | None = None, limit: int | None = None
    ) -> list[Entry]:
        """Runs, the latest first; of one source, since a moment, at most `limit`."""
        query = sa.select(_run).order_by(_run.c.started_at.desc(), _run.c.id.desc()).limit(limit)
        if source is not None:
            query = query.where(_run.c.source == source)
        if since is not None:
            query = query.where(_run.c.started_at >= since.timestamp())
        with self.state.read() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def entry(self, run_id: str) -> Entry | None:
        """One run, or None."""
        with self.state.read() as connection:
            row = connection.execute(sa.select(_run).where(_run.c.id == run_id)).mappings().first()
        return None if row is None else _entry(row)

    def coverage(self, *, run_id: str | None = None, since: datetime | None = None) -> list[Coverage]:
        """The slices of one run in the order they were asked, or of all runs since a moment, latest first."""
        query = sa.select(_coverage, _run.c.source).join(_run, _run.c.id == _coverage.c.run)
        query = query.order_by(_run.c.started_at.desc(), _coverage.c.run, _coverage.c.place)
        if run_id is not None:
            query = query.where(_coverage.c.run == run_id)
        if since is not None:
            query = query.where(_run.c.started_at >= since.timestamp())
        with self.state.read() as connection:
            return [
                Coverage(
                    source=row["source"],
                    slice=row["slice"],
                    expected=row["expected"],
                    got=row["got"],
                    because=row["because"],
                    run_id=row["run"],
                )
                for row in connection.execute(query).mappings()
            ]

    def costs(self, since: datetime) -> dict[str, float]:
        """Mean requests of a run by job, of the runs that ended since a moment."""
        query = (
            sa.select(_run.c.job, sa.func.avg(_run.c.requests))
            .where(
                _run.c.job.is_not(None), _run.c.ended_at.is_not(None), _run.c.started_at >= since.timestamp()
            )
            .group_by(_run.c.job)
        )
        with self.state.read() as connection:
            return {job: float(mean) for job, mean in connection.execute(query)}

    def forget(self, before: datetime) -> None:
        """Drop the runs that started earlier; the landing keeps their records."""
        old = sa.select(_run.c.id).where(_run.c.started_at < before.timestamp())
        with self.state.begin() as connection:
            connection.execute(sa.delete(_coverage).where(_coverage.c.run.in_(old)))
            connection.execute(sa.delete(_run).where(_run.c.started_at < before.timestamp()))


def _entry(row: sa.RowMapping) -> Entry:
    started, seen = moment(row["started_at"]), moment(row["seen_at"])
    assert started is not None
    assert seen is not None
    return Entry(
        run=Run(
            id=row["id"],
            source=row["source"],
            asked=row["asked"],
            started_at=started,
            ended_at=moment(row["ended_at"]),
            outcome=row["outcome"],
            posts=row["posts"],
            requests=row["requests"],
            rejected=row["rejected"],
            blocks=tuple(row["blocks"]),
            robots=row["robots"],
        ),
        job=row["job"],
        seen_at=seen,
        filled=row["filled"],
        unmet=tuple(row["unmet"]),
        expected=row["expected"],
        got=row["got"],
        reasons=row["reasons"],
        newest_at=moment(row["newest_at"]),
        fresh=row["fresh"],
    )
