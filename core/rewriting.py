"""Taking records out of a landing file without moving any other.

A file is written anew beside itself and put in its place in one step. Each frame is packed again without
what goes and filled up to its old size, so that the offsets stores remember stay right, in every store. A
frame that would not fit is moved behind the last, where ingest reads it once more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import msgspec

from core.errors import LandingError
from core.frames import HEADER, Record, compressor, frame_of, line_of, padding, pieces, record_of
from core.locking import lock

_LEVELS = (3, 12, 19, 22)
_LEAST = 8  # bytes of padding
Change = Callable[[Record], Record | None]  # what to keep of a record


@dataclass(slots=True)
class Rewritten:
    """What became of the records of some files; `lost` bytes could not be read and are gone."""

    removed: int = 0
    changed: int = 0
    lost: int = 0


def lines_with(path: Path, needles: Iterable[bytes]) -> Iterator[Record]:
    """The records of a file whose JSON holds one of `needles`; those that are damaged are passed over."""
    wanted = tuple(needles)
    for piece in pieces(path):
        for line in (piece.content or b"").splitlines():
            if any(needle in line for needle in wanted):
                with suppress(ValueError, msgspec.DecodeError):
                    yield record_of(line)


@contextmanager
def held(paths: Iterable[Path]) -> Iterator[None]:
    """Keeps these files from being written by a run; `LandingError` where one is being written."""
    files: list[int] = []
    try:
        for path in paths:
            files.append(os.open(path, os.O_RDWR))
            try:
                lock(files[-1])
            except OSError as error:
                raise LandingError(
                    f"a run is still writing {path}; nothing was changed: wait until it has ended, and run again"
                ) from error
        yield
    finally:
        for file in files:
            os.close(file)


def rewrite(path: Path, change: Change, needles: Iterable[bytes], *, told: Rewritten) -> None:
    """Puts every record that holds one of `needles` through `change`, and adds to `told` what became of them.

    What cannot be read, a torn end or damage, goes too, since nobody can say whom it names. A file where
    nothing goes is not touched. Raises `LandingError` when the disk refuses.
    """
    wanted = tuple(needles)
    draft = path.with_name(f".{path.name}.part")
    touched = False
    moved: list[bytes] = []
    try:
        with (
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as new,
            path.open("rb") as old,
        ):
            new.write(HEADER)
            for piece in pieces(path):
                size = piece.end - piece.start
                lines = None if piece.content is None else _kept(piece.content, change, wanted, told)
                if lines is None:
                    touched = True
                    told.lost += size
                    new.write(b"" if piece.torn else padding(size) if size >= _LEAST else bytes(size))
                elif piece.content and lines != piece.content.splitlines(keepends=True):
                    touched = True
                    fitted = _fitted(lines, size)
                    if fitted is None:
                        moved.append(frame_of(lines, compressor()))
                    new.write(padding(size) if fitted is None else fitted)
                else:
                    old.seek(piece.start)
                    new.write(old.read(size))
            for frame in moved:
                new.write(frame)
            new.flush()
            os.fsync(new.fileno())
        if touched:
            draft.replace(path)
            _sync(path.parent)
    except OSError as error:
        raise LandingError(
            f"{path} cannot be rewritten ({error.strerror}); it is as it was: make room and run again"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _kept(content: bytes, change: Change, needles: tuple[bytes, ...], told: Rewritten) -> list[bytes]:
    """The lines to keep, those that are damaged left out."""
    kept: list[bytes] = []
    for line in content.splitlines(keepends=True):
        if not any(needle in line for needle in needles):
            if _is_whole(line):
                kept.append(line)
            else:
                told.lost += len(line)
            continue
        try:
            record = record_of(line.rstrip(b"\n"))
        except (ValueError, msgspec.DecodeError):
            told.lost += len(line)
            continue
        new = change(record)
        if new is None:
            told.removed += 1
        elif new == record:
            kept.append(line)
        else:
            told.changed += 1
            kept.append(line_of(new))
    return kept


def _is_whole(line: bytes) -> bool:
    try:
        return int(line[:8], 16) == crc32(line[9:].rstrip(b"\n"))
    except ValueError:
        return False


def _fitted(lines: list[bytes], size: int) -> bytes | None:
    """A frame of these lines, filled up to `size` bytes; None where it is larger however it is packed."""
    if not lines:
        return padding(size)
    for level in _LEVELS:
        frame = frame_of(lines, compressor(level))
        room = size - len(frame)
        if room == 0 or room >= _LEAST:
            return padding(room) + frame
    return None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
