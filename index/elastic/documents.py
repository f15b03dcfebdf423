"""A post's document: facets to filter and count by, tokens to find it by, the record itself, its counters.

What belongs to one post lies in one document, so that it is written all or not at all. Documents of new posts are
made in any process (`prepare`); who writes adds the near-duplicate group, which nobody else knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from core.models import AnnotatedPost, Engagement
from core.records import from_builtins
from index import facets, tokens
from index.elastic.schema import field_value, spelled
from index.facets import micros
from index.store.plan import snapshots

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


def fields(document: Document) -> dict[str, Any]:
    """The whole document as it is sent."""
    item = document.item
    line = tokens.canonical(item.post.text)
    at = facets.at_of(item.post)
    found: dict[str, Any] = {
        "tie": facets.tie(item.post.id),
        "brevity": facets.brevity(len(line)),
        "lit": tokens.spelled(line),
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


class Draft(msgspec.Struct, array_like=True, gc=False):
    """The document of a post that is not stored yet, in JSON: all before its group, and all behind it."""

    head: bytes
    tail: bytes

    def finished(self, post_id: str, group: str | None, begun_with: bytes | None) -> msgspec.Raw:
        """The document with its group, and with the signature the group began with."""
        whole = b"%b%b%b" % (self.head, _GROUPED % _encode(group), self.tail[:-1])
        whole += b',"duplicate":%b' % _encode(field_value("duplicate", group or post_id))
        if begun_with is not None:
            whole += b',"begins":true,"begun_with":%b' % _encode(begun_with)
        return msgspec.Raw(whole + b"}")


_encode = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode
read_drafts = msgspec.msgpack.Decoder(list[Draft]).decode
_GROUPED = b'"duplicate_group":%b'


def prepare(items: Sequence[AnnotatedPost]) -> bytes:
    """Drafts of these posts."""
    return _pack([_draft(item) for item in items])


def _draft(item: AnnotatedPost) -> Draft:
    if item.annotation.duplicate_group is not None:
        item = replace(item, annotation=replace(item.annotation, duplicate_group=None))
    series = {micros(at): seen for (_, at), seen in snapshots([item]).items()}
    whole = fields(Document(item, series, None))
    del whole["duplicate"]
    # Inside a string the quotes would be escaped, so this stands for nothing else.
    head, _, tail = _encode(whole).partition(_GROUPED % b"null")
    return Draft(head, tail)


def _words(item: AnnotatedPost) -> str:
    found = tokens.words(item.annotation.words)
    return found if len(found) <= 100 else " ".join(map(spelled, found.split(" ")))
