"""How posts lie in columns: in chunks by their number, a column's part of a chunk one blob.

``fixed`` columns have one entry a post: a number, a hash of an id, or the code of a value. ``many`` columns
have pairs (place in the chunk, code or hash), in blocks of posts. A question reads the columns it needs into memory
whole and answers from them: a count by day over a third of a million posts is a few array operations, where
rows of a table would be a third of a million steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.models import AnnotatedPost
from index import facets
from index.sqlite.schema import MISSING

CHUNK = 1 << 15  # posts
BLOCK = 1 << 10  # posts of a piece of a ``many`` column, and of ``recent``
UNKNOWN = -(2**62)  # a number that is not known
NOBODY = -1  # the hash of an id that is not there
NONE = 0  # the code of no value
GROUP = "duplicate"  # the column of near-duplicate groups

_ONE = [name for name, keyword in facets.KEYWORDS.items() if not keyword.many]
_DTYPES: dict[str, str] = {
    "live": "u1",
    "at": "<i8",
    "tie": "<i8",
    "brevity": "u1",
    **dict.fromkeys(facets.NUMBERS, "<i8"),
    **dict.fromkeys(facets.IDS, "<i8"),
    **dict.fromkeys(_ONE, "<u4"),
}
FIXED = {name: np.dtype(kind) for name, kind in _DTYPES.items()}
MANY = tuple(name for name, keyword in facets.KEYWORDS.items() if keyword.many)
FIELDS = {name: number for number, name in enumerate(facets.FACETS)}  # as ``value`` calls them
HASHED = tuple(name for name in facets.KEYWORDS if name not in FIELDS)  # no names behind their codes
_COLUMNS = {name: number for number, name in enumerate((*FIXED, *MANY))}
_PAIR = np.dtype([("place", "<u2"), ("code", "<u4")])
_HASHED = np.dtype([("place", "<u2"), ("code", "<i8")])
PAIRS = {name: _HASHED if name in HASHED else _PAIR for name in MANY}
Pairs = NDArray[np.void]


def fixed_id(chunk: int, name: str) -> int:
    """The row of a column's part of a chunk."""
    return chunk << 6 | _COLUMNS[name]


def many_id(chunk: int, name: str, block: int = 0) -> int:
    """The row of a block of a column; the blocks of a chunk follow one another."""
    return (chunk << 6 | _COLUMNS[name]) << 5 | block


@dataclass(slots=True)
class Rows:
    """Some posts as columns: of each keyword the keys, to be turned into codes; of all else the entries."""

    fixed: dict[str, list[int]] = field(default_factory=dict)
    keys: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)


def rows(items: Sequence[AnnotatedPost]) -> Rows:
    """The columns of these posts but for `live` and `brevity`."""
    posts = [item.post for item in items]
    times = [facets.at_of(post) for post in posts]
    found = Rows(
        fixed={
            "at": [MISSING if at is None else at for at in times],
            "tie": [facets.tie(post.id) for post in posts],
        }
    )
    for name, number in facets.NUMBERS.items():
        values = [number.read(item) for item in items]
        found.fixed[name] = [UNKNOWN if value is None else value for value in values]
    for name, read in facets.IDS.items():
        ids = [read(item) for item in items]
        found.fixed[name] = [NOBODY if value is None else facets.digest(value) for value in ids]
    for name, keyword in facets.KEYWORDS.items():
        found.keys[name] = [keyword.read(item) for item in items]
    return found
