"""Numbers about a result: counts, histograms, the most frequent values, counters.

Posts lie in an index a month and each counts for itself; the server adds up what each holds most of.
Where that could miss a value, it is asked again so that it cannot.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from index.elastic.compiling import Clause, compile_tree
from index.elastic.indices import Indices
from index.elastic.schema import field_value
from index.facets import NUMBERS
from index.query import Node, Query
from index.store import Bucket, Distribution, Interval, Summary, Value
from index.store.spans import label

_PAGE = 5_000  # buckets asked for at once
_SPARE = 1_000  # values beside the asked ones, to tell whether another could be among them
_DEEP = 10_000  # values each index tells of
_AUTHORS = 40_000  # counted one by one; more are estimated
_RANKED = 10_000  # known values of a counter whose percentiles are looked up one by one
_SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Aggregations = dict[str, Any]


def count_each(indices: Indices, trees: Sequence[Node]) -> list[int]:
    """How many posts each of these finds, of one moment."""
    if not trees:
        return []
    filters = {str(number): compile_tree(tree) for number, tree in enumerate(trees)}
    found = _ask(indices, {"match_all": {}}, {"each": {"filters": {"filters": filters}}})
    return [found["each"]["buckets"][str(number)]["doc_count"] for number in range(len(trees))]


def count(indices: Indices, query: Query) -> int:
    """How many posts match."""
    answer = indices.search(indices.posts, query=compile_tree(query.tree), size=0, track_total_hits=True)
    total: int = answer["hits"]["total"]["value"]
    return total


def _ask(indices: Indices, query: Clause, aggs: Aggregations) -> Aggregations:
    answer = indices.search(indices.posts, query=query, size=0, track_total_hits=False, aggs=aggs)
    found: Aggregations = answer["aggregations"]
    return found


def histogram(
    indices: Indices, query: Query, *, by: str | None, interval: Interval, clock: ZoneInfo
) -> list[Bucket]:
    """As `index.store.Store.histogram`."""
    span = {"field": "published_at", "calendar_interval": interval.value, "time_zone": clock.key}
    sources: list[Aggregations] = [{"span": {"date_histogram": span}}]
    if by is not None:
        sources.append({"value": {"terms": {"field": by, "missing_bucket": True}}})
    found: Counter[tuple[datetime, str | None]] = Counter()
    for key, posts in _composite(indices, compile_tree(query.tree), sources):
        found[_EPOCH + timedelta(milliseconds=key["span"]), key.get("value")] += posts
    rows = sorted(found.items(), key=lambda row: (row[0][0], row[0][1] is None, row[0][1] or ""))
    return [Bucket(label(start, interval, clock), value, posts) for (start, value), posts in rows]


def _composite(
    indices: Indices, query: Clause, sources: Sequence[Aggregations]
) -> Iterator[tuple[dict[str, Any], int]]:
    """Every combination of the sources' values that occurs, and how many posts have it."""
    composite: Aggregations = {"size": _PAGE, "sources": list(sources)}
    while True:
        found = _ask(indices, query, {"all": {"composite": composite}})["all"]
        for bucket in found["buckets"]:
            yield bucket["key"], bucket["doc_count"]
        if "after_key" not in found or len(found["buckets"]) < _PAGE:
            return
        composite["after"] = found["after_key"]


def tally(indices: Indices, query: Query, field: str, values: Sequence[str]) -> dict[str, int]:
    """As `index.store.Store.tally`."""
    found = _counts_of(
        indices, compile_tree(query.tree), field, [field_value(field, value) for value in values]
    )
    return {value: found.get(field_value(field, value), 0) for value in values}


def _counts_of(indices: Indices, query: Clause, field: str, values: Sequence[str]) -> dict[str, int]:
    """How many posts have each of these values."""
    found: dict[str, int] = {}
    for start in range(0, len(values), _DEEP):
        asked = values[start : start + _DEEP]
        terms = {"field": field, "include": asked, "size": len(asked), "shard_size": len(asked)}
        buckets = _ask(indices, query, {"values": {"terms": terms}})["values"]["buckets"]
        found |= {bucket["key"]: bucket["doc_count"] for bucket in buckets}
    return found


# --- what a result is made of


