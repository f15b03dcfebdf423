"""What a crawl has seen of one cascade, to know where reposts of reposts are still missing."""

from __future__ import annotations


class Cascade:
    """Reposts by mid with their parent and their own repost count, while pages of the cascade are on the way.

    A repost's count may mean its children or all that stands below it; below counts both, so a branch is
    taken for whole when as many are seen anywhere below it.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.pending = 0  # pages asked for that did not come yet
        self.asked: set[str] = {root}
        self._parents: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._parents)

    def add(self, mid: str, parent: str | None, reposts: int | None) -> bool:
        """Note a repost; False when it was seen before."""
        new = mid not in self._parents
        if new or parent:
            self._parents[mid] = parent or self.root
        if reposts:
            self._counts[mid] = max(reposts, self._counts.get(mid, 0))
        return new

    def thin(self) -> list[str]:
        """Mids of reposts that have more reposts than were seen below them, and were not asked for yet."""
        if not self._counts:
            return []
        below: dict[str, int] = {}
        # A parent is older than its child, and mids grow with time: children give their sums upwards first.
        for mid in sorted(self._parents, key=int, reverse=True):
            parent = self._parents[mid]
            below[parent] = below.get(parent, 0) + below.get(mid, 0) + 1
        found = [
            mid
            for mid, count in self._counts.items()
            if mid not in self.asked and mid != self.root and below.get(mid, 0) < count
        ]
        self.asked.update(found)
        return found
