"""The tree of a query to the posts it finds, as an array of yes and no by their numbers.

Words and phrases are asked of FTS5, or of ``broad`` where they are common; all else is read off columns.
Values are bound or quoted here: no text of a person reaches MATCH as syntax.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UsageError
from core.models import AnnotatedPost
from index import facets
from index.matching import meetings
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
from index.sqlite.broad import standing
from index.sqlite.columns import View
from index.sqlite.layout import BLOCK, CHUNK, UNKNOWN
from index.sqlite.schema import MISSING, Connection
from index.sqlite.values import codes_of
from index.tokens import Pattern, pattern

Mask = NDArray[np.bool_]
_REMEMBERED = 32  # answers; a million posts are a megabyte each
_STEPS = 20_000  # virtual machine steps between looks at the clock


def has_text(node: Node) -> bool:
    """Whether a tree asks for words at all."""
    match node:
        case Not(part):
            return has_text(part)
        case And(parts) | Or(parts):
            return any(map(has_text, parts))
        case _:
            return isinstance(node, Textual)


class Remembered:
    """What words found lately: a page asks for hits, counts and days of the same query, one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = -1
        self._found: OrderedDict[Textual, Mask] = OrderedDict()

    def get(self, generation: int, node: Textual) -> Mask | None:
        with self._lock:
            return self._found.get(node) if generation == self._generation else None

    def put(self, generation: int, node: Textual, found: Mask) -> None:
        with self._lock:
            if generation > self._generation:
                self._generation = generation
                self._found.clear()
            if generation == self._generation:
                self._found[node] = found
                if len(self._found) > _REMEMBERED:
                    self._found.popitem(last=False)


