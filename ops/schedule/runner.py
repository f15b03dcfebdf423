"""Obeys the plan: starts what is due, holds leases while it runs, and notes how it went."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import TingfengError
from core.home import Home
from crawlers.manners.standing import Standing
from crawlers.registry import source
from crawlers.runner import CrawlReport, crawl
from crawlers.state.engine import State, StateError
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import Job, Jobs
from crawlers.state.revisits import Revisits
from crawlers.state.standings import Standings
from ops.schedule import planner
from ops.schedule.budgets import budgets, left
from ops.schedule.planner import Asleep, Conditions
from ops.schedule.units import Unit, revisiting

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
_NAP = timedelta(minutes=3)  # a longer span between two passes is sleep
_LOOK_S = 20.0  # between two passes, at most
_AGAIN_S = 5.0  # until a state that refused is asked again
_UNFINISHED = ("stopped", "failed")
_AT_ONCE = 50  # posts that one run re-visits
HISTORY = timedelta(days=7)  # of which a run's cost is known
_KEPT = timedelta(days=400)  # how long the ledger remembers


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A crawl to run: its unit, what the spider is told, and Scrapy's settings."""

    unit: Unit
    arguments: Mapping[str, str]
    settings: Mapping[str, Any]
    stopping: Callable[[], bool]


class Schedule:
    """Runs the units that `wanted` names, at the times of `clock`, by `crawl`.

    `slots` crawls run side by side at most, of one queue never two, on whichever host. `limits` are the
    requests of a day by source, as the sources say where nothing is given. But for `run`, raises `StateError` where the
    state refuses.
    """

    def __init__(
        self,
        state: State,
        wanted: Callable[[], Sequence[Unit]],
        *,
        crawl: Callable[[Start], CrawlReport],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limits: Mapping[str, int | None] | None = None,
        slots: int = 2,
        seed: int = 0,
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.state = state
        self.jobs = Jobs(state)
        self.revisits = Revisits(state)
        self.ledger = RunLedger(state)
        self.wanted = wanted
        self.crawl = crawl
        self.clock = clock
        self.limits = budgets() if limits is None else limits
        self.slots = slots
        self.seed = seed
        self.tell = tell
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.stopping = threading.Event()
        self._woken = threading.Event()
        self._running: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="crawl")
        self._asleep: Asleep | None = None
        self._costs: dict[str, float] = {}
        self._counted_at: datetime | None = None

    # --- living -------------------------------------------------------------------------------------

    def run(self) -> None:
        """Starts what is due until `stop` is called; then waits for the crawls to end cleanly.

        A state that refuses for a while, by a deadlock or a server that starts anew, ends nothing: it is asked again.
        """
        refused = False
        while not self.stopping.is_set():
            try:
                self.look()
            except StateError as error:
                log.warning("%s", error)
                if not refused:
                    self.tell("The state refuses; the schedule stays and asks it again.")
                refused = True
                self.stopping.wait(_AGAIN_S)
            else:
                refused = False
                self._sleep()
        self._end()

    def once(self) -> int:
        """Runs what is due now to its end, and returns how many ran; what comes due meanwhile is left."""
        ran = len(self.look())
        began = self.clock()
        while self._running and not self.stopping.is_set():
            self._sleep()
            ran += len(self.look(until=began))
        self._end()
        return ran

    def stop(self) -> None:
        """Starts nothing more and asks what runs to end; it goes on from there next time."""
        self.stopping.set()
        self._woken.set()

    def _sleep(self) -> None:
        self._woken.wait(_LOOK_S)
        self._woken.clear()

    def _end(self) -> None:
        while self._running:
            self._collect()
            if self._running:
                self.jobs.renew(self.name, self._running, self.clock() + LEASE)
                self._sleep()

    # --- one pass -----------------------------------------------------------------------------------

    def look(self, *, until: datetime | None = None) -> list[Job]:
        """One pass: starts what the planner says and returns it; only jobs due by `until`, where it is given."""
        self._collect()
        now = self.clock()
        awake_at = self.jobs.beat(self.name.rsplit(":", 1)[0], now)
        if self._asleep is None or awake_at is None or now - awake_at > _NAP:
            self._asleep = Asleep(awake_at, now)
        if self._running:
            self.jobs.renew(self.name, self._running, now + LEASE)
        units = {unit.key: unit for unit in self._units(now)}
        jobs = [job for job in self.jobs.all() if job.key in units]
        eligible = [job for job in jobs if until is None or job.due_at <= until or job.runs(now)]
        found = planner.due(eligible, now, self._conditions(jobs, now))
        started = []
        for job in found.starts:
            missed = planner.missed(units[job.key], job, now, asleep=self._asleep)
            if not self.jobs.lease(job, by=self.name, now=now, until=now + LEASE):
                continue  # another host was quicker
            self._running[job.key] = self._pool.submit(self._run, units[job.key], job, now)
            self._running[job.key].add_done_callback(lambda _: self._woken.set())
            started.append(job)
            if missed is not None:
                self.jobs.miss(missed)
                self.tell(
                    f"{job.key} missed {missed.times} runs since {missed.since:%Y-%m-%d %H:%M}; it runs once."
                )
        known = {job.key: job.waits for job in jobs}
        self.jobs.waits({key: why for key, why in found.waits.items() if known.get(key) != why})
        return started

    def _units(self, now: datetime) -> list[Unit]:
        """All that is wanted, put on the list."""
        units = list(self.wanted())
        due = self.revisits.next()
        revisits = [unit for unit in revisiting(units) if unit.queue in due]
        known = {job.key: job for job in self.jobs.all()}
        rows = [_job(unit, planner.first_due(unit, now), now) for unit in units]
        for unit in revisits:
            before = known[unit.key].began_at if unit.key in known else None
            rest = before + timedelta(minutes=10) if before else now
            rows.append(_job(unit, max(due[unit.queue], rest), now))
        self.jobs.want(rows, now)
        return [*units, *revisits]

    def _conditions(self, jobs: Sequence[Job], now: datetime) -> Conditions:
        asked = {job.source: self.limits.get(job.source) for job in jobs}
        return Conditions(
            slots=self.slots,
            host=self.name.split(":", 1)[0],
            left=left(self.state, asked, now),
            standings=standings(self.state),
        )

    # --- one crawl ----------------------------------------------------------------------------------

    def _run(self, unit: Unit, job: Job, now: datetime) -> None:
        """In a thread of its own: one crawl to its end, noted."""
        run, outcome = None, "failed"
        posts: list[str] = []
        arguments = dict(unit.arguments)
        try:
            if unit.revisits:
                posts = self.revisits.due(unit.queue, now, _AT_ONCE)
                arguments[source(unit.source).post_argument or ""] = ";".join(posts)
            report = self.crawl(
                Start(
                    unit=unit,
                    arguments=arguments,
                    settings=_settings(unit, job),
                    stopping=self.stopping.is_set,
                )
            )
            run, outcome = report.run.id, report.run.outcome or "failed"
            if posts and outcome == "finished":
                self.revisits.done(unit.queue, posts, now)
        except TingfengError as error:
            log.warning("%s", error)
        finally:
            while True:
                try:
                    self._finish(unit, job, now, run, outcome)
                    break
                except StateError:  # how it went is not known twice
                    if self.stopping.wait(_AGAIN_S):
                        raise

    def _finish(self, unit: Unit, job: Job, began: datetime, run: str | None, outcome: str) -> None:
        fresh = next((one for one in self.jobs.all() if one.key == job.key), job)
        stretch = self._stretch(began).get(unit.source, 1.0)
        # a run that went on with an earlier one knows no more than that one asked for
        asked_at = job.began_at if outcome == "finished" and job.outcome in _UNFINISHED else None
        due_at, interval = planner.next_due(
            unit, fresh, began=asked_at or began, stretch=stretch, seed=self.seed
        )
        if self.stopping.is_set() and outcome == "stopped":
            due_at = began  # it was we who stopped it: it goes on at the next start
        self.jobs.finish(
            job.key,
            by=self.name,
            at=self.clock(),
            run=run,
            outcome=outcome,
            due_at=due_at,
            interval_s=interval,
        )

    def _stretch(self, now: datetime) -> dict[str, float]:
        if self._counted_at is None or now - self._counted_at > timedelta(minutes=10):
            self.ledger.forget(now - _KEPT)
            self._costs = self.ledger.costs(now - HISTORY)
            self._counted_at = now
        jobs = {job.key: job for job in self.jobs.all()}
        return planner.stretches(self.wanted(), jobs, self.limits, self._costs, now)

    def _collect(self) -> None:
        """Forget the crawls that ended; an error of ours that ended one is raised here."""
        for key, future in list(self._running.items()):
            if future.done():
                del self._running[key]
                future.result()


