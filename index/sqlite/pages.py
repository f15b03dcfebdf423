"""A page of hits."""

from __future__ import annotations

from index.query import Query
from index.sqlite.folding import spreads
from index.sqlite.ordering import Order, page
from index.sqlite.selecting import Selection, records
from index.store import Hit, Page, Sort
from index.store.cursor import Cursor


def answer(
    selection: Selection, query: Query, sort: Sort, limit: int, offset: int, cursor: Cursor | None
) -> Page:
    """The hits of a query from `offset` on behind a cursor, with what each stands for where it is folded."""
    view = selection.view
    order = Order.of(selection, query, sort, cursor)
    groups = view.fixed["duplicate"][order.seqs] if query.folded else None
    places, more = page(order, groups, cursor, offset, offset + limit)
    seqs = order.seqs[places]
    items = [item for _, item in records(selection.connection, seqs.tolist())]
    if query.folded:
        told_of = spreads(selection.connection, view, order.seqs, seqs)
        hits = tuple(Hit(item, spread) for item, spread in zip(items, told_of, strict=True))
    else:
        hits = tuple(map(Hit, items))
    return Page(hits, order.cursor(int(places[-1])) if more and len(places) else None)
