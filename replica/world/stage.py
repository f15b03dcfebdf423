"""Everything a story needs at hand: people, clock, words, and the means to post and spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from replica.world.cascade import Spread, Words
from replica.world.chronicle import Chronicle, Draft
from replica.world.clock import Clock
from replica.world.grammar import Teller
from replica.world.model import Label
from replica.world.people import Cast, Person
from replica.world.style import say
from replica.world.talk import Context, Said, Talk

_FULL = 12_000  # the number of posts the sizes in the stories are written for
_BARE = 0.40  # share of reposts without a word; CED has 0.51 with the one-word ones
_FACES = 0.10
_ECHO = 0.07
_ALIKE = 0.45  # shared part of the three-letter pieces, above which two posts count as the same said again
_LIFE = ("food", "weather", "work", "exam", "pet", "commute", "family", "mood", "show", "sport", "home", "health",
         "travel", "money")  # fmt: skip

# (section, sentiment, weight) of what people add
Pool = Sequence[tuple[str, str | None, float]]


class Stage:
    """One seeded run of the world."""

    def __init__(self, seed: int, now: datetime, posts: int) -> None:
        self.rng = Random(f"tingfeng world {seed}")
        self.posts = posts
        self.clock = Clock(self.rng, now)
        self.teller = Teller(self.rng)
        self.cast = Cast(self.rng, now, crowd=max(220, int(posts * 0.3)))
        self.chronicle = Chronicle(self.rng, self.clock.now)
        self.spread = Spread(self.rng, self.cast, self.clock, self.chronicle)
        self.talk = Talk(self.rng, self.teller)

    def size(self, full: int, least: int = 1, power: float = 1.0) -> int:
        """`full` is right for a world of 12,000 posts; others scale (`power` 0.5: with the root of theirs)."""
        return max(least, round(full * math.pow(self.posts / _FULL, power)))

    def say(self, section: str, context: Context | None = None) -> str:
        return self.teller.say(section, context)

    def unsaid(self, make: Callable[[], str]) -> str:
        """What `make` says, tried again while somebody has said just that."""
        text = make()
        for _ in range(10):
            if self.chronicle.is_new(text):
                break
            text = make()
        return text

    def anew(self, make: Callable[[], Said]) -> Said:
        """The same for what comes with a label."""
        tries: dict[str, Said] = {}

        def text() -> str:
            said = make()
            tries[said.text] = said
            return said.text

        return tries[self.unlike(text)]

    def friend(self, person: Person) -> str:
        return self.rng.choice(self.cast.fond_of(person.likes[0])).name

    def words(self, pool: Pool, *, bare: float = _BARE, brand: str | None = None) -> Words:
        """What reposters add: nothing, a face, or a line of the pool in their own manner."""

        def choose(person: Person) -> tuple[str, Label | None]:
            draw = self.rng.random()
            if draw < bare:
                return "", None
            if draw < bare + _FACES * (bare > 0):
                return self.say("re.face") * self.rng.choice((1, 1, 1, 2)), None
            if draw < bare + (_FACES + _ECHO) * (bare > 0):
                return self.say("re.echo"), None
            return self.line(person, pool, brand)

        return choose

    def line(self, person: Person, pool: Pool, brand: str | None = None) -> tuple[str, Label | None]:
        """A line of the pool, new where that can be had."""
        section, sentiment, _ = self.rng.choices(pool, [weight for _, _, weight in pool])[0]

        def make() -> str:
            context: Context = {
                "friend": self.friend(person),
                "friend2": self.friend(person),
                "town": person.town,
            }
            return say(person.style, self.say(section, context), self.rng, heads=False, mood=sentiment)

        label = Label(sentiment=sentiment, brand=brand) if sentiment else None
        return self.unsaid(make), label

    def post(self, who: Person, at: datetime, text: str, label: Label | None = None) -> Draft:
        """An original with pictures as often as people add them."""
        draft = self.chronicle.post(who, at, text, label)
        draw = self.rng.random()
        if draw < 0.38:
            draft.media = ("image",) * self.rng.choice((1, 1, 1, 2, 3, 4, 6, 9))
        elif draw < 0.46:
            draft.media = ("video",)
        return draft

    def said(self, who: Person, section: str, context: Context | None = None, mood: str | None = None) -> str:
        """A line of a section in somebody's manner, new where that can be had."""
        return self.unsaid(lambda: say(who.style, self.say(section, context), self.rng, mood=mood))

    def told(
        self, who: Person, section: str, more: str, context: Context | None = None, mood: str | None = None
    ) -> str:
        """The same with a line of `more` before or after it, mostly."""

        def make() -> str:
            text = self.say(section, context)
            draw = self.rng.random()
            if draw < 0.62:
                stop = self.rng.choice(("。", "，", "，", "。", "！")) if text[-1] not in "#？！…" else ""
                text = text.rstrip("。") + stop + self.say(more, context)
            elif draw < 0.76:
                text = f"{self.say(more, context)}。{text}"
            return say(who.style, text, self.rng, mood=mood)

        return self.unlike(make)

    def unlike(self, make: Callable[[], str]) -> str:
        """What `make` says, tried again while it is nearly what somebody has said."""
        best, nearest = "", 2.0
        for _ in range(8):
            text = make()
            if (likeness := self.chronicle.likeness(text)) < nearest:
                best, nearest = text, likeness
            if nearest < _ALIKE:
                break
        self.chronicle.remember(best)
        return best

    def life(self, who: Person) -> tuple[str, str]:
        """A post that has nothing to do with goods, and its topic."""
        topic = self._topic(who)

        def make() -> str:
            own = f"who.{who.key}"
            if self.teller.has(own) and self.rng.random() < 0.5:
                return say(who.style, self.say(own), self.rng, heads=False)
            if topic in ("greet", "joke"):
                return say(who.style, self.say(f"life.{topic}"), self.rng, heads=topic == "greet")
            text = self.say(f"life.{topic}.a", {"town": who.town})
            if who.style.length != "short" and self.rng.random() < 0.34:
                text += self.rng.choice(("，", "。", "。", "…", " ")) + self.say(f"life.{topic}.b")
            return say(who.style, text, self.rng)

        return self.unlike(make), topic

    def _topic(self, who: Person) -> str:
        draw = self.rng.random()
        if draw < 0.16:
            return "greet" if draw < 0.07 else "joke"
        liked = [like for like in who.likes if like in _LIFE]
        return self.rng.choice(liked if liked and self.rng.random() < 0.5 else _LIFE)

    def people(self, like: str, count: int) -> list[Person]:
        """`count` ordinary people with an interest, or with a good for ``owns:s7``, each once while there are enough."""
        pool = (
            self.cast.owners(like.removeprefix("owns:"))
            if like.startswith("owns:")
            else self.cast.fond_of(like)
        )
        if count <= len(pool):
            return self.rng.sample(pool, count)
        return [self.rng.choice(pool) for _ in range(count)]
