"""What to start now, what waits and why: a pure function of jobs, standings, budgets and the time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawlers.manners.standing import Condition, Standing
from crawlers.state.plan import Job, Missed
from ops.schedule.rhythm import interval_s
from ops.schedule.units import Unit

JITTER = 0.1  # of an interval, so that jobs do not march in step
OFF = "off"
"""Why a start was missed: no schedule was awake when it was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What bounds a pass: places for crawls on this `host`, requests left today by source (None: no limit), and standings.

    `standings` are of a queue (a source, or a source and a host of it) and hold only what is not in order.
    """

    slots: int
    host: str | None = None  # whose places they are, by the name in leases; None: those of all hosts together
    left: Mapping[str, int | None] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass over the schedule: jobs to start now, the fairest first, and why every other due job waits."""

    starts: tuple[Job, ...]
    waits: Mapping[str, str | None]  # all jobs; None: not due, or started


def due(jobs: Sequence[Job], now: datetime, conditions: Conditions) -> Pass:
    """Which of `jobs` to start at `now`.

    A job waits while it is ``paused`` by a person, its site ``disabled`` (until a person resumes) or ``resting``,
    its source's ``budget`` of the day spent, its queue ``busy`` with a job (itself, for one), or all ``places``
    are taken. Queues take turns: the one that began a job longest ago goes first, and in it the job that is
    late by the most of its own intervals.
    """
    waits: dict[str, str | None] = {job.key: None for job in jobs}
    ready: dict[str, list[Job]] = {}
    taken = sum(job.runs(now) and _is_on(job, conditions.host) for job in jobs)
    busy = {job.queue for job in jobs if job.runs(now)}
    for job in jobs:
        if job.runs(now) or (job.due_at > now and job.paused_at is None):
            continue
        if reason := _held(job, now, conditions) or ("busy" if job.queue in busy else None):
            waits[job.key] = reason
        else:
            ready.setdefault(job.queue, []).append(job)
    starts: list[Job] = []
    for queue in sorted(ready, key=lambda name: (_last_began(jobs, name), name)):
        first, *others = sorted(ready[queue], key=lambda job: (-_lateness(job, now), job.key))
        waits.update({job.key: "busy" for job in others})
        if taken + len(starts) >= conditions.slots:
            waits[first.key] = "places"
        else:
            starts.append(first)
    return Pass(starts=tuple(starts), waits=waits)


def _is_on(job: Job, host: str | None) -> bool:
    """Whether a running job takes a place of that host's; None: of any."""
    return host is None or (job.lease_by or "").startswith(f"{host}:")


def _held(job: Job, now: datetime, conditions: Conditions) -> str | None:
    """Why a job must not be started, whoever else runs."""
    if job.paused_at is not None:
        return "paused"
    for name in (job.queue, job.source):
        standing = conditions.standings.get(name)
        if standing is not None and standing.forbids(now):
            return "disabled" if standing.condition is Condition.DISABLED else "resting"
    remaining = conditions.left.get(job.source)
    return "budget" if remaining is not None and remaining <= 0 else None


def _last_began(jobs: Sequence[Job], queue: str) -> float:
    return max((job.began_at.timestamp() for job in jobs if job.queue == queue and job.began_at), default=0.0)


def _lateness(job: Job, now: datetime) -> float:
    """How late a job is, in its own intervals, so that slow ones are not starved by quick ones."""
    return (now - job.due_at).total_seconds() / (job.interval_s or 3600.0)


def next_due(unit: Unit, job: Job, *, began: datetime, stretch: float, seed: int) -> tuple[datetime, float]:
    """When a job that began at `began` is due again, and its interval in seconds.

    The interval is the tightest of what the projects say, or else of the rhythm seen; `stretch` (>= 1) widens
    the latter, where a day's rhythm would cost more than the day's budget. A seeded jitter of ±10 % moves
    intervals, never times of day.
    """
    rhythm = interval_s(unit.kind, job.published, began) * stretch
    moment = unit.next(began, rhythm)
    interval = (moment - began).total_seconds()
    if any(wish.at and wish.next(began, rhythm) == moment for wish in unit.wishes):
        return moment, interval
    share = _chance(seed, job.key, began).uniform(-JITTER, JITTER)
    return began + timedelta(seconds=interval * (1 + share)), interval


def first_due(unit: Unit, now: datetime) -> datetime:
    """When a new job is due: at once, but times of day are waited for."""
    return unit.next(now, 0.0) if all(wish.at for wish in unit.wishes) else now


def _chance(seed: int, key: str, moment: datetime) -> random.Random:
    text = f"{seed}:{key}:{moment.timestamp()}"
    return random.Random(hashlib.blake2b(text.encode(), digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Asleep:
    """The last span in which no schedule was awake; `since` None: none ever was before."""

    since: datetime | None
    until: datetime

    def covers(self, moment: datetime) -> bool:
        return (self.since is None or self.since < moment) and moment <= self.until


def missed(unit: Unit, job: Job, now: datetime, *, asleep: Asleep | None) -> Missed | None:
    """The starts that `job` has missed by `now`, to be made up for by one run; None where it is in time.

    Where the job was due while no schedule was awake, the reason is ``off``, else that for which it waited.
    """
    if unit.revisits:
        return None  # several re-visits that were due are one
    rhythm = job.interval_s or interval_s(unit.kind, job.published, now)
    times, at = 0, unit.next(job.due_at, rhythm)
    while at <= now and times < 100_000:
        times, at = times + 1, unit.next(at, rhythm)
    if times == 0:
        return None
    off = asleep is not None and asleep.covers(job.due_at)
    because = OFF if off or job.waits is None else job.waits
    return Missed(job=job.key, since=job.due_at, until=now, times=times, because=because)


def stretches(
    units: Sequence[Unit],
    jobs: Mapping[str, Job],
    budgets: Mapping[str, int | None],
    costs: Mapping[str, float],
    now: datetime,
) -> dict[str, float]:
    """By source, what its rhythms are to be widened by so that a day's requests stay within its budget.

    Requests of a day = Σ 86400 / interval × requests of a run. What projects wrote themselves is kept: only
    jobs by rhythm are widened, by (their requests) / (the budget left by the others), at most 24 times.
    """
    fixed: dict[str, float] = {}
    free: dict[str, float] = {}
    for unit in units:
        job = jobs.get(unit.key)
        rhythm = interval_s(unit.kind, job.published if job else (), now)
        a_day = runs_a_day(unit, rhythm, now) * costs.get(unit.key, 1.0)
        by_rhythm = all(wish.every_s is None and wish.at is None for wish in unit.wishes)
        group = free if by_rhythm else fixed
        group[unit.source] = group.get(unit.source, 0.0) + a_day
    found = {}
    for name, wanted in free.items():
        budget = budgets.get(name)
        if budget is None:
            continue
        left = budget - fixed.get(name, 0.0)
        if wanted > left:
            found[name] = min(wanted / left, 24.0) if left > 0 else 24.0
    return found


def runs_a_day(unit: Unit, rhythm_s: float, now: datetime) -> float:
    """How often a unit is asked in 24 hours from `now`."""
    if not any(wish.at for wish in unit.wishes):
        return 86_400.0 / (unit.next(now, rhythm_s) - now).total_seconds()
    at, end, times = now, now + timedelta(days=1), 0
    while (at := unit.next(at, rhythm_s)) <= end:
        times += 1
    return float(times)
