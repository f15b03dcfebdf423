"""Index names, mappings and templates.

A post's document (`index.elastic.documents`) holds the whole record as `body`. The tokens stay out of
`_source` to halve its size, so a partial update would lose them: documents are always written whole.

Posts lie in an index a month, PREFIX-posts-2026.11, those without a time in PREFIX-posts-unknown; all
stand behind the alias PREFIX-posts. Marks, runs, coverage, hot lists, profiles and refused documents are
small; they share one index, told apart by `kind`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from index import tokens
from index.facets import IDS, KEYWORDS, NUMBERS

VERSION = 320 + tokens.VERSION
UNKNOWN = "unknown"
_LONGEST_ID = 512  # bytes, by Elasticsearch's rule
_DAY = 86_400_000_000  # microseconds
_LONGEST_VALUE = 8_000  # characters; a term may have 32,766 bytes
_LONGEST_WORD = 100  # characters; the analyzer cuts after 255 UTF-16 units
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_KEYWORD = {"type": "keyword"}
_LONG = {"type": "long"}
_TOKENS = {"type": "text", "analyzer": "whitespace", "norms": False}
_BODY = {"type": "object", "enabled": False}

POSTS: dict[str, Any] = {
    "dynamic": "strict",
    "_meta": {"version": VERSION},
    "_source": {"excludes": ["lit", "words"]},
    "properties": {
        **dict.fromkeys((*KEYWORDS, *IDS), _KEYWORD),
        **dict.fromkeys(NUMBERS, _LONG),
        "at": _LONG,  # microseconds, for order and ranges; a date keeps milliseconds
        "published_at": {"type": "date", "format": "epoch_millis"},
        "tie": _LONG,
        "brevity": {"type": "integer"},
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
        "at": _LONG,
        "offset": _LONG,
        "body": _BODY,
    },
}


def settings() -> dict[str, Any]:
    """One copy on one node, two where there are more.

    What is erased leaves the files however little of them it is. Ingest refreshes when it is done, so
    new segments need not come every second.
    """
    return {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "5s",
        "merge.policy.expunge_deletes_allowed": 0,
    }


def template(alias: str) -> dict[str, Any]:
    """The index template of the posts: whatever index is made behind the alias looks like this."""
    return {
        "index_patterns": [f"{alias}-*"],
        "priority": 500,
        "version": VERSION,
        "template": {"settings": settings(), "mappings": POSTS, "aliases": {alias: {}}},
    }


def month(alias: str, at: int | None) -> str:
    """The index for posts published at these microseconds since 1970, by the calendar of UTC."""
    if at is None:
        return f"{alias}-{UNKNOWN}"
    return f"{alias}-{_month(at // _DAY)}"


@lru_cache(10_000)
def _month(day: int) -> str:
    """The month of this day since 1970."""
    return f"{_EPOCH + timedelta(days=day):%Y.%m}"


def document_id(*parts: str) -> str:
    """A document's id made of these parts: themselves, or their hash where they are too long."""
    joined = "\x1f".join(parts)
    if 0 < len(joined) <= _LONGEST_ID // 4:  # no character takes more bytes than four
        return joined
    encoded = joined.encode("utf-8", "surrogatepass")
    return joined if 0 < len(encoded) <= _LONGEST_ID else "sha256:" + hashlib.sha256(encoded).hexdigest()


def field_value(field: str, value: str) -> str:
    """A value of a keyword or id field as it is indexed and asked for."""
    if field in IDS:
        return document_id(value)
    return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 64] + _digest(value)


def spelled(word: str) -> str:
    """A word as it is indexed: overlong ones are junk, kept apart by a hash."""
    return word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD] + _digest(word)[:16]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def word_start(start: str) -> str:
    """What the indexed words that begin with `start` begin with."""
    return start[:_LONGEST_WORD]
