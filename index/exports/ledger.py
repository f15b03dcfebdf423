"""The ledger of exports: which file holds which posts, so that erasure reaches or names every copy.

An entry is two files of the data folder: ``<id>.json``, what was exported where, written before the first
post is, and ``<id>.ids.zst``, the ids of its posts, one a line.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec
import zstandard

from core.home import Home
from core.records import from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export. `posts` is None until it is whole; `owed` of them were erased and are still in the file."""

    id: str
    path: str  # absolute
    query: str
    project: str
    at: datetime
    version: str  # of the code
    sort: str
    zone: str
    posts: int | None = None
    owed: int = 0

    @property
    def file(self) -> Path:
        return Path(self.path)

    @property
    def part(self) -> Path:
        """The file while it is written; it becomes `file` in one step."""
        return self.file.with_name(f".{self.file.name}.{self.id}.part")

    @property
    def sidecar(self) -> Path:
        """What tells of the file, where its format has no place for it."""
        return self.file.with_name(f"{self.file.name}.meta.json")


class Ledger:
    """The exports of one data folder."""

    def __init__(self, home: Home) -> None:
        self._folder = home.exports

    def __iter__(self) -> Iterator[Export]:
        """Every entry, oldest first; one that cannot be read is passed over."""
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield from_json(path.read_bytes(), Export)
            except (msgspec.DecodeError, FileNotFoundError):
                continue

    def ids(self, export: Export) -> Iterator[str]:
        """The ids of the posts an export holds; those of a broken list as far as it goes."""
        try:
            with self._ids(export).open("rb") as file, zstandard.open(file, "rt", encoding="utf-8") as lines:
                for line in lines:
                    yield line.rstrip("\n")
        except (FileNotFoundError, zstandard.ZstdError, EOFError):
            return

    def begin(self, export: Export) -> IdList:
        """A new entry, not whole yet, and the list to write its ids to."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._put(export)
        return IdList(self._ids(export))

    def finish(self, export: Export) -> None:
        """Marks an entry whole."""
        self._put(export)

    def supersede(self, export: Export) -> None:
        """Drops the earlier entries of the same file, which it has replaced."""
        for other in list(self):
            if other.path == export.path and other.id != export.id and other.posts is not None:
                self.drop(other)

    def drop(self, export: Export) -> None:
        """Forgets an entry."""
        self._ids(export).unlink(missing_ok=True)
        self._entry(export).unlink(missing_ok=True)

    def forget(self, export: Export, gone: Container[str]) -> Export:
        """The entry without the ids of erased posts, which are noted as owed: its file still holds them."""
        draft = self._ids(export).with_suffix(".draft")
        owed = export.owed
        with IdList(draft) as kept:
            for post_id in self.ids(export):
                if post_id in gone:
                    owed += 1
                else:
                    kept.add(post_id)
        export = replace(export, owed=owed)
        self._put(export)
        draft.replace(self._ids(export))
        return export

    def _put(self, export: Export) -> None:
        draft = self._entry(export).with_suffix(".draft")
        draft.write_bytes(to_json(export) + b"\n")
        draft.replace(self._entry(export))

    def _entry(self, export: Export) -> Path:
        return self._folder / f"{export.id}.json"

    def _ids(self, export: Export) -> Path:
        return self._folder / f"{export.id}.ids.zst"


class IdList:
    """A list of ids being written; a context manager."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._lines: IO[bytes] = zstandard.open(self._file, "wb")
        self.count = 0

    def add(self, post_id: str) -> None:
        self._lines.write(post_id.encode("utf-8", "replace") + b"\n")
        self.count += 1

    def __enter__(self) -> IdList:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._file.close()
