"""Pages of a result: in the order of a sort, behind a cursor, near-duplicates folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.models import AnnotatedPost
from core.records import from_builtins
from index.elastic.compiling import compile_scored, compile_tree
from index.elastic.counting import count_each
from index.elastic.indices import Indices
from index.query import EVERYTHING, Query, wanted
from index.store import Hit, Page, Sort, Spread
from index.store.cursor import Cursor, read_cursor
from index.store.relevance import weight

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FALLING = {"at": {"order": "desc", "missing": "_last"}}
OLDEST: list[Any] = [{"at": {"order": "asc", "missing": "_last"}}, {"tie": "asc"}]
_ORDERS: dict[Sort, list[Any]] = {
    Sort.NEWEST: [_FALLING, {"tie": "asc"}],
    Sort.OLDEST: OLDEST,
    Sort.ENGAGED: [{"engagement": "desc"}, _FALLING, {"tie": "asc"}],
    Sort.RELEVANT: [{"_score": "desc"}, {"engagement": "desc"}, _FALLING, {"tie": "asc"}],
}
_FIRST, _LAST = -(2**63), 2**63 - 1  # what the server puts for an unknown time that comes last
_WINDOW = 10_000  # hits the server gives or skips at once
_SOURCES = 1_000  # whole posts asked for at once
_EXACT = 40_000  # authors counted without loss, about

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A result in an order, ready to be asked for."""

    query: dict[str, Any]
    sort: Sort
    weights: tuple[int, ...]

    @property
    def order(self) -> list[Any]:
        return _ORDERS[self.sort]

    def cursor(self, hit: Raw) -> str:
        """The place of a hit."""
        *head, at, last = hit["sort"]
        key = (*map(int, head), None if at in (_FIRST, _LAST) else at, last)
        return str(Cursor(self.sort, key, self.weights))


def search(indices: Indices, query: Query, *, sort: Sort, limit: int, offset: int, after: str | None) -> Page:
    """As `index.store.Store.search`."""
    clauses = list(wanted(query.tree))
    cursor = None if after is None else read_cursor(after, sort, len(clauses))
    limit, offset = max(limit, 0), max(offset, 0)
    if not limit:
        return Page(())
    weights: tuple[int, ...] = ()
    if sort is Sort.RELEVANT:
        weights = cursor.weights if cursor else _weights(indices, query)
    asked = _Asked(
        compile_scored(query.tree, clauses, weights) if sort is Sort.RELEVANT else compile_tree(query.tree),
        sort,
        weights,
    )
    place = None if cursor is None else _place(cursor)
    if query.folded:
        return _folded(indices, asked, place, offset, limit)
    hits = _plain(indices, asked, place, offset, limit + 1)
    shown = [Hit(post(hit)) for hit in hits[:limit]]
    return Page(tuple(shown), asked.cursor(hits[limit - 1]) if len(hits) > limit else None)


def post(hit: Raw) -> AnnotatedPost:
    """The record of a hit."""
    return from_builtins(hit["_source"]["body"], AnnotatedPost)


def _weights(indices: Indices, query: Query) -> tuple[int, ...]:
    clauses = list(wanted(query.tree))
    posts, *matching = count_each(indices, [EVERYTHING, *clauses])
    return tuple(weight(count, posts) for count in matching)


def _place(cursor: Cursor) -> list[int]:
    """A cursor's key as the server writes it."""
    *head, at, last = cursor.key
    unknown = _LAST if cursor.sort is Sort.OLDEST else _FIRST
    return [*(part or 0 for part in head), unknown if at is None else at, last or 0]


def _plain(indices: Indices, asked: _Asked, place: list[Any] | None, offset: int, count: int) -> list[Raw]:
    """So many hits behind a place and an offset."""
    for hit in _walk(indices, asked, place, offset, _WINDOW):
        place, offset = hit["sort"], offset - 1
    return list(_walk(indices, asked, place, count, _SOURCES, source=["body"]))


def _walk(
    indices: Indices, asked: _Asked, place: list[Any] | None, most: int, page: int, **body: Any
) -> Iterator[Raw]:
    """Hits in order, at most so many, a page at a time."""
    body.setdefault("source", False)
    while most > 0:
        size = min(page, most)
        answer = indices.search(
            indices.posts,
            query=asked.query,
            sort=asked.order,
            size=size,
            search_after=place,
            track_total_hits=False,
            **body,
        )
        hits = answer["hits"]["hits"]
        yield from hits
        most -= size
        if len(hits) < size:
            return
        place = hits[-1]["sort"]


