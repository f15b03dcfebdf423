"""What is written in the world, as it comes about; at the end it becomes posts with ids and counters."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from core.ids import bid_from_mid, mid_at, post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import mentions_of, topics_of
from replica.world.model import Label
from replica.world.people import Person

_SEQUENCES = 1 << 22
_MARKS = re.compile(r"#[^#]+#|\[[^\]]+\]|\W+")


@dataclass(slots=True, eq=False)
class Draft:
    """Something written. `text` is what is shown: a repost's own words and the chain behind them."""

    kind: Kind
    person: Person
    at: datetime  # UTC, whole seconds
    text: str
    platform: str = "weibo"
    own: str = ""
    parent: Draft | None = None
    root: Draft | None = None
    label: Label | None = None
    copy_of: Draft | None = None
    media: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    url: str | None = None
    topics: tuple[str, ...] | None = None
    author: Author | None = None  # where it is not the person's own
    host: str | None = None
    thread: ThreadDraft | None = None
    floor: int | None = None
    views: int | None = None
    likes: int | None = None
    depth: int = 0
    reposts: int = 0
    comments: int = 0
    id: str = ""


@dataclass(slots=True, eq=False)
class ThreadDraft:
    """A thread with its floors in order; `number` and `views` come at the end."""

    host: str
    platform: str
    board: int
    title: str
    floors: list[Draft] = field(default_factory=list)
    sticky: bool = False
    number: int = 0
    views: int = 0


def _pieces(text: str) -> set[str]:
    plain = _MARKS.sub("", text)
    return {plain[at : at + 3] for at in range(len(plain) - 2)} or {plain}


