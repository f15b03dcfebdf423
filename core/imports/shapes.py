"""The known shapes of files, by `shapes.toml`: which crawler wrote a file, and how it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from core.imports.columns import nested_columns, plain
from core.imports.mapping import Mapping, parse
from core.project import Title


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of file; `refuse` says why one holds no posts, and then `mapping` is empty."""

    id: str
    title: Title
    marks: frozenset[str]  # columns as `plain` writes them
    mapping: Mapping
    refuse: Title | None


@cache
def shapes() -> tuple[Shape, ...]:
    """Every known shape, the most telling first."""
    tables = tomllib.loads(files("core.imports").joinpath("shapes.toml").read_text("utf-8"))["shape"]
    return tuple(sorted(map(_shape, tables), key=lambda shape: -len(shape.marks)))


def shape_of(headers: Iterable[str]) -> Shape | None:
    """The shape whose marks are all among these columns; None where no crawler's file is known by them."""
    there = set(map(plain, headers))
    return next((shape for shape in shapes() if shape.marks <= there), None)


@cache
def nested() -> frozenset[str]:
    """Names of the objects inside a JSON record whose parts are columns of some shape: ``user``."""
    known = [name for shape in shapes() for name in shape.mapping.headers()]
    return nested_columns(known) | nested_columns(
        ("user._id", "comment_user._id", "author.id", "engagement.likes")
    )


def _shape(table: dict[str, Any]) -> Shape:
    refuse = table.get("refuse")
    return Shape(
        id=table["id"],
        title=Title(**table["title"]),
        marks=frozenset(map(plain, table["marks"])),
        mapping=parse(table.get("mapping", {})),
        refuse=Title(**refuse) if refuse else None,
    )
