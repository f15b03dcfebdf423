"""Mutations of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from replica.mutations.plain import DEEP, ODD, Spoil, Way, flip

_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, -(2**63), 2**53 + 1, 10**30, 1e308, 0.5, "", " ", "0", "-1", "None", "null", "NaN", "1e9",
    "999999999999999999999999", "100万+", "-3万", "1.2.3亿", "昨天 25:61", "13-45", "9999-99-99 99:99:99", "0000-00-00",
    "Sat Aug 40 18:29:52 +0800 2022", 253402300800, -62135596801, 1e18, "\ud83d", "\u202e", [], {}, [[]], [None], {"": None},
    ["x"] * 50, "<" * 300, "&" * 300, "长" * 5000,
)  # fmt: skip
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
            return flip(body, rng)
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
        holder[key] = holder[key][:at] + rng.choice((*ODD, "\ud83d", "\udc00")) + holder[key][at:]
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
    return left * DEEP + (b"1" if left != b"[" else b"") + right * DEEP


JSON: tuple[Way, ...] = (
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
