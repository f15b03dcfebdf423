"""The tree of a query to SQL over ``fact`` (as ``f``).

As much as can be goes into one FTS5 expression; what FTS5 cannot say (a negation on its own, fields)
is SQL around it. Values are bound or quoted here: no text of a person reaches MATCH as syntax.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from index.facets import micros
from index.query import After, And, Before, Equals, Everything, Literal, Node, Not, Or
from index.sqlite.schema import MISSING
from index.tokens import pattern


@dataclass(slots=True)
class Condition:
    """An SQL condition with its bound values."""

    sql: str
    values: list[str | int] = field(default_factory=list)


def compile_tree(node: Node) -> Condition:
    """The condition that holds for the posts of this tree."""
    values: list[str | int] = []
    return Condition(_sql(node, values), values)


def _sql(node: Node, values: list[str | int]) -> str:
    match node:
        case Everything():
            return "1"
        case Literal():
            return _match(_text(node), values)
        case After(moment):
            values.append(micros(moment))
            return "f.at >= ?"
        case Before(moment):
            values.append(micros(moment))
            return f"(f.at > {MISSING} AND f.at < ?)"
        case Equals("author" | "topic" as name, value):
            values.extend((name, value))
            return "f.seq IN (SELECT seq FROM label WHERE field = ? AND key = ?)"
        case Equals(name, value):
            values.append(value)
            return f"f.{name} IS ?"  # the names come from index.query.fields
        case Not(part):
            return f"NOT {_sql(part, values)}"
        case And(parts):
            return _and(parts, values)
        case Or(parts):
            return _or(parts, values)


def _match(expression: str, values: list[str | int]) -> str:
    values.append(expression)
    return "f.seq IN (SELECT rowid FROM lit WHERE lit MATCH ?)"


def _and(parts: tuple[Node, ...], values: list[str | int]) -> str:
    wanted: list[Node] = []
    denied: list[Not] = []
    rest: list[Node] = []
    for part in parts:
        if isinstance(part, Not) and _textual(part.part):
            denied.append(part)
        else:
            (wanted if _textual(part) else rest).append(part)
    joined = []
    if wanted:
        joined.append(_match(_text(And((*wanted, *denied))), values))
    elif denied:
        inner = tuple(part.part for part in denied)
        joined.append(f"NOT {_match(_text(Or(inner)), values)}")
    joined += [_sql(part, values) for part in rest]
    return _balanced(" AND ", joined)


def _or(parts: tuple[Node, ...], values: list[str | int]) -> str:
    wanted: list[Node] = []
    rest: list[Node] = []
    for part in parts:
        (wanted if _textual(part) else rest).append(part)
    joined = [_match(_text(Or(tuple(wanted))), values)] if wanted else []
    joined += [_sql(part, values) for part in rest]
    return _balanced(" OR ", joined)


def _balanced(operator: str, parts: list[str]) -> str:
    """The parts joined in pairs of pairs: SQLite bounds the depth of an expression, not its size."""
    while len(parts) > 1:
        pairs = [parts[at : at + 2] for at in range(0, len(parts), 2)]
        parts = [f"({operator.join(pair)})" for pair in pairs]
    return parts[0]


def _textual(node: Node) -> bool:
    """Whether FTS5 can say all of it: its NOT needs something on its left."""
    match node:
        case Literal():
            return True
        case Or(parts):
            return all(map(_textual, parts))
        case And(parts):
            wanted = [part for part in parts if not isinstance(part, Not)]
            denied = [part.part for part in parts if isinstance(part, Not)]
            return bool(wanted) and all(map(_textual, wanted)) and all(map(_textual, denied))
        case _:
            return False


def _text(node: Node) -> str:
    """The FTS5 expression of a textual node."""
    match node:
        case Literal(text):
            found = pattern(text)
            phrase = " ".join(found.tokens).replace('"', '""')
            return f'"{phrase}"' + (" *" if found.open else "")
        case Or(parts):
            return f"({' OR '.join(map(_text, parts))})"
        case And(parts):
            wanted = " AND ".join(_text(part) for part in parts if not isinstance(part, Not))
            denied = " OR ".join(_text(part.part) for part in parts if isinstance(part, Not))
            return f"(({wanted}) NOT ({denied}))" if denied else f"({wanted})"
        case _:
            raise AssertionError(f"{node} is not text")
