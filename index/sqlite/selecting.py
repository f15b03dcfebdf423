"""The tree of a query to the posts it finds, as an array of yes and no by their numbers.

Texts are asked by the spots of their characters, words of FTS5, or either of ``broad`` where they are common; all else
is read off columns.
Values are bound or quoted here: no text of a person reaches MATCH as syntax.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
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
from index.sqlite.broad import Bits, Places, standing, text_token, word_token
from index.sqlite.columns import View
from index.sqlite.layout import CHUNK, UNKNOWN
from index.sqlite.schema import MISSING, Connection
from index.sqlite.spots import SPACE
from index.sqlite.texts import Texts, lines, meeting, read_sealed
from index.sqlite.values import codes_of
from index.tokens import canonical

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
                return self._literal(canonical(text))
            case Word((word,)):
                return self._word(word)
            case Word(words):
                return self._matched(phrase(words))
            case Prefix(start):
                return self._matched(phrase((start,), starts=True))
            case Near(first, second):
                characters = canonical(first.text) + canonical(second.text) + SPACE
                return self._read(characters, lambda texts: meeting(texts, node))

    def _literal(self, wanted: str) -> Mask:
        there = self._standing(text_token(wanted)) if len(wanted) <= 2 else {}
        return _put(there, self._read(wanted, lambda texts: lines(texts, texts.having(wanted)), there))

    def _word(self, word: str) -> Mask:
        there = self._standing(word_token(word))
        found = np.zeros(self.view.posts, dtype=np.bool_)
        for first, last in _runs(
            set(range(self.view.chunks)) - there.keys()
        ):  # where it is rare the index is quick
            found |= self._matched(phrase((word,)), (first * CHUNK, (last + 1) * CHUNK - 1))
        return _put(there, found)

    def _standing(self, token: int) -> Mapping[int, Places | Bits]:
        return standing(
            self.connection, token, [chunk for shelf in self.view.shelves for chunk in shelf.chunks]
        )

    def _read(
        self,
        characters: str,
        read: Callable[[Texts], NDArray[np.intp]],
        but: Container[int] = (),
    ) -> Mask:
        """The posts whose lines are found in all full chunks but these, and in the texts behind them."""
        found = np.zeros(self.view.posts, dtype=np.bool_)
        for shelf in self.view.shelves:
            self._look()
            chunks = [chunk for chunk in shelf.starts if chunk not in but]
            if chunks:
                texts = read_sealed(self.connection, shelf, chunks, characters)
                found[texts.posts(read(texts))] = True
        at = self.view.recent.posts(read(self.view.recent))
        found[at[at < self.view.posts]] = True
        return found

    def _matched(self, expression: str, between: tuple[int, int] | None = None) -> Mask:
        """The posts of an expression of words, as FTS5 reads it."""
        # As one text: tens of thousands of rows would each be a Python object on the way.
        sql = "SELECT group_concat(rowid, ' ') FROM words WHERE words MATCH ?"
        values: tuple[Any, ...] = (expression,)
        if between is not None:
            sql, values = f"{sql} AND rowid BETWEEN ? AND ?", (expression, *between)
        (listed,) = self.connection.execute(sql, values).fetchone()
        numbers = np.fromstring(listed or "", dtype=np.int64, sep=" ")
        found = np.zeros(self.view.posts, dtype=np.bool_)
        found[numbers[numbers < self.view.posts]] = True
        return found

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


def _put(there: Mapping[int, Places | Bits], found: Mask) -> Mask:
    """What was found, with the places of common tokens."""
    for chunk, places in there.items():
        found[chunk * CHUNK : (chunk + 1) * CHUNK][places] = True
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


def records(connection: Connection, seqs: list[int], page: int = 500) -> Iterator[tuple[int, AnnotatedPost]]:
    """The posts of these numbers, in the order asked."""
    unpack = connection.bodies.unpack
    for start in range(0, len(seqs), page):
        part = seqs[start : start + page]
        sql = f"SELECT seq, body, origin FROM post WHERE seq IN ({','.join(map(str, part))})"  # noqa: S608 - numbers
        found = {seq: (body, origin) for seq, body, origin in connection.execute(sql)}
        yield from ((seq, unpack(*found[seq])) for seq in part)
