"""Counts of a selection: by time, by value, of authors, of counters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from index.query import Equals
from index.sqlite.columns import View
from index.sqlite.found import Numbers
from index.sqlite.layout import CHUNK, HASHED, NONE, UNKNOWN
from index.sqlite.offsets import ahead
from index.sqlite.schema import MISSING, Connection
from index.sqlite.selecting import Selection
from index.sqlite.values import codes_of, names_of, top
from index.store import Bucket, Distribution, Interval, Summary, Value
from index.store.spans import label

Codes = NDArray[np.unsignedinteger[Any]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_WIDTHS = {Interval.MINUTE: 60 * _SECOND, Interval.HOUR: 3600 * _SECOND, Interval.DAY: 86_400 * _SECOND}
_DENSE = 1 << 24  # cells of a table of counts that is worth laying out


def histogram(
    connection: Connection, view: View, seqs: Numbers, by: str | None, interval: Interval, zone: ZoneInfo
) -> list[Bucket]:
    """The buckets of the posts with a time, as `index.store.Store.histogram` orders them."""
    at = view.fixed["at"][seqs]
    known = at > MISSING
    if not known.all():
        at, seqs = at[known], seqs[known]
    if not len(seqs):
        return []
    spans = _spans(at, interval, zone)
    codes = None
    if by is not None and by in view.fixed:
        codes = view.fixed[by][seqs].astype(np.int64)
    elif by is not None:
        place = np.full(view.posts, -1, dtype=np.int64)
        place[seqs] = np.arange(len(seqs))
        owners, codes = _pairs(view, by, place)
        alone = np.ones(len(seqs), dtype=np.bool_)
        alone[owners] = False
        spans = np.concatenate((spans[owners], spans[alone]))
        codes = np.concatenate((codes, np.full(np.count_nonzero(alone), NONE)))
    cells = _cells(spans, codes)
    names = (
        {}
        if codes is None or by is None
        else names_of(connection, by, {code for _, code, _ in cells} - {NONE})
    )
    labels = {span: _label(span, interval, zone) for span in {span for span, _, _ in cells}}
    ranks = {code: rank for rank, code in enumerate([*sorted(names, key=names.__getitem__), NONE])}
    cells.sort(key=lambda cell: (cell[0], ranks[cell[1]]))
    return [Bucket(labels[span], names.get(code), count) for span, code, count in cells]


def _spans(at: Numbers, interval: Interval, zone: ZoneInfo) -> Numbers:
    """The number of the span of each instant: minutes and hours as microseconds of UTC, else days or months."""
    shift = ahead(at, zone)
    if interval in (Interval.MINUTE, Interval.HOUR):
        wall = at + shift
        out: Numbers = wall - wall % _WIDTHS[interval] - shift
        return out
    days: Numbers = (at + shift) // _WIDTHS[Interval.DAY]
    if interval is Interval.WEEK:
        days = days - (days + 3) % 7  # 1970 began on a Thursday
    elif interval is Interval.MONTH:
        days = days.astype("M8[D]").astype("M8[M]").astype(np.int64)
    return days


def _label(span: int, interval: Interval, zone: ZoneInfo) -> str:
    if interval in (Interval.MINUTE, Interval.HOUR):
        return label(_EPOCH + timedelta(microseconds=span), interval, zone)
    if interval is Interval.MONTH:
        return f"{1970 + span // 12:04}-{span % 12 + 1:02}-01"
    return (_EPOCH + timedelta(days=span)).date().isoformat()


def _cells(spans: Numbers, codes: Numbers | None) -> list[tuple[int, int, int]]:
    """(span, code, posts) of each pair that occurs."""
    first, last = int(spans.min()), int(spans.max())
    kinds = 1 if codes is None else int(codes.max()) + 1
    if (last - first + 1) * kinds <= _DENSE:
        keys = (spans - first) * kinds + (0 if codes is None else codes)
        counts = np.bincount(keys)
        there = np.flatnonzero(counts)
        return [
            (key // kinds + first, key % kinds, n)
            for key, n in zip(there.tolist(), counts[there].tolist(), strict=True)
        ]
    starts, numbers = np.unique(spans, return_inverse=True)
    keys, amounts = np.unique(numbers * kinds + (0 if codes is None else codes), return_counts=True)
    return [
        (int(starts[key // kinds]), key % kinds, n)
        for key, n in zip(keys.tolist(), amounts.tolist(), strict=True)
    ]


def _pairs(view: View, name: str, place: Numbers) -> tuple[Numbers, Numbers]:
    """Of a ``many`` column the places (as `place` maps posts, -1: none) and codes of the posts that have one."""
    owners, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for chunk, flat in enumerate(view.many[name]):
        owner = place[chunk * CHUNK : (chunk + 1) * CHUNK][flat.places]
        kept = owner >= 0
        owners.append(owner[kept])
        codes.append(flat.codes[kept].astype(np.int64))
    return np.concatenate(owners), np.concatenate(codes)


def _codes(view: View, seqs: Numbers, name: str) -> Codes:
    """The codes of a keyword that these posts have."""
    if name in view.fixed:
        one: Codes = view.fixed[name][seqs]
        return one
    found = np.zeros(view.posts, dtype=np.bool_)
    found[seqs] = True
    codes = [np.zeros(0, dtype=np.uint32)]
    for chunk, flat in enumerate(view.many[name]):
        there = found[chunk * CHUNK : (chunk + 1) * CHUNK]
        if len(flat.codes) and there.any():
            codes.append(flat.codes[there[flat.places]])
    return np.concatenate(codes)


def summary(
    connection: Connection,
    view: View,
    seqs: Numbers,
    fields: Sequence[str],
    counters: Sequence[str],
    limit: int,
) -> Summary:
    """What the posts found are made of."""
    values = {}
    for name in fields:
        counts = np.bincount(_codes(view, seqs, name), minlength=1)
        values[name] = tuple(Value(key, n) for key, n in top(connection, name, counts, limit))
    return Summary(
        posts=len(seqs),
        authors=_different(view.fixed["account"][seqs]),
        values=values,
        counters={name: _distribution(view.fixed[name][seqs]) for name in counters},
    )


def _different(codes: Codes) -> int:
    """How many different codes there are, `NONE` aside."""
    seen = np.zeros(int(codes.max(initial=NONE)) + 1, dtype=np.bool_)
    seen[codes] = True
    return int(np.count_nonzero(seen[NONE + 1 :]))


def tally(selection: Selection, seqs: Numbers, name: str, wanted: list[str]) -> dict[str, int]:
    """Posts by value, for these values."""
    if name in HASHED:
        return {
            value: int(np.count_nonzero(selection.holding(Equals(name, value), seqs))) for value in wanted
        }
    counts = np.bincount(_codes(selection.view, seqs, name), minlength=1)
    codes = codes_of(selection.connection, name, wanted)
    known = {key: int(counts[code]) for key, code in codes.items() if code < len(counts)}
    return {value: known.get(value, 0) for value in wanted}


def _distribution(known: NDArray[Any]) -> Distribution:
    """The sum and the nearest-rank percentiles of what is known of a number."""
    known = known[known > UNKNOWN]
    if not len(known):
        return Distribution(0, 0, None, None, None, None)
    ranks = [math.ceil(share * len(known)) - 1 for share in (0.5, 0.9, 0.99)]
    ordered = np.partition(known, [*dict.fromkeys((*ranks, len(known) - 1))])
    p50, p90, p99 = (int(ordered[rank]) for rank in ranks)
    return Distribution(len(known), int(known.sum()), p50, p90, p99, int(ordered[-1]))
