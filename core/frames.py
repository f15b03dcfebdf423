"""The file format of the landing, and reading it back.

A file is a skippable frame that names the format, then independent zstd frames; ``zstd -dc`` reads it.
Each frame holds whole lines, each line the CRC-32 of its JSON in eight hex digits, a blank, and the JSON
``{"type": "post", "record": {…}}``. Records are `Post`, `Gone`, `Author`, `Coverage`, `HotEntry` and `Run`. Where
records were erased, more skippable frames fill the room, so that every frame still ends where it did.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from pathlib import Path
from typing import IO, Any
from zlib import crc32

import msgspec
import zstandard
from msgspec import defstruct

from core.errors import LandingError
from core.models import Author, Coverage, Gone, HotEntry, Post, Run
from core.records import to_json

log = logging.getLogger(__name__)

Record = Post | Gone | Author | Coverage | HotEntry | Run

_NOTE = b"tingfeng landing 1\n"
HEADER = b"\x50\x2a\x4d\x18" + len(_NOTE).to_bytes(4, "little") + _NOTE
_TYPES: dict[str, type[Record]] = {
    "post": Post,
    "gone": Gone,
    "author": Author,
    "coverage": Coverage,
    "hot": HotEntry,
    "run": Run,
}
_PREFIXES = {kind: b'{"type":"%s","record":' % name.encode() for name, kind in _TYPES.items()}
_PADDED = HEADER[:4]  # begins what zstd readers skip
_MAGIC = b"\x28\xb5\x2f\xfd"  # begins every zstd frame
_LINE = re.compile(rb"[0-9a-f]{8} \{")
_CHUNK = 1 << 17
_LARGEST_WINDOW = 1 << 27


def line_of(record: Record) -> bytes:
    """One checksummed line, with its newline."""
    data = _PREFIXES[type(record)] + to_json(record) + b"}"
    return b"%08x %s\n" % (crc32(data), data)


def frame_of(lines: Iterable[bytes], compressor: zstandard.ZstdCompressor) -> bytes:
    """One independent frame of these lines."""
    return compressor.compress(b"".join(lines))


def padding(size: int) -> bytes:
    """`size` bytes that readers pass over: none, or eight and more."""
    return _PADDED + (size - 8).to_bytes(4, "little") + bytes(size - 8) if size else b""


def compressor(level: int = 3) -> zstandard.ZstdCompressor:
    """What `frame_of` needs; one serves a whole file."""
    return zstandard.ZstdCompressor(level=level, write_checksum=True)


@dataclass(frozen=True, slots=True)
class Frame:
    """The records of one frame; `end` is the offset after it, from which reading can go on later."""

    records: list[Record]
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a file from `start` to `end`: the lines of a frame, b"" of padding, None where neither can be read."""

    start: int
    end: int
    content: bytes | None
    torn: bool = False  # at the end, where a kill or a run that still writes left it


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in the file that could not be read and was left out, and the offset of its frame."""

    offset: int
    reason: str


@dataclass(slots=True)
class LandingFile:
    """A landing file being read: iterate it for its frames, then ask what was left out.

    `torn` is the number of bytes at the end that are no whole frame: what a kill, or a run that still
    writes, leaves there. They are never read as data; the file itself is not changed.
    """

    path: Path
    offset: int = 0
    torn: int = 0
    damage: list[Damage] = field(default_factory=list)

    def __iter__(self) -> Iterator[Frame]:
        for piece in pieces(self.path, self.offset):
            if piece.content:
                yield Frame(list(self._records(piece.content, piece.start)), piece.end)
            elif piece.torn:
                self._cut(piece.end - piece.start)
            elif piece.content is None:
                self._leave_out(piece.start, f"{piece.end - piece.start} bytes are damaged")

    def _records(self, content: bytes, at: int) -> Iterator[Record]:
        for number, line in enumerate(content.splitlines(), 1):
            try:
                yield record_of(line)
            except (ValueError, msgspec.DecodeError) as error:
                self._leave_out(at, f"record {number}: {error}")

    def _cut(self, size: int) -> None:
        self.torn = size
        if size:
            log.warning("%s: the last %d bytes are no whole frame and were cut off", self.path, size)

    def _leave_out(self, offset: int, reason: str) -> None:
        self.damage.append(Damage(offset, reason))
        log.warning("%s: frame at byte %d: %s; left out", self.path, offset, reason)


def pieces(path: Path, offset: int = 0) -> Iterator[Piece]:
    """All of a landing file from `offset` on, but for its head; raises as `read_landing` does."""
    try:
        with path.open("rb") as file:
            head = file.read(len(HEADER))
            size = file.seek(0, 2)
            if head != HEADER:
                if not HEADER.startswith(head):
                    raise LandingError(
                        f"{path} is not a landing file; move it away, or bring it in with: tingfeng import FILE"
                    )
                yield Piece(0, size, None, torn=True)
                return
            if offset > size:
                raise LandingError(
                    f"{path} has {size} bytes but {offset} were read before; restore the file, or "
                    "rebuild the store from the landing"
                )
            at = max(offset, len(HEADER))
            while at < size:
                piece = _piece(file, at, size)
                yield piece
                at = piece.end
    except OSError as error:
        raise LandingError(f"{path} cannot be read ({error.strerror}); check its rights") from error


def read_landing(path: Path, offset: int = 0) -> LandingFile:
    """The frames of a landing file from `offset`: 0, or the `end` of a frame read before.

    Iterating raises `LandingError` when the file cannot be read, is none of ours, or is shorter than `offset`.
    """
    return LandingFile(path, offset)


class _Envelope(msgspec.Struct):
    type: str


_envelopes = msgspec.json.Decoder(_Envelope)
_kinds: Any = [
    defstruct(name, [("record", kind)], tag_field="type", tag=name) for name, kind in _TYPES.items()
]
_lines: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reduce(or_, _kinds))


def record_of(line: bytes) -> Record:
    """The record of one line; raises `ValueError` or `msgspec.DecodeError` where it is damaged."""
    data = line[9:]
    if not _LINE.match(line) or int(line[:8], 16) != crc32(data):
        raise ValueError("its checksum does not match")
    try:
        record: Record = _lines.decode(data).record
    except msgspec.ValidationError:
        kind = _envelopes.decode(data).type
        if kind not in _TYPES:
            raise ValueError(f"unknown type {kind!r}, perhaps of a newer version") from None
        raise
    return record


def _piece(file: IO[bytes], at: int, size: int) -> Piece:
    file.seek(at)
    head = file.read(len(_PADDED) + 4)
    if head.startswith(_PADDED) and len(head) == len(_PADDED) + 4:
        end = at + len(head) + int.from_bytes(head[4:], "little")
        if end <= size:
            return Piece(at, end, b"")
    whole = _read_frame(file, at)
    if whole is not None:
        content, end = whole
        return Piece(at, end, content)
    following = _find_frame(file, at + 1, size)
    return Piece(at, size, None, torn=True) if following is None else Piece(at, following, None)


def _read_frame(file: IO[bytes], at: int) -> tuple[bytes, int] | None:
    """The content of the frame at `at` and where it ends; None when it is broken or not all there."""
    file.seek(at)
    unpack = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()
    parts: list[bytes] = []
    end = at
    while chunk := file.read(_CHUNK):
        try:
            parts.append(unpack.decompress(chunk))
        except zstandard.ZstdError:
            return None
        end += len(chunk)
        if unpack.eof:
            return b"".join(parts), end - len(unpack.unused_data)
    return None


def _find_frame(file: IO[bytes], start: int, size: int) -> int | None:
    """Where the next frame of ours begins, or None; only asked for after damage."""
    at = start
    while at < size:
        file.seek(at)
        chunk = file.read(_CHUNK)
        found = chunk.find(_MAGIC)
        if found < 0:
            at += max(len(chunk) - len(_MAGIC) + 1, 1)
            continue
        at += found
        whole = _read_frame(file, at)
        if whole is not None and _LINE.match(whole[0]):
            return at
        at += 1
    return None
