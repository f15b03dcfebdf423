"""``tingfeng ingest``: landing to store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from core.language import say
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
from ops.output import Progress, emit_json, tell

if TYPE_CHECKING:
    from index.ingest.ingesting import IngestReport


def register(app: typer.Typer) -> None:
    add_command(app, "ingest", ingest, example="tingfeng ingest --store http://127.0.0.1:9200")


def ingest(
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help=say("Forget the store and read the landing anew."))
    ] = False,
    workers: WorkersOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", help=say("Go on with what lands from now on, until stopped."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Annotate what has landed and make it searchable; safe to stop and run again at any time."""
    from contextlib import closing, suppress

    from index.address import open_store
    from index.ingest.ingesting import follow as go_on
    from index.ingest.ingesting import ingest as run

    place = resolve_home(home)
    listening = resolve_project(project, place)
    progress = Progress("posts")
    with closing(open_store(resolve_store_address(store), place, renew=rebuild)) as opened:
        if rebuild:
            opened.clear()
        report = run(place, opened, listening, workers=resolve_workers(workers), progress=progress)
        progress.end()
        _report(report, as_json=as_json)
        if follow:
            with suppress(KeyboardInterrupt):  # how it is meant to end
                go_on(place, opened, listening, stop=lambda: False, progress=Progress("posts"))


def _report(report: IngestReport, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "posts": report.posts,
                "new": report.new,
                "updated": report.updated,
                "refused": report.refused,
                "seconds": round(report.seconds, 3),
            }
        )
    else:
        tell(
            f"{report.posts} posts read, {report.new} new, {report.updated} updated, in {report.seconds:.1f} s."
        )
        if report.refused:
            tell(
                f"{report.refused} posts were refused by the store and kept aside; tingfeng doctor says why."
            )
