"""What an import would do, before it does anything: the columns as understood, the first posts, what would be rejected."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from core.home import Home
from core.imports.columns import DERIVED, FIELDS, columns_of, plain, reason_unused
from core.imports.mapping import Mapping, several, written
from core.imports.reading import Read, Reading, Recognised, outline, recognise
from core.models import Post
from core.privacy import Pseudonyms, door, load_key
from core.project import Project
from core.public_names import PublicNames

ROWS = 1_000
"""How many rows a preview reads."""
_SHOWN = 5
_LISTED = 3  # lines told of each reason
_QUIET = frozenset({"author.name_key", "engagement.capped", "parent_confidence", *DERIVED})


@dataclass(frozen=True, slots=True)
class Used:
    """One field and the columns it is read from; `original` where it is one of the reposted post."""

    field: str
    columns: tuple[str, ...]
    original: bool = False


@dataclass(frozen=True, slots=True)
class Unused:
    """A column that no field takes, and why, in English, where that is known."""

    column: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why rows would be rejected: how many of those read, and the first lines."""

    field: str | None
    reason: str
    rows: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it would be read. `posts` are the first ones, behind the door; `unknown` the fields nobody fills."""

    kind: str
    encoding: str | None
    by: str  # mapping, shape, columns
    shape: str | None
    used: tuple[Used, ...]
    defaults: dict[str, str]
    unused: tuple[Unused, ...]
    unknown: tuple[str, ...]
    rows: int
    whole: bool  # whether these are all rows of the file
    landed: int
    rejected: int
    faults: tuple[Fault, ...]
    posts: tuple[Post, ...]
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()


def preview(
    path: Path,
    home: Home,
    project: Project,
    *,
    mapping: Path | None = None,
    sheet: str | None = None,
    now: datetime | None = None,
    rows: int = ROWS,
) -> Preview:
    """What importing the file would do, judged by its first `rows` rows; nothing is written anywhere.

    The posts shown are as they would be kept: people in them are pseudonyms, of the data folder's key where there is
    one. Raises `UsageError` as `core.tabular.import_file` does.
    """
    file = recognise(path, mapping=mapping, sheet=sheet)
    pseudonyms = Pseudonyms(load_key(home.key) if home.key.exists() else secrets.token_bytes(32))
    reading = Reading(
        file, run_id="preview", pseudonyms=pseudonyms, now=now or datetime.now(UTC), zone=project.zone
    )
    each = iter(reading)
    looked = list(islice(each, rows))
    names = PublicNames(home.public_names, [name for brand in project.brands for name in brand.accounts])
    first = islice((post for row in looked for post in row.posts), _SHOWN)
    landed = sum(bool(row.posts) for row in looked)
    return Preview(
        kind=file.table.kind,
        encoding=file.table.encoding,
        by=file.by,
        shape=file.shape.id if file.shape else None,
        used=_used(file),
        defaults=dict(file.mapping.defaults),
        unused=tuple(Unused(name, reason_unused(name)) for name in unused_of(file, reading.ignored)),
        unknown=unknown_of(file.mapping),
        rows=len(looked),
        whole=next(each, None) is None,
        landed=landed,
        rejected=len(looked) - landed,
        faults=_faults(looked),
        posts=tuple(
            door(post, pseudonyms=pseudonyms, follower_line=project.follower_line, public_names=names)
            for post in first
        ),
        sheet=file.table.sheet,
        other_sheets=file.table.others,
    )


def _faults(rows: Sequence[Read]) -> tuple[Fault, ...]:
    lines: dict[tuple[str | None, str], list[int]] = {}
    for row in rows:
        if row.reason is not None:
            lines.setdefault((row.field, row.reason), []).append(row.line)
    return tuple(
        Fault(field, reason, len(found), tuple(found[:_LISTED])) for (field, reason), found in lines.items()
    )


def begin_mapping(path: Path, *, sheet: str | None = None) -> str:
    """A mapping file for this file: what is recognised of it, what is not, and what else could be filled."""
    file = outline(path, sheet=sheet)
    mapping = file.mapping
    if file.by == "columns":
        mapping = Mapping(columns={field: column for field, column in mapping.columns.items() if column})
    return written(
        mapping, unused=unused_of(file, ()), unknown=unknown_of(mapping), title=f"How {path.name} is read."
    )


def unknown_of(mapping: Mapping) -> tuple[str, ...]:
    """The fields that no column and no default fills."""
    return tuple(
        field
        for field in FIELDS
        if field not in mapping.columns and field not in mapping.defaults and field not in _QUIET
    )


def unused_of(file: Recognised, met: Sequence[str]) -> list[str]:
    """The columns of the file that no field takes, those of later rows (`met`) with them."""
    used = set(map(plain, file.mapping.headers()))
    left = [header for header in dict.fromkeys([*file.table.headers, *met]) if plain(header) not in used]
    known = columns_of(left)  # what means nothing on purpose is not named
    return [header for header in left if header in known.ignored or header in known.header.values()]


def _used(file: Recognised) -> tuple[Used, ...]:
    there = set(map(plain, file.table.headers))
    return tuple(
        Used(field, columns, original)
        for original, table in ((False, file.mapping.columns), (True, file.mapping.original))
        for field, names in table.items()
        if (columns := tuple(name for name in several(names) if plain(name) in there))
    )
