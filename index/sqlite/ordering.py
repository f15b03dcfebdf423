"""The first hits of a selection in the order of a sort, behind a cursor, folded or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.query import Query, wanted
from index.sqlite.columns import View
from index.sqlite.found import Mask, Numbers
from index.sqlite.schema import MISSING
from index.sqlite.selecting import Selection
from index.store import Sort
from index.store.cursor import Cursor
from index.store.relevance import weight

_NEVER = 2**62  # sorts behind every time
_GROUPS = 64  # for each of the first that are wanted

COLUMNS: dict[Sort, tuple[str, ...]] = {
    Sort.NEWEST: ("at", "tie"),
    Sort.OLDEST: ("at", "tie"),
    Sort.ENGAGED: ("engagement", "at", "tie"),
    Sort.RELEVANT: ("brevity", "engagement", "at", "tie"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a selection is sorted by.

    `keys` give rising numbers for some of `seqs`, each asked only where those before it are level; `weights`
    are those of relevance.
    """

    sort: Sort
    seqs: Numbers
    keys: tuple[Callable[[Numbers], Numbers], ...]
    weights: tuple[int, ...] = ()

    @staticmethod
    def of(selection: Selection, query: Query, sort: Sort, cursor: Cursor | None) -> Order:
        """The order of a query's posts."""
        column = selection.view.fixed
        seqs = selection.posts(query.tree).listed()

        def falling(name: str, some: Numbers) -> Numbers:
            values = column[name][some]
            return np.negative(values, out=values)

        def newest(some: Numbers) -> Numbers:
            return falling("at", some)

        def oldest(some: Numbers) -> Numbers:
            at = column["at"][some]
            return np.where(at == MISSING, _NEVER, at)

        def tie(some: Numbers) -> Numbers:
            return column["tie"][some]

        def engaged(some: Numbers) -> Numbers:
            return falling("engagement", some)

        if sort is Sort.OLDEST:
            return Order(sort, seqs, (oldest, tie))
        if sort is Sort.NEWEST:
            return Order(sort, seqs, (newest, tie))
        if sort is Sort.ENGAGED:
            return Order(sort, seqs, (engaged, newest, tie))
        weights = _weights(selection, query) if cursor is None else cursor.weights

        def relevant(some: Numbers) -> Numbers:
            scores = _scores(selection, query, some, weights)
            return np.negative(scores, out=scores)

        return Order(sort, seqs, (relevant, engaged, newest, tie), weights)

    def first(self, most: int) -> Numbers:
        """The places in `seqs` of the first `most`, in order."""
        chosen: list[Numbers] = []
        left, places, seqs = most, None, self.seqs
        for key in self.keys:
            if len(seqs) <= left:
                break
            values = key(seqs)
            likely = _likely(values, left)
            values, places = values[likely], likely if places is None else places[likely]
            least = np.partition(values, left - 1)[left - 1]
            chosen.append(places[values < least])
            left -= len(chosen[-1])
            places = places[values == least]
            seqs = self.seqs[places]
        found = np.concatenate((*chosen, np.arange(len(seqs)) if places is None else places[:left]))
        return found[np.lexsort([key(self.seqs[found]) for key in reversed(self.keys)])]

    def behind(self, cursor: Cursor) -> Mask:
        """Which of `seqs` come after a cursor."""
        after = np.zeros(len(self.seqs), dtype=np.bool_)
        level = np.ones(len(self.seqs), dtype=np.bool_)
        for key, value in zip(self.keys, self._rising(cursor), strict=True):
            values = key(self.seqs)
            after |= level & (values > value)
            level &= values == value
        return after

    def _rising(self, cursor: Cursor) -> list[int]:
        *head, at, tie = cursor.key
        moment = _NEVER if at is None else at if self.sort is Sort.OLDEST else -at
        return [*(-(part or 0) for part in head), moment, tie or 0]

    def cursor(self, place: int) -> str:
        """The cursor of a hit."""
        *head, moment, tie = (int(key(self.seqs[place : place + 1])[0]) for key in self.keys)
        at = None if moment == _NEVER else moment if self.sort is Sort.OLDEST else -moment
        return str(Cursor(self.sort, (*(-part for part in head), at, tie), self.weights))

    def narrowed(self, kept: Mask) -> Order:
        """The same order of some of the posts."""
        return Order(self.sort, self.seqs[kept], self.keys, self.weights)


def _likely(values: Numbers, most: int) -> Numbers:
    """Where some values lie of which the smallest are the smallest of all; everywhere where there are few."""
    groups = most * _GROUPS
    if len(values) <= 4 * groups:
        return np.arange(len(values))
    # So many groups have something that is not above this.
    least = values[: len(values) // groups * groups].reshape(-1, groups).min(axis=0)
    return np.flatnonzero(values <= np.partition(least, most - 1)[most - 1])


def _weights(selection: Selection, query: Query) -> tuple[int, ...]:
    posts = int(np.count_nonzero(selection.view.live))
    return tuple(weight(len(selection.posts(clause)), posts) for clause in wanted(query.tree))


def _scores(selection: Selection, query: Query, seqs: Numbers, weights: Sequence[int]) -> Numbers:
    scores = np.zeros(len(seqs), dtype=np.int64)
    for clause, value in zip(wanted(query.tree), weights, strict=True):
        scores += selection.holding(clause, seqs) * np.int64(value)
    return np.multiply(scores, selection.view.fixed["brevity"][seqs], out=scores)


def page(
    order: Order, groups: NDArray[Any] | None, cursor: Cursor | None, start: int, stop: int
) -> tuple[Numbers, bool]:
    """The places in `order.seqs` of hits `start` to `stop` behind a cursor, and whether more follow.

    With `groups` (of each of `order.seqs`) a hit is the first of its group in the whole order.
    """
    places = None
    if cursor is not None:
        after = order.behind(cursor)
        if groups is not None:  # what was shown on an earlier page is not shown again by a copy
            after &= ~np.isin(groups, groups[~after])
            groups = groups[after]
        places, order = np.flatnonzero(after), order.narrowed(after)
    most = stop + 1
    found = order.first(most) if groups is None else _folded(order, groups, most)
    more = len(found) > stop
    found = found[start:stop]
    return found if places is None else places[found], more


def _folded(order: Order, groups: NDArray[Any], most: int) -> Numbers:
    asked = most * 4
    while True:
        ranked = order.first(asked)
        _, firsts = np.unique(groups[ranked], return_index=True)
        if len(firsts) >= most or len(ranked) < asked:
            return ranked[np.sort(firsts)[:most]]
        asked *= 8


def oldest_first(view: View, seqs: Numbers) -> Numbers:
    """These posts, oldest first; those without a time last."""
    at = view.fixed["at"][seqs]
    return seqs[np.lexsort((view.fixed["tie"][seqs], np.where(at == MISSING, _NEVER, at)))]
