"""Scores of people: graph rank, h-index, activity, and how ranks are fused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import rankdata

_TOLERANCE = 1e-10
_ROUNDS = 200


def pagerank(
    edges: Mapping[tuple[str, str], float], restart: Mapping[str, float], *, damping: float = 0.85
) -> dict[str, float]:
    """Personalised PageRank of every key of `restart`; the values sum to 1.

    x = d·Pᵀx + (1 − d + d·dangling)·v, v being `restart` normalised (all alike where it sums to 0). `edges`
    lead from who passes rank on to who receives it; both ends must be keys of `restart`.
    """
    keys = sorted(restart)
    if not keys:
        return {}
    row_of = {key: row for row, key in enumerate(keys)}
    size = len(keys)
    pairs = sorted(edges.items())
    giver = np.fromiter((row_of[one] for (one, _), _ in pairs), np.int64, len(pairs))
    taker = np.fromiter((row_of[other] for (_, other), _ in pairs), np.int64, len(pairs))
    weight = np.fromiter((value for _, value in pairs), np.float64, len(pairs))
    out = np.bincount(giver, weight, size) if pairs else np.zeros(size)
    share = np.divide(weight, out[giver], out=np.zeros_like(weight), where=out[giver] > 0)
    passing = sparse.csr_array((share, (taker, giver)), shape=(size, size))
    start = np.fromiter((restart[key] for key in keys), np.float64, size)
    start = start / start.sum() if start.sum() > 0 else np.full(size, 1 / size)
    idle = out <= 0
    rank: NDArray[np.float64] = start.copy()
    for _ in range(_ROUNDS):
        new = damping * (passing @ rank) + (1 - damping + damping * rank[idle].sum()) * start
        moved = np.abs(new - rank).sum()
        rank = new
        if moved < _TOLERANCE:
            break
    return dict(zip(keys, (rank / rank.sum()).tolist(), strict=True))


def h_index(counts: Sequence[int]) -> int:
    """The largest h such that h of the counts are at least h."""
    ordered = sorted(counts, reverse=True)
    return sum(1 for place, count in enumerate(ordered, 1) if count >= place)


def bci(posts: int, reposts: int, comments: int, likes: int) -> float:
    """微博传播指数 in the variant a registry published: (0.2·W1 + 0.8·W2)·160; see formula ``bci``."""
    active = math.log(posts + 1)
    spread = 0.4 * math.log(reposts + 1) + 0.4 * math.log(comments + 1) + 0.2 * math.log(likes + 1)
    return (0.2 * active + 0.8 * spread) * 160


def standings(values: Sequence[float]) -> list[float]:
    """1 − ln(rank)/ln(n) of each value, rank 1 the largest, ties at their mean rank: 1 for the first, 0 for the last.

    The logarithm keeps apart those at the top, whom a list is about; plain percentiles would hardly.
    """
    size = len(values)
    if size < 2:
        return [1.0] * size
    ranks = rankdata([-value for value in values], method="average")
    return [float(1 - math.log(rank) / math.log(size)) for rank in ranks]


def fused(columns: Sequence[Sequence[float]]) -> list[float]:
    """Mean of the standings of each row over the columns, in [0, 1]."""
    ranked = [standings(column) for column in columns]
    return [sum(row) / len(row) for row in zip(*ranked, strict=True)]