@dataclass(slots=True)
class Selection:
    """Answers of one moment; `limit_s` bounds them all together, a longer one is a `UsageError`."""

    connection: Connection
    view: View
    remembered: Remembered = field(default_factory=Remembered)
    limit_s: float | None = None
    _deadline: float | None = None

    def posts(self, node: Node) -> Mask:
        """The living posts of a tree."""
        if self.limit_s is not None and self._deadline is None:
            self._deadline = time.monotonic() + self.limit_s
        return self._mask(node) & self.view.live

    def _mask(self, node: Node) -> Mask:
        view = self.view
        match node:
            case Everything():
                return np.ones(view.posts, dtype=np.bool_)
            case After(moment):
                return view.fixed["at"] >= facets.micros(moment)
            case Before(moment):
                return (view.fixed["at"] < facets.micros(moment)) & (view.fixed["at"] > MISSING)
            case Equals(name, value):
                return self.having(name, (value,))
            case OneOf(name, values):
                return self.having(name, values)
            case Range(name, low, high):
                return self._between(name, low, high)
            case Not(part):
                return ~self._mask(part)
            case And(parts):
                return _joined(self._mask, parts, np.logical_and)
            case Or(parts):
                return _joined(self._mask, parts, np.logical_or)
            case _:
                return self._text(node)

    def _between(self, name: str, low: int | None, high: int | None) -> Mask:
        column = self.view.fixed[name]
        found: Mask = column >= (UNKNOWN + 1 if low is None else max(low, UNKNOWN + 1))
        return found if high is None else found & (column <= min(high, 2**63 - 1))

    def having(self, name: str, values: tuple[str, ...]) -> Mask:
        """The posts that have one of these values of a keyword or id, dead ones included."""
        if name in facets.IDS:
            return _among(self.view.fixed[name], [facets.digest(value) for value in values])
        codes = list(codes_of(self.connection, name, values).values())
        if name in self.view.fixed:
            return _among(self.view.fixed[name], codes)
        found = np.zeros(self.view.posts, dtype=np.bool_)
        for chunk, flat in enumerate(self.view.many[name]):
            found[chunk * CHUNK : (chunk + 1) * CHUNK][flat.places[_among(flat.codes, codes)]] = True
        return found

    # --- words

    def _text(self, node: Textual) -> Mask:
        found = self.remembered.get(self.view.generation, node)
        if found is None:
            self._watch()
            found = self._looked_up(node)
            self.remembered.put(self.view.generation, node, found)
        return found

    def _looked_up(self, node: Textual) -> Mask:
        match node:
            case Literal(text):
                return self._literal(text)
            case Word(words):
                return self._matched("words", phrase(words))
            case Prefix(start):
                return self._matched("words", phrase((start,), starts=True))
            case Near(first, second, distance, ordered):
                found = self._matched("lit", _near(first, second, distance))
                return self._in_order(node, found) if ordered else found

    def _literal(self, text: str) -> Mask:
        wanted = pattern(text)
        expression = phrase(wanted.tokens, starts=wanted.open)
        if len(wanted.tokens) > 1:
            return self._matched("lit", expression)
        token = wanted.tokens[0]
        there = standing(self.connection, token)
        if len(token) > 1 and not there:
            return self._matched("lit", expression)
        found = np.zeros(self.view.posts, dtype=np.bool_)
        for chunk, places in there.items():
            found[chunk * CHUNK : (chunk + 1) * CHUNK][places] = True
        if len(token) > 1:  # where a pair is rare the index is quick
            for first, last in _runs(self.view.sealed - there.keys()):
                found |= self._matched("lit", expression, (first * CHUNK, (last + 1) * CHUNK - 1))
        for block, recent in self.view.recent.items():
            at = recent.having(token) + block * BLOCK
            found[at[at < self.view.posts]] = True
        return found

    def _matched(self, table: str, expression: str, between: tuple[int, int] | None = None) -> Mask:
        """The posts of an FTS5 expression."""
        # As one text: tens of thousands of rows would each be a Python object on the way.
        sql = f"SELECT group_concat(rowid, ' ') FROM {table} WHERE {table} MATCH ?"  # noqa: S608 - ours
        values: tuple[Any, ...] = (expression,)
        if between is not None:
            sql, values = f"{sql} AND rowid BETWEEN ? AND ?", (expression, *between)
        (listed,) = self.connection.execute(sql, values).fetchone()
        numbers = np.fromstring(listed or "", dtype=np.int64, sep=" ")
        found = np.zeros(self.view.posts, dtype=np.bool_)
        found[numbers[numbers < self.view.posts]] = True
        return found

    def _in_order(self, near: Near, found: Mask) -> Mask:
        """Those where the first side stands before the second, which FTS5 cannot say: read in the texts."""
        kept = np.zeros_like(found)
        for seq, item in records(self.connection, np.flatnonzero(found & self.view.live).tolist()):
            self._look()
            kept[seq] = any(True for _ in meetings(near, item.post.text))
        return kept

    # --- the clock

    def _watch(self) -> None:
        """Lets FTS5 look at the clock, too."""
        deadline = self._deadline
        late: Callable[[], bool] | None = None
        if deadline is not None:
            late = lambda: time.monotonic() > deadline  # noqa: E731 - SQLite wants a function
        self.connection.set_progress_handler(late, _STEPS)
        self._look()

    def _look(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise UsageError("the query takes too long; narrow it by words, or by after: and before:")


def _joined(mask: Callable[[Node], Mask], parts: tuple[Node, ...], join: np.ufunc) -> Mask:
    found = mask(parts[0]).copy()  # what a word found is asked for again
    for part in parts[1:]:
        join(found, mask(part), out=found)
    return found


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of numbers that follow one another."""
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


def _among(column: NDArray[Any], wanted: list[int]) -> Mask:
    if len(wanted) > 16:
        return np.isin(column, np.array(wanted, dtype=column.dtype))
    found = np.zeros(len(column), dtype=np.bool_)
    for value in wanted:
        found |= column == value
    return found


def phrase(tokens: Iterable[str], *, starts: bool = False) -> str:
    """Tokens one after the other as FTS5 reads them; `starts`: the last may go on."""
    quoted = " ".join(tokens).replace('"', '""')
    return f'"{quoted}"' + (" *" if starts else "")


def _near(first: Literal, second: Literal, distance: int) -> str:
    """FTS5 counts the tokens between two phrases; a closed phrase has one less than it has characters."""
    sides = [pattern(side.text) for side in (first, second)]
    if sides[0].open != sides[1].open:  # then both are spelled to their last character
        sides = [_opened(side) for side in sides]
    between = distance + (not sides[0].open)
    return f"NEAR({' '.join(phrase(side.tokens, starts=side.open) for side in sides)}, {between})"


def _opened(side: Pattern) -> Pattern:
    return side if side.open else Pattern((*side.tokens, side.tokens[-1][-1]), open=True)


def records(connection: Connection, seqs: list[int], page: int = 500) -> Iterator[tuple[int, AnnotatedPost]]:
    """The posts of these numbers, in the order asked."""
    unpack = connection.bodies.unpack
    for start in range(0, len(seqs), page):
        part = seqs[start : start + page]
        sql = f"SELECT seq, body, origin FROM post WHERE seq IN ({','.join(map(str, part))})"  # noqa: S608 - numbers
        found = {seq: (body, origin) for seq, body, origin in connection.execute(sql)}
        yield from ((seq, unpack(*found[seq])) for seq in part)
