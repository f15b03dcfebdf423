"""The posts of a world as they stood at a moment, laid out so that every page of every site is one look-up away."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from core.models import Author, HotEntry, Kind, Post
from replica.history import History
from replica.lists import Listed, Visible
from replica.search import Wanted
from replica.ties import published
from replica.world.model import (
    Account,
    Article,
    Forum,
    OfficialAccount,
    Portal,
    Removal,
    Site,
    Thread,
    World,
)

WRITTEN = frozenset({Kind.POST, Kind.REPOST})  # what a Weibo timeline and search show
_Made = TypeVar("_Made")


class Shelf:
    """A world's posts by id, root, parent, author and time, as they stand at `now`.

    Sites read everything that changes through it; `turn` moves it to another moment, which costs nothing
    until a page is asked for. `kept` holds what a site made of it until the next turn.
    """

    def __init__(self, world: World) -> None:
        self.history = History(world)
        self.now = min(world.now, self.history.end)
        self.posts: Mapping[str, Post] = Visible(self, self.history.posts)
        self.accounts: dict[str, Account] = dict(world.accounts)
        self.forums: tuple[Forum, ...] = world.forums
        self.press: tuple[Site, ...] = world.sites
        self.portals: tuple[Portal, ...] = world.portals
        self.official: tuple[OfficialAccount, ...] = world.official
        self._world = world
        self._children: defaultdict[str, list[Post]] = defaultdict(list)
        self._reposts: defaultdict[str, list[Post]] = defaultdict(list)
        self._comments: defaultdict[str, list[Post]] = defaultdict(list)
        self._answers: defaultdict[str, list[Post]] = defaultdict(list)
        self._written: defaultdict[str, list[Post]] = defaultdict(list)
        self._authors: dict[str, Author] = {}
        self._listed: dict[str, Listed] = {}
        self._kept: dict[str, Any] = {}
        self._seen: dict[str, Post] = {}
        self._hot_times: list[datetime] = sorted({entry.at for entry in world.hot})
        self._hot: defaultdict[datetime, list[HotEntry]] = defaultdict(list)
        for entry in world.hot:
            self._hot[entry.at].append(entry)
        for post in world.posts:
            self._place(post)

    def _place(self, post: Post) -> None:
        author = post.author
        if author is not None and author.id is not None and author.id not in self._authors:
            self._authors[author.id] = author
        if post.kind is Kind.COMMENT:
            comment = self.history.ties.top_comment(post)
            if comment is None:
                self._comments[self.history.ties.commented(post)].append(post)
            else:
                self._answers[comment.id].append(post)
            return
        if post.platform == "weibo" and post.kind in WRITTEN and author is not None and author.id:
            self._written[author.id].append(post)
        if post.kind is Kind.REPOST and post.root_id:
            self._reposts[post.root_id].append(post)
            self._children[post.parent_id or post.root_id].append(post)

    # --- time ---

    def turn(self, now: datetime) -> None:
        """Shows the world as it stood at `now`; after its end it stays as it is."""
        now = min(now, self.history.end)
        if now != self.now:
            self.now = now
            self._kept = {}
            self._seen = {}

    def kept(self, key: str, make: Callable[[], _Made]) -> _Made:
        """What `make` returns, made once until the next turn."""
        if key not in self._kept:
            self._kept[key] = make()
        found: _Made = self._kept[key]
        return found

    def shows(self, post: Post) -> bool:
        """Whether a post can be seen now."""
        return self.history.is_public(post, self.now)

    def ever(self, post_id: str | None) -> Post | None:
        """A post that was or will be there, in its last words."""
        return self.history.posts.get(post_id or "")

    def seen(self, post: Post) -> Post:
        """The post as it stands now."""
        found = self._seen.get(post.id)
        if found is None:
            found = self._seen[post.id] = self.history.seen(post, self.now)
        return found

    def quoted(self, post_id: str | None, by: Post) -> Post | None:
        """A post as it stood when `by` quoted it; quotes outlive it."""
        post = self.ever(post_id)
        return self.history.seen(post, published(by)) if post is not None else None

    def removal(self, post_id: str) -> Removal | None:
        """How a post that was there has gone."""
        return self.history.removal(post_id, self.now)

    def edited_at(self, post: Post) -> datetime | None:
        """When a post was last edited."""
        return self.history.edited_at(post, self.now)

    # --- who ---

    def author(self, author_id: str) -> Author | None:
        """The account's author record, else the one its first post carries."""
        account = self.accounts.get(author_id)
        return account.author if account else self._authors.get(author_id)

    # --- lists ---

    def find(self, wanted: Wanted) -> Listed | None:
        """What a search finds, at any time, where the shelf knows that better than reading all texts."""
        return None

    def wordings(self) -> Iterator[tuple[str, Post]]:
        """Every post that was written on Weibo, with every wording that it had besides its last."""
        for post in self._world.posts:
            if post.platform == "weibo" and post.kind in WRITTEN:
                for edit in self._world.edits.get(post.id, ()):
                    yield edit.before, post

    @property
    def edited(self) -> bool:
        """Whether any post of the world is ever edited."""
        return bool(self._world.edits)

    def listed(self, key: str) -> Listed:
        """One of the lists: ``weibo`` (all written), ``reposts:ID``, ``comments:ID``, ``answers:ID``, ``by:AUTHOR``."""
        found = self._listed.get(key)
        if found is None:
            found = self._listed[key] = Listed(self, self._gather(key))
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
                return (p for p in self._world.posts if p.platform == "weibo" and p.kind in WRITTEN)
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
        return self.history.reposts(post_id, self.now)

    def talk(self, post_id: str) -> int:
        """How many comments a post has, answers included."""
        return self.history.comments(post_id, self.now)

    def top_comment(self, comment: Post) -> Post | None:
        """The first-level comment an answer stands under; None for a first-level comment."""
        return self.history.ties.top_comment(comment)

    def hot(self) -> list[HotEntry]:
        """The newest hot list, by rank."""
        at = bisect_right(self._hot_times, self.now)
        latest = self._hot[self._hot_times[at - 1]] if at else []
        return sorted(latest, key=lambda entry: (entry.rank is None, entry.rank or 0))

    # --- forums and press ---

    def threads(self, host: str) -> dict[int, Thread]:
        """The threads of a host that can be read now, by number, with the floors there are now."""
        return self.kept(f"threads:{host}", lambda: self._threads_of(host))

    def _threads_of(self, host: str) -> dict[int, Thread]:
        found = {}
        for thread in self._world.threads.values():
            if thread.host == host and (shown := self._thread(thread)) is not None:
                found[thread.number] = shown
        return found

    def _thread(self, thread: Thread) -> Thread | None:
        everything = self.history.posts
        if not thread.post_ids or not self.shows(everything[thread.post_ids[0]]):
            return None
        ids = tuple(post_id for post_id in thread.post_ids if self.shows(everything[post_id]))
        began = published(everything[thread.post_ids[0]])
        views = self.history.grown(thread.views, began, self.now)
        return (
            thread
            if ids == thread.post_ids and views == thread.views
            else replace(thread, post_ids=ids, views=views)
        )

    def articles(self, host: str) -> list[tuple[Post, Article]]:
        """The articles of a host that can be read now, the newest first."""
        return self.kept(f"articles:{host}", lambda: self._articles_of(host))

    def _articles_of(self, host: str) -> list[tuple[Post, Article]]:
        found = [
            (self.seen(post), self._article(article, self.seen(post)))
            for article in self._world.articles.values()
            if article.host == host and self.shows(post := self.history.posts[article.post_id])
        ]
        return sorted(found, key=lambda story: (published(story[0]), story[0].id), reverse=True)

    def _article(self, article: Article, post: Post) -> Article:
        """The article in the words of that moment: the text of a post is its title and its paragraphs."""
        if post.text == self.history.posts[post.id].text:
            return article
        title, _, body = post.text.partition("\n")
        return replace(article, title=title, body=tuple(line for line in body.split("\n") if line))
