"""The query language: text to a typed tree, once; a store compiles the tree and never sees the text.

``parse`` is the door; the language is described for people in ``docs/query.md``.
"""

from index.query.parsing import parse
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
    Query,
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
    "Equals",
    "Everything",
    "Literal",
    "Near",
    "Node",
    "Not",
    "OneOf",
    "Or",
    "Prefix",
    "Query",
    "Range",
    "Textual",
    "Word",
    "parse",
    "wanted",
]
