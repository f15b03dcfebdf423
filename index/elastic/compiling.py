"""The tree of a query to Elasticsearch's query DSL, in filter context: no scores, no scripts."""

from __future__ import annotations

from typing import Any

from index.facets import micros
from index.query import After, And, Before, Equals, Everything, Literal, Node, Not, Or
from index.tokens import pattern

_FIELDS = {"author": "authors", "topic": "topics"}
_EXPANSIONS = 100_000  # a bound of servers that look prefixes up one by one; `index_prefixes` has none


def compile_tree(node: Node) -> dict[str, Any]:
    """The query that finds the posts of this tree."""
    match node:
        case Everything():
            return {"match_all": {}}
        case Literal(text):
            return _phrase(text)
        case After(moment):
            return {"range": {"at": {"gte": micros(moment)}}}
        case Before(moment):
            return {"range": {"at": {"lt": micros(moment)}}}
        case Equals(field, value):
            return {"term": {_FIELDS.get(field, field): {"value": value}}}
        case Not(part):
            return {"bool": {"must_not": [compile_tree(part)]}}
        case Or(parts):
            return {"bool": {"should": [compile_tree(part) for part in parts], "minimum_should_match": 1}}
        case And(parts):
            wanted = [compile_tree(part) for part in parts if not isinstance(part, Not)]
            denied = [compile_tree(part.part) for part in parts if isinstance(part, Not)]
            return {"bool": {"filter": wanted, "must_not": denied}}


def _phrase(text: str) -> dict[str, Any]:
    found = pattern(text)
    if len(found.tokens) == 1:
        return {"prefix" if found.open else "term": {"lit": {"value": found.tokens[0]}}}
    phrase = {"query": " ".join(found.tokens)}
    if found.open:
        return {"match_phrase_prefix": {"lit": {**phrase, "max_expansions": _EXPANSIONS}}}
    return {"match_phrase": {"lit": phrase}}
