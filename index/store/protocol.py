"""What every store does: one protocol, one conformance suite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from core.errors import UsageError
from core.models import AnnotatedPost, Author, Coverage, Engagement, HotEntry, Run
from index.facets import FACETS, NUMBERS
from index.query import Query


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    ENGAGED = "engaged"  # reposts + comments + likes, unknown counted as 0; ties newest first
    RELEVANT = "relevant"  # `index.store.relevance`


@dataclass(frozen=True, slots=True)
class Mark:
    """How far ingest has read one landing file: everything before `offset` bytes is stored."""

    run_id: str
    offset: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of ingest stores, all of it or nothing.

    `prepared` is what `Store.preparing` made of the same posts, where other processes did that already.
    """

    posts: Sequence[AnnotatedPost]
    mark: Mark | None = None
    runs: Sequence[Run] = ()
    coverage: Sequence[Coverage] = ()
    hot: Sequence[HotEntry] = ()
    authors: Sequence[Author] = ()
    prepared: bytes | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """`refused` posts the store keeps aside with its reason: they are no results, and stop nothing."""

    new: int
    updated: int
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """What a folded hit stands for: the posts of its near-duplicate group in the result, itself included.

    Elasticsearch estimates `authors` of very large groups.
    """

    posts: int
    authors: int
    platforms: tuple[str, ...]  # in alphabetical order
    first_at: datetime | None
    last_at: datetime | None


class Hit(Struct, frozen=True, gc=False):
    item: AnnotatedPost
    spread: Spread | None = None  # only where the query is folded


@dataclass(frozen=True, slots=True)
class Page:
    """Some hits of a result in order; `cursor` asks for those behind them, None when there are none."""

    hits: tuple[Hit, ...]
    cursor: str | None = None

    @property
    def items(self) -> list[AnnotatedPost]:
        return [hit.item for hit in self.hits]


