"""A query as it was written: its clauses in their places, with the brackets.

The tree is what a store answers; the outline is what a person is told about: it is linted, explained and
previewed, and says which words of the tree a brand or a saved search stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.project import Title
from index.query.tree import And, Node, Not, Or, all_of, any_of, negation


@dataclass(frozen=True, slots=True)
class Clause:
    """One word, phrase, nearness or field as typed, and what it became.

    `position` counts characters of the text given to `parse`, from 0; None where no person typed it.
    """

    text: str
    node: Node
    position: int | None = None
    field: str = ""
    title: Title | None = None  # how the project calls what the field names
    inner: Outline | None = None  # what the project wrote out for it
    folds: bool = False  # duplicate:folded


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts joined by OR (`either`) or by AND, written or not."""

    parts: tuple[Outline, ...]
    either: bool
    text: str = ""
    position: int | None = None
    bracketed: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """Everything but `part`, which is no `Denied` itself."""

    part: Outline


Outline = Clause | Joined | Denied


def tree_of(outline: Outline) -> Node:
    """What a store is asked."""
    match outline:
        case Clause():
            return outline.node
        case Denied(part):
            return negation(tree_of(part))
        case Joined(parts, either):
            return (any_of if either else all_of)([tree_of(part) for part in parts])


def outline_of(tree: Node) -> Outline:
    """An outline for a tree that nobody typed."""
    match tree:
        case And(parts) | Or(parts):
            return Joined(tuple(map(outline_of, parts)), isinstance(tree, Or), bracketed=True)
        case Not(part):
            return denied(outline_of(part))
        case _:
            return Clause("", tree)


def denied(part: Outline) -> Outline:
    """Not `part`; of what is denied already, what it was."""
    return part.part if isinstance(part, Denied) else Denied(part)


def clauses(outline: Outline, *, under_not: bool = False) -> Iterator[tuple[Clause, bool]]:
    """Each clause in order, and whether a NOT stands over it."""
    match outline:
        case Clause():
            yield outline, under_not
        case Denied(part):
            yield from clauses(part, under_not=not under_not)
        case Joined(parts):
            for part in parts:
                yield from clauses(part, under_not=under_not)


def unplaced(outline: Outline) -> Outline:
    """The outline without positions, for a text of which it is only a part."""
    match outline:
        case Clause():
            return replace(outline, position=None)
        case Denied(part):
            return denied(unplaced(part))
        case Joined(parts):
            return replace(outline, parts=tuple(map(unplaced, parts)), position=None, bracketed=True)


def _alternatives(inner: Outline | None) -> Sequence[Outline]:
    """The alternatives a brand is found by: its names, and its ambiguous names with their context."""
    if isinstance(inner, Joined) and not inner.either:
        positive = [part for part in inner.parts if not isinstance(part, Denied)]
        if len(positive) == 1:
            return _alternatives(positive[0])
    if isinstance(inner, Joined) and inner.either:
        return inner.parts
    return [] if inner is None else [inner]


def names(inner: Outline | None) -> list[Node]:
    """The names a brand is found by alone."""
    return [part.node for part in _alternatives(inner) if isinstance(part, Clause)]


def ambiguous(inner: Outline | None) -> list[Outline]:
    """The names a brand is found by beside others, each with them."""
    return [part for part in _alternatives(inner) if isinstance(part, Joined)]


def excluded(inner: Outline | None) -> list[Node]:
    """What a brand is never spelled as."""
    parts = inner.parts if isinstance(inner, Joined) else ()
    return [part.part.node for part in parts if isinstance(part, Denied) and isinstance(part.part, Clause)]
