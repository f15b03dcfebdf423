"""The tree of a query to the numbers of the posts it finds.

Texts and words are asked by their spots, or ``broad`` where they are common; all else is read off columns, and only of
the posts that words leave, where those are few.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UsageError
from core.models import AnnotatedPost
from index import facets
from index.query import (
    After,
    And,
    Before,
    Equals,
    Everything,
    Literal,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Prefix,
    Range,
    Textual,
    Word,
)
from index.sqlite.columns import View
from index.sqlite.found import Found, Mask, Numbers, Remembered, in_order
from index.sqlite.layout import CHUNK, UNKNOWN
from index.sqlite.said.broad import is_bitmap, standing, text_token, unpacked, word_token
from index.sqlite.said.sealed import read_sealed
from index.sqlite.said.spots import SPACE, Table
from index.sqlite.said.texts import Lines, Texts, common, meeting
from index.sqlite.schema import MISSING, Connection
from index.sqlite.values import codes_of
from index.tokens import canonical

_ALL = slice(None)


def tables(node: Node) -> set[Table]:
    """Those that a tree asks."""
    match node:
        case Not(part):
            return tables(part)
        case And(parts) | Or(parts):
            return set[Table]().union(*map(tables, parts))
        case Literal() | Near():
            return {"spot"}
        case Word() | Prefix():
            return {"word"}
        case _:
            return set()


@dataclass(slots=True)
class Selection:
    """Answers of one moment; `limit_s` bounds them all together, a longer one is a `UsageError`."""

    connection: Connection
    view: View
    remembered: Remembered = field(default_factory=Remembered)
    limit_s: float | None = None
    _deadline: float | None = None

    def posts(self, node: Node) -> Found:
        """The living posts of a tree."""
        found = self.remembered.get(self.view.generation, node, living=True)
        if found is None:
            found = self._living(node)
            self.remembered.put(self.view.generation, node, found, living=True)
        return found

    def _living(self, node: Node) -> Found:
        if self.limit_s is not None and self._deadline is None:
            self._deadline = time.monotonic() + self.limit_s
        live, listed = self.view.live, self._listed(node)
        if listed is None:
            return Found(self.view.posts, mask=self.holding(node, _ALL) & live)
        return Found(self.view.posts, numbers=listed[live[listed]])

    def _listed(self, node: Node) -> Numbers | None:
        """The posts of a tree, dead ones included, where its words leave few; None where all have to be asked."""
        match node:
            case And(parts):
                return self._shortest(parts)
            case Or(parts):
                lists = [self._listed(part) for part in parts]
                told = [one for one in lists if one is not None]
                return in_order(told) if len(told) == len(parts) else None
            case _:
                return self._text(node).numbers if isinstance(node, Textual) else None

    def _shortest(self, parts: tuple[Node, ...]) -> Numbers | None:
        """The shortest list of some parts, as far as the others hold, too."""
        lists = {at: listed for at, part in enumerate(parts) if (listed := self._listed(part)) is not None}
        if not lists:
            return None
        shortest = min(lists, key=lambda at: len(lists[at]))
        found = lists.pop(shortest)
        for listed in lists.values():
            found = common(listed, found)
        for at, part in enumerate(parts):
            if at != shortest and at not in lists:
                found = found[self.holding(part, found)]
        return found

    def holding(self, node: Node, among: Numbers | slice) -> Mask:
        """Of each of some posts, or of all, whether it is a tree's."""
        fixed = self.view.fixed
        match node:
            case Everything():
                return np.ones_like(self.view.live[among])
            case After(moment):
                return fixed["at"][among] >= facets.micros(moment)
            case Before(moment):
                at = fixed["at"][among]
                return (at < facets.micros(moment)) & (at > MISSING)
            case Equals(name, value):
                return self._having(name, (value,), among)
            case OneOf(name, values):
                return self._having(name, values, among)
            case Range(name, low, high):
                return _between(fixed[name][among], low, high)
            case Not(part):
                return ~self.holding(part, among)
            case And(parts):
                return self._joined(parts, among, np.logical_and)
            case Or(parts):
                return self._joined(parts, among, np.logical_or)
            case _:
                return self._text(node).mask[among]

    def _joined(self, parts: tuple[Node, ...], among: Numbers | slice, join: np.ufunc) -> Mask:
        found = self.holding(parts[0], among).copy()  # what a word found is asked for again
        for part in parts[1:]:
            join(found, self.holding(part, among), out=found)
        return found

    def _having(self, name: str, values: tuple[str, ...], among: Numbers | slice) -> Mask:
        """Which of some posts have one of these values of a keyword or id."""
        if name in facets.IDS:
            return _among(self.view.fixed[name][among], [facets.digest(value) for value in values])
        codes = list(codes_of(self.connection, name, values).values())
        if name in self.view.fixed:
            return _among(self.view.fixed[name][among], codes)
        found = np.zeros(self.view.posts, dtype=np.bool_)
        for chunk, flat in enumerate(self.view.many[name]):
            found[chunk * CHUNK : (chunk + 1) * CHUNK][flat.places[_among(flat.codes, codes)]] = True
        return found[among]

    # --- words

    def _text(self, node: Textual) -> Found:
        found = self.remembered.get(self.view.generation, node)
        if found is None:
            self._look()
            found = self._looked_up(node)
            self.remembered.put(self.view.generation, node, found)
        return found

    def _looked_up(self, node: Textual) -> Found:
        match node:
            case Literal(text):
                wanted = canonical(text)
                return self._phrase("spot", wanted, text_token(wanted) if len(wanted) <= 2 else None)
            case Word(words):
                token = word_token(words[0]) if len(words) == 1 else None
                return self._phrase("word", f"{SPACE}{SPACE.join(words)}{SPACE}", token)
            case Prefix(start):
                return self._phrase("word", f"{SPACE}{start}", None)
            case Near(first, second):
                sides = canonical(first.text), canonical(second.text)
                return self._found(self._read("spot", sides, lambda texts: meeting(texts, node)))

    def _phrase(self, table: Table, phrase: str, token: int | None) -> Found:
        """Where a phrase stands; where it is common, a token of its own tells."""
        shelves = self.view.said[table].shelves
        chunks = [chunk for shelf in shelves for chunk in shelf.chunks]
        there = {} if token is None else standing(self.connection, token, chunks)
        found = self._read(table, (phrase,), lambda texts: texts.lines(texts.having(phrase)), there)
        return self._found(found, there)

    def _read(
        self,
        table: Table,
        phrases: Iterable[str],
        read: Callable[[Texts], Lines],
        but: Container[int] = (),
    ) -> Iterator[Numbers]:
        """The posts whose lines are found in all full chunks but these, and in what is said behind them."""
        said = self.view.said[table]
        for shelf in said.shelves:
            self._look()
            chunks = [chunk for chunk in shelf.starts if chunk not in but]
            if chunks:
                texts = read_sealed(self.connection, table, shelf, chunks, phrases)
                yield texts.posts(read(texts))
        yield said.recent.posts(read(said.recent))

    def _found(self, read: Iterable[Numbers], sets: Mapping[int, bytes] | None = None) -> Found:
        """What was read, and stands in sets besides."""
        posts, sets = self.view.posts, sets or {}
        bitmaps = {chunk: data for chunk, data in sets.items() if is_bitmap(data)}
        listed = {chunk: data for chunk, data in sets.items() if chunk not in bitmaps}
        if listed:
            places = np.frombuffer(b"".join(listed.values()), dtype=np.uint16).astype(np.int64)
            starts = np.array(list(listed)) * CHUNK
            places += np.repeat(starts, [len(data) // 2 for data in listed.values()])
            read = (places, *read)
        numbers = in_order(read)
        if len(numbers) and numbers[-1] >= posts:  # newer than the moment that is asked for
            numbers = numbers[: numbers.searchsorted(posts)]
        found = Found(posts, numbers=numbers)
        if not bitmaps:
            return found
        mask = found.mask
        for chunk, data in bitmaps.items():  # one unpacked at a time takes no new memory
            part = mask[chunk * CHUNK : (chunk + 1) * CHUNK]
            np.logical_or(part, unpacked(data), out=part)
        return Found(posts, mask=mask)

    # --- the clock

    def _look(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise UsageError("the query takes too long; narrow it by words, or by after: and before:")


def _between(column: NDArray[Any], low: int | None, high: int | None) -> Mask:
    found: Mask = column >= (UNKNOWN + 1 if low is None else max(low, UNKNOWN + 1))
    return found if high is None else found & (column <= min(high, 2**63 - 1))


def _among(column: NDArray[Any], wanted: list[int]) -> Mask:
    if len(wanted) > 16:
        return np.isin(column, np.array(wanted))
    found = np.zeros(len(column), dtype=np.bool_)
    for value in wanted:
        found |= column == value
    return found


def records(connection: Connection, seqs: list[int], page: int = 500) -> Iterator[tuple[int, AnnotatedPost]]:
    """The posts of these numbers, in the order asked."""
    unpack = connection.bodies.unpack
    for start in range(0, len(seqs), page):
        part = seqs[start : start + page]
        sql = f"SELECT seq, body, origin FROM post WHERE seq IN ({','.join(map(str, part))})"  # noqa: S608 - numbers
        found = {seq: (body, origin) for seq, body, origin in connection.execute(sql)}
        yield from ((seq, unpack(*found[seq])) for seq in part)
