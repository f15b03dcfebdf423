"""Mutations of HTML and XML."""

from __future__ import annotations

import re
from random import Random

from replica.mutations.plain import DEEP, Way

_TAGS = (
    "<div>",
    "</div>",
    "</td></tr></table>",
    "<table><tr>",
    "<p",
    "<!--",
    "<script>",
    "</html>",
    "<a href='",
    '"',
    "<tbody>",
)
_TAG = re.compile(rb"<[^<>]{1,400}>")


def _tag(body: bytes, rng: Random) -> re.Match[bytes] | None:
    found = list(_TAG.finditer(body))
    return rng.choice(found) if found else None


def _lose_tag(body: bytes, rng: Random) -> bytes:
    tag = _tag(body, rng)
    return body if tag is None else body[: tag.start()] + body[tag.end() :]


def _repeat_tag(body: bytes, rng: Random) -> bytes:
    tag = _tag(body, rng)
    return body if tag is None else body[: tag.end()] + tag[0] * rng.choice((1, 2, 400)) + body[tag.end() :]


def _block(body: bytes, rng: Random) -> tuple[int, int] | None:
    """Where everything from one tag to another stands."""
    first, last = _tag(body, rng), _tag(body, rng)
    if first is None or last is None:
        return None
    start, end = sorted((first.start(), last.end()))
    return start, end


def _repeat_block(body: bytes, rng: Random) -> bytes:
    start, end = _block(body, rng) or (0, 0)
    return body[:end] + body[start:end] + body[end:]


def _lose_block(body: bytes, rng: Random) -> bytes:
    start, end = _block(body, rng) or (0, 0)
    return body[:start] + body[end:]


def _soup(body: bytes, rng: Random) -> bytes:
    for _ in range(rng.choice((1, 3, 12))):
        at = rng.randrange(len(body) + 1)
        body = body[:at] + rng.choice(_TAGS).encode() + body[at:]
    return body


def _lose_attribute(body: bytes, rng: Random) -> bytes:
    tag = _tag(body, rng)
    if tag is None:
        return body
    parts = re.split(rb"(?=\s[\w:-]+=)", tag[0])
    if len(parts) < 2:
        return body
    del parts[rng.randrange(1, len(parts))]
    rest = b"".join(parts)
    return body[: tag.start()] + (rest if rest.endswith(b">") else rest + b">") + body[tag.end() :]


def _nest(body: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(body) + 1)
    return body[:at] + rng.choice((b"<div>", b"<blockquote>", b"<table><tr><td>", b"<b>")) * DEEP + body[at:]


MARKUP: tuple[Way, ...] = (
    ("lost tag", _lose_tag, False),
    ("repeated tag", _repeat_tag, True),
    ("repeated block", _repeat_block, True),
    ("lost block", _lose_block, False),
    ("tag soup", _soup, False),
    ("lost attribute", _lose_attribute, False),
    ("nested", _nest, False),
)
