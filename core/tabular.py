"""``tingfeng import``: posts from a JSONL, CSV or XLSX file, landed by the same door as the crawlers'."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from core.errors import LandingError
from core.home import Home
from core.imports.rows import RowError, RowReader
from core.imports.sheets import Row, rows_of
from core.landing import LandingWriter
from core.models import Coverage, Run
from core.privacy import Pseudonyms, load_key
from core.project import Project
from core.records import to_json

_PROGRESS_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: rows read = landed + rejected, the run's id, and the headers nobody knew."""

    read: int
    landed: int
    rejected: int
    run: str
    ignored: tuple[str, ...] = ()


def import_file(
    path: Path,
    home: Home,
    project: Project,
    *,
    now: datetime | None = None,
    run_id: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Lands the posts of a file; only a text is required of each row.

    Fields are those of `core.models.Post` by their JSON names; `core/imports/columns.toml` lists the other
    headers that are understood. Times without a zone are the project's. A post without an id gets one from
    its content, so the same file gives the same ids each time. A row that cannot be read goes to
    ``rejects/<run id>.jsonl`` with its line, the field and the reason, and not with what it holds: that file
    lies before the door.

    `now` (aware) stamps the run and anchors relative times; `progress` is told the rows read so far. Raises
    `UsageError` when the file as a whole cannot be read, `LandingError` when the landing cannot be written.
    """
    started_at = now or datetime.now(UTC)
    rows = rows_of(path)
    pseudonyms = Pseudonyms(load_key(home.key))
    run = Run(
        id=run_id or f"import-{started_at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        source="import",
        asked={"file": path.name},
        started_at=started_at,
    )
    typed = path.suffix.lower() not in {".csv", ".tsv", ".xlsx"}
    reader = RowReader(run_id=run.id, pseudonyms=pseudonyms, now=started_at, zone=project.zone, typed=typed)
    accounts = [name for brand in project.brands for name in brand.accounts]
    read = 0
    with (
        LandingWriter(home, run.id, pseudonyms, project.follower_line, public_names=accounts) as landing,
        _Rejects(home.rejects / f"{run.id}.jsonl") as rejects,
    ):
        landing.run(run)
        for row in rows:
            read += 1
            if row.fault is not None:
                rejects.add(row, None, row.fault)
            else:
                try:
                    landing.post(reader.read(row.values))
                except RowError as error:
                    rejects.add(row, error.field, error.reason)
            if progress is not None and read % _PROGRESS_ROWS == 0:
                progress(read)
        _end(landing, run, read, rejects.count, ended_at=now or datetime.now(UTC))
    return ImportReport(read, landing.posts, rejects.count, run.id, tuple(reader.ignored))


def _end(landing: LandingWriter, run: Run, read: int, rejected: int, *, ended_at: datetime) -> None:
    landing.coverage(
        Coverage(
            source=run.source,
            slice=run.asked["file"],
            expected=read,
            got=landing.posts,
            because="rejected rows" if rejected else None,
        )
    )
    landing.run(replace(run, ended_at=ended_at, outcome="finished", posts=landing.posts, rejected=rejected))


class _Rejects:
    """The rejects file of a run; it is only there when there is something in it."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._file: IO[bytes] | None = None

    def add(self, row: Row, field: str | None, reason: str) -> None:
        self.count += 1
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._file.write(to_json({"line": row.line, "field": field, "reason": reason}) + b"\n")
        except OSError as error:
            raise self._refused(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as refusal:
                raise self._refused(refusal) from refusal

    def _refused(self, error: OSError) -> LandingError:
        return LandingError(
            f"{self._path} cannot be written ({error.strerror}); free some space and run again"
        )
