"""Near-duplicate groups: MinHash signatures made anywhere, grouped in one place.

A signature is 128 minima of the hashed character 3-grams (Broder 1997), cut to 8 bits each (Li & König
2010): equal shares estimate the Jaccard similarity, at most a 256th part too high. `DuplicateIndex` finds
candidates by 32 bands of 4 minima and accepts one whose estimate reaches `LEAST`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import rensa
from numpy.typing import NDArray

from nlp.buckets import WORDS, Buckets, Words
from nlp.features import Grams

MINIMA = 128
BANDS = WORDS
LEAST = 0.55  # of the estimate: so nearly all pairs from 0.6 on are found, and few below 0.5
SHORTEST = 6  # characters of one's own below which "same" means nothing
_SEED = 20260101
_LOADED = 10_000  # groups taken in at once
_PLACES = 18  # bits
_MIX = np.uint64(0x9E3779B97F4A7C15)
_AT_ONCE = 64  # rows of minima, which come as Python's numbers: so few stay in the processor's cache


def signatures(grams: Grams, ignored: NDArray[np.bool_]) -> list[bytes | None]:
    """One signature a text, of the 3-grams that start outside `ignored`; None where fewer than 4 remain."""
    kept = (grams.threes != 0) & ~ignored
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    begins = before[grams.char_rows]
    hashes, minima = grams.threes[kept], array("I")
    for start in range(0, len(begins) - 1, _AT_ONCE):
        rows = begins[start : start + _AT_ONCE + 1]
        matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
            hashes[rows[0] : rows[-1]], (rows - rows[0]).astype(np.uint64), MINIMA, _SEED
        )
        for row in matrix.to_rows():
            minima.fromlist(row)
    packed = np.frombuffer(minima, dtype=np.uint32).astype(np.uint8).tobytes()
    enough = (np.diff(begins) > SHORTEST - 3).tolist()
    return [packed[at * MINIMA : (at + 1) * MINIMA] if good else None for at, good in enumerate(enough)]


def similarity(left: bytes, right: bytes) -> float:
    """The estimated Jaccard similarity of two signatures, 0 to 1."""
    pair = np.frombuffer(left, dtype=np.uint8), np.frombuffer(right, dtype=np.uint8)
    return float((pair[0] == pair[1]).mean())


class DuplicateIndex:
    """Groups of near-duplicates; a group's id is the id of its first post.

    One process owns it; it lies in nameless files in `folder` (`nlp.buckets`). `add` in the order of arrival, or
    with the stored `group` after a restart: the groups are the same either way. Only a group's first post is
    compared against, so groups cannot creep from one text to quite another.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._buckets = Buckets(folder)

    def __len__(self) -> int:
        return len(self._buckets)

    def add(self, post_id: str, signature: bytes | None) -> str | None:
        """The group of a post: that of an earlier near-duplicate, else its own id; None without signature."""
        return self.add_all([(post_id, signature)])[0]

    def add_all(self, posts: Sequence[tuple[str, bytes | None]]) -> list[str | None]:
        """The groups of some posts (id, signature), one after the other.

        A post that began a group stays in it, whatever its signature has become.
        """
        known = self._buckets.numbers([post_id for post_id, _ in posts])
        signed = [at for at, (post_id, sign) in enumerate(posts) if sign is not None and post_id not in known]
        found: list[str | None] = [
            post_id if post_id in known and sign is not None else None for post_id, sign in posts
        ]
        if not signed:
            return found
        # much is said word for word by many: each signature is looked up once
        rows: dict[bytes | None, int] = {}
        of = [rows.setdefault(posts[at][1], len(rows)) for at in signed]
        words = _words(list(rows))
        stored = self._nearest(words)
        begun = _Begun(words)
        for row, at in zip(of, signed, strict=True):
            post_id = posts[at][0]
            found[at] = post_id if post_id in begun.rows else begun.nearest(row, stored[row])
            if found[at] is None:
                found[at] = post_id
                begun.add(post_id, row)
        if begun.rows:
            self._buckets.add(list(begun.rows), words[list(begun.rows.values())])
        return found

    def load(self, stored: Iterable[tuple[str, bytes]]) -> None:
        """Takes in the groups that are stored, each with the signature of its first post."""
        rows = iter(stored)
        while part := list(islice(rows, _LOADED)):
            fresh = dict(part)
            there = self._buckets.numbers(list(fresh))
            new = {group: sign for group, sign in fresh.items() if group not in there}
            if new:
                self._buckets.add(list(new), _words(list(new.values())))

    def _nearest(self, words: Words) -> list[tuple[float, str] | None]:
        """Of each signature the most similar stored group with an estimate of at least `LEAST`."""
        rows, numbers = self._buckets.sharing(words)
        best: list[tuple[float, str] | None] = [None] * len(words)
        if not len(rows):
            return best
        shares = (self._buckets.signatures(numbers) == words.view(np.uint8)[rows]).mean(axis=1)
        most = np.zeros(len(words))
        np.maximum.at(most, rows, shares)
        for at in np.flatnonzero((shares >= LEAST) & (shares == most[rows])).tolist():
            row = rows[at]
            best[row] = _better(best[row], (float(shares[at]), self._buckets.name(int(numbers[at]))))
        return best