def _settings(unit: Unit, job: Job) -> dict[str, Any]:
    return {
        "TINGFENG_JOB": job.key,
        "TINGFENG_PROJECT": unit.project_path,
        "TINGFENG_ROBOTS_OVERRIDE": unit.robots_override,
        "TINGFENG_REVISIT": "1" if unit.revisit and not unit.revisits else None,
        "CLOSESPIDER_TIMEOUT": unit.budget_s,
    }


def _job(unit: Unit, due_at: datetime, now: datetime) -> Job:
    return Job(
        key=unit.key,
        source=unit.source,
        kind=unit.kind,
        queue=unit.queue,
        shown=unit.shown,
        projects=unit.projects,
        wanted_at=now,
        due_at=due_at,
    )


def standings(state: State) -> dict[str, Standing]:
    """The standings that are not in order, by queue: a source, or a source and a host."""
    return {
        f"{key.source}:{key.site}" if key.site else key.source: standing
        for key, standing in Standings(state).of().items()
        if not key.identity
    }


def crawling(home: Home) -> Callable[[Start], CrawlReport]:
    """Runs a start as ``scrapy crawl`` in a process of its own."""

    def run(start: Start) -> CrawlReport:
        return crawl(
            start.unit.source,
            start.arguments,
            home=home,
            settings=start.settings,
            stopping=start.stopping,
        )

    return run
