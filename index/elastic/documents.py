"""A post's document: facets to filter and count by, tokens to find it by, the record itself, its counters.

What belongs to one post lies in one document, so that it is written all or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.models import AnnotatedPost, Engagement
from core.records import from_builtins
from index import tokens
from index.facets import facets

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
    item, found = document.item, facets(document.item)
    text = item.post.text
    everything = {
        "id": item.post.id,
        "at": found.at,
        "published_at": None if found.at is None else found.at // 1000,
        "platform": found.platform,
        "kind": found.kind,
        "sentiment": found.sentiment,
        "engagement": found.engagement,
        "root_id": found.root_id,
        "thread_id": found.thread_id,
        "authors": found.authors,
        "topics": found.topics,
        "lit": literals[text] if text in literals else tokens.literal(text),
        "words": tokens.words(item.annotation.words),
        "body": item,
        "series": document.series or None,
        "begins": None if document.begun_with is None else True,
        "begun_with": document.begun_with,
    }
    return {name: value for name, value in everything.items() if value is not None}
