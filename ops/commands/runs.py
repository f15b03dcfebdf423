"""``tingfeng runs``: the ledger of collection, and whether it is in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import UsageError
from core.language import chosen, say
from core.project import Project
from ops.options import (
    HomeOption,
    JsonOption,
    LimitOption,
    ProjectOption,
    SinceOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_time,
)
from ops.output import emit_json, local, named, table, tell

if TYPE_CHECKING:
    from crawlers.health import Health
    from crawlers.signs import Sign
    from crawlers.state.ledger import Entry, RunLedger


def register(app: typer.Typer) -> None:
    add_command(app, "runs", runs, example="tingfeng runs --source feed --since 7d")


def runs(
    run: Annotated[str | None, typer.Argument(help=say("One run, with what each slice reached."))] = None,
    source: Annotated[str | None, typer.Option("--source", help=say("Runs of this source alone."))] = None,
    home: HomeOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    limit: LimitOption = 30,
    quiet: Annotated[
        bool, typer.Option("--quiet", help=say("Say nothing unless a person is wanted; for cron."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how collection went: the latest runs, and every sign that something is not in order.

    Exit code 1 when a person is wanted. With --quiet, cron sends a mail then, and none else.
    """
    from crawlers.registry import source as known
    from crawlers.state.engine import open_state
    from crawlers.state.ledger import RunLedger

    place = resolve_home(home)
    listening = resolve_project(project, place)
    if source is not None:
        known(source)
    with open_state(place) as state:
        ledger = RunLedger(state)
        if run is not None:
            _one(ledger, run, listening, as_json=as_json)
            return
        from crawlers.health import of_state

        now = datetime.now(UTC)
        found = ledger.entries(
            source=source, since=resolve_time(since, listening, option="--since"), limit=limit
        )
        health = of_state(state, now)
    signs = health.signs if source is None else health.of(source)
    if as_json:
        emit_json({"runs": [_plain(one, now) for one in found], "health": _health(health, signs)})
    elif quiet:
        _tell_signs([sign for sign in signs if sign.symptom.person])
    else:
        _show(found, listening, now)
        _tell_signs(signs)
        if health.unknown:
            tell(
                f"Not enough data to judge by history (below 7 days with runs): {', '.join(health.unknown)}."
            )
        if not signs:
            tell("No sign that anything is out of order.")
    if any(sign.symptom.person for sign in signs):
        raise typer.Exit(1)


def _one(ledger: RunLedger, run: str, project: Project, *, as_json: bool) -> None:
    from crawlers.registry import asked_of
    from ops.reached import reached, show_reached

    now = datetime.now(UTC)
    entry = ledger.entry(run)
    if entry is None:
        raise UsageError(f"There is no run {run!r}; take an id from: tingfeng runs")
    lines = ledger.coverage(run_id=run)
    if as_json:
        emit_json({"run": _plain(entry, now), "coverage": reached(lines)})
        return
    _show([entry], project, now)
    for name, text in asked_of(entry.run, project.zone).items():
        typer.echo(f"{name}: {text}")
    show_reached(lines)
    for sentence in entry.unmet:
        tell(sentence)


def _plain(entry: Entry, now: datetime) -> Mapping[str, Any]:
    return {
        "run": entry.run,
        "state": entry.state(now),
        "job": entry.job,
        "expected": entry.expected,
        "got": entry.got,
        "newest_at": entry.newest_at,
        "new_posts": entry.fresh,
        "filled": entry.filled,
        "unmet": entry.unmet,
    }


def _health(health: Health, signs: Sequence[Sign]) -> Mapping[str, Any]:
    return {
        "signs": [
            {
                "name": sign.symptom.name,
                "source": sign.source,
                "job": sign.job,
                "person": sign.symptom.person,
                "title": sign.title(chosen(), _called),
                "advice": sign.advice(chosen(), _called),
                "formula": sign.symptom.formula.of(chosen()),
            }
            for sign in signs
        ],
        "not_enough_data": health.unknown,
    }


def _called(block: str) -> str:
    return str(named("block", block))


def _show(entries: Sequence[Entry], project: Project, now: datetime) -> None:
    rows = [
        (
            one.run.id,
            local(one.run.started_at, project.zone),
            named("outcome", one.state(now)),
            one.run.posts,
            one.run.requests,
            None if one.expected is None else f"{one.got}/{one.expected}",
            ", ".join(str(named("block", block)) for block in one.run.blocks) or None,
        )
        for one in entries
    ]
    table(("run", "started", "outcome", "posts", "requests", "got/expected", "blocks"), rows)


def _tell_signs(signs: Sequence[Sign]) -> None:
    for sign in signs:
        mark = "!" if sign.symptom.person else "·"
        typer.echo(f"{mark} {sign.job or sign.source}: {sign.title(chosen(), _called)}", err=True)
        typer.echo(f"  → {sign.advice(chosen(), _called)}", err=True)
