"""The query language: text to a typed tree, once; a store compiles the tree and never sees the text.

``parse`` is the door; the language is described for people in ``docs/query.md``.
"""

from index.query.explaining import explain
from index.query.outline import Clause, Outline
from index.query.parsing import parse
from index.query.query import Query
from index.query.rules import parse_rule
from index.query.tree import (
    EVERYTHING,
    After,
    And,
    Before,
    Equals,
    Everything,
    Literal,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Prefix,
    Range,
    Textual,
    Word,
    wanted,
)

__all__ = [
    "EVERYTHING",
    "After",
    "And",
    "Before",
    "Clause",
    "Equals",
    "Everything",
    "Literal",
    "Near",
    "Node",
    "Not",
    "OneOf",
    "Or",
    "Outline",
    "Prefix",
    "Query",
    "Range",
    "Textual",
    "Word",
    "explain",
    "parse",
    "parse_rule",
    "wanted",
]
