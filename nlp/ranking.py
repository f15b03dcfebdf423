"""Which words of each text weigh most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.features import I64

# words that join and point; where they pull, they stand for what is beside them, and show a reader nothing
_FAINT = frozenset("的地得了着过我你他她它是这那也和就在与及或而有都个们么之其以于为从对到把给上下里中")


def by_weight(rows: I64, weights: NDArray[np.float32]) -> I64:
    """(N,) the order by row and, within a row, from the highest of the weights, none of which is negative.

    Equal ones stay as they stand. The bits of such numbers rise with them, so that one key says both.
    """
    keys = rows << 32 | (0x7FFFFFFF - weights.view(np.int32).astype(np.int64))
    return np.argsort(keys, kind="stable")


def words_shown(
    rows: I64, pulls: NDArray[np.float32], tokens: Sequence[str], texts: Sequence[str], most: int, seen: int
) -> list[tuple[str, ...]]:
    """For each text the `most` words that pull most, as they stand in it, among the `seen` first of them.

    Words that say nothing by themselves are shown only where there are no others.
    rows, pulls : (N,) the text of each token, rising, and its pull; what is not above 0 pulls nowhere.
    """
    pulling = np.flatnonzero(pulls > 0)
    owners = rows[pulling]
    order = pulling[by_weight(owners, pulls[pulling])].tolist()
    begins = np.searchsorted(owners, np.arange(len(texts) + 1)).tolist()
    out: list[tuple[str, ...]] = []
    for at, text in enumerate(texts):
        found: list[str] = []
        faint: list[str] = []
        # some are not shown: a word that folding changed does not stand in the text
        for token in order[begins[at] : min(begins[at + 1], begins[at] + seen)]:
            word = tokens[token]
            if word not in found and word in text and (len(word) > 1 or word >= "\u3400"):
                (faint if word in _FAINT else found).append(word)
                if len(found) == most:
                    break
        out.append(tuple(found or dict.fromkeys(faint[:most])))
    return out
