"""``tingfeng import``: posts from a JSONL, CSV or XLSX file, landed by the same door as the crawlers'."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from msgspec.structs import replace

from core.errors import LandingError
from core.home import Home
from core.imports.reading import Reading, recognise
from core.landing import LandingWriter
from core.models import Coverage, Post, Run
from core.privacy import Pseudonyms, load_key
from core.project import Project
from core.records import to_json

_PROGRESS_ROWS = 1_000


_ORIGINALS_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: rows read = landed + rejected, the run's id, and the headers nobody knew.

    `originals` counts the reposted posts that lay in the rows of their reposts and landed, too; `originals_rejected`
    those that could not be read. `shape` names the known shape of the file, None for any other.
    """

    read: int
    landed: int
    rejected: int
    run: str
    ignored: tuple[str, ...] = ()
    originals: int = 0
    originals_rejected: int = 0
    shape: str | None = None


def import_file(
    path: Path,
    home: Home,
    project: Project,
    *,
    mapping: Path | None = None,
    sheet: str | None = None,
    now: datetime | None = None,
    run_id: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Lands the posts of a file; only a text is required of each row.

    The columns are those of `mapping` (a TOML file, see `core.imports.mapping`), else those of a known shape
    (`core/imports/shapes.toml`), else what their names say: fields of `core.models.Post` by their JSON names, and the
    headers of `core/imports/columns.toml`. Times without a zone are the project's. A post without an id gets one from
    its content, so the same file gives the same ids each time. A row that cannot be read goes to
    ``rejects/<run id>.jsonl`` with its line, the field and the reason, and not with what it holds: that file
    lies before the door.

    `now` (aware) stamps the run and anchors relative times; `progress` is told the rows read so far. Raises
    `UsageError` when the file as a whole cannot be read, `LandingError` when the landing cannot be written.
    """
    started_at = now or datetime.now(UTC)
    file = recognise(path, mapping=mapping, sheet=sheet)
    pseudonyms = Pseudonyms(load_key(home.key))
    shape = file.shape.id if file.shape else None
    run = Run(
        id=run_id or f"import-{started_at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        source="import",
        asked={"file": path.name, **({"shape": shape} if shape else {})},
        started_at=started_at,
    )
    reading = Reading(file, run_id=run.id, pseudonyms=pseudonyms, now=started_at, zone=project.zone)
    accounts = [name for brand in project.brands for name in brand.accounts]
    with (
        LandingWriter(home, run.id, pseudonyms, project.follower_line, public_names=accounts) as landing,
        _Rejects(home.rejects / f"{run.id}.jsonl") as rejects,
    ):
        landing.run(run)
        count = _land(reading, landing, rejects, progress)
        _end(landing, run, count, ended_at=now or datetime.now(UTC))
    return ImportReport(
        read=count["read"],
        landed=count["landed"],
        rejected=count["rejected"],
        run=run.id,
        ignored=tuple(reading.ignored),
        originals=count["originals"],
        originals_rejected=count["originals_rejected"],
        shape=shape,
    )


def _land(
    reading: Reading, landing: LandingWriter, rejects: _Rejects, progress: Callable[[int], None] | None
) -> Counter[str]:
    """Lands every row or its reason, and counts what became of them."""
    count = Counter[str]()
    originals = _Originals()
    for line, posts, field, reason in reading:
        count["read"] += 1
        if posts:
            count["landed"] += 1
            landing.post(posts[0])
        if len(posts) > 1 and originals.new(posts[1]):
            count["originals"] += 1
            landing.post(posts[1])
        if reason is not None:
            count["originals_rejected" if posts else "rejected"] += 1
            rejects.add(line, field, reason)
        if progress is not None and count["read"] % _PROGRESS_ROWS == 0:
            progress(count["read"])
    return count


def _end(landing: LandingWriter, run: Run, count: Counter[str], *, ended_at: datetime) -> None:
    landing.coverage(
        Coverage(
            source=run.source,
            slice=run.asked["file"],
            expected=count["read"],
            got=count["landed"],
            because="rejected rows" if count["rejected"] else None,
        )
    )
    rejected = count["rejected"] + count["originals_rejected"]
    landing.run(replace(run, ended_at=ended_at, outcome="finished", posts=landing.posts, rejected=rejected))


class _Originals:
    """Which reposted posts have landed, as far as they are remembered: popular ones lie in thousands of rows."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def new(self, post: Post) -> bool:
        if post.id in self._seen:
            return False
        self._seen[post.id] = None
        if len(self._seen) > _ORIGINALS_REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        return True


class _Rejects:
    """The rejects file of a run; it is only there when there is something in it."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._file: IO[bytes] | None = None

    def add(self, line: int, field: str | None, reason: str) -> None:
        self.count += 1
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            self._file.write(to_json({"line": line, "field": field, "reason": reason}) + b"\n")
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
