"""The posts of a world, laid out so that every page of every site is one look-up away."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.ids import moment_of_mid
from core.models import Author, Kind, Post
from replica.world.model import Account, World

_DAWN = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = frozenset({Kind.POST, Kind.REPOST})  # what a Weibo timeline and search show
_DEEPEST = 10_000  # a chain longer than this is a loop in the data


def native(post_id: str) -> str:
    """The site's own id: what follows the last colon."""
    return post_id.rpartition(":")[2]


def published(post: Post) -> datetime:
    """When a post was written; a Weibo mid knows it too."""
    return post.published_at or moment_of_mid(native(post.id)) or _DAWN


def _newest_first(posts: Iterable[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: (published(post), post.id), reverse=True)


@dataclass(slots=True)
class Listed:
    """Posts by time, the newest first, with what a slice by time needs."""

    posts: list[Post]
    _ages: list[float]

    @classmethod
    def of(cls, posts: Iterable[Post]) -> Listed:
        ordered = _newest_first(posts)
        return cls(ordered, [-published(post).timestamp() for post in ordered])

    def between(self, since: datetime | None, until: datetime | None) -> list[Post]:
        """Those published from `since` up to and without `until`."""
        first = 0 if until is None else bisect_right(self._ages, -until.timestamp())
        last = len(self.posts) if since is None else bisect_right(self._ages, -since.timestamp())
        return self.posts[first:last]


class Shelf:
    """A world's posts by id, root, parent, author and time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.posts: dict[str, Post] = {post.id: post for post in world.posts}
        self.accounts: dict[str, Account] = dict(world.accounts)
        self._children: defaultdict[str, list[Post]] = defaultdict(list)
        self._reposts: defaultdict[str, list[Post]] = defaultdict(list)
        self._comments: defaultdict[str, list[Post]] = defaultdict(list)
        self._answers: defaultdict[str, list[Post]] = defaultdict(list)
        self._written: defaultdict[str, list[Post]] = defaultdict(list)
        self._authors: dict[str, Author] = {}
        self._spread: dict[str, int] = {}
        self._listed: dict[str, Listed] = {}
        for post in world.posts:
            self._place(post)
        self._count_spread()

    def _place(self, post: Post) -> None:
        author = post.author
        if author is not None and author.id is not None and author.id not in self._authors:
            self._authors[author.id] = author
        if post.kind is Kind.COMMENT:
            comment = self.top_comment(post)
            if comment is None:
                self._comments[self.commented(post)].append(post)
            else:
                self._answers[comment.id].append(post)
            return
        if post.platform == "weibo" and post.kind in _WRITTEN and author is not None and author.id:
            self._written[author.id].append(post)
        if post.kind is Kind.REPOST and post.root_id:
            self._reposts[post.root_id].append(post)
            self._children[post.parent_id or post.root_id].append(post)

    def _count_spread(self) -> None:
        """Every repost counts for each of its ancestors, as Weibo counts reposts of reposts."""
        for reposts in self._reposts.values():
            for post in reposts:
                for ancestor in self.ancestors(post):
                    self._spread[ancestor] = self._spread.get(ancestor, 0) + 1

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
            if (parent := self.posts.get(above)) is None or above == post.root_id:
                break
            at = parent
        if post.root_id and post.root_id not in seen:
            path.append(post.root_id)
        return path

    def author(self, author_id: str) -> Author | None:
        """The account's author record, else the one its first post carries."""
        account = self.accounts.get(author_id)
        return account.author if account else self._authors.get(author_id)

    def listed(self, key: str) -> Listed:
        """One of the lists: ``weibo`` (all written), ``reposts:ID``, ``comments:ID``, ``answers:ID``, ``by:AUTHOR``."""
        found = self._listed.get(key)
        if found is None:
            found = self._listed[key] = Listed.of(self._gather(key))
        return found

    def _gather(self, key: str) -> Iterable[Post]:
        name, _, rest = key.partition(":")
        match name:
            case "reposts":
                return self._reposts.get(rest) or self._below(rest)
            case "comments":
                return self._comments.get(rest, ())
            case "answers":
                return self._answers.get(rest, ())
            case "by":
                return self._written.get(rest, ())
            case "weibo":
                return (p for p in self.world.posts if p.platform == "weibo" and p.kind in _WRITTEN)
        raise KeyError(key)

    def _below(self, post_id: str) -> list[Post]:
        found: list[Post] = []
        seen = {post_id}
        waiting = [post_id]
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child.id not in seen:
                    seen.add(child.id)
                    found.append(child)
                    waiting.append(child.id)
        return found

    def spread(self, post_id: str) -> int:
        """How many reposts stand below a post, at any depth."""
        return self._spread.get(post_id, 0)

    def talk(self, post_id: str) -> int:
        """How many comments a post has, answers included."""
        comments = self._comments.get(post_id, ())
        return len(comments) + sum(len(self._answers.get(comment.id, ())) for comment in comments)

    def commented(self, comment: Post) -> str:
        """The id of the post a comment stands under."""
        if comment.root_id:
            return comment.root_id
        at, steps = comment, 0
        while at.kind is Kind.COMMENT and at.parent_id in self.posts and steps < _DEEPEST:
            at, steps = self.posts[at.parent_id], steps + 1
        return at.id if at.kind is not Kind.COMMENT else at.parent_id or ""

    def top_comment(self, comment: Post) -> Post | None:
        """The first-level comment an answer stands under; None for a first-level comment."""
        top: Post | None = None
        at, steps = comment, 0
        while at.parent_id in self.posts and steps < _DEEPEST:
            at, steps = self.posts[at.parent_id], steps + 1
            if at.kind is not Kind.COMMENT:
                break
            top = at
        return top
