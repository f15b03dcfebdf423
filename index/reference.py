"""The answers as they should be: a slow, obvious store in memory, for the conformance suite.

It reads the tree against each post's text and fields. It builds no tokens and no index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.models import AnnotatedPost, Author, Coverage, Engagement, HotEntry, Run
from index.facets import YEARS, total
from index.merge import profile
from index.plan import founders, plan, profiles, snapshots
from index.query import After, And, Before, Equals, Everything, Literal, Node, Not, Or, Query
from index.query.fields import author_keys, platform_key, topic_keys
from index.store import Batch, Bucket, Snapshot, Sort, Written, facet_named, read_zone
from index.tokens import canonical

_NEVER = datetime.min.replace(tzinfo=UTC)


def matches(node: Node, item: AnnotatedPost) -> bool:
    """Whether a post is among a query's."""
    post, sentiment = item.post, item.annotation.sentiment
    match node:
        case Everything():
            return True
        case Literal(text):
            return canonical(text) in canonical(post.text)
        case After(moment):
            return (at := _time(item)) is not None and at >= moment
        case Before(moment):
            return (at := _time(item)) is not None and at < moment
        case Equals("platform", value):
            return platform_key(post.platform) == value
        case Equals("kind", value):
            return post.kind.value == value
        case Equals("sentiment", value):
            return sentiment is not None and sentiment.label == value
        case Equals("author", value):
            return value in author_keys(post)
        case Equals("topic", value):
            return value in topic_keys(post)
        case Not(part):
            return not matches(part, item)
        case And(parts):
            return all(matches(part, item) for part in parts)
        case Or(parts):
            return any(matches(part, item) for part in parts)
        case Equals(name, _):
            raise AssertionError(f"{name} is no field")


def _time(item: AnnotatedPost) -> datetime | None:
    at = item.post.published_at
    return at if at is not None and at.year in YEARS else None


def _newest(item: AnnotatedPost) -> tuple[float, str]:
    at = _time(item)
    return (float("inf") if at is None else -_micros(at), item.post.id)


def _oldest(item: AnnotatedPost) -> tuple[float, str]:
    at = _time(item)
    return (float("inf") if at is None else _micros(at), item.post.id)


def _micros(at: datetime) -> int:
    span = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _most_engaged(item: AnnotatedPost) -> tuple[float, float, str]:
    return (-total(item.post.engagement), *_newest(item))


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
        self, query: Query, *, sort: Sort = Sort.NEWEST, limit: int = 20, offset: int = 0
    ) -> list[AnnotatedPost]:
        if sort is Sort.ENGAGED:
            found = sorted(self._found(query), key=_most_engaged)
        else:
            found = sorted(self._found(query), key=_newest)
        return found[offset : offset + limit]

    def count(self, query: Query) -> int:
        return len(self._found(query))

    def histogram(self, query: Query, *, by: str | None = None, zone: str = "Asia/Shanghai") -> list[Bucket]:
        facet, clock = facet_named(by), read_zone(zone)
        found: Counter[tuple[str, str | None]] = Counter()
        for item in self._found(query):
            at, sentiment = _time(item), item.annotation.sentiment
            if at is None:
                continue
            value = None
            if facet == "platform":
                value = platform_key(item.post.platform)
            elif facet == "sentiment" and sentiment is not None:
                value = sentiment.label
            found[at.astimezone(clock).date().isoformat(), value] += 1
        days = sorted(found.items(), key=lambda row: (row[0][0], row[0][1] is None, row[0][1] or ""))
        return [Bucket(day=day, value=value, count=count) for (day, value), count in days]

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
