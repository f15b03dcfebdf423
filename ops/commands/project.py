"""``tingfeng project``: what a team listens to, as a file."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from core import project as projects
from core.errors import ProjectError, QueryError, UsageError
from core.language import chosen, say, told
from core.project import Project
from ops.options import JsonOption, add_command
from ops.output import emit_json, table, tell
from ops.wording import Group


def register(app: typer.Typer) -> None:
    group = typer.Typer(cls=Group, help=say("Write or check a project file."), rich_markup_mode=None)
    add_command(group, "new", new, example="tingfeng project new mybrand")
    add_command(group, "check", check, example="tingfeng project check mybrand.toml")
    app.add_typer(group, name="project")


def new(
    name: Annotated[str, typer.Argument(help=say("Letters, digits, - and _; the file is NAME.toml."))],
) -> None:
    """Write a commented project file NAME.toml."""
    if not re.fullmatch(r"[\w-]{1,60}", name):
        raise UsageError(f"{name!r} cannot name a project; use letters, digits, - and _.")
    path = Path(f"{name}.toml")
    template = files("ops").joinpath("project_template.toml").read_text("utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template.replace("{name}", name))
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; choose another name or edit it.") from error
    tell(f"Wrote {path}. Edit its brands and queries, then: tingfeng project check {path}")


def check(
    path: Annotated[Path, typer.Argument(help=say("The project file."))],
    as_json: JsonOption = False,
) -> None:
    """Read a project file and say what it listens to."""
    project = projects.load(path)
    _try(project, path)
    if as_json:
        emit_json(project)
        return
    rows = [
        (brand.id, brand.title.zh, brand.title.en, "x" if brand.competitor else None, brand.query())
        for brand in project.brands
    ]
    table(
        ("brand", "zh", "en", "competitor", "query"), rows, title=f"{project.title.zh} · {project.title.en}"
    )


def _try(project: Project, path: Path) -> None:
    """Reads the queries, the tag rules and the arguments of the sources as the other commands will."""
    from crawlers.registry import source
    from index.query import parse, parse_rule

    now = datetime.now(UTC)
    for query in project.queries:
        try:
            parse(query.query, project, now=now)
        except QueryError as error:
            raise ProjectError(f"[[query]] {query.id!r}: {told(error, chosen())}", path=path) from error
    for tag in project.tags:
        try:
            parse_rule(tag, project)
        except QueryError as error:
            raise ProjectError(f"[[tag]] {tag.id!r}: {told(error, chosen())}", path=path) from error
    for use in project.sources:
        try:
            source(use.name).read(use.arguments)
        except UsageError as error:
            raise ProjectError(f"source {use.name!r}: {told(error, chosen())}", path=path) from error
