"""``tingfeng schedule``: what the projects want to hear, asked when it is due."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core import project as projects
from core.errors import UsageError
from core.home import Home
from core.language import chosen, say
from core.project import Project
from ops.options import HomeOption, JsonOption, add_command, project_path, resolve_home
from ops.output import emit_json, local, named, table, tell
from ops.wording import Group

if TYPE_CHECKING:
    from crawlers.state.plan import Job
    from ops.schedule.budgets import Demand
    from ops.schedule.runner import Schedule
    from ops.schedule.units import Unit

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PROJECT]...",
        help=say("Project files, or folders of them; without any, the project in force."),
    ),
]
SlotsOption = Annotated[
    int, typer.Option("--slots", min=1, max=64, help=say("Crawls side by side; of one site never two."))
]
JobArgument = Annotated[str, typer.Argument(help=say("A job's key, or its beginning, of: schedule list."))]
_WIDE = 60


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=Group, help=say("Ask what the projects want to hear, when it is due."), rich_markup_mode=None
    )
    add_command(group, "run", run, example="tingfeng schedule run car.toml phone.toml --slots 3")
    add_command(group, "once", once, example="*/5 * * * * tingfeng schedule once car.toml")
    add_command(group, "list", list_, example="tingfeng schedule list")
    add_command(group, "plan", plan, example="tingfeng schedule plan car.toml phone.toml")
    add_command(group, "pause", pause, example="tingfeng schedule pause weibo-3fa2 --reason 'too noisy'")
    add_command(group, "resume", resume, example="tingfeng schedule resume weibo-3fa2")
    app.add_typer(group, name="schedule")


def run(files: FilesArgument = None, home: HomeOption = None, slots: SlotsOption = 2) -> None:
    """Stay and run every job when it is due, until Ctrl-C or SIGTERM.

    Project files that change are read again. Several hosts may run the same schedule on one state.
    """
    place = resolve_home(home)
    with _opened(files, place, slots) as schedule:
        tell(f"The schedule runs {len(schedule.wanted())} jobs; Ctrl-C ends it.")
        with _until_told(schedule.stop):
            schedule.run()
    tell("The schedule has ended; what was begun goes on next time.")


def once(files: FilesArgument = None, home: HomeOption = None, slots: SlotsOption = 2) -> None:
    """Run the jobs that are due now, each once, and end: for cron or a timer."""
    place = resolve_home(home)
    with _opened(files, place, slots) as schedule, _until_told(schedule.stop):
        ran = schedule.once()
    tell(f"{ran} jobs ran.")


def list_(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show every job: when it is due next, how it went last, and why it waits."""
    from crawlers.state.engine import open_state
    from crawlers.state.plan import Jobs

    place = resolve_home(home)
    with open_state(place) as state:
        jobs = Jobs(state).all()
    if as_json:
        emit_json({"jobs": jobs})
        return
    now = datetime.now(UTC)
    zone = _project(place).zone
    rows = [
        (
            job.key,
            _asked(job.shown),
            ", ".join(job.projects),
            local(job.due_at, zone),
            None if job.interval_s is None else f"{job.interval_s / 60:.0f}",
            local(job.began_at, zone),
            named("outcome", "running" if job.runs(now) else job.outcome),
            _why(job),
        )
        for job in jobs
    ]
    table(("job", "asks", "for", "due", "minutes", "last", "outcome", "waits"), rows)
    if not jobs:
        tell("Nothing is scheduled yet; start with: tingfeng schedule run PROJECT.toml")