class Chronicle:
    """Takes down posts, reposts, comments; nothing after `now` is taken."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self._rng = rng
        self.now = now
        self.drafts: list[Draft] = []
        self._said: set[str] = set()
        self._holders: dict[str, list[int]] = {}
        self._sizes: list[int] = []

    def __len__(self) -> int:
        return len(self.drafts)

    def is_new(self, text: str) -> bool:
        """Whether nobody has written that; remembers it."""
        if text in self._said:
            return False
        self._said.add(text)
        return True

    def likeness(self, text: str) -> float:
        """How much of `text` the most similar of the remembered shares with it: 0 nothing, 1 all."""
        pieces = _pieces(text)
        shared = Counter(other for piece in pieces for other in self._holders.get(piece, ()))
        if not shared:
            return 0.0
        near = shared.most_common(5)
        return max(count / (len(pieces) + self._sizes[other] - count) for other, count in near)

    def remember(self, text: str) -> None:
        """Keeps the pieces of an original, for `likeness`."""
        self._said.add(text)
        pieces = _pieces(text)
        for piece in pieces:
            self._holders.setdefault(piece, []).append(len(self._sizes))
        self._sizes.append(len(pieces))

    def add(self, draft: Draft) -> Draft:
        if draft.at > self.now:
            raise ValueError(f"a draft of {draft.at.isoformat()} lies after {self.now.isoformat()}")
        draft.at = draft.at.astimezone(UTC).replace(microsecond=0)
        self.drafts.append(draft)
        return draft

    def post(self, person: Person, at: datetime, text: str, label: Label | None = None) -> Draft:
        """An original Weibo post."""
        return self.add(Draft(kind=Kind.POST, person=person, at=at, text=text, own=text, label=label))

    def repost(
        self, person: Person, at: datetime, own: str, parent: Draft, label: Label | None = None
    ) -> Draft:
        """A repost of a post or repost; the text drags the chain along, as Weibo's default does."""
        root = parent.root or parent
        chain = "" if parent is root else f"//@{parent.person.name}:{parent.text}"
        text = f"{own}{chain}" or "转发微博"
        draft = Draft(
            kind=Kind.REPOST, person=person, at=at, text=text, own=own, parent=parent, root=root, label=label
        )
        draft.depth = parent.depth + 1
        above: Draft | None = parent
        while above is not None:
            above.reposts += 1
            above = above.parent
        return self.add(draft)

    def comment(
        self, person: Person, at: datetime, text: str, on: Draft, answers: Draft | None = None
    ) -> Draft:
        """A comment on a post, or an answer to a comment under it."""
        if answers is not None and answers.parent is not on:
            text = f"回复@{answers.person.name}:{text}"
        on.comments += 1
        draft = Draft(
            kind=Kind.COMMENT, person=person, at=at, text=text, own=text, parent=answers or on, root=on
        )
        return self.add(draft)

    def finish(self) -> list[Post]:
        """All of it as posts by time; gives every draft its id."""
        self.drafts.sort(key=lambda draft: (draft.at, draft.depth))
        self._number()
        return [self._post(draft) for draft in self.drafts]

    def _number(self) -> None:
        taken: set[str] = set()
        pids: dict[str, int] = {}
        for draft in self.drafts:
            if draft.platform == "weibo":
                mid = mid_at(draft.at, self._rng.randrange(_SEQUENCES))
                while mid in taken:
                    mid = mid_at(draft.at, self._rng.randrange(_SEQUENCES))
                taken.add(mid)
                draft.id = post_id("weibo", mid)
                draft.url = f"https://m.weibo.cn/status/{bid_from_mid(mid)}"
            elif draft.platform == "feed":
                digest = hashlib.sha1((draft.url or "").encode(), usedforsecurity=False).hexdigest()
                draft.id = post_id("feed", digest[:16])
            else:
                self._number_floor(draft, pids)

    def _number_floor(self, draft: Draft, pids: dict[str, int]) -> None:
        host, thread = draft.host or "", draft.thread
        pids[host] = pids.get(host, 410_000) + self._rng.randint(1, 9)
        draft.id = post_id(draft.platform, host, pids[host])
        if thread is None:
            raise ValueError("a floor without a thread")
        if not thread.number:
            key = f"t:{host}"
            pids[key] = pids.get(key, 52_000) + self._rng.randint(1, 6)
            thread.number = pids[key]
        if draft.platform == "discuz":
            draft.url = f"https://{host}/thread-{thread.number}-1-1.html#pid{pids[host]}"
        else:
            draft.url = f"https://{host}/t/{thread.number}/{draft.floor}"

    def _post(self, draft: Draft) -> Post:
        thread = draft.thread
        weibo = draft.platform == "weibo"
        text = draft.text
        return Post(
            id=draft.id,
            platform=draft.platform,
            kind=draft.kind,
            text=text,
            author=draft.author or draft.person.author,
            published_at=draft.at,
            root_id=draft.root.id if draft.root else None,
            parent_id=draft.parent.id if draft.parent else None,
            parent_confidence=1.0 if draft.parent else None,
            thread_id=post_id(thread.platform, thread.host, f"t{thread.number}") if thread else None,
            floor=draft.floor,
            engagement=self._engagement(draft),
            topics=topics_of(text) if draft.topics is None else draft.topics,
            mentions=mentions_of(text),
            urls=draft.urls,
            media=draft.media,
            region=draft.person.region if weibo else None,
            client=draft.person.client if weibo and draft.kind is not Kind.COMMENT else None,
            url=draft.url,
        )

    def _engagement(self, draft: Draft) -> Engagement:
        if draft.kind is Kind.ARTICLE:
            return Engagement()
        if draft.kind is Kind.THREAD:
            thread = draft.thread
            replies = len(thread.floors) - 1 if thread else 0
            return Engagement(comments=replies, likes=draft.likes, views=thread.views if thread else None)
        if draft.kind is Kind.REPLY:
            return Engagement(likes=draft.likes)
        likes = self._likes(draft) if draft.likes is None else draft.likes
        if draft.kind is Kind.COMMENT:
            return Engagement(likes=likes)
        return Engagement(reposts=draft.reposts, comments=draft.comments, likes=likes)

    def _likes(self, draft: Draft) -> int:
        """What was moved shows in likes too; a large following alone brings a few."""
        luck = self._rng.lognormvariate(0.0, 0.8)
        if draft.kind is Kind.COMMENT:
            return int(luck * 1.4 * (1 if draft.root is None else 1 + draft.root.reposts**0.4))
        if draft.kind is Kind.REPOST:
            return int(luck * (0.6 * draft.reposts + draft.person.followers**0.25 * 0.3))
        return int(luck * (2.2 * draft.reposts + 1.6 * draft.comments + draft.person.followers**0.4 * 0.35))
