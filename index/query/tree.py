"""The typed tree of a query.

Logic is two-valued: a post without a time is neither after nor before anything, so ``NOT after:…``
finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Everything:
    """Every post."""


@dataclass(frozen=True, slots=True)
class Literal:
    """The text contains this: `index.tokens.canonical` of the query is a substring of the post's."""

    text: str  # as typed
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Equals:
    """A field has this value; `value` is in the form the stores keep (`index.query.fields`)."""

    field: str  # platform, kind, author, topic, sentiment
    value: str


@dataclass(frozen=True, slots=True)
class After:
    """Published at `moment` or later."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """Published earlier than `moment`."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node = Everything | Literal | Equals | After | Before | And | Or | Not
EVERYTHING = Everything()


def all_of(parts: list[Node]) -> Node:
    """The conjunction of the parts, flat; of none, everything."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else [] if part == EVERYTHING else [part])
    unique = tuple(dict.fromkeys(flat))
    return And(unique) if len(unique) > 1 else unique[0] if unique else EVERYTHING


def any_of(parts: list[Node]) -> Node:
    """The disjunction of the parts, flat; there is at least one."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else [part])
    if EVERYTHING in flat:
        return EVERYTHING
    unique = tuple(dict.fromkeys(flat))
    return Or(unique) if len(unique) > 1 else unique[0]


def negation(part: Node) -> Node:
    return part.part if isinstance(part, Not) else Not(part)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: `text` as a person would type it, `tree` as a store reads it."""

    text: str
    tree: Node

    def within(self, since: datetime | None, until: datetime | None) -> Query:
        """This query for posts published from `since` (inclusive) to `until` (exclusive), aware times."""
        span = [
            Query(f"{name}:{_spell(moment)}", node(moment.astimezone(UTC)))
            for name, node, moment in (("after", After, since), ("before", Before, until))
            if moment is not None
        ]
        return Query.all_of(self, *span)

    @staticmethod
    def all_of(*queries: Query) -> Query:
        """The posts all of these queries find."""
        texts = [query.text.strip() for query in queries if query.tree != EVERYTHING]
        texts = list(dict.fromkeys(texts))
        text = texts[0] if len(texts) == 1 else " ".join(map(_bracketed, texts))
        return Query(text, all_of([query.tree for query in queries]))


def _spell(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bracketed(text: str) -> str:
    """`text` as one operand; a lone word or field needs no brackets."""
    alone = text[:1] not in "-－" and not any(sign.isspace() or sign in '()"（）|｜“”「」' for sign in text)
    return text if alone else f"({text})"