def plan(files: FilesArgument = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show what a day would ask: runs and requests of each job, held against the sources' budgets."""
    from crawlers.state.engine import open_state
    from crawlers.state.ledger import RunLedger
    from crawlers.state.plan import Jobs
    from ops.schedule import planner
    from ops.schedule.budgets import budgets, demands
    from ops.schedule.runner import HISTORY

    place = resolve_home(home)
    units = _wanted(files, place)()
    now = datetime.now(UTC)
    with open_state(place) as state:
        jobs = {job.key: job for job in Jobs(state).all()}
        costs = RunLedger(state).costs(now - HISTORY)
    limits = budgets()
    stretch = planner.stretches(units, jobs, limits, costs, now)
    asked = demands(units, jobs, costs, stretch, now)
    totals = {
        name: sum(one.requests for one in asked if one.unit.source == name)
        for name in dict.fromkeys(unit.source for unit in units)
    }
    if as_json:
        emit_json({"jobs": [_demand(one) for one in asked], "sources": _sources(totals, limits, stretch)})
        return
    rows = [
        (
            one.unit.key,
            _asked(one.unit.shown),
            ", ".join(one.unit.projects),
            f"{one.interval_s / 60:.0f}",
            f"{one.runs:.0f}",
            None if one.cost is None else f"{one.cost:.1f}",
            f"{one.requests:.0f}",
        )
        for one in asked
    ]
    table(("job", "asks", "for", "minutes", "runs a day", "requests a run", "requests a day"), rows)
    for name, total in totals.items():
        _tell_budget(name, total, limits[name], stretch.get(name))


def _demand(one: Demand) -> Mapping[str, Any]:
    return {
        "job": one.unit.key,
        "source": one.unit.source,
        "asks": one.unit.shown,
        "projects": one.unit.projects,
        "interval_s": one.interval_s,
        "runs_a_day": one.runs,
        "requests_a_run": one.cost,
        "requests_a_day": one.requests,
    }


def _sources(
    totals: Mapping[str, float], limits: Mapping[str, int | None], stretch: Mapping[str, float]
) -> Sequence[Mapping[str, Any]]:
    return [
        {"source": name, "requests_a_day": total, "budget": limits[name], "stretch": stretch.get(name, 1.0)}
        for name, total in totals.items()
    ]


def _tell_budget(name: str, total: float, limit: int | None, stretch: float | None) -> None:
    if limit is None:
        tell(f"{name}: {total:.0f} requests a day, no budget set.")
    else:
        tell(f"{name}: {total:.0f} requests a day of {limit} allowed.")
    if stretch is not None:
        tell(f"{name}: intervals are {stretch:.1f} times as long as its rhythm, to stay within the budget.")
    if limit is not None and total > limit * 1.01:
        tell(f"{name}: what the projects fixed is more than a day allows; widen every, or drop queries.")


def pause(
    job: JobArgument,
    reason: Annotated[str | None, typer.Option("--reason", help=say("Why; shown with the job."))] = None,
    home: HomeOption = None,
) -> None:
    """Start a job no more until it is resumed."""
    with _jobs(home) as jobs:
        found = jobs.find(job)
        jobs.pause(found.key, reason, datetime.now(UTC))
    tell(f"{found.key} is paused; go on with: tingfeng schedule resume {found.key}")


def resume(job: JobArgument, home: HomeOption = None) -> None:
    """Let a paused job run again; it is due at once."""
    with _jobs(home) as jobs:
        found = jobs.find(job)
        if found.paused_at is None:
            raise UsageError(f"{found.key} is not paused; tingfeng schedule list shows why it waits.")
        jobs.resume(found.key, datetime.now(UTC))
    tell(f"{found.key} runs again.")


# --- what they share ------------------------------------------------------------------------------------


@contextmanager
def _jobs(home: Path | None) -> Iterator[Any]:
    from crawlers.state.engine import open_state
    from crawlers.state.plan import Jobs

    with open_state(resolve_home(home)) as state:
        yield Jobs(state)


@contextmanager
def _opened(files: list[Path] | None, place: Home, slots: int) -> Iterator[Schedule]:
    from crawlers.state.engine import open_state
    from ops.schedule.runner import Schedule, crawling

    wanted = _wanted(files, place)
    with open_state(place) as state:
        yield Schedule(
            state,
            wanted,
            crawl=crawling(place),
            slots=slots,
            tell=tell,
        )


@contextmanager
def _until_told(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask for a clean end; a second one is what it always was."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def told(number: int, frame: object) -> None:
        for one, handler in before.items():
            signal.signal(one, handler)
        tell("Ending; crawls that run are asked to stop.")
        stop()

    for number in before:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wanted(files: list[Path] | None, place: Home) -> Callable[[], list[Unit]]:
    """Reads what the projects want, now and later; raises `UsageError` where they name no sources now."""
    from core.pseudonyms import Pseudonyms, load_key
    from ops.schedule.files import ProjectFiles

    found = project_path(None, place)
    wanted = ProjectFiles(
        files or ([found] if found else []), Pseudonyms(load_key(place.key)).author_id, tell
    )
    if not wanted():
        raise UsageError(
            "The projects name no sources; add [[source]] tables to them, see: tingfeng project new NAME"
        )
    return wanted


def _project(place: Home) -> Project:
    path = project_path(None, place)
    return projects.load(path) if path else projects.EMPTY


def _asked(shown: Mapping[str, str]) -> str:
    text = " ".join(f"{name}={value}" for name, value in shown.items())
    return text if len(text) <= _WIDE else text[: _WIDE - 1] + "…"


def _why(job: Job) -> str | None:
    from crawlers.health import WAITS

    if job.paused_at is not None:
        said = WAITS["paused"].of(chosen())
        return f"{said}: {job.paused_because}" if job.paused_because else said
    return WAITS[job.waits].of(chosen()) if job.waits else None
