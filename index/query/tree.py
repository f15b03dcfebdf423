"""The typed tree of a query.

Logic is two-valued: a post without a time is neither after nor before anything, so ``NOT after:…``
finds it. What each node means for one post is written down in `index.matching`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Everything:
    """Every post."""


@dataclass(frozen=True, slots=True)
class Literal:
    """The text contains this: `index.tokens.canonical` of the query is a substring of the post's."""

    text: str  # as typed
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """The segmented words of the post hold these, one after the other; each as `index.tokens.words` spells it."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A segmented word of the post begins with this; spelled as `index.tokens.words` spells it."""

    start: str


@dataclass(frozen=True, slots=True)
class Near:
    """At most `distance` characters lie between the two, white space not counted.

    `ordered`: `first` ends before `second` begins. Else either may come first, and they may overlap.
    """

    first: Literal
    second: Literal
    distance: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Equals:
    """A field has this value; `field` is one of `index.facets`, `value` in the form it keeps."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field has one of these values: an account list, for one."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A number of `index.facets` lies between two, both included; an unknown number lies nowhere."""

    field: str
    low: int | None
    high: int | None


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


Textual = Literal | Word | Prefix | Near
Node = Everything | Textual | Equals | OneOf | Range | After | Before | And | Or | Not
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


def wanted(node: Node) -> Iterator[Textual]:
    """The words, phrases and nearnesses a tree asks for, not those under a NOT; in order, each once."""
    yield from dict.fromkeys(_wanted(node))


def _wanted(node: Node) -> Iterator[Textual]:
    if isinstance(node, Literal | Word | Prefix | Near):
        yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _wanted(part)


def fields(node: Node) -> set[str]:
    """The fields a tree asks for; times are ``at``."""
    match node:
        case After() | Before():
            return {"at"}
        case Equals(name, _) | OneOf(name, _) | Range(name, _, _):
            return {name}
        case Not(part):
            return fields(part)
        case And(parts) | Or(parts):
            return set().union(*map(fields, parts))
        case _:
            return set()
