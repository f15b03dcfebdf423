"""Answers spoiled by chance, as the net and careless sites spoil them: seeded, one body in, one worse body out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

_ODD = (
    "\x00", "\x07", "\x1b[31m", "\x85", "\u200b", "\u200e", "\u202e", "\u2066", "\ufeff", "\ufffd", "\U0001f469\u200d\U0001f467",
    "\u0301" * 40, "&#0;", "&#xD800;", "&amp;lt;script&amp;gt;", "]]>", "<![CDATA[", "<!--", "\\ud83d", "%00",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, -(2**63), 2**53 + 1, 10**30, 1e308, 0.5, "", " ", "0", "-1", "None", "null", "NaN", "1e9",
    "999999999999999999999999", "100万+", "-3万", "1.2.3亿", "昨天 25:61", "13-45", "9999-99-99 99:99:99", "0000-00-00",
    "Sat Aug 40 18:29:52 +0800 2022", 253402300800, -62135596801, 1e18, "\ud83d", "\u202e", [], {}, [[]], [None], {"": None},
    ["x"] * 50, "<" * 300, "&" * 300, "长" * 5000,
)  # fmt: skip
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
_DEEP = 3000


@dataclass(frozen=True, slots=True)
class Mutation:
    """A spoiled body. `whole` says that what is left of it was not rewritten: ids in it must be those of before."""

    body: bytes
    name: str
    whole: bool = False


Spoil = Callable[[bytes, Random], bytes]


def mutate(body: bytes, rng: Random) -> Mutation:
    """One mutation, rarely two, of a body of any kind, drawn by `rng`."""
    made = _once(body, rng)
    if rng.random() < 0.15:
        again = _once(made.body, rng)
        return Mutation(again.body, f"{made.name}+{again.name}", made.whole and again.whole)
    return made


def _once(body: bytes, rng: Random) -> Mutation:
    kinds: list[tuple[str, Spoil, bool]] = list(_BYTES)
    head = body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if head in (b"{", b"["):
        kinds += _JSON * 3
    elif head == b"<":
        kinds += _MARKUP * 2
    name, spoil, whole = rng.choice(kinds)
    return Mutation(spoil(body, rng), name, whole)


# --- of bytes ---


def _span(body: bytes, rng: Random, most: int = 400) -> tuple[int, int]:
    start = rng.randrange(len(body) + 1)
    return start, min(len(body), start + 1 + int(most * rng.random() ** 2))


def _cut(body: bytes, rng: Random) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def _drop(body: bytes, rng: Random) -> bytes:
    start, end = _span(body, rng)
    return body[:start] + body[end:]


def _double(body: bytes, rng: Random) -> bytes:
    start, end = _span(body, rng, 2000)
    return body[:end] + body[start:end] + body[end:]


def _flip(body: bytes, rng: Random) -> bytes:
    flipped = bytearray(body)
    for _ in range(rng.choice((1, 1, 2, 8, 64)) if body else 0):
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _insert(body: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(body) + 1)
    return body[:at] + rng.choice(_ODD).encode("utf-8", "surrogatepass") + body[at:]


def _charset(body: bytes, rng: Random) -> bytes:
    text = body.decode(rng.choice(("utf-8", "gb18030", "latin-1")), "replace")
    return text.encode(rng.choice(("utf-8", "gb18030", "utf-16", "utf-16-le", "big5", "latin-1")), "replace")


def _number(body: bytes, rng: Random) -> bytes:
    """Some number becomes another, mostly a huge one."""
    found = list(re.finditer(rb"\d+", body))
    if not found:
        return body
    at = rng.choice(found)
    other = rng.choice(
        (b"0", b"-1", b"9" * 15, b"9" * 19, b"9" * 400, b"1e999", b"00000000", b"3.7", at[0][::-1])
    )
    return body[: at.start()] + other + body[at.end() :]


def _empty(body: bytes, rng: Random) -> bytes:
    return rng.choice(
        (b"", b" ", b"null", b"[]", b"{}", b"0", b'""', b"<html></html>", b"\xff\xfe", b"<", b"{")
    )


_BYTES: tuple[tuple[str, Spoil, bool], ...] = (
    ("cut", _cut, False),
    ("drop", _drop, False),
    ("double", _double, False),
    ("flip", _flip, False),
    ("odd characters", _insert, False),
    ("charset", _charset, False),
    ("number", _number, False),
    ("empty", _empty, False),
)

# --- of JSON ---

_Spot = tuple[Any, Any]  # a container and the key or index in it


def _spots(value: Any) -> list[_Spot]:
    found: list[_Spot] = []
    waiting = [value]
    while waiting:
        at = waiting.pop()
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        for key in keys:
            found.append((at, key))
            if isinstance(at[key], dict | list):
                waiting.append(at[key])
    return found


def _with_json(change: Callable[[Any, list[_Spot], Random], Any]) -> Spoil:
    def spoil(body: bytes, rng: Random) -> bytes:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return _flip(body, rng)
        spots = _spots(value)
        if spots:
            value = change(value, spots, rng)
        return json.dumps(value, ensure_ascii=rng.random() < 0.3).encode("utf-8", "surrogatepass")

    return spoil


def _some(spots: list[_Spot], rng: Random) -> Sequence[_Spot]:
    return rng.sample(spots, min(len(spots), rng.choice((1, 1, 1, 2, 5))))


def _replace(value: Any, spots: list[_Spot], rng: Random) -> Any:
    for holder, key in _some(spots, rng):
        holder[key] = rng.choice(_VALUES)
    return value


def _nulls(value: Any, spots: list[_Spot], rng: Random) -> Any:
    for holder, key in _some(spots, rng):
        holder[key] = None
    return value


def _delete(value: Any, spots: list[_Spot], rng: Random) -> Any:
    holder, key = rng.choice(spots)
    del holder[key]
    return value


def _repeat(value: Any, spots: list[_Spot], rng: Random) -> Any:
    lists = [holder[key] for holder, key in spots if isinstance(holder[key], list) and holder[key]]
    if lists:
        chosen = rng.choice(lists)
        chosen.append(rng.choice(chosen))
    return value


def _retype(value: Any, spots: list[_Spot], rng: Random) -> Any:
    """A number as text, text as a number, a list as an object, an object as a list."""
    holder, key = rng.choice(spots)
    old = holder[key]
    if isinstance(old, dict):
        holder[key] = list(old.values())
    elif isinstance(old, list):
        holder[key] = {str(number): part for number, part in enumerate(old)}
    elif isinstance(old, str):
        holder[key] = int(old) if old.isdecimal() and old.isascii() and len(old) < 400 else [old]
    else:
        holder[key] = str(old)
    return value


def _spoil_text(value: Any, spots: list[_Spot], rng: Random) -> Any:
    texts = [(holder, key) for holder, key in spots if isinstance(holder[key], str)]
    for holder, key in _some(texts, rng) if texts else ():
        at = rng.randrange(len(holder[key]) + 1)
        holder[key] = holder[key][:at] + rng.choice((*_ODD, "\ud83d", "\udc00")) + holder[key][at:]
    return value


def _deep(value: Any, spots: list[_Spot], rng: Random) -> Any:
    holder, key = rng.choice(spots)
    for _ in range(rng.choice((2, 30, 400))):
        holder[key] = [holder[key]] if rng.random() < 0.5 else {"data": holder[key]}
    return value


def _swap(value: Any, spots: list[_Spot], rng: Random) -> Any:
    (holder, key), (other, spot) = rng.choice(spots), rng.choice(spots)
    holder[key], other[spot] = json.loads(json.dumps(other[spot])), json.loads(json.dumps(holder[key]))
    return value


def _abyss(body: bytes, rng: Random) -> bytes:
    """Deeper than any reader goes down."""
    left, right = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return left * _DEEP + (b"1" if left != b"[" else b"") + right * _DEEP


_JSON: tuple[tuple[str, Spoil, bool], ...] = (
    ("value", _with_json(_replace), False),
    ("nulls", _with_json(_nulls), True),
    ("deleted", _with_json(_delete), True),
    ("repeated", _with_json(_repeat), True),
    ("type", _with_json(_retype), True),
    ("text", _with_json(_spoil_text), False),
    ("deep", _with_json(_deep), True),
    ("swapped", _with_json(_swap), False),
    ("abyss", _abyss, False),
)

# --- of HTML and XML ---


def _tag(body: bytes, rng: Random) -> re.Match[bytes] | None:
    found = list(_TAG.finditer(body))
    return rng.choice(found) if found else None


def _lose_tag(body: bytes, rng: Random) -> bytes:
    tag = _tag(body, rng)
    return body if tag is None else body[: tag.start()] + body[tag.end() :]


def _repeat_tag(body: bytes, rng: Random) -> bytes:
    tag = _tag(body, rng)
    return body if tag is None else body[: tag.end()] + tag[0] * rng.choice((1, 2, 400)) + body[tag.end() :]


def _repeat_block(body: bytes, rng: Random) -> bytes:
    """Everything from one tag to another stands twice."""
    first, last = _tag(body, rng), _tag(body, rng)
    if first is None or last is None:
        return body
    start, end = sorted((first.start(), last.end()))
    return body[:end] + body[start:end] + body[end:]


def _lose_block(body: bytes, rng: Random) -> bytes:
    first, last = _tag(body, rng), _tag(body, rng)
    if first is None or last is None:
        return body
    start, end = sorted((first.start(), last.end()))
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
    return body[:at] + rng.choice((b"<div>", b"<blockquote>", b"<table><tr><td>", b"<b>")) * _DEEP + body[at:]


_MARKUP: tuple[tuple[str, Spoil, bool], ...] = (
    ("lost tag", _lose_tag, False),
    ("repeated tag", _repeat_tag, True),
    ("repeated block", _repeat_block, True),
    ("lost block", _lose_block, False),
    ("tag soup", _soup, False),
    ("lost attribute", _lose_attribute, False),
    ("nested", _nest, False),
)
