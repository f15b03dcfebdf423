"""What each node of a query means for one post: slow, obvious, and the judge of both stores.

Tag rules ask it of new posts, and highlights of the posts on a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from core.models import AnnotatedPost
from index import facets
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
    Word,
)
from index.tokens import canonical, words


def matches(node: Node, item: AnnotatedPost) -> bool:
    """Whether a post is among a query's."""
    match node:
        case Everything():
            return True
        case Literal(text):
            return canonical(text) in _canonical(item.post.text)
        case Word(wanted):
            spoken = _words(item)
            return any(spoken[at : at + len(wanted)] == wanted for at in range(len(spoken)))
        case Prefix(start):
            return any(word.startswith(start) for word in _words(item))
        case Near():
            return any(True for _ in meetings(node, item.post.text))
        case Equals(field, value):
            return value in values(item, field)
        case OneOf(field, wanted):
            return not set(wanted).isdisjoint(values(item, field))
        case Range(field, low, high):
            number = facets.NUMBERS[field].read(item)
            return number is not None and (low is None or number >= low) and (high is None or number <= high)
        case After(moment):
            return (at := facets.at_of(item.post)) is not None and at >= facets.micros(moment)
        case Before(moment):
            return (at := facets.at_of(item.post)) is not None and at < facets.micros(moment)
        case Not(part):
            return not matches(part, item)
        case And(parts):
            return all(matches(part, item) for part in parts)
        case Or(parts):
            return any(matches(part, item) for part in parts)


def values(item: AnnotatedPost, field: str) -> tuple[str, ...]:
    """The values of a keyword or id field."""
    if field in facets.IDS:
        value = facets.IDS[field](item)
        return () if value is None else (value,)
    return facets.KEYWORDS[field].read(item)


def meetings(near: Near, text: str) -> Iterator[tuple[int, int]]:
    """Where both sides of a nearness stand close enough: their places in the text's canonical form."""
    whole = _canonical(text)
    sides = [canonical(side.text) for side in (near.first, near.second)]
    places = [list(_places(whole, side)) for side in sides]
    solid = [len(side.replace(" ", "")) for side in sides]
    before = [0]  # characters that are no space, before each place
    for character in whole:
        before.append(before[-1] + (character != " "))
    for first in places[0]:
        for second in places[1]:
            if near.ordered:
                gap = before[second] - before[first] - solid[0]
                close = 0 <= gap <= near.distance
            else:
                early = 0 if before[first] <= before[second] else 1
                close = abs(before[second] - before[first]) - solid[early] <= near.distance
            if close:
                yield first, second


def _places(whole: str, part: str) -> Iterator[int]:
    at = whole.find(part)
    while at >= 0:
        yield at
        at = whole.find(part, at + 1)


@lru_cache(maxsize=256)  # a post is asked about by clause after clause
def _canonical(text: str) -> str:
    return canonical(text)


def _words(item: AnnotatedPost) -> tuple[str, ...]:
    return tuple(words(item.annotation.words).split())
