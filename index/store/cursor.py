"""The place of a hit in the order of its sort, as a string that can stand in an address.

The key of each sort, smallest first; a post without a time has None and comes last:

- newest: (at, tie), at falling;   oldest: (at, tie), at rising
- engaged: (engagement, at, tie), the first two falling
- relevant: (score, engagement, at, tie), the first three falling; with the weights of its clauses, so that
  scores stay what they were while posts arrive
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import msgspec

from core.errors import UsageError
from index.store.protocol import Sort

_PARTS = {Sort.NEWEST: 2, Sort.OLDEST: 2, Sort.ENGAGED: 3, Sort.RELEVANT: 4}


@dataclass(frozen=True, slots=True)
class Cursor:
    sort: Sort
    key: tuple[int | None, ...]
    weights: tuple[int, ...] = ()

    def __str__(self) -> str:
        packed = msgspec.msgpack.encode((self.sort, self.key, self.weights))
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(text: str, sort: Sort, clauses: int) -> Cursor:
    """The cursor of a string; `UsageError` when it is none, or of another sort or query."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        kind, key, weights = msgspec.msgpack.decode(
            packed, type=tuple[Sort, tuple[int | None, ...], tuple[int, ...]]
        )
    except (ValueError, msgspec.DecodeError) as error:
        raise UsageError(f"{text!r} is no cursor; begin with the first page") from error
    wanted = clauses if sort is Sort.RELEVANT else 0
    if kind is not sort or len(key) != _PARTS[sort] or len(weights) != wanted:
        raise UsageError("the cursor is of another search; begin with the first page")
    return Cursor(kind, key, weights)
