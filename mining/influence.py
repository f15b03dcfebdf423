"""Who caused whose reposts: the observed past of a subject, up to a moment, person by person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from core.models import Author, Post
from mining.tree import ANSWERS, Tree, grow

_DAY_S = 86_400.0
_FAR = 100  # steps up a path that get credit; a hostile chain may be thousands long
_NEVER = float("-inf")


@dataclass(slots=True)
class Own:
    """A post of somebody's on the subject, with what was seen to come of it before the deadline.

    `counted` are the site's own counters (reposts, comments, likes), where they were fetched before it.
    """

    id: str
    at: float | None
    post: Post | None  # None: known from chains alone
    direct: int = 0
    branch: int = 0
    comments: int = 0
    caused: float = 0.0
    counted: tuple[int, int, int] = (0, 0, 0)
    reached: list[str] = field(default_factory=list)  # some of the reposts


@dataclass(slots=True)
class Person:
    """One account. `caused` is decayed, `branch` and `direct` are counts; each repost counts once a person."""

    key: str
    author: Author
    platform: str
    caused: float = 0.0
    branch: int = 0
    direct: int = 0
    owns: dict[str, Own] = field(default_factory=dict)
    engagers: set[str] = field(default_factory=set)
    delays: list[float] = field(default_factory=list)  # seconds from their post to each direct reaction
    reactions: list[str] = field(default_factory=list)  # texts of direct reactions
    topics: Counter[str] = field(default_factory=Counter)
    profiled: float = _NEVER  # when the profile was fetched


@dataclass(slots=True)
class _Grown:
    """A tree with whose each row is, and whether it is on the subject."""

    tree: Tree
    keys: list[str | None]
    owns: list[Own | None]
    subject: list[bool]


class Influence:
    """People and who reposted whom, from cascades added one by one; nothing from `until` on is looked at.

    Reposts before `since` earn no credit. Counters of a post and followers of an author are used only where
    they were fetched before `until`.
    """

    def __init__(
        self, until: datetime, *, since: datetime | None = None, half_life_days: float = 90.0
    ) -> None:
        self.until, self.since, self.half_life_days = until, since, half_life_days
        self.people: dict[str, Person] = {}
        self.edges: defaultdict[tuple[str, str], float] = defaultdict(float)  # reposter, reposted → weight
        self._key_of: dict[str, str] = {}  # name → person, for those known from chains alone

    def add(self, posts: Iterable[Post], root_id: str, matches: Callable[[str], bool]) -> None:
        """Adds a cascade. `matches` says of a post's id whether the post itself is on the subject.

        What stands below a post on the subject is on it too, whatever its words.
        """
        known = [post for post in posts if post.published_at is not None and post.published_at < self.until]
        for post in known:
            self._meet(post)
        if not known:
            return
        grown = self._grown(grow(known, root_id), matches)
        for row in range(1, len(grown.tree)):
            self._credit(grown, row)
        self._comments(grown, known)

    def in_span(self, own: Own) -> bool:
        """Whether a post was written in [since, until)."""
        return self.since is None or (own.at is not None and own.at >= self.since.timestamp())

    # --- People --------------------------------------------------------------------------------------

    def _meet(self, post: Post) -> str | None:
        author = post.author
        key = author and (author.id or (author.name and f"{post.platform}:@{author.name}"))
        if author is None or not key:
            return None
        fresh = self._is_fresh(post)
        profiled = post.fetched_at.timestamp() if fresh and post.fetched_at else _NEVER
        shown = author if fresh else replace(author, followers=None)
        person = self.people.get(key)
        if person is None:
            person = Person(key=key, author=shown, platform=post.platform, profiled=profiled)
            self.people[key] = person
        elif profiled > person.profiled:
            followers = person.author.followers if shown.followers is None else shown.followers
            person.author, person.profiled = replace(shown, followers=followers), profiled
        for name in (author.name, author.name_key):
            if name:
                self._key_of[name] = key
        return key

    def _is_fresh(self, post: Post) -> bool:
        """Whether the post was fetched before the deadline, so that its counters may be known."""
        return post.fetched_at is not None and post.fetched_at <= self.until

    def _named(self, tree: Tree, row: int) -> str | None:
        """The person of a row; for a virtual one whoever bears the name, else somebody new."""
        post = tree.posts[row]
        if post is not None:
            return self._meet(post)
        name = tree.names[row]
        if name is None:
            return None
        key = self._key_of.get(name)
        if key is None:
            platform = tree.ids[0].partition(":")[0]
            key = self._key_of[name] = f"{platform}:@{name}"
            self.people[key] = Person(key=key, author=Author(name=name), platform=platform)
        return key

    # --- Credit --------------------------------------------------------------------------------------

    def _grown(self, tree: Tree, matches: Callable[[str], bool]) -> _Grown:
        keys = [self._named(tree, row) for row in range(len(tree))]
        subject: list[bool] = []
        owns: list[Own | None] = []
        for row, key in enumerate(keys):
            above = tree.parent[row]
            subject.append(matches(tree.ids[row]) or (above >= 0 and subject[above]))
            owns.append(self._own(tree, row, self.people[key]) if subject[row] and key else None)
        return _Grown(tree, keys, owns, subject)

    def _own(self, tree: Tree, row: int, person: Person) -> Own:
        own = person.owns.get(tree.ids[row])
        if own is not None:
            return own
        post = tree.posts[row]
        own = person.owns[tree.ids[row]] = Own(id=tree.ids[row], at=tree.at[row], post=post)
        if post is not None:
            person.topics.update(post.topics)
            if self._is_fresh(post):
                met = post.engagement
                own.counted = (met.reposts or 0, met.comments or 0, met.likes or 0)
        return own

    def _credit(self, grown: _Grown, row: int) -> None:
        """Credits one repost to the people above it, up to where the subject was brought in."""
        tree = grown.tree
        post, at, above = tree.posts[row], tree.at[row], tree.parent[row]
        if post is None or at is None or (self.since is not None and at < self.since.timestamp()):
            return
        weight = self.weight(at)
        mine = grown.keys[row]
        self._direct(grown, above, mine, post, weight)
        credited = {mine}
        for _ in range(_FAR):
            if above < 0 or not grown.subject[above]:
                return
            key, own = grown.keys[above], grown.owns[above]
            if key is not None and own is not None and key != mine:
                own.branch += 1
                own.caused += weight
                if len(own.reached) < 5:
                    own.reached.append(post.id)
                if key not in credited:
                    credited.add(key)
                    self.people[key].branch += 1
                    self.people[key].caused += weight
            above = tree.parent[above]

    def _direct(self, grown: _Grown, above: int, mine: str | None, post: Post, weight: float) -> None:
        theirs, own = grown.keys[above], grown.owns[above]
        if theirs is None or own is None or theirs == mine:
            return
        if mine is not None:
            self.edges[mine, theirs] += weight
        own.direct += 1
        person = self.people[theirs]
        person.direct += 1
        self._react(person, own, mine, post)

    def _react(self, person: Person, own: Own, who: str | None, post: Post) -> None:
        if who is not None:
            person.engagers.add(who)
        person.reactions.append(post.text)
        if own.at is not None and post.published_at is not None:
            person.delays.append(max(0.0, post.published_at.timestamp() - own.at))

    def _comments(self, grown: _Grown, known: list[Post]) -> None:
        """Counts comments that stand beside the tree for the post they are under."""
        row_of = {key: row for row, key in enumerate(grown.tree.ids)}
        for post in known:
            if post.kind not in ANSWERS or post.id in row_of:
                continue
            row = row_of.get(post.parent_id or "", 0)
            own, theirs, mine = grown.owns[row], grown.keys[row], self._meet(post)
            if own is not None and theirs is not None and theirs != mine:
                own.comments += 1
                self._react(self.people[theirs], own, mine, post)

    def weight(self, at: float) -> float:
        """What a repost at this time still counts."""
        age = max(0.0, self.until.timestamp() - at) / _DAY_S
        return float(2.0 ** (-age / self.half_life_days))
