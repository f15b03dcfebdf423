"""What every store does: one protocol, one conformance suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from core.models import AnnotatedPost, Author, Coverage, HotEntry, Run
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
    """What one step of ingest stores, all of it or nothing."""

    posts: Sequence[AnnotatedPost]
    mark: Mark | None = None
    runs: Sequence[Run] = ()
    coverage: Sequence[Coverage] = ()
    hot: Sequence[HotEntry] = ()
    authors: Sequence[Author] = ()


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


class Store(Protocol):
    """A place where annotated posts are searchable.

    Posts without `published_at` are found by words and fields, sort last, and stand in no histogram.
    Every method raises `core.errors.StoreAway` when the store does not answer.
    """

    address: str

    def write(self, batch: Batch) -> Written:
        """Stores a batch; a post already there is merged (`index.merge`), never doubled."""

    def marks(self) -> dict[str, int]:
        """Offsets already stored, by run id."""

    def signatures(self) -> Iterator[tuple[str, str, bytes]]:
        """(post id, duplicate group, signature) of every stored post that has one."""

    def get(self, ids: Sequence[str]) -> list[AnnotatedPost]:
        """The posts of these ids that are there, in the order asked."""

    def search(
        self, query: Query, *, sort: Sort = Sort.NEWEST, limit: int = 20, offset: int = 0
    ) -> list[AnnotatedPost]:
        """The first posts of a result; ties are broken by id."""

    def count(self, query: Query) -> int:
        """How many posts match."""

    def histogram(self, query: Query, *, by: str | None = None, zone: str = "Asia/Shanghai") -> list[Bucket]:
        """Posts a day, apart by `platform` or `sentiment` if asked; days in order."""

    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        """Every matching post, oldest first; for mining."""

    def cascade(self, root_id: str) -> list[AnnotatedPost]:
        """The root, if there, and every post whose `root_id` or `thread_id` it is, oldest first."""

    def runs(self) -> list[Run]:
        """Newest first."""

    def coverage(self, run_id: str | None = None) -> list[Coverage]:
        """Of one run, or of all."""

    def hot(self, *, since: datetime | None = None, until: datetime | None = None) -> list[HotEntry]:
        """Hot-list lines seen in the span, oldest first."""

    def authors(self, ids: Iterable[str]) -> dict[str, Author]:
        """The latest profile known of these accounts."""

    def clear(self) -> None:
        """Forgets everything, so that ingest can rebuild from the landing."""

    def close(self) -> None: ...
