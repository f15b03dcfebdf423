"""Answers spoiled by chance, as the net and careless sites spoil them: seeded, one body in, one worse body out."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from replica.mutations.markup import MARKUP
from replica.mutations.plain import PLAIN, Way
from replica.mutations.values import JSON


@dataclass(frozen=True, slots=True)
class Mutation:
    """A spoiled body. `whole` says that what is left of it was not rewritten: ids in it must be those of before."""

    body: bytes
    name: str
    whole: bool = False


def mutate(body: bytes, rng: Random) -> Mutation:
    """One mutation, rarely two, of a body of any kind, drawn by `rng`."""
    made = _once(body, rng)
    if rng.random() < 0.15:
        again = _once(made.body, rng)
        return Mutation(again.body, f"{made.name}+{again.name}", made.whole and again.whole)
    return made


def _once(body: bytes, rng: Random) -> Mutation:
    kinds: list[Way] = list(PLAIN)
    head = body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if head in (b"{", b"["):
        kinds += JSON * 3
    elif head == b"<":
        kinds += MARKUP * 2
    name, spoil, whole = rng.choice(kinds)
    return Mutation(spoil(body, rng), name, whole)
