"""Lists of posts as they can be seen now: nothing of them is made before it is taken."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar, overload

from numpy.typing import NDArray

from core.models import Post
from replica.history import History
from replica.ties import published

_Made = TypeVar("_Made", covariant=True)


class Moment(Protocol):
    """What a shelf tells of the moment it stands at."""

    history: History
    now: datetime

    def ever(self, post_id: str | None) -> Post | None: ...
    def shows(self, post: Post) -> bool: ...
    def seen(self, post: Post) -> Post: ...


class Made(Sequence[_Made]):
    """A sequence of what `make` makes of each thing."""

    def __init__(self, things: Sequence[Any] | NDArray[Any], make: Callable[[Any], _Made]) -> None:
        self._things = things
        self._make = make

    def __len__(self) -> int:
        return len(self._things)

    @overload
    def __getitem__(self, key: int) -> _Made: ...
    @overload
    def __getitem__(self, key: slice) -> Made[_Made]: ...
    def __getitem__(self, key: int | slice) -> _Made | Made[_Made]:
        if isinstance(key, slice):
            return Made(self._things[key], self._make)
        return self._make(self._things[key])

    def __iter__(self) -> Iterator[_Made]:
        return map(self._make, self._things)


class Visible(Mapping[str, Post]):
    """The posts of `ids` that can be seen now, by id."""

    def __init__(self, shelf: Moment, ids: Iterable[str]) -> None:
        self._shelf = shelf
        self._ids = ids

    def __getitem__(self, key: str) -> Post:
        post = self._shelf.ever(key)
        if post is None or not self._shelf.shows(post):
            raise KeyError(key)
        return self._shelf.seen(post)

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._ids if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Listed:
    """Posts by time, the newest first, with what a slice by time needs."""

    def __init__(self, shelf: Moment, posts: Iterable[Post]) -> None:
        self._shelf = shelf
        self._all = sorted(posts, key=lambda post: (published(post), post.id), reverse=True)
        self._ages = [-published(post).timestamp() for post in self._all]
        self._mortal = any(shelf.history.gone_at(post) for post in self._all)

    @property
    def all(self) -> Sequence[Post]:
        """Those of any time, in their last words."""
        return self._all

    @property
    def posts(self) -> Sequence[Post]:
        """Those that can be seen now."""
        return self.between(None, None)

    def between(self, since: datetime | None, until: datetime | None) -> Sequence[Post]:
        """Those of them published from `since` up to and without `until`."""
        first = bisect_left(self._ages, -self._shelf.now.timestamp())
        if until is not None:
            first = max(first, bisect_right(self._ages, -until.timestamp()))
        last = len(self._all) if since is None else bisect_right(self._ages, -since.timestamp())
        found = self._all[first:last]
        if self._mortal:
            found = [post for post in found if self._shelf.shows(post)]
        return Made(found, self._shelf.seen)
