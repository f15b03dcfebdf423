"""Where characters stand in the texts of a chunk, and from it where phrases and nearness do.

A chunk's texts, in canonical form, a line each, are one long string. Of every character in it, the end of a
line and the space among them, the sorted spots are kept: a phrase stands where its characters follow one
another. The chunk that is not full yet is searched in its texts themselves (``recent``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.query import Near
from index.sqlite.schema import Connection
from index.tokens import canonical

LINE, SPACE = "\n", " "
CODE_BITS = 21  # of a character
_NARROW, _WIDE = b"\x02", b"\x04"  # what a row ends with: steps of two bytes, or spots of four
_NOWHERE = np.zeros(0, dtype=np.uint32)

Codes = NDArray[np.uint32]
Spots = NDArray[np.uint32]


class Texts(Protocol):
    """Some texts after another; spots are counted from the first character of the first."""

    ends: Spots  # of each line

    def spots(self, character: str) -> Spots: ...

    def having(self, phrase: str) -> Spots:
        """Where a phrase begins."""


class Sealed:
    """The texts of a full chunk, as far as the rows of their characters were read."""

    def __init__(self, ends: Spots, rows: Mapping[str, bytes]) -> None:
        self.ends = ends
        self._rows = rows
        self._spots: dict[str, Spots] = {}

    def spots(self, character: str) -> Spots:
        found = self._spots.get(character)
        if found is None:
            row = self._rows.get(character)
            found = self._spots[character] = _NOWHERE if row is None else unpacked(row)
        return found

    def having(self, phrase: str) -> Spots:
        if not all(character in self._rows for character in phrase):
            return _NOWHERE
        rarest, *rest = sorted(range(len(phrase)), key=lambda at: len(self._rows[phrase[at]]))
        found = self.spots(phrase[rarest])
        found = found[found >= rarest] - np.uint32(rarest)
        for at in rest:
            if not len(found):
                break
            found = found[_among(self.spots(phrase[at]), found + np.uint32(at))]
        return found


class Recent:
    """The texts of one block of the chunk that is not full yet."""

    def __init__(self, posts: int, text: str) -> None:
        self.posts = posts
        self._codes = coded(text + LINE)
        self.ends = self.spots(LINE)

    def spots(self, character: str) -> Spots:
        return np.flatnonzero(self._codes == ord(character)).astype(np.uint32)

    def having(self, phrase: str) -> Spots:
        found = self.spots(phrase[0])
        for at, character in enumerate(phrase[1:], 1):  # the last line's end stands behind every match
            found = found[self._codes[np.minimum(found + at, len(self._codes) - 1)] == ord(character)]
        return found


def coded(text: str) -> Codes:
    """The characters of a text as numbers."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def lines(texts: Texts, spots: Spots) -> NDArray[np.intp]:
    """The line of each spot."""
    return np.searchsorted(texts.ends, spots)


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
        at = np.searchsorted(seconds, firsts + step)
        early, late = firsts[at < len(seconds)], seconds[at[at < len(seconds)]]
    else:
        late = seconds[seconds >= step]
        at = np.searchsorted(firsts, late - step, side="right")
        early, late = firsts[at[at > 0] - 1], late[at > 0]
    # Spaces stand alone, so that at most half of what lies between is spaces.
    likely = late - early <= 2 * (len(first) + distance + 1)
    early, late = early[likely], late[likely]
    if not len(early):
        return np.zeros(0, dtype=np.intp)
    spaces = texts.spots(SPACE)
    solid = [(spots - np.searchsorted(spaces, spots)).astype(np.int64) for spots in (early, late)]
    close = solid[1] - solid[0] - len(first.replace(SPACE, "")) <= distance
    line = lines(texts, early[close])
    same: NDArray[np.bool_] = line == lines(texts, late[close])
    return line[same]


def _among(spots: Spots, wanted: Spots) -> NDArray[np.bool_]:
    """Which of the wanted are among the spots; both are sorted."""
    at = np.searchsorted(spots, wanted)
    at[at == len(spots)] = 0
    there: NDArray[np.bool_] = spots[at] == wanted
    return there


# --- rows


def rows(chunk: int, text: str) -> Iterator[tuple[int, bytes]]:
    """The spots of every character of a full chunk's texts, a line each."""
    codes = coded(text + LINE)  # every line has an end
    names = np.flatnonzero(np.bincount(codes))
    table = np.zeros(int(names[-1]) + 1, dtype=np.uint16 if len(names) <= 1 << 16 else np.uint32)
    table[names] = np.arange(len(names))
    numbers = table[codes]
    spots = np.argsort(numbers, kind="stable").astype(np.uint32)  # of 16 bits by counting, not by comparing
    ends = np.cumsum(np.bincount(numbers))
    starts = np.concatenate(([0], ends[:-1]))
    steps = np.diff(spots, prepend=np.uint32(0))
    steps[starts] = spots[starts]
    widest = np.maximum.reduceat(steps, starts)
    narrow = steps.astype(np.uint16)
    ids = (names | chunk << CODE_BITS).tolist()
    for key, start, end, most in zip(ids, starts.tolist(), ends.tolist(), widest.tolist(), strict=True):
        if most < 1 << 16:
            yield key, narrow[start:end].tobytes() + _NARROW
        else:
            yield key, spots[start:end].tobytes() + _WIDE


def packed(spots: Spots) -> bytes:
    """One row."""
    steps = np.diff(spots, prepend=np.uint32(0))
    if int(steps.max(initial=0)) < 1 << 16:
        return steps.astype(np.uint16).tobytes() + _NARROW
    return spots.tobytes() + _WIDE


def unpacked(row: bytes) -> Spots:
    """The spots of a row."""
    if row[-1:] == _NARROW:
        steps = np.frombuffer(row, dtype=np.uint16, count=len(row) // 2)
        return np.cumsum(steps, dtype=np.uint32)
    return np.frombuffer(row, dtype=np.uint32, count=len(row) // 4)


def ids(chunk: int) -> tuple[int, int]:
    """The first and the last number a row of a chunk may have."""
    return chunk << CODE_BITS, (chunk + 1 << CODE_BITS) - 1


def read_sealed(
    connection: Connection, ends: Mapping[int, Spots], characters: Iterable[str]
) -> Iterator[tuple[int, Sealed]]:
    """The texts of these chunks, whose ends of lines are known, as far as these characters tell."""
    wanted = sorted(set(map(ord, characters)))
    sql = f"SELECT id, data FROM spot WHERE id IN ({','.join('?' * len(wanted))})"  # noqa: S608 - marks
    for chunk, own in ends.items():
        found = connection.execute(sql, [chunk << CODE_BITS | code for code in wanted])
        yield chunk, Sealed(own, {chr(key & (1 << CODE_BITS) - 1): data for key, data in found})


def ends_of(connection: Connection, chunk: int) -> Spots:
    """The ends of a full chunk's lines; none where they are lost."""
    sql = "SELECT data FROM spot WHERE id = ?"
    found = connection.execute(sql, (chunk << CODE_BITS | ord(LINE),)).fetchone()
    return _NOWHERE if found is None else unpacked(found[0])
