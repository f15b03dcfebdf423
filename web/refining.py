"""A query with one condition more, or one less: what a click on a facet does to the text in the box."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.errors import QueryError, UsageError
from index.query import Clause, Outline, Query
from index.query.outline import Denied, Joined, denied, tree_of
from index.query.tree import Node, all_of

_PLAIN = re.compile(r"[\w.%+-][\w.:%+-]*")
_QUOTES = (('"', '"“”＂'), ("「", "」"), ("『", "』"))  # an opening mark, and what would close it


@dataclass(frozen=True, slots=True)
class Condition:
    """A field that the whole result is bound by, `text` as it is written, `denied` under a NOT."""

    text: str
    denied: bool
    position: int
    node: Node

    @property
    def key(self) -> str:
        """What a click calls it by."""
        return f"-{self.text}" if self.denied else self.text


def spelled(field: str, value: str) -> str | None:
    """``field:value`` as the language reads it; None for a value that no quotation marks can hold."""
    if _PLAIN.fullmatch(value):
        return f"{field}:{value}"
    for opening, closing in _QUOTES:
        if "\n" not in value and not any(mark in value for mark in closing):
            return f"{field}:{opening}{value}{closing[0]}"
    return None


def conditions(query: Query) -> tuple[Condition, ...]:
    """The fields joined to the rest of a typed query by AND, in order."""
    return tuple(
        Condition(clause.text, isinstance(part, Denied), clause.position, clause.node)
        for part in _parts(query.outline)
        if isinstance(clause := part.part if isinstance(part, Denied) else part, Clause)
        and clause.field
        and clause.position is not None
    )


def _parts(outline: Outline | None) -> Iterator[Outline]:
    if isinstance(outline, Joined) and not outline.either:
        for part in outline.parts:
            yield from _parts(part)
    elif outline is not None:
        yield outline


def added(query: Query, text: str, clause: str) -> str:
    """`text`, which was read as `query`, bound by one more clause; the same where it is bound already."""
    if clause in {one.key for one in conditions(query)}:
        return text
    if not text.strip():
        return clause
    either = isinstance(query.outline, Joined) and query.outline.either
    whole = f"({text.strip()})" if either and not _bracketed(query.outline) else text.strip()
    # a "#" on each side of a blank would read as a topic; no topic goes over the end of a line
    blank = "\n" if any(mark in whole for mark in "#＃") else " "
    return f"{whole}{blank}{clause}"


def _bracketed(outline: Outline | None) -> bool:
    return isinstance(outline, Joined) and outline.bracketed


_BEFORE = re.compile(r"(?:(?:(?<![^\s()（）])(?:AND|NOT|&&|&)|[-－])\s*)+$")
_AFTER = re.compile(r"^\s*(?:AND|&&|&)(?=\s)\s*")


def without(query: Query, text: str, key: str, read: Callable[[str], Query]) -> str:
    """`text` without the condition called `key`; `read` reads texts as `query` was read.

    Raises `UsageError` where it is wrapped up in a way that cannot be cut.
    """
    found = next((one for one in conditions(query) if one.key == key), None)
    if found is None:
        return text
    start, end = found.position, found.position + len(found.text)
    before, after = text[:start].rstrip(), text[end:].lstrip()
    before = _BEFORE.sub("", before).rstrip()
    while before.endswith(("(", "（")) and after.startswith((")", "）")):
        before, after = _BEFORE.sub("", before[:-1].rstrip()).rstrip(), after[1:].lstrip()
    blank = "\n" if any(mark in text for mark in "#＃") else " "
    if not before or before.endswith(("(", "（")):
        after, blank = _AFTER.sub("", after), ""
    rest = f"{before}{blank}{after}".strip()
    if _means(rest, _rest_of(query, found), read):
        return rest
    raise UsageError(f"{found.text} cannot be cut out of this query by a click; edit the query itself.")


def _rest_of(query: Query, gone: Condition) -> Node:
    kept = []
    for part in _parts(query.outline):
        clause = part.part if isinstance(part, Denied) else part
        if not (isinstance(clause, Clause) and clause.position == gone.position):
            kept.append(tree_of(denied(clause) if isinstance(part, Denied) else clause))
    return all_of(kept)


def _means(text: str, tree: Node, read: Callable[[str], Query]) -> bool:
    try:
        return read(text).tree == tree
    except QueryError:
        return False
