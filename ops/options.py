"""Options that several commands share, and what they resolve to."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from core import home as homes
from core import project as projects
from core.errors import UsageError
from core.home import Home
from core.language import say
from core.project import Project
from core.times import read_time
from ops.wording import Command

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", metavar="DIR", help=say("Data folder (default: TINGFENG_HOME, else ~/.tingfeng).")
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help=say("sqlite, sqlite:FILE or http://HOST:9200[/PREFIX] (default: TINGFENG_STORE, else sqlite)."),
    ),
]
ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="FILE",
        help=say("Project file (default: TINGFENG_PROJECT, else project.toml in the data folder)."),
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help=say("From this moment on: 2026-11-01, 7d, 2026-11-01T08:00.")
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help=say("Before this moment; a date means its first minute in the project's zone."),
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help=say("Answer as JSON on stdout."))]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help=say("At most so many."))]
SpamRateOption = Annotated[
    float | None,
    typer.Option(
        "--spam-rate",
        min=0.0001,
        max=0.9999,
        help=say("The share of spammers among accounts to reckon with; default 0.05, an assumption."),
    ),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=0, max=64, help=say("Annotating processes; 0 for none."))
]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def resolve_home(given: Path | None) -> Home:
    """The data folder, made if it is not there yet."""
    home = homes.resolve(given)
    try:
        home.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The data folder {home.root} cannot be made ({error.strerror}); choose another with --home DIR."
        ) from error
    return home


def resolve_project(given: Path | None, home: Home) -> Project:
    """The project of `given`, of ``TINGFENG_PROJECT`` or of the data folder; the empty one where there is none."""
    path = project_path(given, home)
    return projects.load(path) if path else projects.EMPTY


def project_path(given: Path | None, home: Home) -> Path | None:
    """The project file in force, or None."""
    if given:
        return given
    if named := os.environ.get("TINGFENG_PROJECT"):
        return Path(named)
    inside = home.root / "project.toml"
    return inside if inside.exists() else None


def resolve_store_address(given: str | None) -> str | None:
    return given or os.environ.get("TINGFENG_STORE") or None


def resolve_workers(given: int | None) -> int:
    """The annotating processes asked for, else one a core, eight at most."""
    return max(1, min(8, os.cpu_count() or 1)) if given is None else given


def resolve_time(
    given: str | None, project: Project, *, option: str, now: datetime | None = None
) -> datetime | None:
    """The moment a person wrote: a span back from now (``7d``, ``36h``), or any date the crawlers can read."""
    if given is None:
        return None
    now = now or datetime.now(UTC)
    text = given.strip().lower()
    if text[:-1].isdecimal() and text[-1:] in _UNITS:
        try:
            return now - timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
        except (OverflowError, ValueError):  # before the calendar begins
            moment = None
    else:
        moment = read_time(given, now=now, zone=project.zone)
    if moment is None:
        raise UsageError(
            f"{option} {given!r} is not a date; write 2026-11-01, 2026-11-01T08:00 or a span like 7d."
        )
    return moment.at


def resolve_span(
    since: str | None, until: str | None, project: Project
) -> tuple[datetime | None, datetime | None]:
    """Both ends; raises `UsageError` when they are in the wrong order."""
    start = resolve_time(since, project, option="--since")
    end = resolve_time(until, project, option="--until")
    if start and end and start >= end:
        raise UsageError(f"--since {since} is not before --until {until}; swap them or widen the span.")
    return start, end


def add_command(app: typer.Typer, name: str, function: Callable[..., None], *, example: str) -> None:
    """Adds a command whose help is the function's docstring, in the reader's language, with an example."""
    app.command(
        name, cls=Command, help=say(str(inspect.getdoc(function))), epilog=say("Example:") + " " + example
    )(function)