class _Begun:
    """The groups that begin among the posts of one call, who have these different signatures.

    rows : by name, whose signature a group began with.
    """

    def __init__(self, words: Words) -> None:
        self.rows: dict[str, int] = {}
        self._words = words
        self._names: dict[int, str] = {}
        self._bands = _shared(words)
        self._there: dict[int, list[int]] = {}  # by band that is shared, the rows of groups

    def add(self, name: str, row: int) -> None:
        self.rows[name] = row
        self._names[row] = name
        for band in self._bands.get(row, ()):
            self._there.setdefault(band, []).append(row)

    def nearest(self, row: int, best: tuple[float, str] | None) -> str | None:
        """The most similar of these groups, or the `best` one elsewhere."""
        if row in self._names:  # no other group is the same: it would not have begun
            return self._names[row]
        minima = self._words[row].view(np.uint8)
        for other in {one for band in self._bands.get(row, ()) for one in self._there.get(band, ())}:
            share = float((self._words[other].view(np.uint8) == minima).mean())
            if share >= LEAST:
                best = _better(best, (share, self._names[other]))
        return None if best is None else best[1]


def _shared(words: Words) -> dict[int, list[int]]:
    """By row the numbers of its bands that other rows have, too."""
    keys = (words | np.arange(BANDS, dtype=np.uint64) << np.uint64(32)).ravel()
    places = (keys * _MIX >> np.uint64(64 - _PLACES)).astype(np.intp)
    numbers = np.arange(len(keys), dtype=np.uint32)
    last = np.zeros(1 << _PLACES, dtype=np.uint32)
    last[places] = numbers
    taken = np.zeros(1 << _PLACES, dtype=np.bool_)
    taken[places[last[places] != numbers]] = True
    maybe = np.flatnonzero(taken[places])  # those alone at their place share nothing
    bands, counts = np.unique(keys[maybe], return_inverse=True, return_counts=True)[1:]
    kept = np.flatnonzero(counts[bands] > 1)
    found: dict[int, list[int]] = {}
    for row, band in zip((maybe[kept] // BANDS).tolist(), bands[kept].tolist(), strict=True):
        found.setdefault(row, []).append(band)
    return found


def _better(one: tuple[float, str] | None, other: tuple[float, str]) -> tuple[float, str]:
    """The more similar group; of equals the one with the smaller id.

    Not the earlier: a store after a restart need not know in which order its groups began.
    """
    return other if one is None or (-other[0], other[1]) < (-one[0], one[1]) else one


def _words(signatures: Sequence[bytes | None]) -> Words:
    return np.frombuffer(b"".join(filter(None, signatures)), dtype="<u4").reshape(-1, BANDS)
