"""Near-duplicate groups: MinHash signatures made anywhere, grouped in one place.

A signature is 64 minima of the hashed character 3-grams (Broder 1997), cut to 16 bits each: equal
shares estimate the Jaccard similarity. `DuplicateIndex` finds candidates by 16 bands of 4 minima and
accepts one whose estimate reaches `LEAST`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import rensa
from numpy.typing import NDArray

from nlp.features import Grams

MINIMA = 64
BANDS = 16
LEAST = 0.6  # of the estimate
SHORTEST = 6  # characters of one's own below which "same" means nothing
_SEED = 20260101
_Array = NDArray[np.uint16]


def signatures(grams: Grams, ignored: NDArray[np.bool_]) -> list[bytes | None]:
    """One signature a text, of the 3-grams that start outside `ignored`; None where fewer than 4 remain."""
    kept = (grams.threes != 0) & ~ignored
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    begins = before[grams.char_rows]
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        grams.threes[kept], begins.astype(np.uint64), MINIMA, _SEED
    )
    low = (np.array(matrix.to_rows(), dtype=np.uint32) & 0xFFFF).astype("<u2")
    enough = np.diff(begins) > SHORTEST - 3
    size = MINIMA * 2
    packed = low.tobytes()
    return [packed[at * size : (at + 1) * size] if good else None for at, good in enumerate(enough)]


def similarity(left: bytes, right: bytes) -> float:
    """The estimated Jaccard similarity of two signatures, 0 to 1."""
    pair = np.frombuffer(left, dtype="<u2"), np.frombuffer(right, dtype="<u2")
    return float((pair[0] == pair[1]).mean())


@dataclass(slots=True)
class DuplicateIndex:
    """Groups of near-duplicates; a group's id is the id of its first post.

    One process owns it. `add` in the order of arrival, or with the stored `group` after a restart: the
    groups are the same either way. Only a group's first post is compared against, so groups cannot
    creep from one text to quite another.
    """

    _groups: list[str] = field(default_factory=list)
    _firsts: list[_Array] = field(default_factory=list)
    _bands: dict[int, int | list[int]] = field(default_factory=dict)
    _known: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, post_id: str, signature: bytes | None, group: str | None = None) -> str | None:
        """The group of a post: that of an earlier near-duplicate, else its own id; None without signature.

        A given `group` (as stored) is believed: the post becomes its first if the group is new.
        """
        if signature is None:
            return group
        if group is not None and group in self._known:
            return group
        if group is None:
            if (at := self._find(signature)) is not None:
                return self._groups[at]
            group = post_id
        self._found(group, signature)
        return group

    def load(self, stored: Iterable[tuple[str, str | None, bytes | None]]) -> None:
        """Take in (id, group, signature) of posts already stored; groups' first posts come first."""
        rows = list(stored)
        for post_id, group, signature in rows:
            if group == post_id:
                self.add(post_id, signature, group)
        for post_id, group, signature in rows:
            if group is not None and group != post_id:
                self.add(post_id, signature, group)

    def _found(self, group: str, signature: bytes) -> None:
        at = len(self._groups)
        self._groups.append(group)
        self._firsts.append(np.frombuffer(signature, dtype="<u2"))
        self._known[group] = at
        for key in _keys(signature):
            held = self._bands.setdefault(key, at)
            if isinstance(held, list):
                held.append(at)
            elif held != at:
                self._bands[key] = [held, at]

    def _find(self, signature: bytes) -> int | None:
        """The most similar first post with an estimate of at least `LEAST`; of equals the smallest id.

        Not the earliest: a store after a restart need not know in which order its groups began.
        """
        candidates: set[int] = set()
        for key in _keys(signature):
            held = self._bands.get(key)
            if isinstance(held, list):
                candidates.update(held)
            elif held is not None:
                candidates.add(held)
        if not candidates:
            return None
        order = sorted(candidates)
        own = np.frombuffer(signature, dtype="<u2")
        shares = (np.stack([self._firsts[at] for at in order]) == own).mean(axis=1)
        most = shares.max()
        if most < LEAST:
            return None
        equals = [order[at] for at in np.flatnonzero(shares == most).tolist()]
        return min(equals, key=self._groups.__getitem__)


def _keys(signature: bytes) -> list[int]:
    """Sixteen band keys: four minima and the band's number, in one integer."""
    bands = np.frombuffer(signature, dtype="<u8")
    mixed = (bands ^ (np.arange(BANDS, dtype=np.uint64) << np.uint64(58))) * np.uint64(0x9E3779B97F4A7C15)
    keys: list[int] = (mixed + np.arange(BANDS, dtype=np.uint64)).tolist()
    return keys
