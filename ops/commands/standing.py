"""``tingfeng standing``: what is slowed, paused or disabled, and the person's word that it may be asked again."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.errors import UsageError
from core.language import say
from ops.options import HomeOption, JsonOption, ProjectOption, add_command, resolve_home, resolve_project
from ops.output import emit_json, local, named, table, tell


def register(app: typer.Typer) -> None:
    add_command(
        app,
        "standing",
        standing,
        example='tingfeng standing --resume weibo --reason "looked at the site: the captcha is gone, daily is 500 now"',
    )


def standing(
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="SOURCE[@SITE][/IDENTITY]",
            help=say("Let it be asked again; a source alone means all of it."),
        ),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help=say("Why it may be asked again; it is kept.")),
    ] = None,
    home: HomeOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which sources are slowed, paused or disabled, and let one be asked again."""
    from crawlers.state.engine import open_state
    from crawlers.state.standings import Key, Standings

    place = resolve_home(home)
    if (resume is None) != (reason is None):
        raise UsageError("--resume and --reason go together: say what may be asked again, and why.")
    with open_state(place) as state:
        standings = Standings(state)
        if resume is not None:
            key = Key.read(resume)
            told = standings.resume(key, person=getpass.getuser(), reason=reason or "", at=datetime.now(UTC))
            tell(f"{key}: {told} standings are in order again.")
        kept = standings.of()
    if as_json:
        emit_json([{"of": str(key), "standing": one} for key, one in kept.items()])
        return
    if not kept:
        tell("All sources are in order.")
        return
    zone = resolve_project(project, place).zone
    table(
        ("source", "standing", "block", "since", "until", "pace"),
        [
            (
                str(key),
                named("standing", one.condition.value),
                named("block", one.block),
                local(one.since, zone),
                local(one.until, zone),
                f"1/{one.factor:g}",
            )
            for key, one in kept.items()
        ],
    )
