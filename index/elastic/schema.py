"""Index names, mappings and templates.

A post's document (`index.elastic.documents`) holds the whole record as `body`. The tokens stay out of
`_source` to halve its size, so a partial update would lose them: documents are always written whole.

Marks, runs, coverage, hot lists and profiles are small; they share one index, told apart by `kind`.
"""

from __future__ import annotations

import hashlib
from typing import Any

from index import tokens

VERSION = 200 + tokens.VERSION
_LONGEST_ID = 512  # bytes, by Elasticsearch's rule

_KEYWORD = {"type": "keyword", "ignore_above": 8_000}
_TOKENS = {"type": "text", "analyzer": "whitespace"}
_BODY = {"type": "object", "enabled": False}

POSTS: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"version": VERSION},
    "_source": {"excludes": ["lit", "words"]},
    "properties": {
        "id": {"type": "keyword"},
        "at": {"type": "long"},  # microseconds, for order and ranges; a date keeps milliseconds
        "published_at": {"type": "date", "format": "epoch_millis"},
        "platform": _KEYWORD,
        "kind": _KEYWORD,
        "sentiment": _KEYWORD,
        "engagement": {"type": "long"},
        "root_id": _KEYWORD,
        "thread_id": _KEYWORD,
        "authors": _KEYWORD,
        "topics": _KEYWORD,
        # One-character words, and phrases that end in one sign, ask for all tokens that begin with it:
        # thousands, and each would count as a clause.
        "lit": {**_TOKENS, "index_prefixes": {"min_chars": 1, "max_chars": 1}},
        "words": _TOKENS,
        "body": _BODY,
        "series": _BODY,
        "begins": {"type": "boolean"},  # whether this post begins a duplicate group
        "begun_with": {"type": "binary"},
    },
}
STATE: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"version": VERSION},
    "properties": {
        "kind": _KEYWORD,
        "key": _KEYWORD,
        "at": {"type": "long"},
        "offset": {"type": "long"},
        "body": _BODY,
    },
}


def settings() -> dict[str, Any]:
    """One copy on one node, two where there are more."""
    return {"number_of_shards": 1, "auto_expand_replicas": "0-1"}


def template(alias: str) -> dict[str, Any]:
    """The index template of the posts: whatever index is made behind the alias looks like this."""
    return {
        "index_patterns": [f"{alias}-*"],
        "priority": 500,
        "version": VERSION,
        "template": {"settings": settings(), "mappings": POSTS, "aliases": {alias: {}}},
    }


def document_id(*parts: str) -> str:
    """A document's id made of these parts: themselves, or their hash where they are too long."""
    joined = "\x1f".join(parts)
    encoded = joined.encode("utf-8", "surrogatepass")
    return joined if 0 < len(encoded) <= _LONGEST_ID else "sha256:" + hashlib.sha256(encoded).hexdigest()
