"""Ids: Weibo's mid and bid, the second a mid was made in, and the ids of posts."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha1

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_MID_GROUP = 7  # decimal digits that become
_BID_GROUP = 4  # base62 letters
_MID_EPOCH_S = 515_483_463  # unix seconds = (mid >> 22) + this; checked on real posts of 2022 to 2026
_SEQUENCE_BITS = 22
_MID_LENGTH = 16


def bid_from_mid(mid: str) -> str:
    """The short id in a Weibo address, for example ``M1VT3jzNX`` of ``4804608494665869``.

    Raises `ValueError` when `mid` is not a decimal number.
    """
    if not _is_decimal(mid):
        raise ValueError(f"not a Weibo mid: {mid!r}; a mid is a decimal number such as 4804608494665869")
    groups = [_encode(int(group)) for group in _cut(mid, _MID_GROUP)]
    return groups[0] + "".join(group.rjust(_BID_GROUP, "0") for group in groups[1:])


def mid_from_bid(bid: str) -> str:
    """The decimal id behind a short id; the inverse of `bid_from_mid`.

    Raises `ValueError` when `bid` is not base62.
    """
    if not bid or any(letter not in _VALUE for letter in bid):
        raise ValueError(f"not a Weibo bid: {bid!r}; a bid is letters and digits such as M1VT3jzNX")
    groups = [str(_decode(group)) for group in _cut(bid, _BID_GROUP)]
    return groups[0] + "".join(group.rjust(_MID_GROUP, "0") for group in groups[1:])


def moment_of_mid(mid: str) -> datetime | None:
    """The second (UTC) a post or comment was made in; None unless `mid` has 16 digits.

    Shorter and longer mids come from older generators that carry no time.
    """
    if len(mid) != _MID_LENGTH or not _is_decimal(mid):
        return None
    return datetime.fromtimestamp((int(mid) >> _SEQUENCE_BITS) + _MID_EPOCH_S, UTC)


def mid_at(moment: datetime, sequence: int = 0) -> str:
    """A mid made at `moment` (whole seconds), its low 22 bits filled with `sequence`.

    Raises `ValueError` when no 16-digit mid stands for that time or `sequence` needs more bits.
    """
    if not 0 <= sequence < 1 << _SEQUENCE_BITS:
        raise ValueError(f"sequence {sequence} does not fit in {_SEQUENCE_BITS} bits")
    mid = str(((int(moment.timestamp()) - _MID_EPOCH_S) << _SEQUENCE_BITS) | sequence)
    if len(mid) != _MID_LENGTH or mid.startswith("-"):
        raise ValueError(f"no 16-digit mid stands for {moment.isoformat()}")
    return mid


def post_id(platform: str, *native: str | int) -> str:
    """``platform:native``, for example ``weibo:4804608494665869`` or ``discuz:bbs.example.com:123``."""
    return ":".join((platform, *map(str, native)))


def content_id(platform: str, text: str, *more: str | None) -> str:
    """An id for a post that has none: ``platform:c-`` and 20 hex digits of the SHA-1 of its content.

    `more` is what else tells two posts of the same text apart (time, thread, author pseudonym). The
    digest is not keyed, so whoever calls must not put a raw name or user id into it.
    """
    content = "\x1f".join((text, *("" if part is None else part for part in more)))
    digest = sha1(content.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
    return post_id(platform, f"c-{digest[:20]}")


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _cut(text: str, size: int) -> list[str]:
    """Groups of `size` counted from the right; the first may be shorter."""
    first = len(text) % size or size
    return [text[:first], *(text[at : at + size] for at in range(first, len(text), size))]


def _encode(value: int) -> str:
    letters = ""
    while True:
        value, rest = divmod(value, len(_ALPHABET))
        letters = _ALPHABET[rest] + letters
        if not value:
            return letters


def _decode(letters: str) -> int:
    value = 0
    for letter in letters:
        value = value * len(_ALPHABET) + _VALUE[letter]
    return value
