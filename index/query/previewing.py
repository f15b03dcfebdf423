"""What a query would find, before it is saved: numbers of its clauses, and a few posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from index.query import EVERYTHING, Query
from index.query.outline import clauses
from index.store import Hit, Store

COUNTED = 200  # clauses of one query that are counted


@dataclass(frozen=True, slots=True)
class Part:
    """One clause: how it is written and where, and how many posts of the window match it by itself."""

    text: str
    position: int | None
    denied: bool  # under a NOT: so many are taken away
    count: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`posts` stand in the window, `count` of them match; `uncounted` clauses came after those counted."""

    since: datetime | None
    until: datetime | None
    posts: int
    count: int
    parts: tuple[Part, ...]
    uncounted: int
    hits: tuple[Hit, ...]  # the newest


def preview(
    store: Store, query: Query, since: datetime | None, until: datetime | None, *, limit: int = 5
) -> Preview:
    """What a query finds among posts published from `since` (inclusive) to `until` (exclusive)."""
    found = [pair for pair in clauses(query.told) if pair[0].node != EVERYTHING]
    counted = found[:COUNTED]
    asked = query.within(since, until)
    posts, count, *numbers = store.counts(
        [
            Query("", EVERYTHING).within(since, until),
            asked,
            *(Query(clause.text, clause.node).within(since, until) for clause, _ in counted),
        ]
    )
    return Preview(
        since=since,
        until=until,
        posts=posts,
        count=count,
        parts=tuple(
            Part(clause.text, clause.position, under_not, number)
            for (clause, under_not), number in zip(counted, numbers, strict=True)
        ),
        uncounted=len(found) - len(counted),
        hits=store.search(asked, limit=limit).hits,
    )
