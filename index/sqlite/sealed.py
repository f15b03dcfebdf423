"""The texts of full chunks, as the rows of their characters tell of them (`index.sqlite.spots`).

Many chunks are asked at once: what one takes is mostly the asking.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.sqlite.layout import CHUNK
from index.sqlite.ranks import Ranks
from index.sqlite.schema import Connection
from index.sqlite.spots import NOWHERE, SPACE, Spots, ends_of, followed, in_order, joined, read
from index.sqlite.texts import Lines, posts_of, together

_CHUNKS = 16  # of a shelf: more would gain little, and a question looks at the clock between two
_CHARACTERS = 1 << 30  # of a shelf, and one chunk more: spots are of 32 bits


@dataclass(frozen=True, slots=True)
class Shelf:
    """Full chunks whose texts stand one after the other; others may follow until it is `closed`."""

    chunks: dict[int, int]  # each with the generation that made it so
    starts: dict[int, int]  # where the text of each stands, of those that can be read
    ends: Ranks  # of all lines
    spaces: Ranks
    closed: bool


def shelves(connection: Connection, sealed: Mapping[int, int], known: Sequence[Shelf]) -> list[Shelf]:
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
        found.append(_shelf(connection, left))
        left = left[len(found[-1].chunks) :]
    return found


def _shelf(connection: Connection, sealed: Sequence[tuple[int, int]]) -> Shelf:
    chunks, starts, ends, start = {}, {}, [NOWHERE], 0
    for chunk, version in sealed[:_CHUNKS]:
        chunks[chunk] = version
        own = ends_of(connection, chunk)
        if len(own) == CHUNK:
            starts[chunk] = start
        else:  # it is damaged, as `doctor` tells, and not read; empty lines stand for it
            own = np.arange(CHUNK, dtype=np.uint32)
        ends.append(own + np.uint32(start))
        start = int(ends[-1][-1]) + 1
        if start > _CHARACTERS:
            break
    rows = read(connection, starts, SPACE)[SPACE]
    spaced = [chunk for chunk in starts if chunk in rows]
    return Shelf(
        chunks=chunks,
        starts=starts,
        ends=Ranks(np.concatenate(ends)),
        spaces=Ranks(
            in_order(joined([rows[chunk] for chunk in spaced], [starts[chunk] for chunk in spaced]))
        ),
        closed=len(chunks) == _CHUNKS or start > _CHARACTERS,
    )


class Sealed:
    """The texts of a shelf, as far as the rows of their characters were read, by chunk."""

    def __init__(self, shelf: Shelf, rows: Mapping[str, Mapping[int, bytes]]) -> None:
        self.spaces = shelf.spaces.before
        self.lines = shelf.ends.before
        self._shelf = shelf
        self._rows = rows
        self._spots: dict[tuple[str, tuple[int, ...]], Spots] = {}

    def _among(self, characters: str, chunks: tuple[int, ...]) -> Spots:
        """Where one or two characters begin in some chunks, all of which have the first."""
        found = self._spots.get((characters, chunks))
        if found is None:
            rows, starts = self._rows[characters[0]], self._shelf.starts
            told = [rows[chunk] for chunk in chunks], [starts[chunk] for chunk in chunks]
            found = joined(*told) if len(characters) == 1 else followed(*told, characters[1])
            self._spots[characters, chunks] = found
        return found

    def having(self, phrase: str) -> Spots:
        parts = {at: phrase[at : at + 2] for at in covering(phrase)}
        rows = [self._rows[part[0]] for part in parts.values()]
        chunks = tuple(chunk for chunk in self._shelf.starts if all(chunk in own for own in rows))
        if not chunks:
            return NOWHERE
        return together({at: self._among(part, chunks) for at, part in parts.items()})

    def posts(self, lines: Lines) -> NDArray[np.int64]:
        return posts_of(tuple(self._shelf.chunks), CHUNK, lines)


def read_sealed(
    connection: Connection, shelf: Shelf, chunks: Collection[int], phrases: Iterable[str]
) -> Sealed:
    """The texts of some chunks of a shelf, as far as they tell of these phrases."""
    needed = {phrase[at] for phrase in phrases for at in covering(phrase)}
    return Sealed(shelf, read(connection, chunks, needed))


def covering(phrase: str) -> Sequence[int]:
    """Where the pairs begin that a phrase is made of; that of one character is alone."""
    last = max(len(phrase) - 2, 0)
    return [*range(0, last, 2), last]
