"""Forums: their members, and threads that grow floor by floor with quotes and quarrels."""

from __future__ import annotations

import re
from datetime import datetime

from core.ids import post_id
from core.models import Author, Kind
from replica.world.chronicle import Draft, ThreadDraft
from replica.world.forums import CAR, FORUMS
from replica.world.model import Account, Label
from replica.world.people import Person
from replica.world.stage import Pool, Stage
from replica.world.style import for_gbk, say, styles
from replica.world.talk import Context

_BY_HOST = {forum.host: forum for forum in FORUMS}
_FACE = re.compile(r"\[[^\[\]\s#@0-9]{1,6}\]")
_CAR_STYLES = ("calm", "terse", "grumpy", "elder", "dad", "dongbei", "programmer", "chuanyu", "guangdong")
_BEAUTY_STYLES = ("calm", "bubbly", "student", "mum", "grumpy", "chuanyu")


class Boards:
    """The forums' members and threads."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.threads: list[ThreadDraft] = []
        self.members = {forum.host: self._join(forum.host) for forum in FORUMS}

    def _join(self, host: str) -> list[Person]:
        stage, rng = self._stage, self._stage.rng
        car = host == CAR
        seen: set[str] = set()
        members = []
        number = 1000
        for count in range(stage.size(260 if car else 110, 60)):
            number += rng.randint(3, 260)
            name = stage.say("forum.nick" if car else "forum.bea.nick").replace(" ", "")
            name = for_gbk(name, rng) if car else name
            name = f"{name}{rng.randint(1, 99)}" if name in seen or len(name) < 3 else name
            seen.add(name)
            up = rng.choice((6, 7, 7, 8, 9))
            members.append(
                Person(
                    key=f"{host}:{count}",
                    account=Account(
                        author=Author(id=post_id(_BY_HOST[host].platform, host, number), name=name),
                        statuses_count=rng.randint(1, 3000),
                    ),
                    role="member",
                    likes=("car",) if car else ("beauty",),
                    style=styles()[rng.choice(_CAR_STYLES if car else _BEAUTY_STYLES)],
                    town=stage.say("home").split()[-1],
                    up=up,
                    down=up + rng.choice((16, 17, 18)),
                    owns=rng.choices(("s7", "y6", "t3", None), (40, 22, 15, 23))[0] if car else None,
                )
            )
        return members

    def someone(self, host: str, owns: str | None = None) -> Person:
        """A member; the first of the list write more than the last, as everywhere."""
        pool = self.members[host]
        if owns is not None:
            pool = [member for member in pool if member.owns == owns] or pool
        return pool[int(len(pool) * self._stage.rng.random() ** 2.2)]

    def open(
        self, host: str, board: int, who: Person, at: datetime, text: str, label: Label | None
    ) -> ThreadDraft:
        """A thread; the first line of `text` is its title."""
        title, _, body = self._fit(host, text).partition("\n")
        forum = _BY_HOST[host]
        thread = ThreadDraft(host=host, platform=forum.platform, board=board, title=title.strip())
        opening = Draft(
            kind=Kind.THREAD,
            person=who,
            at=at,
            text=f"{thread.title}\n{body.strip()}",
            platform=forum.platform,
            host=host,
            thread=thread,
            label=label,
        )
        if self._stage.rng.random() < 0.4:
            opening.media = ("image",) * self._stage.rng.randint(1, 6)
        opening.root = opening
        thread.floors.append(self._stage.chronicle.add(opening))
        self.threads.append(thread)
        return thread

    def reply(
        self, thread: ThreadDraft, who: Person, at: datetime, text: str, *, to: Draft | None = None
    ) -> Draft:
        """A floor; `to` is the floor it quotes."""
        opening = thread.floors[0]
        draft = Draft(
            kind=Kind.REPLY,
            person=who,
            at=at,
            text=self._fit(thread.host, text),
            platform=thread.platform,
            host=thread.host,
            thread=thread,
            root=opening,
            parent=to or opening,
            depth=1 if to is None else to.depth + 1,
        )
        thread.floors.append(self._stage.chronicle.add(draft))
        return draft

    def grow(
        self,
        thread: ThreadDraft,
        size: int,
        pool: Pool,
        *,
        pace: float = 6.0,
        owns: str | None = None,
        brand: str | None = None,
        context: Context | None = None,
    ) -> None:
        """`size` floors of lines from the pool: some quote one another, the opener answers now and then."""
        stage, rng = self._stage, self._stage.rng
        opener = thread.floors[0].person
        for _ in range(size):
            who = (
                opener
                if rng.random() < 0.08
                else self.someone(thread.host, owns if rng.random() < 0.6 else None)
            )
            others = [floor for floor in thread.floors[1:][-12:] if floor.person is not who]
            to = rng.choice(others) if others and rng.random() < 0.3 else None
            moment = stage.clock.after((to or thread.floors[0]).at, who, pace * (0.4 if to else 1.0), 1.3)
            if moment is None:
                continue
            section, sentiment, _ = rng.choices(pool, [weight for _, _, weight in pool])[0]

            def make(section: str = section, who: Person = who) -> str:
                slots: Context = {"town": who.town, "friend": opener.name, **(context or {})}
                return self._fit(thread.host, say(who.style, stage.say(section, slots), rng, heads=False))

            draft = self.reply(thread, who, moment, stage.unsaid(make), to=to)
            if sentiment:
                draft.label = Label(sentiment=sentiment, brand=brand)

    def close(self) -> None:
        """Numbers the floors by time and counts the views."""
        for thread in self.threads:
            thread.floors.sort(key=lambda draft: (draft.at, draft.depth))
            for floor, draft in enumerate(thread.floors, 1):
                draft.floor = floor
            thread.views = self._stage.rng.randint(30, 75) * len(thread.floors) + self._stage.rng.randint(
                20, 400
            )

    def _fit(self, host: str, text: str) -> str:
        """What the board takes: Discuz no emoji, Discourse no Weibo faces."""
        if _BY_HOST[host].platform == "discuz":
            return for_gbk(text, self._stage.rng)
        return _FACE.sub("", text).strip()
