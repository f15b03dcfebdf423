"""Pages of a frontier, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class Status(IntEnum):
    OPEN = 0
    LEASED = 1
    READ = 2
    LOST = 3  # it was refused to this identity, is gone, or could not be read
    FAILED = 4  # the site failed at it: it is asked again when the crawl is taken up


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page to ask for: `body` is what the worker makes a request of; the same `key` is asked once a crawl.

    Pages of higher `priority` come first, then those found deepest, so that what was begun is finished.
    """

    key: bytes
    body: bytes
    priority: int = 0
    depth: int = 0
    slice: str | None = None
    batch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A page this worker may ask for."""

    task: int
    body: bytes
    depth: int


@dataclass(slots=True)
class Line:
    """What is to be added to a slice of the coverage."""

    expected: int | None = None
    got: int = 0
    because: str | None = None
    refused: bool = False

    def add(self, other: Line) -> None:
        """Put a later line to this one. The first reason stays, unless a refusal follows a mere cut."""
        if other.expected is not None and (self.expected is None or other.expected > self.expected):
            self.expected = other.expected
        self.got += other.got
        if other.because and (self.because is None or (other.refused and not self.refused)):
            self.because, self.refused = other.because, other.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of one leased page: the pages it led to, what it adds to the coverage, and where it left a thread.

    Where `status` is None the page waits: this worker keeps it from asking on, and gives it back at its end.
    """

    task: int | None  # None: of no page, what a walk said before its first
    status: Status | None = Status.READ
    pages: Sequence[Page] = ()
    lines: Mapping[str, Line] = field(default_factory=dict)
    bookmarks: Mapping[bytes, bytes] = field(default_factory=dict)
    batch: str | None = None
