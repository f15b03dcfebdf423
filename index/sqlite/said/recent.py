"""The texts, or the words as such, of the chunk that is not full yet, held in memory by blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.codes import codes_of
from index.sqlite.layout import BLOCK
from index.sqlite.said.characters import Order, ordered
from index.sqlite.said.spots import LINE, NOWHERE, SPACE, Spots
from index.sqlite.said.texts import Lines, posts_of, together


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
        self.codes = codes_of("".join(block.text + LINE for block in blocks))  # every line has an end

    @cached_property
    def ends(self) -> Spots:
        return self.spots(LINE)

    @cached_property
    def _order(self) -> Order:
        return ordered(self.codes)[0]

    def spots(self, character: str) -> Spots:
        if self.blocks[-1].posts < BLOCK:  # it changes with each batch: to order it takes longer than to look
            return np.flatnonzero(self.codes == ord(character)).astype(np.uint32)
        names, spots, ends = self._order
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
        return together({at: self.spots(character) for at, character in enumerate(phrase)})

    def lines(self, spots: Spots) -> Lines:
        return self._ends.searchsorted(spots)

    def spaces(self, spots: Spots) -> NDArray[np.intp]:
        return self.spots(SPACE).searchsorted(spots)

    def posts(self, lines: Lines) -> NDArray[np.int64]:
        return posts_of(self._numbers, BLOCK, lines)
