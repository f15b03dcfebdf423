"""What is said in full chunks, in texts or in words, as their rows tell of it (`index.sqlite.said.spots`).

Many chunks are asked at once: what one takes is mostly the asking.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.sqlite.layout import CHUNK
from index.sqlite.said.ranks import Ranks
from index.sqlite.said.spots import (
    ALONE,
    LINE,
    NOWHERE,
    SPACE,
    Spots,
    Table,
    ends_of,
    followed,
    in_order,
    joined,
    read,
    unpacked,
)
from index.sqlite.said.texts import Lines, Texts, posts_of, together
from index.sqlite.schema import Connection

_CHUNKS = 32  # of a shelf: more would gain little, and a question looks at the clock between two
_CHARACTERS = 1 << 30  # of a shelf, and one chunk more: spots are of 32 bits
_WORD = re.compile(f"[^{SPACE}]+{SPACE}?")
Rows = Mapping[str, Mapping[int, Sequence[bytes]]]  # by the characters asked for, and by chunk


@dataclass(frozen=True, slots=True)
class Shelf:
    """Full chunks whose texts stand one after the other; others may follow until it is `closed`."""

    chunks: dict[int, int]  # each with the generation that made it so
    starts: dict[int, int]  # where the text of each stands, of those that can be read
    ends: Ranks  # of all lines
    spaces: Ranks  # of texts; words have none
    closed: bool


def shelves(
    connection: Connection, table: Table, sealed: Mapping[int, int], known: Sequence[Shelf]
) -> list[Shelf]:
    """All full chunks on shelves; those that are known and closed stay."""
    left = sorted(sealed.items())
    found: list[Shelf] = []
    for shelf in known:
        here = left[: len(shelf.chunks)]
        if here != list(shelf.chunks.items()) or not (shelf.closed or here == left):
            break
        found.append(shelf)
        left = left[len(shelf.chunks) :]
    while left:
        found.append(_shelf(connection, table, left))
        left = left[len(found[-1].chunks) :]
    return found


def _shelf(connection: Connection, table: Table, sealed: Sequence[tuple[int, int]]) -> Shelf:
    chunks, starts, ends, start = {}, {}, [NOWHERE], 0
    for chunk, version in sealed[:_CHUNKS]:
        chunks[chunk] = version
        own = ends_of(connection, table, chunk)
        if len(own) == CHUNK:
            starts[chunk] = start
        else:  # it is damaged, as `doctor` tells, and not read; empty lines stand for it
            own = np.arange(CHUNK, dtype=np.uint32)
        ends.append(own + np.uint32(start))
        start = int(ends[-1][-1]) + 1
        if start > _CHARACTERS:
            break
    return Shelf(
        chunks=chunks,
        starts=starts,
        ends=Ranks(np.concatenate(ends)),
        spaces=Ranks(in_order(joined(*_placed(read(connection, table, starts, [SPACE])[SPACE], starts)))),
        closed=len(chunks) == _CHUNKS or start > _CHARACTERS,
    )


def _placed(
    rows: Mapping[int, Sequence[bytes]], starts: Mapping[int, int], chunks: Iterable[int] | None = None
) -> tuple[list[bytes], list[int]]:
    """The rows of some chunks, one after the other, and where the text of each starts."""
    placed = [(row, starts[chunk]) for chunk in (rows if chunks is None else chunks) for row in rows[chunk]]
    return [row for row, _ in placed], [start for _, start in placed]


class _Sealed:
    """What is said on a shelf, as far as rows were read."""

    def __init__(self, shelf: Shelf, rows: Rows) -> None:
        self.spaces = shelf.spaces.before
        self.lines = shelf.ends.before
        self._shelf = shelf
        self._rows = rows

    def _chunks(self, asked: Iterable[str]) -> list[int]:
        """Those that have rows of all that is asked for."""
        rows = [self._rows[characters] for characters in asked]
        return [chunk for chunk in self._shelf.starts if all(chunk in own for own in rows)]

    def posts(self, lines: Lines) -> NDArray[np.int64]:
        return posts_of(tuple(self._shelf.chunks), CHUNK, lines)


class SealedTexts(_Sealed):
    """The texts of a shelf."""

    def __init__(self, shelf: Shelf, rows: Rows) -> None:
        super().__init__(shelf, rows)
        self._spots: dict[tuple[str, tuple[int, ...]], Spots] = {}

    def _among(self, characters: str, chunks: tuple[int, ...]) -> Spots:
        """Where one or two characters begin in some chunks, all of which have rows of them."""
        found = self._spots.get((characters, chunks))
        if found is None:
            told = _placed(self._rows[characters], self._shelf.starts, chunks)
            found = joined(*told) if len(characters) == 1 else followed(*told, characters[1])
            self._spots[characters, chunks] = found
        return found

    def having(self, phrase: str) -> Spots:
        parts = covering(phrase)
        chunks = tuple(self._chunks(parts.values()))
        if not chunks:
            return NOWHERE
        return together({at: self._among(part, chunks) for at, part in parts.items()})


class SealedWords(_Sealed):
    """The words of a shelf; spots are their places."""

    def having(self, phrase: str) -> Spots:
        parts = dict(enumerate(spoken(phrase)))
        chunks = self._chunks(map(_beginning, parts.values()))
        if not chunks:
            return NOWHERE
        return together({at: self._among(part, chunks) for at, part in parts.items()})

    def _among(self, part: str, chunks: Sequence[int]) -> Spots:
        """Where a word stands, or one that begins so: in order, if it is one."""
        found = [NOWHERE]
        for row, start in zip(
            *_placed(self._rows[_beginning(part)], self._shelf.starts, chunks), strict=True
        ):
            codes, spots, words = unpacked(row)
            wanted = np.array([f"{word}{SPACE}".startswith(part) for word in words.decode().split(LINE)])
            found.append(spots[wanted[codes]] + np.uint32(start))
        return np.concatenate(found)


def read_sealed(
    connection: Connection, table: Table, shelf: Shelf, chunks: Collection[int], phrases: Iterable[str]
) -> Texts:
    """What is said in some chunks of a shelf, as far as it tells of these phrases."""
    if table == "spot":
        asked = {part for phrase in phrases for part in covering(phrase).values()}
        return SealedTexts(shelf, read(connection, table, chunks, asked))
    asked = {_beginning(part) for phrase in phrases for part in spoken(phrase)}
    return SealedWords(shelf, read(connection, table, chunks, asked))


def covering(phrase: str) -> Mapping[int, str]:
    """The pairs a phrase is made of, by where they begin; that of one character is alone."""
    last = max(len(phrase) - 2, 0)
    return {at: phrase[at : at + 2] for at in (*range(0, last, 2), last)}


def spoken(phrase: str) -> Sequence[str]:
    """The words of a phrase, which stand between spaces, with the space behind them; the last may have none."""
    return _WORD.findall(phrase)


def _beginning(part: str) -> str:
    """The characters whose rows have a word of a phrase."""
    return part[:2].replace(SPACE, ALONE)
