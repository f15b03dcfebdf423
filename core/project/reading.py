"""Reading a project's file, strictly: what is unknown or missing is told in the words of the file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from core.errors import ProjectError
from core.project.checking import check
from core.project.model import Project
from core.project.pack import Pack, packs_beside
from core.records import wanted_by


def load(path: Path) -> Project:
    """The project of a TOML file, with the packs that lie beside it.

    Raises `ProjectError` naming the file, the field and what is accepted.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ProjectError(
            f"cannot be read ({error.strerror}); write one with: tingfeng project new NAME", path=path
        ) from error
    except UnicodeDecodeError as error:
        raise ProjectError("is not UTF-8 text; save it as UTF-8", path=path) from error
    return read(text, path)


def read(text: str, path: Path) -> Project:
    """The project of a TOML text that stands, or is to stand, at `path`; raises `ProjectError` as `load` does."""
    try:
        return parse(tomllib.loads(text), packs_beside(path))
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"is not valid TOML: {error}", path=path) from error
    except msgspec.ValidationError as error:
        raise ProjectError(_plainly(str(error)), path=path) from error
    except ValueError as error:
        raise ProjectError(str(error), path=path) from error


def parse(data: dict[str, Any], packs: tuple[Pack, ...] = ()) -> Project:
    """The project of a decoded TOML document with the team's own packs; raises `ValueError` on anything unknown or missing."""
    known = {*_SINGLE, *_TABLES}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"unknown table [{unknown[0]}]; known are {', '.join(sorted(known))}")
    for table, accepted in _SINGLE.items():
        row = data.get(table, {})
        if not isinstance(row, dict):
            raise ValueError(f"{table} must be a table that begins with the line [{table}]")
        _only(row, accepted, f"[{table}]")
    for table, (_, accepted) in _TABLES.items():
        rows = data.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"{table} must be tables that begin with the line [[{table}]]")
        for number, row in enumerate(rows, 1):
            _only(row, accepted, f"[[{table}]] number {number}")
    project = msgspec.convert(
        data.get("project", {})
        | {table: data.get(table, {}) for table in _SINGLE if table != "project"}
        | {kept: data.get(table, []) for table, (kept, _) in _TABLES.items()},
        Project,
    )
    project = replace(project, packs=packs)
    check(project)
    return project


# The tables that stand once, and the fields they may have.
_SINGLE: dict[str, set[str]] = {
    "project": {"id", "title", "timezone", "follower_line"},
    "language": {"second_tier"},
    "words": {"keep", "stop", "rejected"},
}

# The tables of many rows: where a project keeps them, and the fields they may have.
_TABLES: dict[str, tuple[str, set[str]]] = {
    "brand": (
        "brands",
        {
            "id",
            "title",
            "names",
            "ambiguous",
            "context",
            "products",
            "exclude",
            "accounts",
            "competitor",
            "domain",
        },
    ),
    "query": ("queries", {"id", "title", "query", "owner"}),
    "list": ("lists", {"id", "title", "accounts"}),
    "tag": ("tags", {"id", "title", "query", "owner", "version"}),
    "source": (
        "sources",
        {"name", "arguments", "robots_override", "every", "at", "budget_s", "revisit"},
    ),
}


def _only(row: dict[str, Any], accepted: set[str], where: str) -> None:
    if unknown := sorted(set(row) - accepted):
        raise ValueError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(sorted(accepted))}")


_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_PLACES = {kept: table for table, (kept, _) in _TABLES.items()}
_ENTRY = re.compile(rf"({'|'.join(_PLACES)})\[(\d+)\]\.?(.*)")
_MISSING = re.compile(r"Object missing required field `(.+)`")


def _plainly(told: str) -> str:
    """What msgspec says of a field, in the words of the file."""
    found = _PLACE.fullmatch(told)
    what, path = (found["what"], found["path"] or "") if found else (told, "")
    where = "[project]"
    if entry := _ENTRY.fullmatch(path):
        where, path = f"[[{_PLACES[entry[1]]}]] number {int(entry[2]) + 1}", entry[3]
    elif path.partition(".")[0] in _SINGLE:
        where, path = f"[{path.partition('.')[0]}]", path.partition(".")[2]
    if missing := _MISSING.fullmatch(what):
        name = f"{path}.{missing[1]}" if path else missing[1]
        return f"{where}: the field {name} is missing; tingfeng project new NAME shows how it is written"
    if wanted := wanted_by(what):
        return f"{where}: the field {path} wants {wanted}"
    return f"{where}: {path}: {what}"
