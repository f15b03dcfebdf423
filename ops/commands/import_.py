"""``tingfeng import``: posts from a file, by the same door as the crawlers'."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.language import say
from ops.options import HomeOption, JsonOption, ProjectOption, add_command, resolve_home, resolve_project
from ops.output import emit_json, tell


def register(app: typer.Typer) -> None:
    add_command(app, "import", import_file, example="tingfeng import posts.csv && tingfeng ingest")


def import_file(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help=say("JSONL, CSV or XLSX; only text is required."))
    ],
    home: HomeOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Land the posts of a JSONL, CSV or XLSX file."""
    from core.tabular import import_file as land

    place = resolve_home(home)
    report = land(path, place, resolve_project(project, place))
    if report.rejected:
        tell(
            f"{report.rejected} rows could not be read: {place.rejects / (report.run + '.jsonl')} says which and why."
        )
    if as_json:
        emit_json(
            {"read": report.read, "landed": report.landed, "rejected": report.rejected, "run": report.run}
        )
    else:
        tell(
            f"Read {report.read} rows, landed {report.landed}, rejected {report.rejected}. Next: tingfeng ingest"
        )
