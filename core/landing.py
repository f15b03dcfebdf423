"""The landing: one append-only file a run, written through the door. It is the truth; stores are built from it.

The format and its reader are in `core.frames`, erasure in `core.rewriting`. The first record is the started `Run`, the last the
finished one. A frame is written in one piece and synced, so a kill can only leave a torn tail.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from core.errors import LandingError, UsageError
from core.frames import (
    HEADER,
    Damage,
    Frame,
    LandingFile,
    Record,
    compressor,
    frame_of,
    line_of,
    read_landing,
)
from core.home import Home
from core.locking import lock
from core.models import Author, Coverage, Gone, HotEntry, Post, Run
from core.privacy import Pseudonyms, door, door_author, door_coverage
from core.public_names import PublicNames

__all__ = ["Damage", "Frame", "LandingFile", "LandingWriter", "Record", "read_landing"]

_RUN_ID = re.compile(r"[\w-][\w.-]{0,119}")


class LandingWriter:
    """Writes the landing of one run; a context manager.

    Every record method returns the record as it was landed: stamped with the run and, where it names
    people, pseudonymised. Records are on disk after `flush`, which runs by itself every `frame_records`
    records or `flush_s` seconds, and at the end. All methods raise `LandingError` when the disk refuses;
    what was flushed before stays whole, and the rest is kept for another `flush`.
    """

    def __init__(
        self,
        home: Home,
        run_id: str,
        pseudonyms: Pseudonyms,
        follower_line: int,
        *,
        public_names: Iterable[str] = (),
        frame_records: int = 1000,
        flush_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _RUN_ID.fullmatch(run_id):
            raise UsageError(f"run id {run_id!r} cannot name a file; use letters, digits, - and _")
        self.path = home.landing / f"{run_id}.zst"
        self.run_id = run_id
        self.posts = 0  # landed, flushed or not
        self._pseudonyms = pseudonyms
        self._follower_line = follower_line
        self._frame_records = frame_records
        self._flush_s = flush_s
        self._clock = clock
        self._compressor = compressor()
        self._lines: list[bytes] = []
        self._oldest = 0.0  # when the first of the lines came
        self._flushed = 0  # records on disk
        self._end = 0  # of what is surely on disk
        try:
            self._names = PublicNames(home.public_names, public_names)
            self._file = _create(self.path)
        except OSError as error:
            raise self._refused(error) from error
        self._begin()

    def run(self, run: Run) -> Run:
        """Lands the record of the run itself: when it starts, and again when it ends."""
        self._add(run)
        return run

    def post(self, post: Post) -> Post:
        """Lands a post."""
        landed = door(
            post if post.run_id is not None else replace(post, run_id=self.run_id),
            pseudonyms=self._pseudonyms,
            follower_line=self._follower_line,
            public_names=self._names,
        )
        self._note(landed.author)
        self._add(landed)
        self.posts += 1
        return landed

    def gone(self, gone: Gone) -> Gone:
        """Lands the news that a post is gone."""
        landed = gone if gone.run_id is not None else replace(gone, run_id=self.run_id)
        self._add(landed)
        return landed

    def author(self, author: Author, platform: str) -> Author:
        """Lands a profile."""
        landed = door_author(
            author,
            platform=platform,
            pseudonyms=self._pseudonyms,
            follower_line=self._follower_line,
            public_names=self._names,
        )
        self._note(landed)
        self._add(landed)
        return landed

    def coverage(self, coverage: Coverage) -> Coverage:
        """Lands what one slice of the run reached."""
        landed = door_coverage(
            coverage if coverage.run_id is not None else replace(coverage, run_id=self.run_id),
            pseudonyms=self._pseudonyms,
            public_names=self._names,
        )
        self._add(landed)
        return landed

    def hot(self, entry: HotEntry) -> HotEntry:
        """Lands a line of a hot list; its title is public by its nature."""
        landed = entry if entry.run_id is not None else replace(entry, run_id=self.run_id)
        self._add(landed)
        return landed

    def flush(self) -> None:
        """Puts all records so far on disk, as one frame."""
        if self._lines:
            self._append(frame_of(self._lines, self._compressor))
            self._flushed += len(self._lines)
            self._lines.clear()
        try:
            self._names.save()
        except OSError as error:
            raise self._refused(error) from error

    def close(self) -> None:
        """Flushes and closes the file; a second call does nothing."""
        if self._file < 0:
            return
        try:
            self.flush()
        finally:
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, LandingError):
            self._release()  # the disk has refused already
        else:
            self.close()

    def _note(self, author: Author | None) -> None:
        if author is not None and author.public:
            self._names.add(author.name)
            self._names.add(author.id)

    def _add(self, record: Record) -> None:
        now = self._clock()
        if not self._lines:
            self._oldest = now
        self._lines.append(line_of(record))
        if len(self._lines) >= self._frame_records or now - self._oldest >= self._flush_s:
            self.flush()

    def _begin(self) -> None:
        try:
            self._append(HEADER)
        except LandingError:
            self._release()
            self.path.unlink()  # so that the run may try again
            raise

    def _append(self, data: bytes) -> None:
        try:
            _write_all(self._file, data)
            os.fsync(self._file)
        except BaseException as error:  # a full disk, or Ctrl-C in the middle of it
            with contextlib.suppress(OSError):  # where even this fails, reading steps over the piece
                os.ftruncate(self._file, self._end)
                os.lseek(self._file, self._end, os.SEEK_SET)
            if isinstance(error, OSError):
                raise self._refused(error) from error
            raise
        self._end += len(data)

    def _refused(self, error: OSError) -> LandingError:
        return LandingError(
            f"{self.path} cannot be written ({error.strerror}); free some space or check the folder's rights, "
            f"and run again. {self._flushed} records of this run are safe"
        )

    def _release(self) -> None:
        file, self._file = self._file, -1
        os.close(file)


def _create(path: Path) -> int:
    """A new, empty file open for writing, its name synced to the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise LandingError(f"{path} is there already; give this run another id") from error
    with contextlib.suppress(OSError):  # some network disks know no locks
        lock(file)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file


def _write_all(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]
