"""Tieba, V2EX, Douban groups and a WordPress blog: boards beside those of the stories, from a chance of their own.

`widen` adds them to a world and moves nothing that is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import mentions_of, topics_of
from replica.world.forums import ELSEWHERE
from replica.world.grammar import Teller
from replica.world.model import Account, Board, Forum, Thread, World
from replica.world.talk import Context, Talk

_CAR_LINES = ("forum.car.re.help", "forum.car.re.show", "forum.car.re.water")
_DAYS = 58
_MEMBERS = 120
# threads of a full-size world by platform; the first of each is a long one
_THREADS = {"tieba": 72, "v2ex": 36, "douban": 62, "wordpress": 124}
_LONG = {"tieba": 66, "v2ex": 130, "douban": 128, "wordpress": 112}


@dataclass(slots=True, eq=False)
class _Note:
    """Something written; `comments` are what stands below a floor of Tieba."""

    kind: Kind
    author: Author
    at: datetime
    text: str
    parent: _Note | None = None
    floor: int | None = None
    media: tuple[str, ...] = ()
    likes: int | None = None
    number: int = 0
    comments: list[_Note] = field(default_factory=list)


def widen(world: World, *, seed: int = 7, size: float = 1.0) -> World:
    """`world` with the boards of the other platforms; `size` 1 is about 4,400 posts more.

    The same seed, moment and size add the same posts.
    """
    parts = [_Place(forum, seed, world.now, size) for forum in ELSEWHERE]
    for part in parts:
        part.write()
    posts = [*world.posts, *(post for part in parts for post in part.posts)]
    posts.sort(key=lambda post: post.published_at or world.now)  # stable: parents stay before children
    return replace(
        world,
        posts=posts,
        accounts=world.accounts | {key: account for part in parts for key, account in part.accounts.items()},
        forums=(*world.forums, *ELSEWHERE),
        threads=world.threads | {thread.id: thread for part in parts for thread in part.threads},
    )


class _Place:
    """One host while its threads are written."""

    def __init__(self, forum: Forum, seed: int, now: datetime, size: float) -> None:
        self.forum = forum
        self.now = now.replace(second=0, microsecond=0)
        self.rng = Random(f"tingfeng {forum.host} {seed}")
        self._teller = Teller(self.rng)
        self._talk = Talk(self.rng, self._teller)
        self._size = size
        self._good = "s7"  # what the thread at hand is about
        self._next = Counter({"post": 150_000_000_000, "thread": 9_100_000_000, "floor": 12_000_000})
        self.posts: list[Post] = []
        self.threads: list[Thread] = []
        self.members = self._join()
        self.accounts = {
            member.id: Account(author=member, statuses_count=self.rng.randint(1, 900))
            for member in self.members
            if member.id
        }

    def _join(self) -> list[Author]:
        names: dict[str, None] = {}
        while len(names) < _MEMBERS:
            name = self._teller.say(self.rng.choice(("forum.nick", "forum.bea.nick"))).replace(" ", "")
            names.setdefault(f"{name}{self.rng.randint(2, 99)}" if name in names else name)
        key = [self.forum.platform, *([self.forum.host] if self.forum.platform == "wordpress" else [])]
        return [
            Author(id=post_id(*key, 70_000_000 + at * 37), name=name[:20]) for at, name in enumerate(names)
        ]

    def _someone(self) -> Author:
        return self.members[int(len(self.members) * self.rng.random() ** 1.6)]

    def write(self) -> None:
        """All threads, the long one first; the third of each board that has pinned ones is old and pinned."""
        grow: dict[str, Callable[[_Note, int], list[_Note]]] = {
            "tieba": self._floors,
            "v2ex": self._replies,
            "douban": self._answers,
            "wordpress": self._comments,
        }
        platform = self.forum.platform
        for at in range(max(4, round(_THREADS[platform] * self._size))):
            board = self.forum.boards[0 if at % 8 < 6 else 1]
            pinned = at == 2 and platform in ("tieba", "douban")
            age = _DAYS - 1 if pinned else self.rng.uniform(0.2, 20) if at else _DAYS
            opening = self._open(board, self.now - timedelta(days=age))
            count = _LONG[platform] if at == 0 else 0 if pinned else int(self.rng.paretovariate(0.9) * 3) % 24
            rest = [note for note in grow[platform](opening, count) if note.at < self.now]
            self._bind(board, opening, rest, pinned)

    def _open(self, board: Board, at: datetime) -> _Note:
        beauty = board.slug in ("subai", "hufu", "kouhong-lab", "vanity")
        self._good = good = "chunxin" if beauty else self.rng.choice(("s7", "y6", "t3"))
        town = self._teller.say("home").split()[-1]
        if self.forum.platform == "wordpress":
            section = f"news.plain.{'beauty' if beauty else 'car'}"
            context: Context = self._talk.media(good) | {"town": town}
        else:
            kind = self.rng.choice(
                ("review", "help", "water") if beauty else ("show", "help", "pick", "water")
            )
            section = f"forum.{'bea' if beauty else 'car'}.{kind}"
            context = self._talk.clauses(good) | {"town": town}
        text = self._teller.say(section, context)
        kind_of = Kind.ARTICLE if self.forum.platform == "wordpress" else Kind.THREAD
        media = ("image",) * self.rng.choice((0, 0, 1, 2))
        floor = 1 if self.forum.platform == "tieba" else None
        return _Note(kind=kind_of, author=self._someone(), at=_whole(at), text=text, floor=floor, media=media)

    def _line(self, friend: str) -> str:
        sections = ("forum.bea.re",) if self._good == "chunxin" else _CAR_LINES
        context = self._talk.context(self._good) | {"town": "江湾", "friend": friend}
        return self._teller.say(self.rng.choice(sections), context)

    def _after(self, at: datetime) -> datetime:
        return _whole(at + timedelta(minutes=max(1.0, self.rng.lognormvariate(4.0, 1.2))))

    def _note(self, opening: _Note, before: datetime, kind: Kind, parent: _Note) -> _Note:
        return _Note(
            kind=kind,
            author=self._someone(),
            at=self._after(before),
            text=self._line(opening.author.name or ""),
            parent=parent,
        )

    # --- how each grows ---

    def _floors(self, opening: _Note, count: int) -> list[_Note]:
        """Floors one after another, each with replies below it, some of which answer another's last."""
        floors: list[_Note] = []
        below: list[_Note] = []
        at = opening.at
        for floor in range(2, count + 2):
            note = self._note(opening, at, Kind.REPLY, opening)
            at = note.at
            note.floor = floor + (floor > 20)  # the 21st floor was taken away
            floors.append(note)
            size = 27 if floor == 4 and count > 30 else int(self.rng.paretovariate(1.1)) - 1
            below += self._below(opening, note, min(size, 27))
        return floors + below

    def _below(self, opening: _Note, floor: _Note, count: int) -> list[_Note]:
        last: dict[str, _Note] = {}
        said: list[_Note] = []
        at = floor.at
        for _ in range(count):
            answers = self.rng.choice(list(last.values())) if last and self.rng.random() < 0.4 else floor
            note = self._note(opening, at, Kind.COMMENT, answers)
            at = note.at
            last[note.author.name or ""] = note
            said.append(note)
        floor.comments = said
        return said

    def _replies(self, opening: _Note, count: int) -> list[_Note]:
        """Replies in a row; some call an earlier writer by name, and mean the last thing they said."""
        last: dict[str, _Note] = {}
        replies: list[_Note] = []
        at = opening.at
        for floor in range(1, count + 1):
            note = self._note(opening, at, Kind.REPLY, opening)
            others = [name for name in last if name != note.author.name]
            if others and self.rng.random() < 0.35:
                name = self.rng.choice(others)
                note.parent = last[name]
                note.text = f"@{name} {note.text}"
            at, note.floor, note.likes = note.at, floor, self.rng.choice((0, 0, 0, 1, 4))
            last[note.author.name or ""] = note
            replies.append(note)
        return replies

    def _answers(self, opening: _Note, count: int) -> list[_Note]:
        """Answers in a row; a third of them quote an earlier one."""
        answers: list[_Note] = []
        at = opening.at
        for _ in range(count):
            note = self._note(opening, at, Kind.REPLY, opening)
            if answers and self.rng.random() < 0.33:
                note.parent = self.rng.choice(answers[-30:])
            at, note.likes = note.at, self.rng.choice((0, 0, 0, 2, 7))
            answers.append(note)
        return answers

    def _comments(self, opening: _Note, count: int) -> list[_Note]:
        """Comments of an article; half of them answer another."""
        comments: list[_Note] = []
        at = opening.at
        for _ in range(count):
            parent = self.rng.choice(comments) if comments and self.rng.random() < 0.5 else opening
            comments.append(self._note(opening, at, Kind.COMMENT, parent))
            at = comments[-1].at
        return comments

    # --- posts out of notes ---

    def _bind(self, board: Board, opening: _Note, rest: Sequence[_Note], pinned: bool) -> None:
        kept = {id(note) for note in rest} | {id(opening)}
        thread_number = self._count("thread")
        for note in (opening, *rest):
            note.number = self._count("post" if self.forum.platform == "tieba" else "floor")
        ids = {id(note): self._id(note, thread_number, note is opening) for note in (opening, *rest)}
        title = opening.text.partition("\n")[0]
        thread_id = (
            ids[id(opening)] if self.forum.platform != "tieba" else post_id("tieba", f"t{thread_number}")
        )
        views = 40 * (len(rest) + 2)
        for note in (opening, *rest):
            above = note.parent if note.parent is None or id(note.parent) in kept else opening
            self.posts.append(
                Post(
                    id=ids[id(note)],
                    platform=self.forum.platform,
                    kind=note.kind,
                    text=note.text,
                    author=note.author,
                    published_at=note.at,
                    root_id=ids[id(opening)],
                    parent_id=ids[id(above)] if above else None,
                    parent_confidence=1.0 if above else None,
                    quoted_id=ids[id(above)] if above and above is not opening else None,
                    thread_id=thread_id,
                    floor=note.floor,
                    engagement=_engagement(note, opening, rest, kept, views),
                    topics=topics_of(note.text),
                    mentions=mentions_of(note.text),
                    media=note.media,
                    region=self._region(note),
                )
            )
        self.threads.append(
            Thread(
                id=thread_id,
                host=self.forum.host,
                number=thread_number,
                board=board.number,
                title=title,
                post_ids=tuple(ids.values()),
                views=views,
                sticky=pinned,
            )
        )

    def _region(self, note: _Note) -> str | None:
        if self.forum.platform not in ("tieba", "douban") or note.kind is Kind.COMMENT:
            return None
        return self.rng.choice(("福建", "上海", "四川", "广东", "黑龙江"))

    def _count(self, what: str) -> int:
        self._next[what] += self.rng.randint(1, 9)
        return self._next[what]

    def _id(self, note: _Note, thread: int, opens: bool) -> str:
        platform, host = self.forum.platform, self.forum.host
        match platform:
            case "tieba":
                return post_id("tieba", note.number)
            case "v2ex":
                return post_id("v2ex", f"t{thread}" if opens else f"r{note.number}")
            case "douban":
                return post_id("douban", f"t{thread}" if opens else f"c{note.number}")
        return post_id(platform, host, f"p{thread}" if opens else f"c{note.number}")


def _engagement(note: _Note, opening: _Note, rest: Sequence[_Note], kept: set[int], views: int) -> Engagement:
    if note is opening:
        return Engagement(comments=len(rest), views=views if note.kind is Kind.THREAD else None)
    below = sum(id(comment) in kept for comment in note.comments)
    return Engagement(comments=below if note.floor and note.likes is None else None, likes=note.likes)


def _whole(at: datetime) -> datetime:
    """Whole minutes, which every page of these sites shows."""
    return at.replace(second=0, microsecond=0)
