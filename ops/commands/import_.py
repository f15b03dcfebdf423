"""``tingfeng import``: posts from a file, by the same door as the crawlers'."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import TingfengError, UsageError
from core.language import chosen, say
from ops.options import HomeOption, JsonOption, ProjectOption, add_command, resolve_home, resolve_project
from ops.output import Progress, emit_json, local, one_line, table, tell

if TYPE_CHECKING:
    from core.home import Home
    from core.imports.preview import Preview
    from core.project import Project
    from core.tabular import ImportReport


def register(app: typer.Typer) -> None:
    add_command(app, "import", import_file, example="tingfeng import posts.csv --preview")


def import_file(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help=say("JSONL, JSON, CSV or XLSX; only text is required."))
    ],
    preview: Annotated[
        bool, typer.Option("--preview", help=say("Show what would be read, and land nothing."))
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help=say("A TOML file that says which column is what.")),
    ] = None,
    write_mapping: Annotated[
        Path | None,
        typer.Option(
            "--write-mapping", metavar="OUT", help=say("Write a mapping to begin with, and land nothing.")
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help=say("The sheet of a workbook (default: its first)."))
    ] = None,
    home: HomeOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Land the posts of a JSONL, JSON, CSV or XLSX file; files of other crawlers are recognised."""
    from core.imports.preview import preview as look
    from core.tabular import import_file as land

    if write_mapping is not None:
        if preview or mapping:
            raise UsageError("--write-mapping goes alone; use --preview --mapping with the file it wrote")
        _write_mapping(path, write_mapping, sheet)
        return
    place = resolve_home(home)
    listening = resolve_project(project, place)
    if preview:
        found = look(path, place, listening, mapping=mapping, sheet=sheet)
        if as_json:
            emit_json(found)
        else:
            _show(path, found, listening)
        return
    progress = Progress("rows")
    report = land(path, place, listening, mapping=mapping, sheet=sheet, progress=progress)
    progress.end()
    _tell(path, report, place)
    if as_json:
        counts = ("read", "landed", "rejected", "originals", "originals_rejected", "run", "shape")
        emit_json({name: getattr(report, name) for name in counts})
    if report.read and not report.landed:
        raise TingfengError(f"no row of {path} could be read; see why: tingfeng import {path} --preview")
    if not as_json:
        tell(
            f"Read {report.read} rows, landed {report.landed}, rejected {report.rejected}. Next: tingfeng ingest"
        )


def _tell(path: Path, report: ImportReport, home: Home) -> None:
    """What a person should know of an import besides its counts."""
    if rejected := report.rejected + report.originals_rejected:
        tell(
            f"{rejected} rows could not be read: {home.rejects / (report.run + '.jsonl')} says which and why."
        )
    if report.originals:
        tell(f"{report.originals} reposted posts lay in these rows and landed, too.")
    if report.ignored:
        tell(f"Not kept: {', '.join(report.ignored)}. Why: tingfeng import {path} --preview")


def _write_mapping(path: Path, out: Path, sheet: str | None) -> None:
    from core.imports.preview import begin_mapping

    text = begin_mapping(path, sheet=sheet)
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{out} is there already; choose another name or edit it.") from error
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}); choose another place") from error
    tell(f"Wrote {out}. Edit it, then: tingfeng import {path} --mapping {out} --preview")


def _show(path: Path, found: Preview, project: Project) -> None:
    """The preview for a person: how the file was understood, then what its rows would give."""
    tell(_recognised(path, found))
    if found.other_sheets:
        tell(
            f"Read is the sheet {found.sheet}; not read: {', '.join(found.other_sheets)}. Choose with --sheet."
        )
    _show_columns(found)
    rows = [
        (
            post.id,
            post.kind,
            local(post.published_at, project.zone),
            post.author and post.author.name,
            one_line(post.text),
        )
        for post in found.posts
    ]
    tell("The first posts, as they would be kept:")
    table(("id", "kind", "published", "author", "text"), rows)
    if found.faults:
        tell("Rows that would be rejected:")
        table(
            ("rows", "field", "why", "first lines"),
            [(one.rows, one.field, say(one.reason), ", ".join(map(str, one.lines))) for one in found.faults],
        )
    if found.whole:
        tell(
            f"All {found.rows} rows were looked at: {found.landed} would land, {found.rejected} would be rejected."
        )
    else:
        tell(
            f"The first {found.rows} rows were looked at: {found.landed} would land, {found.rejected} would be rejected."
        )
    if found.by == "columns":
        tell(f"Not as it should be? tingfeng import {path} --write-mapping OUT.toml")


def _show_columns(found: Preview) -> None:
    used = [
        (f"{say('original')}: {one.field}" if one.original else one.field, " / ".join(one.columns), None)
        for one in found.used
    ]
    given = [(field, None, value) for field, value in found.defaults.items()]
    table(("field", "column", "default"), [*used, *given])
    if found.unused:
        tell("Columns that are not kept:")
        rows = [(one.column, say(one.reason) if one.reason else None) for one in found.unused]
        table(("column", "why"), rows)
    if found.unknown:
        tell(f"Fields that stay unknown: {', '.join(found.unknown)}.")


def _recognised(path: Path, found: Preview) -> str:
    written = " ".join(filter(None, (found.kind, found.encoding)))
    if found.by == "mapping":
        return f"{path} ({written}) is read by the mapping."
    if found.shape is not None:
        from core.imports.shapes import shapes

        title = next(shape.title for shape in shapes() if shape.id == found.shape)
        return f"{path} ({written}) was recognised: {title.of(chosen())}."
    return f"{path} ({written}) is read by the names of its columns."
