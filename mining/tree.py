"""A cascade as columns: grown from posts, always a tree, parents before children."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.models import EdgeKind, Kind, Post
from mining.chain import SURE, Linker, links

REPOSTS = frozenset({Kind.REPOST})
ANSWERS = frozenset({Kind.REPLY, Kind.COMMENT})
_THREADS = frozenset({Kind.THREAD, Kind.ARTICLE})
_ANSWER = 0.9  # sure of an answer that names nobody: it answers the thread, or the floor above it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """Columns with one entry a node; row 0 is the root, every parent stands before its children.

    `posts` is None for virtual nodes and for a root that was not collected; `parent` is -1 for the root;
    `at` is in epoch seconds, None where unknown; `names` has the author's name, or the chain's.
    """

    ids: Sequence[str]
    posts: Sequence[Post | None]
    parent: Sequence[int]
    edge: Sequence[EdgeKind | None]
    confidence: Sequence[float]
    at: Sequence[float | None]
    names: Sequence[str | None]

    def __len__(self) -> int:
        return len(self.ids)

    def path(self, row: int) -> list[int]:
        """Rows from the root to `row`."""
        rows = [row]
        while (row := self.parent[row]) >= 0:
            rows.append(row)
        return rows[::-1]


def grow(
    posts: Iterable[Post], root_id: str, *, use_parent_ids: bool = True, kinds: frozenset[Kind] | None = None
) -> Tree:
    """The tree of `root_id` over those of `posts` that belong to it.

    `kinds`: which posts hang in the tree; by default reposts, or answers where the root is a thread or an
    article or nobody reposted. An id that comes twice counts once. A post that names a parent younger than
    itself is read as if it named none.
    """
    root, members = _members(posts, root_id, kinds)
    return _Grower(root, members, root_id, use_parent_ids).tree()


def _members(
    posts: Iterable[Post], root_id: str, kinds: frozenset[Kind] | None
) -> tuple[Post | None, list[Post]]:
    by_id: dict[str, Post] = {}
    for post in posts:
        before = by_id.get(post.id)
        if before is None or _richness(post) >= _richness(before):
            by_id[post.id] = post
    root = by_id.pop(root_id, None)
    if kinds is None:
        threaded = root is not None and root.kind in _THREADS
        reposted = any(post.kind is Kind.REPOST for post in by_id.values())
        answered = any(post.kind in ANSWERS for post in by_id.values())
        kinds = ANSWERS if threaded or (answered and not reposted) else REPOSTS
    members = [
        post
        for post in by_id.values()
        if post.kind in kinds
        and (post.root_id is None or post.root_id == root_id or post.thread_id == root_id)
    ]
    return root, members


def _richness(post: Post) -> tuple[bool, float]:
    return post.parent_id is not None, post.fetched_at.timestamp() if post.fetched_at else 0.0


class _Grower:
    def __init__(self, root: Post | None, members: list[Post], root_id: str, use_parent_ids: bool) -> None:
        self.root, self.root_id, self.use_parent_ids = root, root_id, use_parent_ids
        self.known = {post.id: post for post in members}
        self.at = {
            post.id: post.published_at.timestamp() if post.published_at else None
            for post in ([root, *members] if root else members)
        }
        last = float("inf")
        time_of = {key: last if at is None else at for key, at in self.at.items()}
        # the digits of a mid are in time order within a second
        self.members = sorted(members, key=lambda post: (time_of[post.id], len(post.id), post.id))
        self.called = _names_by_author([*members, root] if root else members)
        self.linker = Linker(root.text if root else "", self._names(root) if root else ())
        self.row_of: dict[str, int] = {root_id: 0}
        self.post_of: dict[int, Post] = {0: root} if root else {}
        self.id_of: dict[int, str] = {0: root_id}

    def tree(self) -> Tree:
        for post in self.members:
            for each in self._elders_first(post):
                self._place(each)
        return self._columns(self._order())

    def _names(self, post: Post) -> tuple[str, ...]:
        author = post.author
        if author is None:
            return ()
        if author.id in self.called:
            return self.called[author.id]
        return tuple(dict.fromkeys(name for name in (author.name, author.name_key) if name))

    def _elders_first(self, post: Post) -> list[Post]:
        """`post` behind those of its ancestors not placed yet: of the same second, or without a time."""
        line: list[Post] = []
        seen: set[str] = set()
        now: Post | None = post
        while now is not None and now.id not in self.row_of and now.id not in seen:
            line.append(now)
            seen.add(now.id)
            parent_id = now.parent_id if self.use_parent_ids else None
            now = self.known.get(parent_id) if parent_id and self._may_follow(now, parent_id) else None
        return line[::-1]

    def _may_follow(self, post: Post, parent_id: str) -> bool:
        mine, theirs = self.at.get(post.id), self.at.get(parent_id)
        return parent_id != post.id and (mine is None or theirs is None or theirs <= mine)

    def _place(self, post: Post) -> None:
        text = "" if post.kind in ANSWERS else post.text  # nobody answers by a chain
        parent: int | None = None
        sure = post.parent_confidence is None or post.parent_confidence >= 1.0
        if self.use_parent_ids and post.parent_id and self._may_follow(post, post.parent_id):
            parent = self.row_of.get(post.parent_id)
            if parent is None and post.parent_id not in self.known:
                parent = self._absent(post.parent_id, text)
            if parent is not None and not sure and links(text):
                parent = None  # the crawler guessed; the chain knows better
        row = self.linker.add(text, self._names(post), parent)
        self.row_of[post.id] = row
        self.post_of[row] = post
        self.id_of[row] = post.id

    def _absent(self, parent_id: str, text: str) -> int:
        """The virtual row of a parent the site named and nobody collected."""
        found = links(text)
        name, words = (found[0][0], text[found[0][1] :]) if found else (None, "")
        row = self.linker.seek(name, words) if name else -1
        if row < 0 or row in self.id_of or self.linker.names[row] is None:
            row = self.linker.add_virtual(words, name)
        self.row_of[parent_id] = row
        self.id_of[row] = parent_id
        return row

    def _order(self) -> list[int]:
        """Rows with every parent before its children, else as they came."""
        parent = self.linker.parent
        order: list[int] = []
        placed = bytearray(len(parent))
        for row in range(len(parent)):
            line = []
            while row >= 0 and not placed[row]:
                placed[row] = 1
                line.append(row)
                row = parent[row]
            order.extend(reversed(line))
        return order

    def _columns(self, order: list[int]) -> Tree:
        linker = self.linker
        new = {row: number for number, row in enumerate(order)}
        facts = [self._edge(row) for row in order]
        return Tree(
            ids=self._ids(order),
            posts=[self.post_of.get(row) for row in order],
            parent=[new.get(linker.parent[row], -1) for row in order],
            edge=[edge for edge, _ in facts],
            confidence=[sure for _, sure in facts],
            at=[self.at.get(self.id_of.get(row, "")) for row in order],
            names=[self._name(row) for row in order],
        )

    def _ids(self, order: list[int]) -> list[str]:
        ids: list[str] = []
        taken: set[str] = set(self.row_of)
        for row in order:
            found = self.id_of.get(row)
            if found is None:
                key = f"{self.root_id}\n{self.linker.names[row]}\n{self.linker.texts[row]}"
                found = "missing:" + hashlib.sha256(key.encode()).hexdigest()[:16]
                while found in taken:
                    found += "+"
                taken.add(found)
            ids.append(found)
        return ids

    def _name(self, row: int) -> str | None:
        post = self.post_of.get(row)
        if post is None:
            return self.linker.names[row] or None
        return post.author.name if post.author else None

    def _edge(self, row: int) -> tuple[EdgeKind | None, float]:
        linker = self.linker
        if row == 0:
            return None, 1.0
        post, how = self.post_of.get(row), linker.how[row]
        if post is None:
            return EdgeKind.MISSING, SURE["missing"]
        if how == "id":
            sure = 1.0 if post.parent_confidence is None else post.parent_confidence
            return (EdgeKind.OBSERVED if sure >= 1.0 else EdgeKind.INFERRED), sure
        if linker.names[linker.parent[row]] is not None:
            return EdgeKind.MISSING, SURE["missing"]
        if post.kind in ANSWERS:
            return EdgeKind.INFERRED, _ANSWER
        return EdgeKind.INFERRED, SURE[how]


def _names_by_author(posts: Iterable[Post]) -> dict[str, tuple[str, ...]]:
    """All names of those authors who appear under more than one: a rename between two crawls."""
    names: dict[str, dict[str, None]] = {}
    for post in posts:
        author = post.author
        if author is not None and author.id is not None:
            mine = names.setdefault(author.id, {})
            for name in (author.name, author.name_key):
                if name:
                    mine[name] = None
    return {author: tuple(found) for author, found in names.items()}
