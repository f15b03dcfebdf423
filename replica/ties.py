"""Which posts of a world belong together: reposts to roots, answers to comments, floors to threads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from core.ids import moment_of_mid
from core.models import Kind, Post

_DAWN = datetime(1970, 1, 1, tzinfo=UTC)
_DEEPEST = 10_000  # a chain longer than this is a loop in the data


def native(post_id: str) -> str:
    """The site's own id: what follows the last colon."""
    return post_id.rpartition(":")[2]


def published(post: Post) -> datetime:
    """When a post was written; a Weibo mid knows it too."""
    return post.published_at or moment_of_mid(native(post.id)) or _DAWN


class Ties:
    """The ways from a post up to what it answers."""

    def __init__(self, posts: Mapping[str, Post]) -> None:
        self._posts = posts

    def ancestors(self, post: Post) -> list[str]:
        """Ids from the parent up to the root; the root is last even where the way to it is broken."""
        path: list[str] = []
        seen = {post.id}
        at = post
        while len(path) < _DEEPEST:
            above = at.parent_id or at.root_id
            if above is None or above in seen:
                break
            path.append(above)
            seen.add(above)
            if (parent := self._posts.get(above)) is None or above == post.root_id:
                break
            at = parent
        if post.root_id and post.root_id not in seen:
            path.append(post.root_id)
        return path

    def commented(self, comment: Post) -> str:
        """The id of the post a comment stands under."""
        if comment.root_id:
            return comment.root_id
        at, steps = comment, 0
        while at.kind is Kind.COMMENT and at.parent_id and at.parent_id in self._posts and steps < _DEEPEST:
            at, steps = self._posts[at.parent_id], steps + 1
        return at.id if at.kind is not Kind.COMMENT else at.parent_id or ""

    def top_comment(self, comment: Post) -> Post | None:
        """The first-level comment an answer stands under; None for a first-level comment."""
        top: Post | None = None
        at, steps = comment, 0
        while at.parent_id and at.parent_id in self._posts and steps < _DEEPEST:
            at, steps = self._posts[at.parent_id], steps + 1
            if at.kind is not Kind.COMMENT:
                break
            top = at
        return top
