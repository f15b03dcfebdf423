"""Posts of a batch of which most are never looked at: their rows are made elsewhere, their groups are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import overload

from core.models import AnnotatedPost

Known = tuple[str, str | None, bytes | None]  # the id of a post, its near-duplicate group, its signature


class Arrived(Sequence[AnnotatedPost]):
    """Posts that `make` puts together when one of them is looked at."""

    def __init__(self, known: Sequence[Known], make: Callable[[], Sequence[AnnotatedPost]]) -> None:
        self.known = known
        self._make = make

    @cached_property
    def _posts(self) -> Sequence[AnnotatedPost]:
        return self._make()

    def __len__(self) -> int:
        return len(self.known)

    @overload
    def __getitem__(self, at: int) -> AnnotatedPost: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[AnnotatedPost]: ...

    def __getitem__(self, at: int | slice) -> AnnotatedPost | Sequence[AnnotatedPost]:
        return self._posts[at]

    def __iter__(self) -> Iterator[AnnotatedPost]:
        return iter(self._posts)


def known(posts: Iterable[AnnotatedPost]) -> Sequence[Known]:
    """What is known of each post without looking further."""
    if isinstance(posts, Arrived):
        return posts.known
    return [
        (item.post.id, read.duplicate_group, read.signature) for item in posts if (read := item.annotation)
    ]
