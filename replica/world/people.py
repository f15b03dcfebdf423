"""The people: the named of characters.toml, and a crowd made up around them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from core.models import Author
from replica.world.grammar import Teller
from replica.world.model import Account
from replica.world.style import Style, styles

_FIRST_UID = 9_900_000_001
_PUBLIC_ROLES = ("official", "media", "kol", "marketing", "sellers", "people")
# interest of the crowd -> (how common, styles that go with it)
_INTERESTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "car": (24, ("calm", "terse", "grumpy", "dad", "dongbei", "programmer", "elder", "chuanyu", "guangdong")),
    "beauty": (22, ("bubbly", "student", "fangirl", "calm", "mum", "grumpy", "chuanyu")),
    "food": (9, ("calm", "bubbly", "chuanyu", "guangdong", "dongbei")),
    "work": (10, ("calm", "grumpy", "programmer", "terse", "student")),
    "exam": (7, ("student", "student", "bubbly", "poetic")),
    "pet": (5, ("calm", "bubbly", "mum")),
    "family": (8, ("mum", "dad", "elder", "calm")),
    "show": (7, ("fangirl", "bubbly", "student")),
    "humor": (9, ("student", "terse", "dongbei", "programmer")),
    "local": (6, ("guangdong", "elder", "calm", "poetic")),
    "sport": (4, ("terse", "calm", "dongbei")),
    "mood": (5, ("poetic", "student", "calm")),
    "travel": (4, ("poetic", "calm", "bubbly")),
    "money": (3, ("elder", "calm", "grumpy")),
    "lottery": (5, ("terse", "salesy")),
}


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with habits. `up` and `down` are local hours; `down` may pass 24 for night owls."""

    key: str
    account: Account
    role: str
    likes: tuple[str, ...]
    style: Style
    town: str
    client: str | None = None
    up: int = 7
    down: int = 24
    owns: str | None = None
    fans: list[Person] = field(default_factory=list)

    @property
    def author(self) -> Author:
        return self.account.author

    @property
    def name(self) -> str:
        return self.account.author.name or ""

    @property
    def followers(self) -> int:
        return self.account.author.followers or 0

    @property
    def region(self) -> str | None:
        first = (self.account.location or "").split()
        return (first[-1] if first[0] == "海外" else first[0]) if first else None


@cache
def characters() -> dict[str, list[dict[str, Any]]]:
    """The rows of characters.toml by role."""
    return tomllib.loads(files("replica.world").joinpath("characters.toml").read_text("utf-8"))


