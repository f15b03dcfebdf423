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
from index.sqlite.schema import Connection
from index.sqlite.spots import LINE, NOWHERE, SPACE, Spots, coded, ends_of, joined, ordered, read
from index.tokens import canonical

Number = TypeVar("Number", bound=np.integer[Any])
_CHUNKS = 16  # of a shelf: more would gain little, and a question looks at the clock between two
_STRIDE = 5  # spots are 32 apart, as bits
_FEWER = 8
_CHARACTERS = 1 << 30  # of a shelf, and one chunk more: spots are of 32 bits


class Texts(Protocol):
    """Some texts after another; spots are counted from the first character of the first."""

    @property
    def spaces(self) -> Spots: ...

    def having(self, phrase: str) -> Spots:
        """Where a phrase begins."""

    def lines(self, spots: Spots) -> NDArray[np.intp]:
        """The line of each spot."""

    def posts(self, lines: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of the posts of these lines."""


class Ends:
    """Where many lines end, and which line a spot is in.

    Of every thirty-second spot the line is kept, and gone on from: to search all ends takes three times as long.
    """

    def __init__(self, spots: Spots) -> None:
        self.spots = spots
        self._from = np.zeros((int(spots[-1]) >> _STRIDE) + 2 if len(spots) else 0, dtype=np.intp)
        np.cumsum(np.bincount(spots >> _STRIDE), out=self._from[1:])

    def lines(self, spots: Spots) -> NDArray[np.intp]:
        found: NDArray[np.intp] = self._from[spots >> _STRIDE]
        behind = np.flatnonzero(self.spots[found] < spots)
        while len(behind):
            found[behind] += 1
            behind = behind[self.spots[found[behind]] < spots[behind]]
        return found


@dataclass(frozen=True, slots=True)
class Shelf:
    """Full chunks whose texts stand one after the other; others may follow until it is `closed`."""

    chunks: dict[int, int]  # each with the generation that made it so
    starts: dict[int, int]  # where the text of each stands, of those that can be read
    ends: Ends  # of all lines
    spaces: Spots
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
            own = np.zeros(CHUNK, dtype=np.uint32)
        ends.append(own + np.uint32(start))
        start = int(ends[-1][-1]) + 1
        if start > _CHARACTERS:
            break
    rows = read(connection, starts, SPACE)[SPACE]
    spaced = [chunk for chunk in starts if chunk in rows]
    return Shelf(
        chunks=chunks,
        starts=starts,
        ends=Ends(np.concatenate(ends)),
        spaces=joined([rows[chunk] for chunk in spaced], [starts[chunk] for chunk in spaced]),
        closed=len(chunks) == _CHUNKS or start > _CHARACTERS,
    )


class Sealed:
    """The texts of a shelf, as far as the rows of their characters were read, by chunk."""

    def __init__(self, shelf: Shelf, rows: Mapping[str, Mapping[int, bytes]]) -> None:
        self.spaces = shelf.spaces
        self.lines = shelf.ends.lines
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

    def posts(self, lines: NDArray[np.intp]) -> NDArray[np.intp]:
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

    @cached_property
    def spaces(self) -> Spots:
        return self.spots(SPACE)

    def _joined(self, spots: Sequence[Spots]) -> Spots:
        shifted = [own + start for own, start in zip(spots, self._starts, strict=True) if len(own)]
        return np.concatenate(shifted) if shifted else NOWHERE

    def spots(self, character: str) -> Spots:
        return self._joined([run.spots(character) for run in self.runs])

    def having(self, phrase: str) -> Spots:
        found = [self.spots(character) for character in phrase]
        return _together(list(map(len, found)), found.__getitem__)

    def lines(self, spots: Spots) -> NDArray[np.intp]:
        return self._ends.searchsorted(spots)

    def posts(self, lines: NDArray[np.intp]) -> NDArray[np.intp]:
        return _posts(self._numbers, BLOCK, lines)


def _posts(numbers: Sequence[int], each: int, lines: NDArray[np.intp]) -> NDArray[np.intp]:
    within = lines % each
    found: NDArray[np.intp] = np.array(numbers, dtype=np.intp)[lines // each] * each + within
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


def meeting(texts: Texts, near: Near) -> NDArray[np.intp]:
    """The lines in which both sides of a nearness stand close enough, as `index.matching.meetings` says."""
    sides = canonical(near.first.text), canonical(near.second.text)
    one, other = (texts.having(side) for side in sides)
    if not len(one) or not len(other):
        return np.zeros(0, dtype=np.intp)
    found = [_following(texts, one, other, sides[0], near.distance, apart=near.ordered)]
    if not near.ordered:
        found.append(_following(texts, other, one, sides[1], near.distance, apart=False))
    return np.concatenate(found)


def _following(
    texts: Texts, firsts: Spots, seconds: Spots, first: str, distance: int, *, apart: bool
) -> NDArray[np.intp]:
    """Where one of `seconds` comes at most `distance` characters after one of `firsts`, spaces not counted.

    `apart`: it begins behind the end of the first; else it may begin in it. The nearest two tell.
    """
    step = np.uint32(len(first) if apart else 0)
    if len(firsts) <= len(seconds):
        at = seconds.searchsorted(firsts + step)
        early, late = firsts[at < len(seconds)], seconds[at[at < len(seconds)]]
    else:
        late = seconds[seconds >= step]
        at = firsts.searchsorted(late - step, side="right")
        early, late = firsts[at[at > 0] - 1], late[at > 0]
    # Spaces stand alone, so that at most half of what lies between is spaces.
    likely = late - early <= 2 * (len(first) + distance + 1)
    early, late = early[likely], late[likely]
    far = late - early > distance + len(first.replace(SPACE, ""))  # unless spaces lie between
    between = texts.spaces.searchsorted(late[far]) - texts.spaces.searchsorted(early[far])
    close = ~far
    close[far] = late[far] - early[far] - between <= distance + len(first.replace(SPACE, ""))
    line = texts.lines(early[close])
    same: NDArray[np.bool_] = line == texts.lines(late[close])
    return line[same]


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