def summary(
    indices: Indices, query: Query, fields: Sequence[str], counters: Sequence[str], limit: int
) -> Summary:
    """As `index.store.Store.summary`."""
    tree = compile_tree(query.tree)
    known = [name for name in counters if name in NUMBERS]
    aggs: Aggregations = {"posts": {"filter": {"match_all": {}}}, **_authors()}
    for name in known:
        aggs[f"stats:{name}"] = {"stats": {"field": name}}
        aggs[f"ranks:{name}"] = _percentiles(name)
    for name in fields:
        aggs[f"values:{name}"] = {"terms": _most(name, limit)}
    found = _ask(indices, tree, aggs)
    return Summary(
        posts=found["posts"]["doc_count"],
        authors=_author_count(found),
        values={
            name: _top(indices, tree, name, found[f"values:{name}"], limit) if limit > 0 else ()
            for name in fields
        },
        counters=_distributions(indices, tree, known, found),
    )


def _authors() -> Aggregations:
    """Distinct accounts: exactly, by the number of buckets, as long as they fit; and estimated."""
    return {
        "accounts": {"terms": {"field": "account", "size": _AUTHORS + 1, "shard_size": _AUTHORS + 1}},
        "account_count": {"stats_bucket": {"buckets_path": "accounts>_count"}},
        "account_estimate": {"cardinality": {"field": "account", "precision_threshold": _AUTHORS}},
    }


def _author_count(found: Aggregations) -> int:
    exact: int = found["account_count"]["count"]
    estimate: int = found["account_estimate"]["value"]
    return exact if exact <= _AUTHORS else max(estimate, exact)


def _most(name: str, limit: int) -> Aggregations:
    return {
        "field": name,
        "size": max(limit, 1) + _SPARE,
        "shard_size": max(limit + _SPARE, _DEEP),
        "order": [{"_count": "desc"}, {"_key": "asc"}],
    }


def _top(indices: Indices, query: Clause, name: str, found: Aggregations, limit: int) -> tuple[Value, ...]:
    """The most frequent values, ties by value.

    An index tells of its most frequent values only; `doc_count_error_upper_bound` is how often a value
    may occur in those that did not tell of it.
    """
    counts = {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
    untold = found["doc_count_error_upper_bound"]
    if untold:
        least = min(counts.values())
        counts = _counts_of(indices, query, name, list(counts))
        if least + untold >= sorted(counts.values())[-limit:][0]:
            sources = [{"value": {"terms": {"field": name}}}]
            counts = {key["value"]: posts for key, posts in _composite(indices, query, sources)}
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return tuple(Value(value, posts) for value, posts in rows[:limit])


def _percentiles(name: str) -> Aggregations:
    shares = [100 * share for share in _SHARES.values()]
    return {
        "percentiles": {"field": name, "percents": shares, "keyed": False, "tdigest": {"compression": 400}}
    }


def _distributions(
    indices: Indices, query: Clause, names: Sequence[str], found: Aggregations
) -> dict[str, Distribution]:
    stats = {name: found[f"stats:{name}"] for name in names}
    few = [name for name in names if 0 < stats[name]["count"] <= _RANKED]
    ranks = {name: _estimated(found[f"ranks:{name}"]) for name in names} | _ranked(indices, query, few)
    return {
        name: Distribution(
            n=stats[name]["count"],
            sum=int(stats[name]["sum"]),
            max=None if stats[name]["max"] is None else int(stats[name]["max"]),
            **ranks[name],
        )
        for name in names
    }


def _estimated(found: Aggregations) -> dict[str, int | None]:
    values = [one["value"] for one in found["values"]]
    return {
        name: None if value is None else round(value) for name, value in zip(_SHARES, values, strict=True)
    }


def _ranked(indices: Indices, query: Clause, names: Sequence[str]) -> dict[str, dict[str, int | None]]:
    """Percentiles by nearest rank, from how often each value occurs."""
    if not names:
        return {}
    terms = {"size": _RANKED, "shard_size": _RANKED, "order": {"_key": "asc"}}
    found = _ask(indices, query, {name: {"terms": {"field": name, **terms}} for name in names})
    ranks: dict[str, dict[str, int | None]] = {}
    for name in names:
        buckets = found[name]["buckets"]
        total = sum(bucket["doc_count"] for bucket in buckets)
        ranks[name] = {share: _nearest(buckets, math.ceil(part * total)) for share, part in _SHARES.items()}
    return ranks


def _nearest(buckets: Sequence[Aggregations], rank: int) -> int | None:
    passed = 0
    for bucket in buckets:
        passed += bucket["doc_count"]
        if passed >= rank:
            return int(bucket["key"])
    return None
