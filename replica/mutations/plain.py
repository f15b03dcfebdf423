"""Mutations of bytes of any kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Spoil = Callable[[bytes, Random], bytes]
Way = tuple[str, Spoil, bool]
"""Its name, what it does to a body, and whether what is left was not rewritten."""

DEEP = 3000
ODD = (
    "\x00", "\x07", "\x1b[31m", "\x85", "\u200b", "\u200e", "\u202e", "\u2066", "\ufeff", "\ufffd", "\U0001f469\u200d\U0001f467",
    "\u0301" * 40, "&#0;", "&#xD800;", "&amp;lt;script&amp;gt;", "]]>", "<![CDATA[", "<!--", "\\ud83d", "%00",
)  # fmt: skip


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


def flip(body: bytes, rng: Random) -> bytes:
    flipped = bytearray(body)
    for _ in range(rng.choice((1, 1, 2, 8, 64)) if body else 0):
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _insert(body: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(body) + 1)
    return body[:at] + rng.choice(ODD).encode("utf-8", "surrogatepass") + body[at:]


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


PLAIN: tuple[Way, ...] = (
    ("cut", _cut, False),
    ("drop", _drop, False),
    ("double", _double, False),
    ("flip", flip, False),
    ("odd characters", _insert, False),
    ("charset", _charset, False),
    ("number", _number, False),
    ("empty", _empty, False),
)