class Interval(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Posts of one span of the asked zone; `value` is the facet's value, None when not asked or unknown.

    `start` is an ISO date where a bucket is a day or more, else an ISO time with its offset.
    """

    start: str
    value: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Value:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """One counter over a result: of `n` posts that have it, its sum and percentiles (nearest rank)."""

    n: int
    sum: int
    p50: int | None
    p90: int | None
    p99: int | None
    max: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """`values` are the most frequent of each asked field, ties by value; `counters` by `NUMBERS` name."""

    posts: int
    authors: int  # different accounts
    values: Mapping[str, tuple[Value, ...]]
    counters: Mapping[str, Distribution]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counters of a post as they stood at `at`."""

    at: datetime
    engagement: Engagement


def facet_named(by: str) -> str:
    """`by` when results can be counted by it; else `UsageError`."""
    if by in FACETS:
        return by
    raise UsageError(f"results cannot be counted by {by!r}; known are {', '.join(FACETS)}")


def read_zone(name: str) -> ZoneInfo:
    """The time zone of a name; else `UsageError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"time zone {name!r} is unknown; use a name like Asia/Shanghai") from error


def done(write: Callable[[Batch], Written], batch: Batch) -> Future[Written]:
    """The answer of a store that is done with a batch when it has begun it."""
    answer: Future[Written] = Future()
    try:
        answer.set_result(write(batch))
    except Exception as error:
        answer.set_exception(error)
    return answer


# Gives `Batch.prepared`; it can be sent to another process.
Prepare = Callable[[Sequence[AnnotatedPost]], bytes]


class Store(Protocol):
    """A place where annotated posts are searchable.

    Posts without `published_at` are found by words and fields, sort last, and stand in no histogram.
    What `write` took is found by the same object's next question, and by everybody's after `flush`.
    Every method raises `core.errors.StoreAway` when the store does not answer.
    """

    address: str

    def preparing(self) -> Prepare:
        """What makes posts ready to be written, in any process; their near-duplicate groups need not be known."""

    def write(self, batch: Batch) -> Written:
        """Stores a batch; a post already there is merged (`index.store.merge`), never doubled.

        `Written` counts ids: new ones, and known ones that now say something else.
        """

    def submit(self, batch: Batch) -> Future[Written]:
        """Begins to store a batch; its answer comes when all of it is stored, and its mark with it.

        Batches end in the order they began: where one fails, those behind it fail, too.
        """

    def flush(self) -> None:
        """Makes all that was written findable by everybody and tidies up; ingest ends with it."""

    def marks(self) -> dict[str, int]:
        """Offsets already stored, by run id."""

    def founders(self) -> Iterator[tuple[str, bytes]]:
        """Near-duplicate groups, each with the signature its first post had when it began the group.

        A written post whose group is its own id begins one; later texts of that post change nothing here.
        """

    def get(self, ids: Sequence[str]) -> list[AnnotatedPost]:
        """The posts of these ids that are there, in the order asked."""

    def search(
        self,
        query: Query,
        *,
        sort: Sort = Sort.NEWEST,
        limit: int = 20,
        offset: int = 0,
        after: str | None = None,
    ) -> Page:
        """The first hits of a result, after `offset` of them, or behind the cursor `after` of another page.

        A cursor names a place in the order, not a number, so that posts which arrive meanwhile neither
        repeat nor hide others. A folded query gives the first post, in the order of `sort`, of each
        near-duplicate group of its result. Raises `UsageError` for a cursor that is not of this sort.
        """

    def count(self, query: Query) -> int:
        """How many posts match, folded or not."""

    def counts(self, queries: Sequence[Query]) -> list[int]:
        """How many posts match each of these, of one moment."""

    def histogram(
        self,
        query: Query,
        *,
        by: str | None = None,
        interval: Interval = Interval.DAY,
        zone: str = "Asia/Shanghai",
    ) -> list[Bucket]:
        """Posts by time, apart by a field of `FACETS` if asked; in order of time, then of values, None last.

        Spans without posts are left out (`index.store.spans.filled` puts them in). A post counts once for each
        of its values. Raises `UsageError` for an unknown field or zone.
        """

    def summary(
        self,
        query: Query,
        fields: Sequence[str] = (),
        *,
        counters: Sequence[str] = tuple(NUMBERS),
        limit: int = 10,
    ) -> Summary:
        """What a result is made of, by these fields and of these counters. Raises `UsageError` for a field that is none of `FACETS`.

        Elasticsearch estimates, within some percent, authors above 40,000 and percentiles of more than 10,000
        values; all else is exact.
        """

    def tally(self, query: Query, field: str, values: Sequence[str]) -> dict[str, int]:
        """How many posts of a result have each of these values of a field of `KEYWORDS`."""

    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        """Every matching post, oldest first; for mining."""

    def cascade(self, root_id: str) -> list[AnnotatedPost]:
        """The root, if there, and every post whose `root_id` or `thread_id` it is, oldest first."""

    def series(self, post_id: str) -> list[Snapshot]:
        """The counters of a post at each time it was fetched, oldest first."""

    def runs(self) -> list[Run]:
        """Newest first."""

    def coverage(self, run_id: str | None = None) -> list[Coverage]:
        """Of one run, or of all; by run, source and slice."""

    def hot(self, *, since: datetime | None = None, until: datetime | None = None) -> list[HotEntry]:
        """Hot-list lines seen from `since` (inclusive) to `until` (exclusive), oldest first, then by rank."""

    def authors(self, ids: Iterable[str]) -> dict[str, Author]:
        """The latest profile known of these accounts."""

    def erase(self, ids: Sequence[str], *, accounts: Sequence[str] = ()) -> int:
        """Removes posts with all that was read from them; how many there were.

        Their authors' profiles go with the last of their posts; those of `accounts` go in any case, and so
        do the slices of coverage that name one. No byte is left of what was removed or written over before.
        """

    def clear(self) -> None:
        """Forgets everything, so that ingest can rebuild from the landing."""

    def close(self) -> None: ...
