"""The tree of a query to Elasticsearch's query DSL, in filter context: no scores, no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.elastic.schema import field_value, spelled, word_start
from index.facets import micros
from index.query import (
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
)
from index.tokens import Pattern, canonical, pattern

_EXPANSIONS = 100_000  # a bound of servers that look prefixes up one by one; `index_prefixes` has none
_TERMS = 65_000  # values of one clause, a little below the server's bound
_LONG = 2**63

Clause = dict[str, Any]


def compile_tree(node: Node) -> Clause:
    """The query that finds the posts of this tree."""
    match node:
        case Everything():
            return {"match_all": {}}
        case Literal(text):
            return _phrase(text)
        case Word(words):
            return {"match_phrase": {"words": {"query": " ".join(map(spelled, words))}}}
        case Prefix(start):
            return {"prefix": {"words": {"value": word_start(start)}}}
        case Near():
            return _near(node)
        case After(moment):
            return {"range": {"at": {"gte": micros(moment)}}}
        case Before(moment):
            return {"range": {"at": {"lt": micros(moment)}}}
        case Equals(field, value):
            return {"term": {field: {"value": field_value(field, value)}}}
        case OneOf(field, values):
            return _terms(field, [field_value(field, value) for value in dict.fromkeys(values)])
        case Range(field, low, high):
            return _range(field, low, high)
        case Not(part):
            return {"bool": {"must_not": [compile_tree(part)]}}
        case Or(parts):
            return _any([compile_tree(part) for part in parts])
        case And(parts):
            wanted = [compile_tree(part) for part in parts if not isinstance(part, Not)]
            denied = [compile_tree(part.part) for part in parts if isinstance(part, Not)]
            return {"bool": {"filter": wanted, "must_not": denied}}


def compile_scored(node: Node, clauses: Sequence[Textual], weights: Sequence[int]) -> Clause:
    """The query whose scores are those of `index.store.relevance`: whole numbers, exact in 32-bit floats."""
    should = [
        {"constant_score": {"filter": compile_tree(clause), "boost": weight}}
        for clause, weight in zip(clauses, weights, strict=True)
    ]
    return {
        "function_score": {
            "query": {"bool": {"filter": [compile_tree(node)], "should": should}},
            "field_value_factor": {"field": "brevity"},
        }
    }


def _any(parts: list[Clause]) -> Clause:
    return {"bool": {"should": parts, "minimum_should_match": 1}}


def _terms(field: str, values: list[str]) -> Clause:
    parts: list[Clause] = [
        {"terms": {field: values[start : start + _TERMS]}} for start in range(0, len(values), _TERMS)
    ]
    return parts[0] if len(parts) == 1 else _any(parts) if parts else {"match_none": {}}


def _range(field: str, low: int | None, high: int | None) -> Clause:
    if low is None and high is None:
        return {"exists": {"field": field}}
    bounds = {name: value for name, value in (("gte", low), ("lte", high)) if value is not None}
    return {"range": {field: {name: max(-_LONG, min(_LONG - 1, value)) for name, value in bounds.items()}}}


def _phrase(text: str) -> Clause:
    found = pattern(text)
    if not found.tokens:
        return {"match_all": {}}
    if len(found.tokens) == 1:
        return {"prefix" if found.open else "term": {"lit": {"value": found.tokens[0]}}}
    phrase = {"query": " ".join(found.tokens)}
    if found.open:
        return {"match_phrase_prefix": {"lit": {**phrase, "max_expansions": _EXPANSIONS}}}
    return {"match_phrase": {"lit": phrase}}


def _near(node: Near) -> Clause:
    """Both sides as intervals of tokens; tokens are counted as the characters they begin with are.

    A closed phrase of k characters has k - 1 tokens, so between two closed ones lies a token more than
    there are characters, whichever comes first.
    """
    sides = [pattern(side.text) for side in (node.first, node.second)]
    if not all(side.tokens for side in sides):
        return compile_tree(And((node.first, node.second)))
    if canonical(node.first.text) == canonical(node.second.text) and not node.ordered:
        return _phrase(node.first.text)  # one place is near itself
    distance = node.distance
    if node.ordered:  # only an opened phrase ends where its characters do
        sides[0] = _opened(sides[0], node.first.text)
    elif sides[0].open == sides[1].open:
        distance += not sides[0].open
    else:
        sides = [_opened(side, at.text) for side, at in zip(sides, (node.first, node.second), strict=True)]
    together = {
        "intervals": [_interval(side) for side in sides],
        "ordered": node.ordered,
        "max_gaps": distance,
    }
    return {"intervals": {"lit": {"all_of": together}}}


def _opened(side: Pattern, text: str) -> Pattern:
    """A phrase with a token for its last character, too."""
    return side if side.open else Pattern((*side.tokens, canonical(text)[-1]), open=True)


def _interval(side: Pattern) -> Clause:
    tokens = side.tokens[:-1] if side.open else side.tokens
    parts: list[Clause] = []
    if tokens:
        parts.append({"match": {"query": " ".join(tokens), "ordered": True, "max_gaps": 0}})
    if side.open:
        parts.append({"prefix": {"prefix": side.tokens[-1]}})
    return parts[0] if len(parts) == 1 else {"all_of": {"intervals": parts, "ordered": True, "max_gaps": 0}}
