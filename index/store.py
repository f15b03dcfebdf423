"""What every store does: one protocol, one conformance suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import UsageError
from core.models import AnnotatedPost, Author, Coverage, Engagement, HotEntry, Run
from index.query import Query


class Sort(StrEnum):
    NEWEST = "newest"
    ENGAGED = "engaged"  # reposts + comments + likes, unknown counted as 0; ties newest first


@dataclass(frozen=True, slots=True)
class Mark:
    """How far ingest has read one landing file: everything before `offset` bytes is stored."""

    run_id: str
    offset: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of ingest stores, all of it or nothing.

    `literals` are the `index.tokens.literal` of texts, by text, where other processes made them already.
    """

    posts: Sequence[AnnotatedPost]
    mark: Mark | None = None
    runs: Sequence[Run] = ()
    coverage: Sequence[Coverage] = ()
    hot: Sequence[HotEntry] = ()
    authors: Sequence[Author] = ()
    literals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    new: int
    updated: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """`day` is midnight in the asked zone, as ISO date; `value` the facet's value, None when not asked."""

    day: str
    value: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counters of a post as they stood at `at`."""

    at: datetime
    engagement: Engagement


FACETS = ("platform", "sentiment")


def facet_named(by: str | None) -> str | None:
    """`by` when a histogram can be parted by it; else `UsageError`."""
    if by is None or by in FACETS:
        return by
    raise UsageError(f"a histogram cannot be parted by {by!r}; known are {', '.join(FACETS)}")


def read_zone(name: str) -> ZoneInfo:
    """The time zone of a name; else `UsageError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"time zone {name!r} is unknown; use a name like Asia/Shanghai") from error


class Store(Protocol):
    """A place where annotated posts are searchable.

    Posts without `published_at` are found by words and fields, sort last, and stand in no histogram.
    What `write` took is found by the same object's next question, and by everybody's after `flush`.
    Every method raises `core.errors.StoreAway` when the store does not answer.
    """

    address: str

    def write(self, batch: Batch) -> Written:
        """Stores a batch; a post already there is merged (`index.merge`), never doubled.

        `Written` counts ids: new ones, and known ones that now say something else.
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
        self, query: Query, *, sort: Sort = Sort.NEWEST, limit: int = 20, offset: int = 0
    ) -> list[AnnotatedPost]:
        """The first posts of a result after `offset` of them; ties are broken by id."""

    def count(self, query: Query) -> int:
        """How many posts match."""

    def histogram(self, query: Query, *, by: str | None = None, zone: str = "Asia/Shanghai") -> list[Bucket]:
        """Posts a day, apart by `platform` or `sentiment` if asked; days in order, then values, None last.

        Days without posts are left out.
        """

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

    def clear(self) -> None:
        """Forgets everything, so that ingest can rebuild from the landing."""

    def close(self) -> None: ...
