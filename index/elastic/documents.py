"""A post's document: facets to filter and count by, tokens to find it by, the record itself, its counters.

What belongs to one post lies in one document, so that it is written all or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.models import AnnotatedPost, Engagement
from core.records import from_builtins
from index import facets, tokens
from index.elastic.schema import field_value, spelled

SOURCE = ("body", "series", "begun_with")  # what `read` needs


@dataclass(frozen=True, slots=True)
class Document:
    """`series` are the counters by microsecond; `begun_with` the signature a duplicate group began with."""

    item: AnnotatedPost
    series: Mapping[int, Engagement]
    begun_with: bytes | None


def read(source: dict[str, Any]) -> Document:
    """The document of a `_source`."""
    begun_with = source.get("begun_with")
    return Document(
        item=from_builtins(source["body"], AnnotatedPost),
        series={int(at): from_builtins(seen, Engagement) for at, seen in source.get("series", {}).items()},
        begun_with=None if begun_with is None else from_builtins(begun_with, bytes),
    )


def fields(document: Document, literals: Mapping[str, str]) -> dict[str, Any]:
    """The whole document as it is sent; `literals` as in `index.store.Batch`."""
    item = document.item
    text = item.post.text
    at = facets.at_of(item.post)
    found: dict[str, Any] = {
        "tie": facets.tie(item.post.id),
        "brevity": facets.brevity(len(tokens.canonical(text))),
        "lit": literals[text] if text in literals else tokens.literal(text),
        "words": _words(item),
        "body": item,
    }
    if at is not None:
        found["at"] = at
        found["published_at"] = at // 1000
    for name, keyword in facets.KEYWORDS.items():
        if values := keyword.read(item):
            found[name] = [field_value(name, value) for value in values]
    for name, read_id in facets.IDS.items():
        if (value := read_id(item)) is not None:
            found[name] = field_value(name, value)
    for name, number in facets.NUMBERS.items():
        if (count := number.read(item)) is not None:
            found[name] = count
    if document.series:
        found["series"] = document.series
    if document.begun_with is not None:
        found["begins"] = True
        found["begun_with"] = document.begun_with
    return found


def _words(item: AnnotatedPost) -> str:
    found = tokens.words(item.annotation.words)
    return found if len(found) <= 100 else " ".join(map(spelled, found.split(" ")))
