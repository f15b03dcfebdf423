"""How one file is read: opened, recognised, and each row made a post or a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import UsageError
from core.imports import mapping as mappings
from core.imports.columns import columns_of, nested_columns
from core.imports.mapping import Mapping
from core.imports.rows import RowError, RowReader
from core.imports.shapes import Shape, nested, shape_of
from core.imports.sheets import Table, open_table
from core.language import chosen
from core.models import Post
from core.privacy import Pseudonyms


class Read(NamedTuple):
    """What one row gave: posts, the row's own first; and, where `reason` says why, what could not be read."""

    line: int
    posts: tuple[Post, ...]
    field: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file and how its columns are read: by a person's mapping, as a known shape, or by their names alone."""

    path: Path
    table: Table
    by: str  # mapping, shape, columns
    shape: Shape | None
    mapping: Mapping  # of the columns that are there


def recognise(path: Path, *, mapping: Path | None = None, sheet: str | None = None) -> Recognised:
    """The file with its columns understood; raises `UsageError` where it cannot be read or holds no text."""
    given = mappings.load(mapping) if mapping else None
    table = open_table(path, sheet=sheet, nested=nested() | nested_columns(given.headers() if given else ()))
    if given is not None:
        mappings.check(given, table.headers, path, open_ended=table.typed)
        # a JSON record may bring a column later than the first ones do
        kept = given if table.typed else mappings.narrowed(given, table.headers)
        return Recognised(path, table, "mapping", None, kept)
    shape = shape_of(table.headers)
    if shape is not None:
        if shape.refuse is not None:
            raise UsageError(f"{path} is no file of posts: {shape.refuse.of(chosen())}")
        kept = shape.mapping if table.typed else mappings.narrowed(shape.mapping, table.headers)
        return Recognised(path, table, "shape", shape, kept)
    known = columns_of(table.headers).header
    if known.keys().isdisjoint({"text", "title"}) and (table.headers or not table.typed):
        raise UsageError(
            f"{path} has no column with the text; name one text, content or 正文, or say which it is: "
            f"tingfeng import {path} --write-mapping OUT.toml"
        )
    return Recognised(path, table, "columns", None, Mapping(columns=dict(known)))


def outline(path: Path, *, sheet: str | None = None) -> Recognised:
    """The same for a file that need not be understood: what is known of it, to begin a mapping with."""
    table = open_table(path, sheet=sheet, nested=nested())
    shape = shape_of(table.headers)
    if shape is not None and shape.refuse is None:
        return Recognised(path, table, "shape", shape, mappings.narrowed(shape.mapping, table.headers))
    return Recognised(path, table, "columns", None, Mapping(columns=dict(columns_of(table.headers).header)))


class Reading:
    """The rows of a recognised file as posts; `ignored` are the columns met so far that no field took."""

    def __init__(
        self, file: Recognised, *, run_id: str, pseudonyms: Pseudonyms, now: datetime, zone: ZoneInfo
    ) -> None:
        self._rows = file.table.rows
        self._reader = RowReader(
            run_id=run_id,
            pseudonyms=pseudonyms,
            now=now,
            zone=zone,
            typed=file.table.typed,
            mapping=None if file.by == "columns" else file.mapping,
        )

    @property
    def ignored(self) -> Sequence[str]:
        return self._reader.ignored

    def __iter__(self) -> Iterator[Read]:
        read, read_original = self._reader.read, self._reader.read_original
        for line, values, fault in self._rows:
            if fault is not None:
                yield Read(line, (), None, fault)
                continue
            try:
                post = read(values)
            except RowError as error:
                yield Read(line, (), error.field, error.reason)
                continue
            try:
                original = read_original(values)
            except RowError as error:
                yield Read(line, (post,), f"original.{error.field}", error.reason)
                continue
            yield Read(line, (post,) if original is None else (post, original))
