"""What the sites of forum engines have in common: one host, and its threads as they stand."""

from __future__ import annotations

from core.models import Post
from replica.shelf import Shelf
from replica.ties import published
from replica.world.model import Forum, Thread


class ForumHost:
    """One forum, read from the shelf; an engine adds its pages."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        self._shelf = shelf
        self._forum = forum

    @property
    def hosts(self) -> tuple[str, ...]:
        return (self._forum.host,)

    @property
    def _threads(self) -> dict[int, Thread]:
        return self._shelf.threads(self._forum.host)

    def _newest(self) -> list[Thread]:
        """The threads, those opened last first."""
        return sorted(
            self._threads.values(), key=lambda t: (published(self._first(t)), t.number), reverse=True
        )

    def _floors(self, thread: Thread) -> list[Post]:
        return [self._shelf.posts[post_id] for post_id in thread.post_ids]

    def _first(self, thread: Thread) -> Post:
        return self._shelf.posts[thread.post_ids[0]]

    def _last(self, thread: Thread) -> Post:
        return self._shelf.posts[thread.post_ids[-1]]
