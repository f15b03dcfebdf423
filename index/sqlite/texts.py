"""Where phrases and nearness stand in texts, from where their characters do: those of a phrase follow one another.

Full chunks are read from the rows of their characters (`index.sqlite.spots`), many chunks at once: what one takes
is mostly the asking. The chunk that is not full yet is held in memory, by blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.query import Near
from index.sqlite.layout import BLOCK, CHUNK
from index.sqlite.ranks import Ranks
from index.sqlite.schema import Connection
from index.sqlite.spots import LINE, NOWHERE, SPACE, Spots, coded, ends_of, joined, ordered, read
from index.tokens import canonical

Lines = NDArray[np.intp]
Number = TypeVar("Number", bound=np.integer[Any])
_CHUNKS = 16  # of a shelf: more would gain little, and a question looks at the clock between two
_SIDE = np.uint32(1)
_FEWER = 8  # times: then searching takes less time than merging
_CHARACTERS = 1 << 30  # of a shelf, and one chunk more: spots are of 32 bits


class Texts(Protocol):
    """Some texts after another; spots are counted from the first character of the first."""

    def having(self, phrase: str) -> Spots:
        """Where a phrase begins."""

    def lines(self, spots: Spots) -> Lines:
        """The line of each spot."""

    def spaces(self, spots: Spots) -> NDArray[np.intp]:
        """How many lie before each spot."""

    def posts(self, lines: Lines) -> NDArray[np.intp]:
        """The numbers of the posts of these lines."""


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
        spaces=Ranks(joined([rows[chunk] for chunk in spaced], [starts[chunk] for chunk in spaced])),
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

    def _among(self, character: str, chunks: tuple[int, ...]) -> Spots:
        """Those in some chunks, all of which have it."""
        found = self._spots.get((character, chunks))
        if found is None:
            rows, starts = self._rows[character], self._shelf.starts
            found = joined([rows[chunk] for chunk in chunks], [starts[chunk] for chunk in chunks])
            self._spots[character, chunks] = found
        return found

    def having(self, phrase: str) -> Spots:
        rows = [self._rows[character] for character in phrase]
        chunks = tuple(chunk for chunk in self._shelf.starts if all(chunk in own for own in rows))
        if not chunks:
            return NOWHERE
        sizes = [sum(len(own[chunk]) for chunk in chunks) for own in rows]
        return _together(sizes, lambda at: self._among(phrase[at], chunks))

    def posts(self, lines: Lines) -> NDArray[np.int64]:
        return _posts(tuple(self._shelf.chunks), CHUNK, lines)


def read_sealed(
    connection: Connection, shelf: Shelf, chunks: Collection[int], characters: Iterable[str]
) -> Sealed:
    """The texts of some chunks of a shelf, as far as these characters tell."""
    return Sealed(shelf, read(connection, chunks, characters))


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The texts of one block of the chunk that is not full yet."""

    number: int
    posts: int
    text: str


