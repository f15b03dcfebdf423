"""Where phrases and nearness stand in texts, from where their characters do: those of a phrase follow one another.

Full chunks are read from the rows of their characters (`index.sqlite.spots`), many chunks at once: what one takes
is mostly the asking. The chunk that is not full yet is held in memory, by blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.query import Near
from index.sqlite.layout import BLOCK, CHUNK
from index.sqlite.schema import Connection
from index.sqlite.spots import LINE, NOWHERE, SPACE, Codes, Spots, coded, ends_of, joined, ordered, read
from index.tokens import canonical

_CHUNKS = 16  # of a shelf: more would gain little, and a question looks at the clock between two
_CHARACTERS = 1 << 30  # of a shelf, and one chunk more: spots are of 32 bits


class Texts(Protocol):
    """Some texts after another; spots are counted from the first character of the first."""

    @property
    def ends(self) -> Spots:
        """Of each line."""

    def spots(self, character: str) -> Spots: ...

    def having(self, phrase: str) -> Spots:
        """Where a phrase begins."""

    def posts(self, lines: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of the posts of these lines."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Full chunks whose texts stand one after the other; others may follow until it is `closed`."""

    chunks: dict[int, int]  # each with the generation that made it so
    starts: dict[int, int]  # where the text of each stands, of those that can be read
    ends: Spots  # of all lines
    closed: bool


def shelves(connection: Connection, sealed: Mapping[int, int], known: Sequence[Shelf]) -> list[Shelf]:
    """All full chunks on shelves; those that are known and closed stay."""
    left = sorted(sealed.items())
    found: list[Shelf] = []
    for shelf in known:
        if not shelf.closed or left[: len(shelf.chunks)] != list(shelf.chunks.items()):
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
    return Shelf(chunks, starts, np.concatenate(ends), len(chunks) == _CHUNKS or start > _CHARACTERS)


class Sealed:
    """The texts of a shelf, as far as the rows of their characters were read, by chunk."""

    def __init__(self, shelf: Shelf, rows: Mapping[str, Mapping[int, bytes]]) -> None:
        self.ends = shelf.ends
        self._shelf = shelf
        self._rows = rows
        self._spots: dict[tuple[str, tuple[int, ...]], Spots] = {}

    def spots(self, character: str) -> Spots:
        return self._among(character, tuple(self._rows[character]))

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


class Block:
    """The texts of one block of the chunk that is not full yet."""

    def __init__(self, number: int, posts: int, text: str) -> None:
        self.number, self.posts, self.text = number, posts, text

    @cached_property
    def codes(self) -> Codes:
        return coded(self.text + LINE)  # every line has an end

    @cached_property
    def ends(self) -> Spots:
        return self.spots(LINE)

    @cached_property
    def _ordered(self) -> tuple[NDArray[np.intp], Spots, NDArray[np.intp]]:
        return ordered(self.codes)

    def spots(self, character: str) -> Spots:
        if self.posts < BLOCK:  # it changes with each batch: to order it takes longer than to look through it
            return np.flatnonzero(self.codes == ord(character)).astype(np.uint32)
        names, spots, ends = self._ordered
        at = int(names.searchsorted(ord(character)))
        if at == len(names) or names[at] != ord(character):
            return NOWHERE
        return spots[ends[at - 1] if at else 0 : ends[at]]


class Recent:
    """The texts of the blocks of the chunk that is not full yet."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        lengths = [len(block.codes) for block in blocks]
        self._starts = [np.uint32(sum(lengths[:at])) for at in range(len(lengths))]
        self.ends = self._joined([block.ends for block in blocks])

    def _joined(self, spots: Sequence[Spots]) -> Spots:
        shifted = [own + start for own, start in zip(spots, self._starts, strict=True) if len(own)]
        return np.concatenate(shifted) if shifted else NOWHERE

    def spots(self, character: str) -> Spots:
        return self._joined([block.spots(character) for block in self.blocks])

    def having(self, phrase: str) -> Spots:
        found = [self.spots(character) for character in phrase]
        return _together(list(map(len, found)), found.__getitem__)

    def posts(self, lines: NDArray[np.intp]) -> NDArray[np.intp]:
        return _posts([block.number for block in self.blocks], BLOCK, lines)


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
        found = found[_among(spots(at), found + np.uint32(at))]
    return found


def lines(texts: Texts, spots: Spots) -> NDArray[np.intp]:
    """The line of each spot."""
    return texts.ends.searchsorted(spots)


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
    if not len(early):
        return np.zeros(0, dtype=np.intp)
    spaces = texts.spots(SPACE)
    solid = [(spots - spaces.searchsorted(spots)).astype(np.int64) for spots in (early, late)]
    close = solid[1] - solid[0] - len(first.replace(SPACE, "")) <= distance
    line = lines(texts, early[close])
    same: NDArray[np.bool_] = line == lines(texts, late[close])
    return line[same]


def _among(spots: Spots, wanted: Spots) -> NDArray[np.bool_]:
    """Which of the wanted are among the spots; both are sorted."""
    if not len(spots):
        return np.zeros(len(wanted), dtype=np.bool_)
    at = spots.searchsorted(wanted)
    at[at == len(spots)] = 0
    there: NDArray[np.bool_] = spots[at] == wanted
    return there
