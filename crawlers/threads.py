"""Which pages of a thread are read, and in which order: all of it, or what came since.

Where only news is wanted, a thread is begun at the last page that an earlier crawl reached (else at its first), then
read from its last page back, until a page shows something older than what is wanted. Where the page it was begun at
shows nothing older, for floors before it were taken away, the pages before it are read as well: where to begin is a
hint that saves requests, and what is wanted alone decides where to end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from core.models import Gone
from crawlers.state.frontier import Frontier

_WENT = {"gone": "missing", "hidden": "hidden"}  # what a site says → why a post is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """Where an earlier crawl left a thread: its last page then, and what must be known to begin there.

    Engines whose replies answer to names want the `count` of replies before that page, and in `said` the last of each.
    """

    page: int
    root_id: str | None = None
    count: int = 0
    said: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where the reading of a thread stands; it travels with the thread's pages."""

    begun: int = 1  # the page it was begun at
    back: bool = False  # whether the pages come from the last one back
    has_old: bool = False  # whether the page it was begun at shows something older than what is wanted
    read: int = 1  # pages so far, with the one asked for

    def after(self, page: int, pages: int, *, has_old: bool, whole: bool) -> tuple[int, Course] | None:
        """The page to read after `page` of `pages`, with the course that goes with it; None at the end.

        `has_old` says whether that page shows something older than what is wanted, `whole` that all is wanted.
        """
        course = replace(self, read=self.read + 1)
        if whole:
            return (page + 1, course) if page < pages else None
        if not self.back:  # a site shows its last page where the one asked for is no more
            course = replace(course, begun=page, back=True, has_old=has_old or page == 1)
            following = pages if page < pages else self._before(page, course.has_old)
        elif has_old:
            following = None
        elif page == self.begun + 1:
            following = self._before(self.begun, self.has_old)
        else:
            following = page - 1 or None
        return None if following is None else (following, course)

    def again(self) -> Course:
        """The course of a thread that must be begun at its first page after all."""
        return Course(read=self.read + 1)

    @staticmethod
    def _before(page: int, has_old: bool) -> int | None:
        return None if has_old else page - 1


FIRST = Course()


class Bookmarks:
    """The bookmarks of a source's threads, in the state; they are kept with the pages they were made at.

    `task` is the page at work.
    """

    def __init__(self, source: str, frontier: Frontier, now: Callable[[], datetime]) -> None:
        self.task: int | None = None
        self._source = source
        self._frontier = frontier
        self._now = now
        self._left: dict[int | None, dict[bytes, bytes]] = {}

    def of(self, thread: str) -> Bookmark | None:
        """Where an earlier crawl left the thread (a slice of the coverage)."""
        found = self._frontier.bookmark(self._key(thread))
        return None if found is None else msgspec.json.decode(found, type=Bookmark)

    def leave(self, thread: str, mark: Bookmark) -> None:
        """Keep where the page at work left the thread."""
        marks = self._left.setdefault(self.task, {})
        marks[self._key(thread)] = msgspec.json.encode(mark)

    def gone(self, thread: str, said: str) -> list[Gone]:
        """The mark of a thread's first floor, if an earlier crawl found it: the page of one that went names no floor.

        `said` is what the site says in its place.
        """
        mark = self.of(thread) if said in _WENT else None
        if mark is None or mark.root_id is None:
            return []
        return [Gone(id=mark.root_id, at=self._now(), reason=_WENT[said])]

    def take(self, task: int | None) -> dict[bytes, bytes]:
        """What a page left, given out once."""
        return self._left.pop(task, {})

    def _key(self, thread: str) -> bytes:
        return self._frontier.sealer.digest("bookmark", self._source, thread)
