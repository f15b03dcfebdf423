"""What of the landing has not been read yet, portion by portion."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import LandingError
from core.home import Home
from core.landing import Record, read_landing
from core.models import Post, Run

log = logging.getLogger(__name__)
LETTERS = 4_000_000  # characters of a portion, so that long posts take no more memory


@dataclass(slots=True)
class Portion:
    """What is read of one landing file at once, and where it ends."""

    run_id: str
    end: int
    records: list[Record]
    posts: list[Post]


@dataclass(slots=True)
class Unread:
    """The unread rest of all landing files, and what was wrong with them."""

    home: Home
    marks: dict[str, int]
    batch: int
    torn: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    failed: list[LandingError] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)  # sizes at the last look

    def portions(self) -> Iterator[Portion]:
        """Run after run in the order they began, never two runs in one portion."""
        for path in self._files():
            try:
                yield from self._portions(path)
            except LandingError as error:  # the others are not to wait for it
                self.failed.append(error)

    def _files(self) -> list[Path]:
        """Those with more than was read; one that did not grow since the last look has nothing new."""
        sizes = {path: path.stat().st_size for path in self.home.landing.glob("*.zst")}
        known = self.marks, self._seen
        unread = [
            path for path, size in sizes.items() if size not in [told.get(path.stem, 0) for told in known]
        ]
        self._seen = {path.stem: size for path, size in sizes.items()}
        return sorted(unread, key=lambda path: (_began(path), path.stem))

    def _portions(self, path: Path) -> Iterator[Portion]:
        run_id = path.stem
        file = read_landing(path, self.marks.get(run_id, 0))
        records: list[Record] = []
        posts: list[Post] = []
        end = letters = 0
        for frame in file:
            records += frame.records
            new = [record for record in frame.records if isinstance(record, Post)]
            posts += new
            letters += sum(len(post.text) for post in new)
            end = frame.end
            if len(posts) >= self.batch or letters >= LETTERS:
                yield Portion(run_id, end, records, posts)
                records, posts, letters, self.marks[run_id] = [], [], 0, end
        if records:
            yield Portion(run_id, end, records, posts)
            self.marks[run_id] = end
        if file.torn:
            self.torn.append(run_id)
        if file.damage:
            self.damaged.append(run_id)


def _began(path: Path) -> float:
    """When a run began, in seconds, by its first record; infinity where that cannot be read."""
    try:
        for frame in read_landing(path):
            return min(
                (record.started_at.timestamp() for record in frame.records if isinstance(record, Run)),
                default=float("inf"),
            )
    except LandingError:
        log.debug("%s: no first record", path, exc_info=True)
    return float("inf")