# --- folded


def _folded(indices: Indices, asked: _Asked, place: list[Any] | None, offset: int, limit: int) -> Page:
    firsts: list[Raw] = []
    for hit in _firsts(indices, asked, place, offset + limit + 1):
        firsts.append(hit)
        if len(firsts) > offset + limit:
            break
    shown = firsts[offset : offset + limit]
    spreads = _spreads(indices, asked, [_group(hit) for hit in shown])
    bodies = _bodies(indices, shown)
    hits = [
        Hit(bodies[hit["_id"]], spreads[_group(hit)])
        for hit in shown
        if hit["_id"] in bodies and _group(hit) in spreads  # else erased since
    ]
    more = len(firsts) > offset + limit
    return Page(tuple(hits), asked.cursor(shown[-1]) if more else None)


def _group(hit: Raw) -> str:
    group: str = hit["fields"]["duplicate"][0]
    return group


def _firsts(indices: Indices, asked: _Asked, place: list[Any] | None, most: int) -> Iterator[Raw]:
    """The hits behind a place that are the first of their group in the whole result."""
    size = min(_SOURCES, max(100, 2 * most))
    begun = place is None
    seen: set[str] = set()
    while True:
        page = list(_walk(indices, asked, place, size, size, docvalue_fields=["duplicate"]))
        candidates: dict[str, Raw] = {}
        for hit in page:
            if _group(hit) not in seen:
                candidates.setdefault(_group(hit), hit)
        seen |= candidates.keys()
        # Seen from the very first hit on, a group that was not seen begins here.
        heads = None if begun else _heads(indices, asked, list(candidates))
        for group, hit in candidates.items():
            if heads is None or heads.get(group) == hit["sort"]:
                yield hit
        if len(page) < size:
            return
        place = page[-1]["sort"]


def _heads(indices: Indices, asked: _Asked, groups: list[str]) -> dict[str, list[Any]]:
    """The place of the first hit of each of these groups."""
    first = {"first": {"top_hits": {"size": 1, "sort": asked.order, "_source": False}}}
    return {
        bucket["key"]: bucket["first"]["hits"]["hits"][0]["sort"]
        for bucket in _by_group(indices, asked, groups, first)
    }


def _spreads(indices: Indices, asked: _Asked, groups: list[str]) -> dict[str, Spread]:
    """What each of these groups is in the result."""
    measures: dict[str, Any] = {
        "authors": {"cardinality": {"field": "account", "precision_threshold": _EXACT}},
        "platforms": {"terms": {"field": "platform", "size": 1_000, "order": {"_key": "asc"}}},
        "first": {"min": {"field": "at"}},
        "last": {"max": {"field": "at"}},
    }
    return {
        bucket["key"]: Spread(
            posts=bucket["doc_count"],
            authors=bucket["authors"]["value"],
            platforms=tuple(one["key"] for one in bucket["platforms"]["buckets"]),
            first_at=_moment(bucket["first"]["value"]),
            last_at=_moment(bucket["last"]["value"]),
        )
        for bucket in _by_group(indices, asked, groups, measures)
    }


def _by_group(
    indices: Indices, asked: _Asked, groups: list[str], measures: Mapping[str, Any]
) -> Sequence[Raw]:
    if not groups:
        return ()
    terms = {"field": "duplicate", "include": groups, "size": len(groups), "shard_size": len(groups)}
    answer = indices.search(
        indices.posts,
        query=asked.query,
        size=0,
        track_total_hits=False,
        aggs={"groups": {"terms": terms, "aggs": measures}},
    )
    found: Sequence[Raw] = answer["aggregations"]["groups"]["buckets"]
    return found


def _moment(at: float | None) -> datetime | None:
    """Doubles are exact to 2**53 microseconds: the year 2255."""
    return None if at is None else EPOCH + timedelta(microseconds=int(at))


def _bodies(indices: Indices, hits: Sequence[Raw]) -> dict[str, AnnotatedPost]:
    found = posts_of(indices, [hit["_id"] for hit in hits])
    return {hit["_id"]: post(hit) for hit in found}


def posts_of(indices: Indices, ids: Sequence[str], source: Sequence[str] = ("body",)) -> Iterator[Raw]:
    """The documents of these ids that are there."""
    for start in range(0, len(ids), _SOURCES):
        answer = indices.search(
            indices.posts,
            query={"ids": {"values": list(ids[start : start + _SOURCES])}},
            size=_WINDOW,
            sort=["_doc"],
            source=list(source),
            track_total_hits=False,
        )
        yield from answer["hits"]["hits"]
