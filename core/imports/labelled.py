"""Tables that people label for aspect packs: texts with what they say of which aspect, and seed words."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.imports.columns import plain
from core.imports.sheets import Table, open_table
from core.project import Pack


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts, each once, with the polarity of every aspect named; and the rows left out, by line and reason."""

    texts: tuple[tuple[str, dict[str, str]], ...]
    faults: tuple[tuple[int, str], ...]

    @property
    def rows(self) -> int:
        """The rows that were taken."""
        return sum(max(1, len(said)) for _, said in self.texts)


@dataclass(frozen=True, slots=True)
class Seeds:
    """An aspect's words by its name, and its English title where the table has one."""

    words: dict[str, tuple[str, ...]]
    titles: dict[str, str]


def read_labelled(path: Path, pack: Pack, *, sheet: str | None = None) -> Labelled:
    """The labelled rows of a CSV, JSONL or XLSX file with the columns text, aspect and polarity, several rows a text.

    An aspect is named by its id or a title; a row with neither aspect nor polarity says that its text speaks of none.
    Raises `UsageError` where the file as a whole cannot be read or lacks a column.
    """
    table = open_table(path, sheet=sheet)
    text, aspect, polarity = _columns(table, path, ("text", "aspect", "polarity"))
    names = {plain(name): one.id for one in pack.aspects for name in (one.title.zh, one.title.en, one.id)}
    texts: dict[str, dict[str, str]] = {}
    lines: dict[tuple[str, str], int] = {}
    faults: list[tuple[int, str]] = []
    for row in table.rows:
        words, named, side = (_cell(row.values, column) for column in (text, aspect, polarity))
        label = _sides().get(unicodedata.normalize("NFKC", side).lower())
        known = names.get(plain(named))
        if row.fault is not None:
            faults.append((row.line, row.fault))
        elif not words:
            faults.append((row.line, "the text is missing"))
        elif not named and not side:
            texts.setdefault(words, {})
        elif known is None:
            faults.append((row.line, f"aspect {named!r} is not in the pack"))
        elif label is None:
            faults.append((row.line, f"polarity {side!r} is unknown; write positive, neutral or negative"))
        elif texts.get(words, {}).get(known, label) != label:
            faults.append((row.line, f"row {lines[words, known]} says something else of the same aspect"))
        else:
            texts.setdefault(words, {})[known] = label
            lines.setdefault((words, known), row.line)
    return Labelled(tuple(texts.items()), tuple(faults))


def read_seeds(path: Path, *, sheet: str | None = None) -> Seeds:
    """Seed words of a table with the columns aspect and word, and perhaps en; a cell may hold several words.

    Raises `UsageError` where the file cannot be read, lacks a column or holds no word.
    """
    table = open_table(path, sheet=sheet)
    aspect, word = _columns(table, path, ("aspect", "word"))
    english = _headers(table).get("en")
    words: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for row in table.rows:
        name = _cell(row.values, aspect)
        if name:
            words.setdefault(name, []).extend(_several(_cell(row.values, word)))
            if title := _cell(row.values, english) if english is not None else "":
                titles.setdefault(name, title)
    kept = {name: tuple(dict.fromkeys(found)) for name, found in words.items() if found}
    if not kept:
        raise UsageError(f"{path} holds no seed words; write one a row beside its aspect")
    return Seeds(kept, titles)


def _several(cell: str) -> Iterator[str]:
    for mark in ",，、;；|":
        cell = cell.replace(mark, "\n")
    return (word.strip() for word in cell.split("\n") if word.strip())


def _cell(values: dict[str, Any], column: str) -> str:
    value = values.get(column)
    return "" if value is None else str(value).strip()


def _columns(table: Table, path: Path, wanted: tuple[str, ...]) -> list[str]:
    found = _headers(table)
    for name in wanted:
        if name not in found:
            raise UsageError(f"{path} has no column {name}; it needs the columns {', '.join(wanted)}")
    return [found[name] for name in wanted]


def _headers(table: Table) -> dict[str, str]:
    """The header of each kind of column a table has."""
    given = {plain(header): header for header in reversed(table.headers)}
    return {
        name: given[plain(alias)]
        for name, aliases in _file()["headers"].items()
        for alias in reversed(aliases)
        if plain(alias) in given
    }


@cache
def _sides() -> dict[str, str]:
    return {name: side for side, names in _file()["polarity"].items() for name in names}


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("core.imports").joinpath("labels.toml").read_text("utf-8"))
