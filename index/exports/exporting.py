"""A result as a file: JSONL, CSV, Parquet or a workbook, written whole or not at all.

Every file says what it is: the query, the project, the time, the number of posts, the version of the code.
A workbook has a sheet for it, Parquet its metadata, JSONL and CSV a second file ``NAME.meta.json``.
"""

from __future__ import annotations

import csv
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from core.errors import UsageError
from core.home import Home
from core.models import AnnotatedPost
from core.project import Project, Title
from core.records import post_json, to_builtins, to_json
from index.exports.ledger import Export, IdList, Ledger
from index.exports.workbook import ROWS, Cell, Pen, workbook
from index.query import Query
from index.results.frames import COLUMNS, batches, schema
from index.results.paging import results
from index.store import Sort, Store, read_zone

_PROGRESS = 1_000


def export(
    store: Store,
    query: Query,
    path: Path,
    *,
    home: Home,
    project: Project,
    at: datetime,
    sort: Sort = Sort.NEWEST,
    limit: int | None = None,
    language: str = "zh",
    progress: Callable[[int], None] | None = None,
) -> Export:
    """Writes a result to `path`, in the format of its ending, and notes it in the ledger of `home`.

    `at` (aware) is the time it bears. A file that stood there is replaced when the new one is whole.
    Raises `UsageError` for an ending that is no format, a folder that is not there, or more posts than a
    sheet holds; `OSError` when the disk refuses.
    """
    path = path.expanduser().resolve()
    write = _writer(path)
    if path.suffix.lower() == ".xlsx" and min(store.count(query), limit or ROWS) >= ROWS:
        raise UsageError(
            f"a sheet holds {ROWS - 1} posts and more match; narrow the query, or write .csv or .parquet"
        )
    entry = _entry(path, query, project, at, sort)
    ledger = Ledger(home)
    try:
        with ledger.begin(entry) as ids:
            items = _noted(results(store, query, sort=sort, limit=limit), ids, progress)
            write(items, entry, lambda: replace(entry, posts=ids.count), language, project)
            done = replace(entry, posts=ids.count)
        ledger.finish(done)
        if path.suffix.lower() in _BESIDE:
            done.sidecar.write_bytes(to_json(about(done)) + b"\n")
        entry.part.replace(path)
    except BaseException:
        with suppress(OSError):
            entry.part.unlink(missing_ok=True)
            ledger.drop(entry)
        raise
    ledger.supersede(done)
    return done


def _entry(path: Path, query: Query, project: Project, at: datetime, sort: Sort) -> Export:
    return Export(
        id=f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
        path=str(path),
        query=query.text,
        project=project.id,
        at=at,
        version=version("tingfeng"),
        sort=sort.value,
        zone=project.timezone,
    )


def _noted(
    items: Iterable[AnnotatedPost], ids: IdList, progress: Callable[[int], None] | None
) -> Iterator[AnnotatedPost]:
    """Passes posts on, each noted in the ledger as it passes."""
    for item in items:
        ids.add(item.post.id)
        yield item
        if progress is not None and ids.count % _PROGRESS == 0:
            progress(ids.count)


def about(export: Export) -> dict[str, Any]:
    """What a file says of itself."""
    told: dict[str, Any] = to_builtins(export)
    return {name: told[name] for name in _ABOUT}


def neutral(text: str) -> str:
    """A text as a CSV cell that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_RISKY) else text


_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ABOUT = {
    "query": Title(zh="查询", en="Query"),
    "project": Title(zh="项目", en="Project"),
    "at": Title(zh="导出时间", en="Exported at"),
    "posts": Title(zh="帖数", en="Posts"),
    "version": Title(zh="程序版本", en="Version of the code"),
    "sort": Title(zh="排序", en="Sort"),
    "zone": Title(zh="时区", en="Time zone"),
}
_POSTS = Title(zh="帖子", en="Posts")
_THIS = Title(zh="说明", en="About")
Done = Callable[[], Export]  # the entry with the number of its posts, once they are written
Write = Callable[[Iterator[AnnotatedPost], Export, Done, str, Project], None]


def _cells(item: AnnotatedPost, clock: ZoneInfo) -> Iterator[Cell]:
    """A post as a row for people: local times, lists as one text."""
    for column in COLUMNS:
        value = column.read(item)
        if isinstance(value, datetime):
            yield value.astimezone(clock).isoformat(" ", "seconds")
        elif isinstance(value, tuple):
            yield "; ".join(value) or None
        else:
            yield str(value).lower() if isinstance(value, bool) else value


def _titled(aspects: Iterable[str], language: str, project: Project) -> Iterator[str]:
    """Aspects, alone and with their polarity, by their titles: price, price:negative."""
    for aspect in aspects:
        name, colon, polarity = aspect.partition(":")
        yield f"{project.aspect_title(name).of(language)}{colon}{polarity}"


def _jsonl(
    items: Iterator[AnnotatedPost], entry: Export, done: Done, language: str, project: Project
) -> None:
    with entry.part.open("wb") as file:
        for item in items:
            file.write(to_json(post_json(item)) + b"\n")


def _csv(items: Iterator[AnnotatedPost], entry: Export, done: Done, language: str, project: Project) -> None:
    clock = read_zone(entry.zone)
    # the mark at the beginning tells Excel that it is UTF-8
    with entry.part.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([column.name for column in COLUMNS])
        for item in items:
            rows.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in _cells(item, clock)])


def _parquet(
    items: Iterator[AnnotatedPost], entry: Export, done: Done, language: str, project: Project
) -> None:
    with pq.ParquetWriter(entry.part, schema(), compression="zstd") as file:
        for batch in batches(items):
            file.write_batch(batch)
        file.add_key_value_metadata({"tingfeng": to_json(about(done())).decode()})


def _xlsx(items: Iterator[AnnotatedPost], entry: Export, done: Done, language: str, project: Project) -> None:
    clock = read_zone(entry.zone)
    with workbook(entry.part, streamed=True) as book:
        pen = Pen(book)
        sheet = book.add_worksheet(_POSTS.of(language))
        pen.heads(sheet, 0, [column.name for column in COLUMNS])
        sheet.freeze_panes(1, 1)
        for row, item in enumerate(items, 1):
            for at, (column, cell) in enumerate(zip(COLUMNS, _cells(item, clock), strict=True)):
                if column.name == "aspects":
                    cell = "; ".join(_titled(column.read(item), language, project)) or None
                pen.write(sheet, row, at, cell, link=column.name == "url")
        sheet = book.add_worksheet(_THIS.of(language))
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 60)
        told = [(title.of(language), about(done())[name]) for name, title in _ABOUT.items()]
        meanings = [(column.name, column.title.of(language)) for column in COLUMNS]
        for row, pair in enumerate([*told, (None, None), *meanings]):
            for at, cell in enumerate(pair):
                pen.write(sheet, row, at, cell)


_FORMATS: dict[str, Write] = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}
_BESIDE = {".jsonl", ".csv"}  # have no place for what the file is


def _writer(path: Path) -> Write:
    write = _FORMATS.get(path.suffix.lower())
    if write is None:
        raise UsageError(f"{path.name!r} names no format; end it with {', '.join(_FORMATS)}")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} is not there; make it, or write elsewhere")
    return write