class Run:
    """The texts of blocks that follow one another."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = tuple(blocks)
        self.codes = coded("".join(block.text + LINE for block in blocks))  # every line has an end

    @cached_property
    def ends(self) -> Spots:
        return self.spots(LINE)

    @cached_property
    def _ordered(self) -> tuple[NDArray[np.intp], Spots, NDArray[np.intp]]:
        return ordered(self.codes)

    def spots(self, character: str) -> Spots:
        if (
            self.blocks[-1].posts < BLOCK
        ):  # it changes with each batch: to order it takes longer than to look through
            return np.flatnonzero(self.codes == ord(character)).astype(np.uint32)
        names, spots, ends = self._ordered
        at = int(names.searchsorted(ord(character)))
        if at == len(names) or names[at] != ord(character):
            return NOWHERE
        return spots[ends[at - 1] if at else 0 : ends[at]]


def runs_of(blocks: Sequence[Block], known: Iterable[Run]) -> list[Run]:
    """The blocks in few runs, those that are known among them; a block comes into a longer one a few times only."""
    before = {run.blocks: run for run in known}
    full = sum(block.posts >= BLOCK for block in blocks)
    found, at = [], 0
    while at < len(blocks):
        length = 1 << (full - at).bit_length() - 1 if at < full else 1
        part = tuple(blocks[at : at + length])
        found.append(before.get(part) or Run(part))
        at += length
    return found


class Recent:
    """The texts of the blocks of the chunk that is not full yet."""

    def __init__(self, blocks: Sequence[Block], before: Recent | None = None) -> None:
        self.runs: list[Run] = runs_of(blocks, before.runs if before else ())
        self._numbers = [block.number for block in blocks]
        lengths = [len(run.codes) for run in self.runs]
        self._starts = [np.uint32(sum(lengths[:at])) for at in range(len(lengths))]
        self._ends = self._joined([run.ends for run in self.runs])

    def _joined(self, spots: Sequence[Spots]) -> Spots:
        shifted = [own + start for own, start in zip(spots, self._starts, strict=True) if len(own)]
        return np.concatenate(shifted) if shifted else NOWHERE

    def spots(self, character: str) -> Spots:
        return self._joined([run.spots(character) for run in self.runs])

    def having(self, phrase: str) -> Spots:
        found = [self.spots(character) for character in phrase]
        return _together(list(map(len, found)), found.__getitem__)

    def lines(self, spots: Spots) -> Lines:
        return self._ends.searchsorted(spots)

    def spaces(self, spots: Spots) -> NDArray[np.intp]:
        return self.spots(SPACE).searchsorted(spots)

    def posts(self, lines: Lines) -> NDArray[np.int64]:
        return _posts(self._numbers, BLOCK, lines)


def _posts(numbers: Sequence[int], each: int, lines: Lines) -> NDArray[np.int64]:
    first = np.array(numbers, dtype=np.int64) * each
    found: NDArray[np.int64]
    if len(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1:
        found = lines + first[0]
    else:  # there is damage between them
        found = first[lines // each] + lines % each
    return found


def _together(sizes: Sequence[int], spots: Callable[[int], Spots]) -> Spots:
    """Where the characters of a phrase follow one another; each one's spots are asked for while there is hope."""
    rarest, *rest = sorted(range(len(sizes)), key=sizes.__getitem__)
    found = spots(rarest)
    if rarest:
        found = found[found >= rarest] - np.uint32(rarest)
    for at in rest:
        if not len(found):
            break
        found = common(spots(at), found + np.uint32(at)) - np.uint32(at)
    return found


def meeting(texts: Texts, near: Near) -> Lines:
    """The lines in which both sides of a nearness stand close enough, as `index.matching.meetings` says.

    Of two that do, and all that stand between them, some two follow one another, one of each side: only such are
    looked at.
    """
    sides = canonical(near.first.text), canonical(near.second.text)
    firsts, seconds = (texts.having(side) for side in sides)
    lengths = np.array([len(side.replace(SPACE, "")) for side in sides])
    if near.ordered:  # the second begins behind the end of the first
        firsts, lengths = firsts + np.uint32(len(sides[0])), np.zeros(2, dtype=np.int64)
    both = np.concatenate((firsts << _SIDE, seconds << _SIDE | _SIDE))  # in the lowest bit, the side
    both.sort(kind="stable")
    reaches = lengths + near.distance
    widest = 2 * int(reaches.max()) + 1  # spaces stand alone, so that hardly more than half is spaces
    steps = both[1:] - both[:-1]
    at = np.flatnonzero((steps <= 2 * widest + 1) & (steps & _SIDE == 1))
    if near.ordered:
        at = at[both[at] & _SIDE == 0]
    early, late, reach = both[at] >> _SIDE, both[at + 1] >> _SIDE, reaches[both[at] & _SIDE]
    close = late - early <= reach
    far = np.flatnonzero(~close)
    spaces = np.subtract(texts.spaces(late[far]), texts.spaces(early[far]))
    close[far] = late[far] - early[far] - spaces <= reach[far]
    line = texts.lines(early[close])
    same: Lines = line[line == texts.lines(late[close])]
    return same


def common(spots: NDArray[Number], wanted: NDArray[Number]) -> NDArray[Number]:
    """Those of the wanted that are among the spots; both are sorted, and nothing is in them twice."""
    if len(spots) < _FEWER * len(wanted):  # merging goes through both, but by fewer steps
        both = np.concatenate((spots, wanted))
        both.sort(kind="stable")
        twice: NDArray[Number] = both[1:][both[1:] == both[:-1]]
        return twice
    if not len(spots):
        return spots
    at = spots.searchsorted(wanted)
    at[at == len(spots)] = 0
    there: NDArray[Number] = wanted[spots[at] == wanted]
    return there
