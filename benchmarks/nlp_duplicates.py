"""Near-duplicates against all exact pairs: what the signatures find of real copies, and how much of it is none.

    python -m benchmarks.nlp_duplicates [--posts N]

Posts under hot hashtags, each normalised text once: copies word for word are found by any method. A pair is a
near-duplicate by the Jaccard similarity of its sets of character 3-grams, reckoned for every pair. The plain
method is SimHash of 64 bits (M. Charikar 2002), pairs at most six bits apart.
"""

from __future__ import annotations

import argparse
import random

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.clean import clean
from nlp.duplicates import BANDS, LEAST, DuplicateIndex, signatures
from nlp.features import Grams, grams
from nlp.segment import Segmenter
from nlp.train import data

POSTS = 16_000
NEAR = 0.6  # Jaccard similarity that ought to be found
ALIKE = 0.5  # and from which a pair that is found is no mistake
APART = 6  # bits
_BLOCK = 500  # rows compared with all others at once
Pairs = NDArray[np.int64]  # number of the first post · 2**32 + number of the second, which is larger


def posts(count: int) -> list[str]:
    """Different texts, drawn with a fixed seed."""
    found = dict.fromkeys(
        row["text"] for row in data.table("covid_weibo_hashtag_posts/posts.csv.xz") if row["text"].strip()
    )
    drawn = random.Random(20260101).sample(list(found), min(len(found), 2 * count))
    once = {clean([text]).texts[0]: text for text in drawn if len(text) >= 12}
    return list(once.values())[:count]


def scores(count: int = POSTS) -> tuple[dict[str, float], dict[str, float]]:
    """Recall of pairs at `NEAR` and precision at `ALIKE`: of the signatures and the groups, of SimHash."""
    read = grams(clean(posts(count)), Segmenter().cut)
    alike, near = _exact(read)
    signed = signatures(read, np.zeros(len(read.threes), dtype=bool))
    grouped = DuplicateIndex().add_all([(f"{at:06}", sign) for at, sign in enumerate(signed)])
    ours = _score("near-duplicates", _banded(signed), near, alike)
    ours |= _score("near-duplicates in one group", _together(grouped), near, alike)
    return ours, _score("near-duplicates", _simhash(read), near, alike)


def _score(name: str, found: Pairs, near: Pairs, alike: Pairs) -> dict[str, float]:
    return {
        f"{name}: recall": float(np.isin(near, found).mean()),
        f"{name}: precision": float(np.isin(found, alike).mean()) if len(found) else 0.0,
    }


def _exact(read: Grams) -> tuple[Pairs, Pairs]:
    """The pairs at `ALIKE` and at `NEAR`."""
    kept = np.flatnonzero(read.threes)
    rows = np.searchsorted(read.char_rows, kept, side="right") - 1
    _, columns = np.unique(read.threes[kept], return_inverse=True)
    shape = len(read.char_rows) - 1, int(columns.max()) + 1
    present = sparse.csr_array((np.ones(len(kept), np.float32), (rows, columns)), shape=shape)
    present.sum_duplicates()
    present.data[:] = 1
    sizes, turned = np.diff(present.indptr), sparse.csr_array(present.T)
    found, shares = [], []
    for start in range(0, shape[0], _BLOCK):
        common = sparse.coo_array(present[start : start + _BLOCK] @ turned)
        left, right = common.row + start, common.col
        share = common.data / (sizes[left] + sizes[right] - common.data)
        told = (left < right) & (share >= ALIKE)
        found.append(left[told].astype(np.int64) << 32 | right[told])
        shares.append(share[told])
    pairs = np.concatenate(found)
    return pairs, pairs[np.concatenate(shares) >= NEAR]


def _banded(signed: list[bytes | None]) -> Pairs:
    """Pairs of signatures with a band in common and an estimate of at least `LEAST`."""
    at = np.array([number for number, sign in enumerate(signed) if sign is not None])
    minima = np.frombuffer(b"".join(filter(None, signed)), dtype=np.uint8).reshape(len(at), -1)
    bands = minima.view("<u4")
    pairs = {
        (int(members[one]), int(members[other]))
        for band in range(BANDS)
        for members in _alike(bands[:, band])
        for one in range(len(members))
        for other in range(one + 1, len(members))
    }
    both = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    sure = (minima[both[:, 0]] == minima[both[:, 1]]).mean(axis=1) >= LEAST
    found: Pairs = at[both[sure, 0]] << 32 | at[both[sure, 1]]
    return found


def _alike(keys: NDArray[np.uint32]) -> list[NDArray[np.int64]]:
    """The numbers of those with equal keys, in order, where there are several."""
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(np.diff(keys[order])) + 1
    return [members for members in np.split(order, edges) if len(members) > 1]


def _together(groups: list[str | None]) -> Pairs:
    members: dict[str, list[int]] = {}
    for at, group in enumerate(groups):
        if group is not None:
            members.setdefault(group, []).append(at)
    pairs = [
        one << 32 | other for found in members.values() for one in found for other in found if one < other
    ]
    return np.array(pairs, dtype=np.int64)


def _simhash(read: Grams) -> Pairs:
    kept = np.flatnonzero(read.threes)
    mixed = read.threes[kept] * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    bits = np.unpackbits(mixed.view(np.uint8).reshape(-1, 8), axis=1).astype(np.int32) * 2 - 1
    rows = np.searchsorted(read.char_rows, kept, side="right") - 1
    votes = np.zeros((len(read.char_rows) - 1, 64), dtype=np.int32)
    np.add.at(votes, rows, bits)
    hashes = np.packbits(votes > 0, axis=1).view(np.uint64).ravel()
    found = []
    for start in range(0, len(hashes), _BLOCK):
        apart = np.bitwise_count(hashes[start : start + _BLOCK, None] ^ hashes[None, :])
        left, right = np.nonzero(apart <= APART)
        told = left + start < right
        found.append((left[told] + start) << 32 | right[told])
    return np.concatenate(found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=POSTS)
    arguments = parser.parse_args()
    ours, plain = scores(arguments.posts)
    for name, score in ours.items():
        print(f"{name:42} {score:7.4f}" + (f" {plain[name]:7.4f} SimHash" if name in plain else ""))


if __name__ == "__main__":
    main()