class Cast:
    """Everybody on Weibo: the named by key, the crowd by interest, the followers of each voice."""

    def __init__(self, rng: Random, now: datetime, crowd: int) -> None:
        self._rng = rng
        self._now = now
        self._teller = Teller(rng)
        self._uids: set[int] = set()
        self._names: set[str] = set()
        self._tables = styles()
        self.named: dict[str, Person] = {}
        for role in _PUBLIC_ROLES:
            for row in characters()[role]:
                self.named[row["k"]] = self._character(row, role)
        self.crowd = [self._stranger(number) for number in range(crowd)]
        self.everybody = [*self.named.values(), *self.crowd]
        self._by_like: dict[str, list[Person]] = {}
        self._owners: dict[str, list[Person]] = {}
        for person in (*self.role("people"), *self.crowd):
            for like in person.likes:
                self._by_like.setdefault(like, []).append(person)
        self._follow()

    def __getitem__(self, key: str) -> Person:
        return self.named[key]

    def role(self, role: str) -> list[Person]:
        return [person for person in self.named.values() if person.role == role]

    def fond_of(self, like: str) -> list[Person]:
        """Ordinary people with that interest; everybody of the crowd where there is none."""
        return self._by_like.get(like) or self.crowd

    def owners(self, good: str) -> list[Person]:
        """Ordinary people who own it."""
        return self._owners.setdefault(
            good, [person for person in (*self.role("people"), *self.crowd) if person.owns == good]
        )

    def add(self, *, name: str, followers: int, likes: Sequence[str], style: str, key: str) -> Person:
        """One more account, for accounts a story needs: a water army, sellers."""
        home = self._teller.say("home").split()
        account = self._account(
            name=self._unused(name), followers=followers, location=" ".join(home), description=""
        )
        return Person(
            key=key,
            account=account,
            role="crowd",
            likes=tuple(likes),
            style=self._tables[style],
            town=home[-1],
            client=self._teller.say("phone") or None,
            up=8,
            down=25,
        )

    def _character(self, row: dict[str, Any], role: str) -> Person:
        self._names.add(row["n"])
        account = self._account(
            name=row["n"],
            followers=row["f"],
            location=f"{row['r']} {row['t']}" if row["r"] != row["t"] else row["r"],
            description=row["b"],
            verified_type=row.get("v", -1),
            reason=row.get("why") or None,
        )
        return Person(
            key=row["k"],
            account=account,
            role=role,
            likes=tuple(row["likes"]),
            style=self._tables[row["style"]],
            town=row["t"],
            client=row.get("phone") or ("微博网页版" if role in ("official", "media") else None),
            up=row.get("up", 7),
            down=row.get("down", 24),
            owns=row.get("owns"),
        )

    def _stranger(self, number: int) -> Person:
        rng = self._rng
        first = rng.choices(list(_INTERESTS), [common for common, _ in _INTERESTS.values()])[0]
        second = rng.choice([*_INTERESTS, "life"])
        home = self._teller.say("home").split()
        up = rng.choice((5, 6, 6, 7, 7, 7, 8, 8, 9, 10, 11))
        account = self._account(
            name=self._unused(self._teller.say("nick")),
            followers=_zipf(rng),
            location=home[0] if home[0] == home[1] else " ".join(home),
            description=self._teller.say("bio"),
        )
        return Person(
            key=f"c{number}",
            account=account,
            role="crowd",
            likes=tuple(dict.fromkeys((first, second, "life"))),
            style=self._tables[rng.choice(_INTERESTS[first][1])],
            town=home[-1],
            client=self._teller.say("phone") or None,
            up=up,
            down=up + rng.choice((15, 16, 16, 17, 17, 18, 19)),
            owns=rng.choices(("s7", "y6", "t3", None), (20, 18, 11, 51))[0] if first == "car" else None,
        )

    def _account(
        self,
        *,
        name: str,
        followers: int,
        location: str,
        description: str,
        verified_type: int = -1,
        reason: str | None = None,
    ) -> Account:
        rng = self._rng
        uid = _FIRST_UID + rng.randrange(99_000_000)
        while uid in self._uids:
            uid += 1
        self._uids.add(uid)
        return Account(
            author=Author(id=f"weibo:{uid}", name=name, followers=followers, verified_type=verified_type),
            description=description,
            location=location,
            verified_reason=reason,
            statuses_count=int(rng.lognormvariate(6.3, 1.3)) + 3,
            follow_count=min(5000, int(rng.lognormvariate(5.2, 0.9)) + 5),
            gender=rng.choice("mf"),
            joined_at=self._now - timedelta(days=rng.randint(200, 4800), seconds=rng.randrange(86400)),
        )

    def _unused(self, name: str) -> str:
        name = name.replace(" ", "")
        while len(name) < 3 or name in self._names:
            name = self._teller.say("nick").replace(" ", "") + str(self._rng.randint(0, 999))
        self._names.add(name)
        return name

    def _follow(self) -> None:
        """Who follows whom: a voice draws people of its interests by its `pull`, not by its follower count."""
        voices = [*self.role("kol"), *self.role("marketing"), *self.role("media")]
        pulls = [_PULL.get(voice.key, 0.6 if voice.role == "marketing" else 1.0) for voice in voices]
        by_like: dict[str, tuple[list[Person], list[float]]] = {}
        for voice, pull in zip(voices, pulls, strict=True):
            for like in voice.likes:
                people, weights = by_like.setdefault(like, ([], []))
                people.append(voice)
                weights.append(pull)
        for person in (*self.role("people"), *self.crowd):
            chosen: dict[str, Person] = {}
            for like in person.likes:
                if like in by_like:
                    people, weights = by_like[like]
                    for voice in self._rng.choices(people, weights, k=self._rng.choice((1, 1, 2, 3))):
                        chosen[voice.key] = voice
            for voice in chosen.values():
                voice.fans.append(person)


# Real pull of the voices a story turns on; 1.0 is usual. The two ends: moved crowds, bought followers.
_PULL = {
    "laohe": 4.0, "zhijian": 2.2, "luying": 2.8, "naiba": 2.6, "xiaolu": 2.4, "doukou": 3.6, "aman": 2.2,
    "shasha": 1.4, "adai": 2.5, "sheng": 1.5, "atai": 0.02, "lulu": 0.12, "vivi": 0.1, "pangda": 1.6,
}  # fmt: skip


def _zipf(rng: Random) -> int:
    """Followers of an ordinary account: a few tens for most, thousands for a few."""
    return min(20_000, int(18 * rng.paretovariate(0.75)) + rng.randint(0, 40))


def names(people: Iterable[Person]) -> list[str]:
    return [person.name for person in people]
