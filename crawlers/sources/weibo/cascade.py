"""Where reposts of reposts are still missing, of what a crawl has seen of one cascade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Repost:
    """A repost as a list showed it: its direct parent where it was named, and its own number of reposts."""

    mid: str
    parent: str | None
    reposts: int | None


def thin(root: str, seen: Iterable[Repost]) -> list[str]:
    """Mids of reposts that have more reposts than were seen below them, the oldest first.

    A repost's number may mean its children or all that stands below it; below counts both, so a branch is
    taken for whole when as many are seen anywhere below it.
    """
    reposts = {one.mid: one for one in seen}
    below: dict[str, int] = {}
    # A parent is older than its child, and mids grow with time: children give their sums upwards first.
    for mid in sorted(reposts, key=int, reverse=True):
        parent = reposts[mid].parent or root
        below[parent] = below.get(parent, 0) + below.get(mid, 0) + 1
    return [
        mid
        for mid in sorted(reposts, key=int)
        if mid != root and below.get(mid, 0) < (reposts[mid].reposts or 0)
    ]
