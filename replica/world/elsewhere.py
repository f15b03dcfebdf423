"""Tieba, V2EX, Douban groups and a WordPress blog: boards beside those of the stories, from a chance of their own.

`widen` adds them to a world and moves nothing that is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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
# what stands before the number in the id of an opening and of an answer
_MARKS = {"v2ex": ("t", "r"), "douban": ("t", "c"), "wordpress": ("p", "c")}


@dataclass(slots=True, eq=False)
class _Note:
    """Something written; `comments` are what stands below a floor of Tieba. What is kept gets an `id`."""

    kind: Kind
    author: Author
    at: datetime
    text: str
    parent: _Note | None = None
    floor: int | None = None
    media: tuple[str, ...] = ()
    likes: int | None = None
    id: str = ""
    comments: list[_Note] = field(default_factory=list)


def widen(world: World, *, seed: int = 7, size: float = 1.0) -> World:
    """`world` with the boards of the other platforms; `size` 1 is about 4,400 posts more.

    The same seed, moment and size add the same posts.
    """
    parts = [_Place(forum, seed, world.now, size) for forum in ELSEWHERE]
    for part in parts:
        part.write()
    return replace(
        world,
        posts=world.joined(post for part in parts for post in part.posts),
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
        self._key = (forum.platform, forum.host) if forum.platform == "wordpress" else (forum.platform,)
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
        return [
            Author(id=post_id(*self._key, 70_000_000 + at * 37), name=name[:20])
            for at, name in enumerate(names)
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

    # --- how each grows ---

    def _row(
        self,
        opening: _Note,
        count: int,
        kind: Kind,
        *,
        start: datetime | None = None,
        above: Callable[[], _Note] | None = None,
    ) -> Iterator[_Note]:
        """Notes one after another from `start` on: each answers what `above` chooses, else the opening."""
        at = start or opening.at
        for _ in range(count):
            parent = above() if above else opening
            author = self._someone()
            at = _whole(at + timedelta(minutes=max(1.0, self.rng.lognormvariate(4.0, 1.2))))
            text = self._line(opening.author.name or "")
            yield _Note(kind=kind, author=author, at=at, text=text, parent=parent)

    def _floors(self, opening: _Note, count: int) -> list[_Note]:
        """Floors one after another, each with replies below it, some of which answer another's last."""
        floors: list[_Note] = []
        below: list[_Note] = []
        for floor, note in enumerate(self._row(opening, count, Kind.REPLY), 2):
            note.floor = floor + (floor > 20)  # the 21st floor was taken away
            floors.append(note)
            size = 27 if floor == 4 and count > 30 else int(self.rng.paretovariate(1.1)) - 1
            below += self._below(opening, note, min(size, 27))
        return floors + below

    def _below(self, opening: _Note, floor: _Note, count: int) -> list[_Note]:
        last: dict[str, _Note] = {}

        def above() -> _Note:
            return self.rng.choice(list(last.values())) if last and self.rng.random() < 0.4 else floor

        for note in self._row(opening, count, Kind.COMMENT, start=floor.at, above=above):
            last[note.author.name or ""] = note
            floor.comments.append(note)
        return floor.comments

    def _replies(self, opening: _Note, count: int) -> list[_Note]:
        """Replies in a row; some call an earlier writer by name, and mean the last thing they said."""
        last: dict[str, _Note] = {}
        replies: list[_Note] = []
        for floor, note in enumerate(self._row(opening, count, Kind.REPLY), 1):
            others = [name for name in last if name != note.author.name]
            if others and self.rng.random() < 0.35:
                name = self.rng.choice(others)
                note.parent = last[name]
                note.text = f"@{name} {note.text}"
            note.floor, note.likes = floor, self.rng.choice((0, 0, 0, 1, 4))
            last[note.author.name or ""] = note
            replies.append(note)
        return replies

    def _answers(self, opening: _Note, count: int) -> list[_Note]:
        """Answers in a row; a third of them quote an earlier one."""
        answers: list[_Note] = []
        for note in self._row(opening, count, Kind.REPLY):
            if answers and self.rng.random() < 0.33:
                note.parent = self.rng.choice(answers[-30:])
            note.likes = self.rng.choice((0, 0, 0, 2, 7))
            answers.append(note)
        return answers

    def _comments(self, opening: _Note, count: int) -> list[_Note]:
        """Comments of an article; half of them answer another."""
        comments: list[_Note] = []

        def above() -> _Note:
            return self.rng.choice(comments) if comments and self.rng.random() < 0.5 else opening

        comments.extend(self._row(opening, count, Kind.COMMENT, above=above))
        return comments

    # --- posts out of notes ---

    def _bind(self, board: Board, opening: _Note, rest: Sequence[_Note], pinned: bool) -> None:
        number = self._count("thread")
        notes = (opening, *rest)
        for note in notes:
            note.id = self._id(note is opening, number)
        tieba = self.forum.platform == "tieba"
        thread = Thread(
            id=post_id("tieba", f"t{number}") if tieba else opening.id,
            host=self.forum.host,
            number=number,
            board=board.number,
            title=opening.text.partition("\n")[0],
            post_ids=tuple(note.id for note in notes),
            views=40 * (len(rest) + 2),
            sticky=pinned,
        )
        self.threads.append(thread)
        self.posts += [self._post(note, opening, thread) for note in notes]

    def _post(self, note: _Note, opening: _Note, thread: Thread) -> Post:
        above = note.parent if note.parent is None or note.parent.id else opening
        return Post(
            id=note.id,
            platform=self.forum.platform,
            kind=note.kind,
            text=note.text,
            author=note.author,
            published_at=note.at,
            root_id=opening.id,
            parent_id=above.id if above else None,
            parent_confidence=1.0 if above else None,
            quoted_id=above.id if above and above is not opening else None,
            thread_id=thread.id,
            floor=note.floor,
            engagement=_opened(thread, note.kind) if note is opening else _answered(note),
            topics=topics_of(note.text),
            mentions=mentions_of(note.text),
            media=note.media,
            region=self._region(note),
        )

    def _region(self, note: _Note) -> str | None:
        if self.forum.platform not in ("tieba", "douban") or note.kind is Kind.COMMENT:
            return None
        return self.rng.choice(("福建", "上海", "四川", "广东", "黑龙江"))

    def _count(self, what: str) -> int:
        self._next[what] += self.rng.randint(1, 9)
        return self._next[what]

    def _id(self, opens: bool, thread: int) -> str:
        tieba = self.forum.platform == "tieba"
        number = self._count("post" if tieba else "floor")
        if tieba:
            return post_id("tieba", number)
        opening, answer = _MARKS[self.forum.platform]
        return post_id(*self._key, f"{opening}{thread}" if opens else f"{answer}{number}")


def _opened(thread: Thread, kind: Kind) -> Engagement:
    return Engagement(comments=len(thread.post_ids) - 1, views=thread.views if kind is Kind.THREAD else None)


def _answered(note: _Note) -> Engagement:
    below = sum(bool(comment.id) for comment in note.comments)
    return Engagement(comments=below if note.floor and note.likes is None else None, likes=note.likes)


def _whole(at: datetime) -> datetime:
    """Whole minutes, which every page of these sites shows."""
    return at.replace(second=0, microsecond=0)
