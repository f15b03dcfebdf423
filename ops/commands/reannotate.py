"""``tingfeng reannotate``: what is stored, read anew with the present models."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import typer

from core.language import chosen, say
from ops.options import (
    HomeOption,
    JsonOption,
    ProjectOption,
    StoreOption,
    WorkersOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_store_address,
    resolve_workers,
)
from ops.output import Progress, emit_json, table, tell

if TYPE_CHECKING:
    from core.project import Project
    from index.ingest.reannotating import Reannotated


def register(app: typer.Typer) -> None:
    add_command(app, "reannotate", reannotate, example="tingfeng reannotate --workers 4")


def reannotate(
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read all stored posts anew with the present models and say what changed; safe to stop and run again."""
    from index.address import open_store
    from index.ingest.reannotating import reannotate as run

    place = resolve_home(home)
    listening = resolve_project(project, place)
    progress = Progress("posts")
    with closing(open_store(resolve_store_address(store), place)) as opened:
        done = run(place, opened, listening, workers=resolve_workers(workers), progress=progress)
    progress.end()
    if as_json:
        emit_json(done)
    else:
        _tell(done, listening)


def _tell(done: Reannotated, project: Project) -> None:
    changes = done.changes
    rows = [
        (say(name), _worded(name, change, project), count)
        for name, counts in (
            ("sentiment", changes.sentiment),
            ("emotion", changes.emotion),
            ("aspects", changes.aspects),
            ("intent", changes.intent),
            ("voice", changes.voice),
            ("brands", changes.brands),
            ("models", changes.models),
        )
        for change, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    if rows:
        table(("field", "change", "posts"), rows)
    if done.resumed:
        tell("An earlier one that was stopped was gone on with; its changes are counted, too.")
    tell(f"{changes.posts} posts read anew, {changes.changed} changed.")


def _worded(field: str, change: str, project: Project) -> str:
    """A change as people read it: ``price: positive → negative``."""
    key, colon, sides = change.partition(": ")
    if field == "aspects" and colon:
        return f"{project.aspect_title(key).of(chosen())}{colon}{sides}"
    return change
