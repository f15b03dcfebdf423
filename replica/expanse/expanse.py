"""An invented world of thousands to tens of millions of posts whose truth is its columns.

Nothing of it is a Python object until somebody asks: ids say the row, the row and the seed say the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.ids import mid_at, moment_of_mid
from core.models import Author, Engagement, Kind, Post
from core.texts import mentions_of
from replica.expanse import words
from replica.expanse.columns import ARMY, COMMENT, POST, REPLY, REPOST, THREAD, draw
from replica.expanse.index import Index, place
from replica.ties import native
from replica.world.model import Account, Board, Forum

_BOARDS = (Board(number=2, name="综合讨论", slug="general"), Board(number=3, name="闲聊", slug="chat"))
FORUMS = (
    Forum(host="bbs.wanxiang.example", platform="discuz", title="万象论坛", charset="gbk", boards=_BOARDS),
    Forum(host="forum.wanxiang.example", platform="discourse", title="万象社区", boards=_BOARDS),
)
_KINDS = {POST: Kind.POST, REPOST: Kind.REPOST, COMMENT: Kind.COMMENT, THREAD: Kind.THREAD, REPLY: Kind.REPLY}
_FIRST_UID = 9_900_000_001
_FIRST_FLOOR = 1_000_000
_FIRST_MEMBER = 1_000
_EDITED = 100  # one post of so many was edited
_WEIBO = (POST, REPOST, COMMENT)
_KEPT = 50_000


class Expanse:
    """`posts` rows drawn from `seed`, seen at `now` (aware). Raises `ValueError` when `now` is naive."""

    def __init__(self, posts: int, *, now: datetime, seed: int = 7) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.seed = seed
        self.columns = draw(seed, self.now, posts)
        kind, root = self.columns.kind, self.columns.root
        self._written = (kind == POST) | (kind == REPOST)
        self.reposts = Index(root, kind == REPOST)
        self.comments = Index(root, kind == COMMENT)
        self.floors = Index(root, kind == REPLY)
        self.post = lru_cache(maxsize=_KEPT)(self._post)

    def __len__(self) -> int:
        return len(self.columns.at)

    @cached_property
    def by_topic(self) -> Index:
        """Posts and reposts by the number of their subject."""
        return Index(self.columns.topic, self._written)

    @cached_property
    def by_author(self) -> Index:
        return Index(self.columns.author, self._written)

    @cached_property
    def children(self) -> Index:
        """Reposts and comments by what they answer."""
        kind = self.columns.kind
        return Index(self.columns.parent, (kind == REPOST) | (kind == COMMENT))

    # --- ids ---

    def id_of(self, row: int) -> str:
        """``weibo:MID``, or ``discuz:HOST:NUMBER`` of a floor."""
        if self.columns.kind[row] in _WEIBO:
            second = int(self.columns.at[row])
            sequence = row - place(self.columns.at, second)
            return f"weibo:{mid_at(datetime.fromtimestamp(second, UTC), sequence)}"
        forum = self.forum_of(row)
        return f"{forum.platform}:{forum.host}:{_FIRST_FLOOR + row}"

    def row_of(self, post_id: str) -> int | None:
        """The row of an id; None where there is none."""
        number = native(post_id)
        if not number.isdecimal():
            return None
        if post_id.startswith("weibo:"):
            moment = moment_of_mid(number)
            if moment is None:
                return None
            row = place(self.columns.at, int(moment.timestamp())) + (int(number) & 0x3FFFFF)
        else:
            row = int(number) - _FIRST_FLOOR
        return row if 0 <= row < len(self) and self.id_of(row) == post_id else None

    def forum_of(self, row: int) -> Forum:
        """The forum of a floor: threads are shared out over the forums by their row."""
        return FORUMS[int(self.columns.root[row]) % len(FORUMS)]

    def thread_id(self, root: int) -> str:
        forum = self.forum_of(root)
        return f"{forum.platform}:{forum.host}:t{root + 1}"

    # --- posts ---

    def chance(self, row: int) -> int:
        return words.mixed(self.seed, row)

    def _post(self, row: int) -> Post:
        """The post of a row in its last words; counters are those nobody counts."""
        c = self.columns
        kind, root, parent = int(c.kind[row]), int(c.root[row]), int(c.parent[row])
        weibo = kind in _WEIBO
        opening = kind in (POST, THREAD)
        text = self.text(row)
        chance = self.chance(row)
        return Post(
            id=self.id_of(row),
            platform="weibo" if weibo else self.forum_of(row).platform,
            kind=_KINDS[kind],
            text=text,
            author=self.member(row) if not weibo else self.author(int(c.author[row])),
            published_at=datetime.fromtimestamp(int(c.at[row]), UTC),
            root_id=None if kind == POST else self.id_of(root),
            parent_id=None if opening else self.id_of(parent),
            parent_confidence=None if opening else 1.0,
            thread_id=None if weibo else self.thread_id(root),
            floor=self.floor(row) if not weibo else None,
            engagement=Engagement(likes=self.likes(row)),
            mentions=mentions_of(text),
            media=("image",) * ((chance >> 40) % 3) if kind == POST else (),
            region=words.place_of(chance >> 24) if weibo else None,
            client="iPhone客户端" if kind in (POST, REPOST) and chance & 1 else None,
        )

    def text(self, row: int, *, edited: bool = True) -> str:
        """What a row says; with `edited` False what it said before it was edited."""
        c = self.columns
        kind, chance = int(c.kind[row]), self.chance(row)
        if kind in (POST, THREAD):
            subject = words.subjects()[int(c.topic[row])]
            said = words.told(subject, chance, ending=0 if edited or self.edited_at(row) is None else 1)
            return said if kind == POST else f"{subject}怎么样\n{said}"
        if kind == REPOST:
            return words.pushed(chance) if self.is_army(int(c.author[row])) else words.reposted(chance)
        return words.answered(chance)

    def likes(self, row: int) -> int:
        """What it has in the end: more where the writer has followers."""
        followers = float(self.columns.followers[int(self.columns.author[row])])
        return int((self.chance(row) >> 32) % 100 / 40 * followers**0.35)

    def edited_at(self, row: int) -> datetime | None:
        """When a post or the opening of a thread was edited; None for most."""
        chance = self.chance(row)
        if int(self.columns.kind[row]) not in (POST, THREAD) or (chance >> 12) % _EDITED:
            return None
        moment = datetime.fromtimestamp(int(self.columns.at[row]), UTC) + timedelta(minutes=5 + chance % 600)
        return moment if moment < self.now else None

    def floor(self, row: int) -> int:
        """The number of a floor; the opening is 1."""
        root = int(self.columns.root[row])
        return 1 if row == root else 2 + place(self.floors.of(root), row)

    # --- people ---

    def is_army(self, person: int) -> bool:
        """Whether an account is of the army that pushes campaigns."""
        return person >= len(self.columns.followers) - ARMY

    def author(self, person: int) -> Author:
        followers = int(self.columns.followers[person])
        kind = 0 if followers > 300_000 else -1
        return Author(
            id=f"weibo:{_FIRST_UID + person}",
            name=words.name_of(person),
            followers=followers,
            verified_type=kind,
        )

    def person_of(self, author_id: str) -> int | None:
        number = native(author_id)
        person = int(number) - _FIRST_UID if number.isdecimal() and author_id.startswith("weibo:") else -1
        return person if 0 <= person < len(self.columns.followers) else None

    def member(self, row: int) -> Author:
        """The same person as a member of the forum."""
        forum, person = self.forum_of(row), int(self.columns.author[row])
        return Author(
            id=f"{forum.platform}:{forum.host}:{_FIRST_MEMBER + person}", name=words.name_of(person)
        )

    def province(self, person: int) -> str:
        return words.place_of(words.mixed(self.seed, ~person))

    def account(self, person: int) -> Account:
        written = len(self.by_author.of(person))
        return Account(author=self.author(person), location=self.province(person), statuses_count=written)

    # --- truth ---

    def public(self, rows: NDArray[Any], at: datetime) -> NDArray[Any]:
        """Those of the rows (in order of time) that anybody could read at a moment."""
        second = int(at.timestamp())
        there = rows[: place(self.columns.at[rows], second, after=True)]
        gone = self.columns.gone[there]
        left: NDArray[Any] = there[(gone == 0) | (gone > second)]
        return left

    def found(self, subject: str, since: datetime, until: datetime, at: datetime) -> list[str]:
        """Ids of what named a subject from `since` up to and without `until` and was public at a moment."""
        rows = self.by_topic.of(words.subjects().index(subject))
        rows = rows[self.naming(rows)]
        moments = self.columns.at[rows]
        rows = rows[place(moments, int(since.timestamp())) : place(moments, int(until.timestamp()))]
        return [self.id_of(int(row)) for row in self.public(rows, at)]

    def naming(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Which of the rows name their subject themselves: reposts do not."""
        return np.asarray(self.columns.kind[rows] == POST)

    def edges(self, post_id: str, at: datetime) -> Iterator[tuple[str, str]]:
        """(repost, parent) of every repost of a root that was public."""
        root = self.row_of(post_id)
        for row in self.public(self.reposts.of(-1 if root is None else root), at):
            yield self.id_of(int(row)), self.id_of(int(self.columns.parent[row]))

    def comments_of(self, post_id: str, at: datetime) -> list[str]:
        """Ids of every comment and answer under a post that was public."""
        root = self.row_of(post_id)
        return [
            self.id_of(int(row)) for row in self.public(self.comments.of(-1 if root is None else root), at)
        ]

    def floors_of(self, thread_id: str, at: datetime) -> list[str]:
        """Ids of the floors of a thread that were public, the opening first."""
        root = int(native(thread_id).removeprefix("t")) - 1
        rows = self.public(np.concatenate(([root], self.floors.of(root))).astype(np.int32), at)
        return [self.id_of(int(row)) for row in rows]
