"""``tingfeng doctor``: is everything in order, and if not, what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from core.errors import TingfengError, UsageError
from core.home import Home
from core.language import say
from ops.options import (
    HomeOption,
    JsonOption,
    ProjectOption,
    StoreOption,
    add_command,
    project_path,
    resolve_home,
    resolve_store_address,
)
from ops.output import emit_json, table, tell


def register(app: typer.Typer) -> None:
    add_command(app, "doctor", doctor, example="tingfeng doctor --store http://127.0.0.1:9200")


def doctor(
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help=say("Make the index of a SQLite store anew from its records, as this version writes it."),
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the data folder, key, landing, store, project, sources and models."""
    from ops.doctor import examine

    place = resolve_home(home)
    if repair:
        _repair(place, resolve_store_address(store))
    checks = examine(place, resolve_store_address(store), project_path(project, place))
    if as_json:
        emit_json({"checks": checks, "ok": all(check.ok for check in checks)})
    else:
        table(
            ("check", "state", "found"), [(say(c.name), "ok" if c.ok else "!!", say(c.found)) for c in checks]
        )
    if broken := [check.name for check in checks if not check.ok]:
        raise TingfengError(f"Not in order: {', '.join(map(say, broken))}.")


def _repair(home: Home, address: str | None) -> None:
    from index.address import sqlite_path
    from index.sqlite.repair import repair

    path = sqlite_path(address, home)
    if path is None:
        raise UsageError(
            "only a SQLite store is repaired; an Elasticsearch server mends itself,"
            " or tingfeng ingest --rebuild reads the landing anew"
        )
    done = repair(path)
    if done.lost:
        tell(
            f"{done.posts} posts indexed anew in {path}; {done.lost} could not be read,"
            " tingfeng ingest --rebuild brings them back."
        )
    else:
        tell(f"{done.posts} posts indexed anew in {path}.")
