"""An expanse laid out as the sites want it: what a page shows is made when it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from core.models import Author, HotEntry, Post
from replica.expanse import words
from replica.expanse.columns import COMMENT, POST, REPOST, THREAD
from replica.expanse.expanse import FORUMS, Expanse
from replica.expanse.index import place
from replica.lists import Listed, Made, Visible
from replica.search import Wanted
from replica.shelf import Shelf
from replica.ties import published
from replica.world.model import Account, Article, Removal, Thread, World

_HALF = timedelta(hours=6)
_LISTED = 20
_HOT_EVERY_S = 600
_HOT_SPAN_S = 2 * 3600


class ListedRows(Listed):
    """Rows in order of time as a list of the sites."""

    def __init__(self, shelf: ExpanseShelf, rows: NDArray[Any]) -> None:
        self._expanse = shelf.expanse
        self._shelf = shelf
        self._rows = rows

    @property
    def all(self) -> Sequence[Post]:
        return Made(self._rows[::-1], lambda row: self._expanse.post(int(row)))

    def between(self, since: datetime | None, until: datetime | None) -> Sequence[Post]:
        rows, at = self._rows, self._expanse.columns.at
        if until is not None:
            rows = rows[: place(at[rows], int(until.timestamp()))]
        if since is not None:
            rows = rows[place(at[rows], int(since.timestamp())) :]
        shelf, shown = self._shelf, self._expanse.public(rows, self._shelf.now)[::-1]
        return Made(shown, lambda row: shelf.seen(self._expanse.post(int(row))))


class _VisibleRows(Visible):
    """The posts that can be seen now, by id."""

    def __init__(self, shelf: ExpanseShelf) -> None:
        super().__init__(shelf, ())
        self._expanse = shelf.expanse

    def __iter__(self) -> Iterator[str]:
        rows = np.arange(len(self._expanse), dtype=np.int32)
        return map(self._expanse.id_of, self._expanse.public(rows, self._shelf.now).tolist())

    def __len__(self) -> int:
        return len(self._expanse)


class _Accounts(dict[str, Account]):
    """Accounts of everybody, made when asked for."""

    def __init__(self, expanse: Expanse) -> None:
        super().__init__()
        self._expanse = expanse

    def get(self, key: str, default: Any = None) -> Any:
        person = self._expanse.person_of(key)
        return default if person is None else self._expanse.account(person)


class ExpanseShelf(Shelf):
    """The posts of an expanse as they stand at `now`."""

    def __init__(self, expanse: Expanse) -> None:
        super().__init__(World(now=expanse.now, posts=[], forums=FORUMS))
        self.expanse = expanse
        self.posts = _VisibleRows(self)
        self.accounts = _Accounts(expanse)

    # --- posts ---

    def ever(self, post_id: str | None) -> Post | None:
        row = self.expanse.row_of(post_id or "")
        return None if row is None else self.expanse.post(row)

    def _row(self, post_id: str) -> int:
        row = self.expanse.row_of(post_id)
        if row is None:
            raise KeyError(post_id)
        return row

    def shows(self, post: Post) -> bool:
        gone = int(self.expanse.columns.gone[self._row(post.id)])
        return published(post) <= self.now and (gone == 0 or gone > self.now.timestamp())

    def seen(self, post: Post) -> Post:
        return self._as_of(post, self.now)

    def quoted(self, post_id: str | None, by: Post) -> Post | None:
        post = self.ever(post_id)
        return None if post is None else self._as_of(post, published(by))

    def _as_of(self, post: Post, at: datetime) -> Post:
        """In the words and with the likes of a moment."""
        row = self._row(post.id)
        edited = self.expanse.edited_at(row)
        text = post.text if edited is None or edited <= at else self.expanse.text(row, edited=False)
        likes = self._grown(post.engagement.likes or 0, published(post), at)
        if text == post.text and likes == post.engagement.likes:
            return post
        return replace(post, text=text, engagement=replace(post.engagement, likes=likes))

    def _grown(self, count: int, since: datetime, at: datetime) -> int:
        age, whole = at - since, self.expanse.now - since
        if age >= whole or whole <= timedelta():
            return count
        return int(count * max(0.0, (age / (age + _HALF)) / (whole / (whole + _HALF))))

    def removal(self, post_id: str) -> Removal | None:
        row = self.expanse.row_of(post_id)
        gone = 0 if row is None else int(self.expanse.columns.gone[row])
        if not 0 < gone <= self.now.timestamp():
            return None
        return Removal(at=datetime.fromtimestamp(gone, self.now.tzinfo))

    def edited_at(self, post: Post) -> datetime | None:
        edited = self.expanse.edited_at(self._row(post.id))
        return edited if edited is not None and edited <= self.now else None

    @property
    def edited(self) -> bool:
        """Edits of an expanse never touch the subject, so that searches need not read texts."""
        return False

    def author(self, author_id: str) -> Author | None:
        person = self.expanse.person_of(author_id)
        return None if person is None else self.expanse.author(person)

    # --- lists ---

    def listed(self, key: str) -> Listed:
        name, _, rest = key.partition(":")
        e = self.expanse
        if name == "by":
            person = e.person_of(rest)
            return ListedRows(self, e.by_author.of(-1 if person is None else person))
        row = e.row_of(rest)
        if row is None:
            return ListedRows(self, np.empty(0, np.int32))
        match name:
            case "reposts":
                return ListedRows(
                    self, e.reposts.of(row) if e.columns.kind[row] == POST else self._below(row)
                )
            case "comments":
                rows = e.children.of(row)
                return ListedRows(self, rows[e.columns.kind[rows] == COMMENT])
            case "answers":
                return ListedRows(self, self._below(row))
        raise KeyError(key)

    def _below(self, row: int) -> NDArray[Any]:  # type: ignore[override]
        """Everything that answers a repost or a comment, at any depth."""
        found: list[int] = []
        waiting = [row]
        while waiting:
            children = self.expanse.children.of(waiting.pop()).tolist()
            found += children
            waiting += children
        return np.array(sorted(found), np.int32)

    def find(self, wanted: Wanted) -> Listed | None:
        """Posts about the subjects that hold every word of the search, and none besides."""
        e = self.expanse
        topics = [
            number for number, subject in enumerate(words.subjects())
            if all(term.lower() in subject for term in wanted.terms)
        ]  # fmt: skip
        rows = np.sort(np.concatenate([e.by_topic.of(topic) for topic in topics] or [np.empty(0, np.int32)]))
        rows = rows[e.naming(rows)]
        if wanted.media:
            rows = rows[[wanted.media in e.post(int(row)).media for row in rows]]
        if wanted.province:
            of = np.array(
                [e.province(person) for person in np.unique(e.columns.author[rows]).tolist()] or [""]
            )
            writers = np.searchsorted(np.unique(e.columns.author[rows]), e.columns.author[rows])
            rows = rows[of[writers] == wanted.province]
        if wanted.omitted:
            rows = rows[
                [(words.mixed(wanted.seed, int(row)) >> 11) / 2**53 >= wanted.omitted for row in rows]
            ]
        return ListedRows(self, rows[:0] if wanted.links or wanted.city is not None else rows)

    def wordings(self) -> Iterator[tuple[str, Post]]:
        return iter(())

    def spread(self, post_id: str) -> int:
        row = self._row(post_id)
        e = self.expanse
        if e.columns.kind[row] == POST:
            return len(e.public(e.reposts.of(row), self.now))
        return self._cascade(int(e.columns.root[row]))[row] if e.columns.kind[row] == REPOST else 0

    def _cascade(self, root: int) -> Counter[int]:
        """How many reposts stand below each repost of a cascade."""
        return self.kept(f"cascade:{root}", lambda: self._count(root))

    def _count(self, root: int) -> Counter[int]:
        below: Counter[int] = Counter()
        rows = self.expanse.public(self.expanse.reposts.of(root), self.now)
        for row, parent in zip(
            rows[::-1].tolist(), self.expanse.columns.parent[rows[::-1]].tolist(), strict=True
        ):
            below[parent] += below[row] + 1
        return below

    def talk(self, post_id: str) -> int:
        return len(self.expanse.public(self.expanse.comments.of(self._row(post_id)), self.now))

    def top_comment(self, comment: Post) -> Post | None:
        columns, row, top = self.expanse.columns, self._row(comment.id), None
        while columns.kind[parent := int(columns.parent[row])] == COMMENT:
            row = top = parent
        return None if top is None else self.expanse.post(top)

    def hot(self) -> list[HotEntry]:
        """The subjects most written about in the two hours before each ten minutes."""
        return self.kept("hot", self._hottest)

    def _hottest(self) -> list[HotEntry]:
        e = self.expanse
        end = int(self.now.timestamp()) // _HOT_EVERY_S * _HOT_EVERY_S
        counted: Counter[str] = Counter()
        for topic, subject in enumerate(words.subjects()):
            moments = e.columns.at[e.by_topic.of(topic)]
            counted[subject] = place(moments, end) - place(moments, end - _HOT_SPAN_S)
        at = datetime.fromtimestamp(end, self.now.tzinfo)
        return [
            HotEntry(platform="weibo", title=subject, at=at, rank=rank, heat=1000 * count)
            for rank, (subject, count) in enumerate(counted.most_common(_LISTED), 1)
        ]

    # --- forums and press ---

    def _threads_of(self, host: str) -> dict[int, Thread]:
        e = self.expanse
        opened = np.flatnonzero(e.columns.kind == THREAD).astype(np.int32)
        found = {}
        for root in e.public(opened, self.now).tolist():
            forum = e.forum_of(root)
            if forum.host != host:
                continue
            rows = e.public(e.floors.of(root), self.now)
            ids = Made(np.concatenate(([root], rows)), lambda row: e.id_of(int(row)))
            found[root + 1] = Thread(
                id=e.thread_id(root),
                host=host,
                number=root + 1,
                board=forum.boards[root // 2 % 2].number,
                title=e.text(root).partition("\n")[0],
                post_ids=cast("tuple[str, ...]", ids),
                views=40 * len(ids),
            )
        return found

    def articles(self, host: str) -> list[tuple[Post, Article]]:
        return []
