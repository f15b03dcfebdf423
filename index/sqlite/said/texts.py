"""Where phrases and nearness stand in texts, from where their characters do, or two at a time.

The texts of full chunks (`index.sqlite.said.sealed`) and of those behind them (`index.sqlite.said.recent`) are asked alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.query import Near
from index.sqlite.said.spots import NOWHERE, SPACE, Spots, in_order
from index.tokens import canonical

Lines = NDArray[np.intp]
Number = TypeVar("Number", bound=np.integer[Any])
_SIDE = np.uint32(1)
_FEWER = 8  # times: then searching takes less time than merging
_STRETCH = 5  # bits of a stretch of text, at least


class Texts(Protocol):
    """Some texts after another; spots are counted from the first character of the first."""

    def having(self, phrase: str) -> Spots:
        """Where a phrase begins: in order, but for one of a single character."""

    def lines(self, spots: Spots) -> Lines:
        """The line of each spot."""

    def spaces(self, spots: Spots) -> NDArray[np.intp]:
        """How many lie before each spot."""

    def posts(self, lines: Lines) -> NDArray[np.intp]:
        """The numbers of the posts of these lines."""


def posts_of(numbers: Sequence[int], each: int, lines: Lines) -> NDArray[np.int64]:
    """The numbers of the posts of lines, where the texts are these pieces of so many posts each."""
    first = np.array(numbers, dtype=np.int64) * each
    found: NDArray[np.int64]
    if len(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1:
        found = lines + first[0]
    else:  # there is damage between them
        found = first[lines // each] + lines % each
    return found


def together(parts: Mapping[int, Spots]) -> Spots:
    """Where a phrase begins whose parts stand at these spots, each so far behind its beginning."""
    rarest, *rest = sorted(parts, key=lambda at: len(parts[at]))
    found = parts[rarest]
    if rarest:
        found = found[found >= rarest] - np.uint32(rarest)
    for at in rest:
        if not len(found):
            break
        found = common(parts[at], found + np.uint32(at)) - np.uint32(at)
    return found


def meeting(texts: Texts, near: Near) -> Lines:
    """The lines in which both sides of a nearness stand close enough, as `index.matching.meetings` says.

    Of two that do, and all that stand between them, some two follow one another, one of each side: only such are
    looked at.
    """
    sides = canonical(near.first.text), canonical(near.second.text)
    lengths = np.array([len(side.replace(SPACE, "")) for side in sides])
    reaches = np.where(near.ordered, 0, lengths) + near.distance
    widest = 2 * int(reaches.max()) + 1  # spaces stand alone, so that hardly more than half is spaces
    firsts, seconds = (texts.having(side) for side in sides)
    if near.ordered:  # the second begins behind the end of the first
        firsts = firsts + np.uint32(len(sides[0]))
    # Those of a single character are many, and in no order yet.
    if len(sides[0]) == 1:
        firsts = in_order(_around(seconds, widest, firsts))
    if len(sides[1]) == 1:
        seconds = in_order(_around(firsts, widest, seconds))
    both = np.concatenate((firsts << _SIDE, seconds << _SIDE | _SIDE))  # in the lowest bit, the side
    both.sort(kind="stable")
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


def _around(few: Spots, reach: int, many: Spots) -> Spots:
    """Those of many spots that may lie within reach of few: in a stretch with one of them, or beside such a one."""
    if not len(few) or not len(many):
        return NOWHERE
    bits = np.uint32(max(_STRETCH, reach.bit_length()))  # of a stretch, which is longer than the reach
    stretches = np.zeros(int(max(few.max(), many.max()) >> bits) + 3, dtype=np.bool_)
    if 2 * len(few) > len(stretches):  # nearly all is near
        return many
    at = (few >> bits).astype(np.intp)
    for beside in range(3):
        stretches[at + beside] = True
    found: Spots = many[stretches[(many >> bits) + np.uint32(1)]]
    return found


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
