"""What a world showed at a moment: which posts were public then, in which words, with which counts."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from core.models import Engagement, Kind, Post
from replica.ties import Ties, published
from replica.world.model import Removal, World

_HALF = timedelta(hours=6)  # after this long a post has half of the likes and views it will ever get


class Born:
    """The times at which the parts of a whole came and went, to count those there at a moment."""

    def __init__(self) -> None:
        self._came: list[float] = []
        self._went: list[float] = []
        self._ordered = True

    def add(self, came: datetime, went: datetime | None) -> None:
        self._came.append(came.timestamp())
        if went is not None:
            self._went.append(max(came, went).timestamp())
        self._ordered = False

    def at(self, moment: datetime) -> int:
        """How many were there."""
        if not self._ordered:
            self._came.sort()
            self._went.sort()
            self._ordered = True
        second = moment.timestamp()
        return bisect_right(self._came, second) - bisect_right(self._went, second)


_NONE = Born()


class History:
    """A world by time. It keeps no moment of its own: every question names one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.posts: Mapping[str, Post] = {post.id: post for post in world.posts}
        self.ties = Ties(self.posts)
        self._gone = {post.id: gone for post in world.posts if (gone := self._ends(post)) is not None}

    def _ends(self, post: Post) -> datetime | None:
        """When a post went, be it with what it stands under: a comment with its post, a floor with its thread."""
        removals = self.world.removals
        if not removals:
            return None
        above: list[str | None] = [post.id]
        if post.kind is Kind.REPLY:
            above.append(post.root_id)
        elif post.kind is Kind.COMMENT:
            top = self.ties.top_comment(post)
            above += [self.ties.commented(post), top.id if top else None]
        times = [removals[key].at for key in above if key and key in removals]
        return min(times, default=None)

    @cached_property
    def end(self) -> datetime:
        """The moment after which nothing changes any more."""
        changes = [edit.at for edits in self.world.edits.values() for edit in edits]
        changes += [removal.at for removal in self.world.removals.values()]
        changes += [published(post) for post in self.world.posts[-1:]]
        return max([self.world.now, *changes])

    def is_public(self, post: Post, at: datetime) -> bool:
        """Whether anybody could read it at that moment."""
        if published(post) > at:
            return False
        gone = self._gone.get(post.id)
        return gone is None or gone > at

    def removal(self, post_id: str, at: datetime) -> Removal | None:
        """How a post that was there had gone by then."""
        removal = self.world.removals.get(post_id)
        return removal if removal is not None and removal.at <= at else None

    def gone_at(self, post: Post) -> datetime | None:
        """When it went; None for what stays."""
        return self._gone.get(post.id)

    def text(self, post: Post, at: datetime) -> str:
        """What it said."""
        for edit in self.world.edits.get(post.id, ()):
            if at < edit.at:
                return edit.before
        return post.text

    def edited_at(self, post: Post, at: datetime) -> datetime | None:
        """When it was last edited before `at`."""
        times = [edit.at for edit in self.world.edits.get(post.id, ()) if edit.at <= at]
        return max(times, default=None)

    def seen(self, post: Post, at: datetime) -> Post:
        """The post as it stood: its words and counts of that moment."""
        text = self.text(post, at)
        engagement = self.engagement(post, at)
        if text is post.text and engagement is post.engagement:
            return post
        return replace(post, text=text, engagement=engagement)

    def public(self, at: datetime) -> Iterator[Post]:
        """All that was public, as it stood."""
        return (self.seen(post, at) for post in self.world.posts if self.is_public(post, at))

    # --- counts ---

    def engagement(self, post: Post, at: datetime) -> Engagement:
        """Its counters: reposts and comments follow what was there, likes and views grow with its age."""
        last = post.engagement
        if at >= self.end:
            return last
        part = self._grown(post, at)
        reposts, comments = last.reposts, last.comments
        if reposts is not None:
            reposts = _part(reposts, self.reposts(post.id, at), self.reposts(post.id, self.end), part)
        if comments is not None:
            comments = _part(comments, self.comments(post.id, at), self.comments(post.id, self.end), part)
        grown = Engagement(
            reposts=reposts,
            comments=comments,
            likes=None if last.likes is None else int(last.likes * part),
            views=None if last.views is None else int(last.views * part),
            capped=last.capped,
        )
        return last if grown == last else grown

    def grown(self, count: int, since: datetime, at: datetime) -> int:
        """What a count that ends at `count` was at a moment, of something that began at `since`."""
        return count if at >= self.end else int(count * self._share(since, at))

    def _grown(self, post: Post, at: datetime) -> float:
        return self._share(published(post), at)

    def _share(self, since: datetime, at: datetime) -> float:
        age, whole = at - since, self.end - since
        if age <= timedelta():
            return 0.0
        return min(1.0, (age / (age + _HALF)) / (whole / (whole + _HALF))) if whole > timedelta() else 1.0

    def reposts(self, post_id: str, at: datetime) -> int:
        """How many reposts stood below a post, at any depth."""
        return self._reposts.get(post_id, _NONE).at(at)

    def comments(self, post_id: str, at: datetime) -> int:
        """How many comments a post had, answers included; how many floors a thread had below the first."""
        return self._comments.get(post_id, _NONE).at(at)

    @cached_property
    def _reposts(self) -> dict[str, Born]:
        """Every repost counts for each of its ancestors, as Weibo counts reposts of reposts."""
        found: defaultdict[str, Born] = defaultdict(Born)
        for post in self.world.posts:
            if post.kind is Kind.REPOST and post.root_id:
                for above in self.ties.ancestors(post):
                    found[above].add(published(post), self._gone.get(post.id))
        return dict(found)

    @cached_property
    def _comments(self) -> dict[str, Born]:
        found: defaultdict[str, Born] = defaultdict(Born)
        for post in self.world.posts:
            if post.kind is Kind.COMMENT:
                found[self.ties.commented(post)].add(published(post), self._gone.get(post.id))
            elif post.kind is Kind.REPLY and post.root_id:
                found[post.root_id].add(published(post), self._gone.get(post.id))
        return dict(found)


def _part(last: int, held: int, held_last: int, part: float) -> int:
    """A counter whose last value may pass what the world holds: in step with what is held, else with age."""
    if held_last == 0:
        return int(last * part)
    return last * held // held_last
