"""The answers as they should be: a slow, obvious store in memory, for the conformance suite.

It asks `index.matching` of each post. It builds no tokens and no index.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.models import AnnotatedPost, Author, Coverage, Engagement, HotEntry, Run
from index import facets
from index.matching import matches, values
from index.query import Query, wanted
from index.store import (
    Batch,
    Bucket,
    Distribution,
    Hit,
    Interval,
    Page,
    Prepare,
    Snapshot,
    Sort,
    Spread,
    Summary,
    Value,
    Written,
    done,
    facet_named,
    read_zone,
)
from index.store.cursor import Cursor, read_cursor
from index.store.merge import profile
from index.store.plan import founders, naming, plan, profiles, snapshots
from index.store.relevance import weight
from index.store.spans import label
from index.tokens import canonical

_LAST = math.inf
Key = tuple[int | None, ...]


@dataclass(slots=True)
class ReferenceStore:
    """Keeps everything in dicts."""

    address: str = "reference:"
    posts: dict[str, AnnotatedPost] = field(default_factory=dict)
    seen: dict[tuple[str, datetime], Engagement] = field(default_factory=dict)
    groups: dict[str, bytes] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    known_runs: dict[str, Run] = field(default_factory=dict)
    slices: dict[tuple[str, str, str], Coverage] = field(default_factory=dict)
    entries: dict[tuple[datetime, str, str], HotEntry] = field(default_factory=dict)
    accounts: dict[str, Author] = field(default_factory=dict)

    def preparing(self) -> Prepare:
        return lambda items: b""

    def write(self, batch: Batch) -> Written:
        todo = plan(batch.posts, self.posts)
        self.posts |= todo.new | todo.known
        self.seen |= snapshots(batch.posts)
        self.groups = founders(batch.posts) | self.groups
        for key, author in profiles(batch.posts, batch.authors).items():
            self.accounts[key] = profile(author, self.accounts.get(key, author))
        self.known_runs |= {run.id: run for run in batch.runs}
        self.slices |= {(item.run_id or "", item.source, item.slice): item for item in batch.coverage}
        self.entries |= {(entry.at, entry.platform, entry.title): entry for entry in batch.hot}
        if batch.mark is not None:
            self.read[batch.mark.run_id] = batch.mark.offset
        return Written(new=len(todo.new), updated=len(todo.changed))

    def submit(self, batch: Batch) -> Future[Written]:
        return done(self.write, batch)

    def flush(self) -> None:
        """Nothing is held back."""

    def marks(self) -> dict[str, int]:
        return dict(self.read)

    def founders(self) -> Iterator[tuple[str, bytes]]:
        yield from self.groups.items()

    def get(self, ids: Sequence[str]) -> list[AnnotatedPost]:
        return [self.posts[post_id] for post_id in ids if post_id in self.posts]

    def _found(self, query: Query) -> list[AnnotatedPost]:
        return [item for item in self.posts.values() if matches(query.tree, item)]

    def search(
        self,
        query: Query,
        *,
        sort: Sort = Sort.NEWEST,
        limit: int = 20,
        offset: int = 0,
        after: str | None = None,
    ) -> Page:
        clauses = list(wanted(query.tree))
        weights = tuple(
            weight(sum(matches(clause, item) for item in self.posts.values()), len(self.posts))
            for clause in clauses
        )
        cursor = None if after is None else read_cursor(after, sort, len(clauses))
        if cursor is not None:
            weights = cursor.weights

        def key(item: AnnotatedPost) -> Key:
            score = sum(
                value for clause, value in zip(clauses, weights, strict=False) if matches(clause, item)
            )
            return _key(item, sort, score * facets.brevity(len(canonical(item.post.text))))

        found = sorted(self._found(query), key=lambda item: _order(key(item), sort))
        if query.folded:
            first: dict[str, AnnotatedPost] = {}
            for item in found:
                first.setdefault(facets.group(item), item)
            hits = [Hit(item, _spread(item, found)) for item in first.values()]
        else:
            hits = [Hit(item) for item in found]
        if cursor is not None:
            hits = [hit for hit in hits if _order(key(hit.item), sort) > _order(cursor.key, sort)]
        shown = hits[offset : offset + limit]
        more = len(hits) > offset + limit and bool(shown)
        kept = weights if sort is Sort.RELEVANT else ()
        return Page(tuple(shown), str(Cursor(sort, key(shown[-1].item), kept)) if more else None)

    def count(self, query: Query) -> int:
        return len(self._found(query))

    def counts(self, queries: Sequence[Query]) -> list[int]:
        return [self.count(query) for query in queries]

    def histogram(
        self,
        query: Query,
        *,
        by: str | None = None,
        interval: Interval = Interval.DAY,
        zone: str = "Asia/Shanghai",
    ) -> list[Bucket]:
        clock = read_zone(zone)
        found: Counter[tuple[datetime, str | None]] = Counter()
        for item in self._found(query):
            if facets.at_of(item.post) is None or item.post.published_at is None:
                continue
            shown = (None,) if by is None else values(item, facet_named(by)) or (None,)
            for value in shown:
                found[_start(item.post.published_at, interval, clock), value] += 1
        rows = sorted(found.items(), key=lambda row: (row[0][0], row[0][1] is None, row[0][1] or ""))
        return [
            Bucket(start=label(start, interval, clock), value=value, count=count)
            for (start, value), count in rows
        ]

    def summary(
        self,
        query: Query,
        fields: Sequence[str] = (),
        *,
        counters: Sequence[str] = tuple(facets.NUMBERS),
        limit: int = 10,
    ) -> Summary:
        found = self._found(query)
        return Summary(
            posts=len(found),
            authors=len({key for item in found for key in values(item, "account")}),
            values={name: _top(found, facet_named(name), limit) for name in fields},
            counters={name: _counter(found, facets.NUMBERS[name]) for name in counters},
        )

    def tally(self, query: Query, field: str, values: Sequence[str]) -> dict[str, int]:
        found = _counted(self._found(query), field)
        return {value: found[value] for value in values}

    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        yield from sorted(self._found(query), key=_oldest)

    def cascade(self, root_id: str) -> list[AnnotatedPost]:
        members = [
            item
            for item in self.posts.values()
            if root_id in (item.post.id, item.post.root_id, item.post.thread_id)
        ]
        return sorted(members, key=_oldest)

    def series(self, post_id: str) -> list[Snapshot]:
        found = sorted((at, seen) for (key, at), seen in self.seen.items() if key == post_id)
        return [Snapshot(at=at, engagement=seen) for at, seen in found]

    def runs(self) -> list[Run]:
        by_id = sorted(self.known_runs.values(), key=lambda run: run.id)
        return sorted(by_id, key=lambda run: run.started_at, reverse=True)

    def coverage(self, run_id: str | None = None) -> list[Coverage]:
        return [item for key, item in sorted(self.slices.items()) if run_id in (None, key[0])]

    def hot(self, *, since: datetime | None = None, until: datetime | None = None) -> list[HotEntry]:
        found = [
            entry
            for entry in self.entries.values()
            if (since is None or entry.at >= since) and (until is None or entry.at < until)
        ]
        return sorted(found, key=lambda e: (e.at, e.rank is None, e.rank or 0, e.platform, e.title))

    def authors(self, ids: Iterable[str]) -> dict[str, Author]:
        return {key: self.accounts[key] for key in ids if key in self.accounts}

    def erase(self, ids: Sequence[str], *, accounts: Sequence[str] = ()) -> int:
        gone = [self.posts.pop(post_id) for post_id in dict.fromkeys(ids) if post_id in self.posts]
        for post_id in (item.post.id for item in gone):
            self.groups.pop(post_id, None)
            self.seen = {key: seen for key, seen in self.seen.items() if key[0] != post_id}
        left = {item.post.author.id for item in self.posts.values() if item.post.author}
        for item in gone:
            if item.post.author and item.post.author.id not in left:
                self.accounts.pop(item.post.author.id or "", None)
        for account in accounts:
            self.accounts.pop(account, None)
        named = naming(self.slices.values(), accounts)
        self.slices = {key: one for key, one in self.slices.items() if one not in named}
        return len(gone)

    def clear(self) -> None:
        for kept in (
            self.posts,
            self.seen,
            self.groups,
            self.read,
            self.known_runs,
            self.slices,
            self.entries,
            self.accounts,
        ):
            kept.clear()

    def close(self) -> None:
        """Nothing is open."""


def _key(item: AnnotatedPost, sort: Sort, score: int) -> Key:
    at, last = facets.at_of(item.post), facets.tie(item.post.id)
    engaged = facets.total(item.post.engagement)
    if sort is Sort.ENGAGED:
        return engaged, at, last
    return (score, engaged, at, last) if sort is Sort.RELEVANT else (at, last)


def _order(key: Key, sort: Sort) -> tuple[float, ...]:
    """A key as it sorts: all but the tie fall, but for the oldest first."""
    *head, at, last = key
    assert last is not None
    moment = _LAST if at is None else at if sort is Sort.OLDEST else -at
    return (*(-(part or 0) for part in head), moment, last)


def _oldest(item: AnnotatedPost) -> tuple[float, ...]:
    return _order(_key(item, Sort.OLDEST, 0), Sort.OLDEST)


def _spread(item: AnnotatedPost, found: Sequence[AnnotatedPost]) -> Spread:
    copies = [other for other in found if facets.group(other) == facets.group(item)]
    times = [other.post.published_at for other in copies if facets.at_of(other.post) is not None]
    known = [at for at in times if at is not None]
    return Spread(
        posts=len(copies),
        authors=len({key for other in copies for key in values(other, "account")}),
        platforms=tuple(sorted({key for other in copies for key in values(other, "platform")})),
        first_at=min(known, default=None),
        last_at=max(known, default=None),
    )


_STARTS: dict[Interval, Callable[[datetime], datetime]] = {
    Interval.DAY: lambda day: day,
    Interval.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Interval.MONTH: lambda day: day.replace(day=1),
}


def _start(moment: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """The first instant of the span of the zone that a moment falls into."""
    local = moment.astimezone(zone)
    if interval in (Interval.MINUTE, Interval.HOUR):
        # In UTC: an hour that clocks repeat is two spans.
        offset = local.utcoffset() or timedelta()
        width = timedelta(minutes=1) if interval is Interval.MINUTE else timedelta(hours=1)
        wall = moment.astimezone(UTC) + offset
        return wall - (wall - datetime(1800, 1, 1, tzinfo=UTC)) % width - offset
    return _STARTS[interval](local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


def _counted(found: Iterable[AnnotatedPost], name: str) -> Counter[str]:
    return Counter(value for item in found for value in values(item, name))


def _top(found: Iterable[AnnotatedPost], name: str, limit: int) -> tuple[Value, ...]:
    rows = sorted(_counted(found, name).items(), key=lambda row: (-row[1], row[0]))
    return tuple(Value(value, count) for value, count in rows[:limit])


def _counter(found: Iterable[AnnotatedPost], number: facets.Number) -> Distribution:
    known = sorted(value for item in found if (value := number.read(item)) is not None)
    p50, p90, p99 = (
        known[math.ceil(share * len(known)) - 1] if known else None for share in (0.5, 0.9, 0.99)
    )
    return Distribution(n=len(known), sum=sum(known), p50=p50, p90=p90, p99=p99, max=max(known, default=None))
