"""How something spreads: who reposts from whom, when, with which words.

Tuned on the shares of layers, the half-life and the structural virality of the 2,694 cascades of CED
(Song et al. 2018): 61.6 / 22.6 / 7.6 / 3.5 / 1.8 %, 3.7 h, 2.9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from replica.world.chronicle import Chronicle, Draft
from replica.world.clock import Clock
from replica.world.model import Label
from replica.world.people import Cast, Person

TO_ROOT = 0.61  # share of reposts that come straight from the root
_HUB = 0.5  # share of the others that choose the best known of a few
_LATEST = 0.16  # share of the others that choose one of the latest
_DIRECT_H, _DIRECT_SPREAD = 2.3, 1.5
_FURTHER_H, _FURTHER_SPREAD = 0.9, 1.4

Words = Callable[[Person], tuple[str, Label | None]]  # what somebody adds; "" for a bare repost


@dataclass(slots=True)
class Spark:
    """Somebody whose repost brings a branch: `share` of the cascade comes from it."""

    person: Person
    at: datetime
    own: str
    share: float
    label: Label | None = None
    through: Person | None = None  # reposts from this earlier spark, not from the root
    draft: Draft | None = None


class Spread:
    """Grows repost trees and comment threads into the chronicle."""

    def __init__(self, rng: Random, cast: Cast, clock: Clock, chronicle: Chronicle) -> None:
        self._rng = rng
        self._cast = cast
        self._clock = clock
        self._chronicle = chronicle

    def grow(
        self,
        root: Draft,
        size: int,
        words: Words,
        likes: dict[str, float],
        *,
        sparks: Sequence[Spark] = (),
        pace: float = 1.0,
        to_root: float = TO_ROOT,
    ) -> list[Draft]:
        """About `size` reposts below `root`; fewer when the rest would lie after now."""
        used = {root.person}
        nodes: list[Draft] = []
        for spark in sorted(sparks, key=lambda spark: spark.at):
            source = next((s.draft for s in sparks if s.person is spark.through), None) or root
            spark.draft = self._chronicle.repost(spark.person, spark.at, spark.own, source, spark.label)
            used.add(spark.person)
            nodes.append(spark.draft)
        branches: list[list[Draft]] = [[spark.draft] for spark in sparks if spark.draft]
        shares = [spark.share for spark in sparks]
        free: list[Draft] = []
        for _ in range(size - len(nodes)):
            draw = self._rng.random()
            branch = free
            for members, share in zip(branches, shares, strict=True):
                if (draw := draw - share) < 0:
                    branch = members
                    break
            parent = self._parent(root, branch, to_root, lit=branch is not free)
            lit = branch[0].person if branch is not free else root.person
            person = self._reposter(parent, lit, likes, used)
            moment = self._when(parent, root, person, pace)
            if moment is None:
                continue
            own, label = words(person)
            draft = self._chronicle.repost(person, moment, own, parent, label)
            nodes.append(draft)
            branch.append(draft)
        return nodes

    def _parent(self, root: Draft, branch: list[Draft], to_root: float, *, lit: bool) -> Draft:
        """The root of the branch, or one of those that came before."""
        head = branch[0] if lit else root
        if len(branch) < 2 or self._rng.random() < to_root:
            return head
        if self._rng.random() < _LATEST:
            return self._rng.choice(branch[-6:])
        if self._rng.random() < _HUB:
            few = [self._rng.choice(branch) for _ in range(3)]
            return max(few, key=lambda draft: draft.person.followers)
        return self._rng.choice(branch)

    def _reposter(self, parent: Draft, lit: Person, likes: dict[str, float], used: set[Person]) -> Person:
        for attempt in range(8):
            fans = parent.person.fans or lit.fans
            if fans and attempt < 4 and self._rng.random() < 0.75:
                person = self._rng.choice(fans)
            else:
                like = self._rng.choices(list(likes), list(likes.values()))[0]
                person = self._rng.choice(self._cast.fond_of(like))
            if person not in used:
                break
        used.add(person)
        return person

    def _when(self, parent: Draft, root: Draft, person: Person, pace: float) -> datetime | None:
        if parent is root:
            return self._clock.after(parent.at, person, _DIRECT_H * pace, _DIRECT_SPREAD)
        lit = parent.reposts > 20
        hours = (_DIRECT_H * 0.8 if lit else _FURTHER_H) * pace
        return self._clock.after(parent.at, person, hours, _FURTHER_SPREAD)

    def burst(self, root: Draft, people: Sequence[Person], words: Words, *, within_s: int) -> list[Draft]:
        """Reposts by accounts that act as one: all straight from the root, within seconds."""
        drafts = []
        moment = root.at + timedelta(seconds=self._rng.randint(40, 90))
        for person in people:
            moment += timedelta(seconds=self._rng.randint(0, max(1, 2 * within_s // max(1, len(people)))))
            if moment < self._clock.now:
                own, label = words(person)
                drafts.append(self._chronicle.repost(person, moment, own, root, label))
        return drafts

    def discuss(
        self, root: Draft, size: int, words: Words, likes: dict[str, float], *, pace: float = 1.0
    ) -> list[Draft]:
        """Comments under `root` and answers to them, two levels as Weibo shows them."""
        said: list[Draft] = []
        for _ in range(size):
            fans = root.person.fans
            like = self._rng.choices(list(likes), list(likes.values()))[0]
            pool = fans if fans and self._rng.random() < 0.5 else self._cast.fond_of(like)
            person = self._rng.choice(pool)
            answers = self._rng.choice(said) if said and self._rng.random() < 0.28 else None
            if answers is not None and answers.person is person:
                answers = None
            since = answers.at if answers else root.at
            moment = self._clock.after(since, person, (0.6 if answers else 2.2) * pace, 1.4)
            own, label = words(person)
            if moment is None or not own:
                continue
            draft = self._chronicle.comment(person, moment, own, root, answers)
            draft.label = label
            said.append(draft)
        return said
