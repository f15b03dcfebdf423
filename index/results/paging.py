"""All of a result, or its first part, in the order of a sort."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from core.models import AnnotatedPost
from index.query import Query
from index.store import Sort, Store

_PAGE = 2_000  # posts


def results(
    store: Store, query: Query, *, sort: Sort | str = Sort.OLDEST, limit: int | None = None
) -> Iterator[AnnotatedPost]:
    """The posts of a result, page by page, at most `limit`; a folded query gives one of each group."""
    sort = Sort(sort)
    if sort is Sort.OLDEST and not query.folded:
        yield from islice(store.scan(query), limit)
        return
    left, cursor = limit, None
    while left is None or left > 0:
        page = store.search(query, sort=sort, limit=_PAGE if left is None else min(_PAGE, left), after=cursor)
        yield from page.items
        cursor = page.cursor
        if cursor is None:
            return
        left = None if left is None else left - len(page.hits)
