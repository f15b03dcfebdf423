"""可信度: how far the engagement of an account looks like people's."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from core.texts import fold, own_text
from mining.influence import Person

_SAYING = 6  # characters from which words can be compared
_EARLY_S = 600.0
_TEXTS, _DELAYS, _PEERS = 10, 30, 8  # fewer say nothing
_COPIES, _EARLY, _LOW = 0.3, 0.5, -3.0  # what is still usual; a high rate may be a hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticity:
    """`value` in [0, 1], None when no part of it is known; `n`: reactions and peers it was judged by."""

    value: float | None
    n: int
    copies: float | None
    texts: int  # those the copies were counted among
    early: float | None
    rate_z: float | None
    peers: int


def authenticity(person: Person, rate_z: float | None, peers: int) -> Authenticity:
    """The product of the parts that are known; see formula ``kol_authenticity``."""
    told = person.reactions if len(person.reactions) >= _TEXTS else []
    texts = [plain for text in told if len(plain := fold(own_text(text))) >= _SAYING]
    copies = 1 - len(set(texts)) / len(texts) if len(texts) >= _TEXTS else None
    delays = person.delays
    early = sum(delay <= _EARLY_S for delay in delays) / len(delays) if len(delays) >= _DELAYS else None
    parts = [
        None if copies is None else 1 - max(0.0, copies - _COPIES),
        None if early is None else 1 - max(0.0, early - _EARLY),
        None if rate_z is None else min(1.0, _LOW / rate_z) if rate_z < 0 else 1.0,
    ]
    known = [part for part in parts if part is not None]
    return Authenticity(
        value=math.prod(known) if known else None,
        n=len(person.reactions) + peers,
        copies=copies,
        texts=len(texts),
        early=early,
        rate_z=rate_z,
        peers=peers,
    )


def rate_scores(rates: Mapping[str, tuple[float, int]]) -> dict[str, tuple[float, int]]:
    """(robust z, peers) of each key's engagement rate among accounts of like followers.

    `rates`: engagement a post and followers. Peers have between a tenth and ten times the followers; with
    fewer than `_PEERS` of them, or no spread, there is no score.
    """
    ordered = sorted((math.log10(followers + 1), key) for key, (_, followers) in rates.items())
    sizes = [size for size, _ in ordered]
    logs = [math.log((rates[key][0] + 1) / (rates[key][1] + 1)) for _, key in ordered]
    scores: dict[str, tuple[float, int]] = {}
    for place, (size, key) in enumerate(ordered):
        peers = logs[bisect_left(sizes, size - 1) : bisect_right(sizes, size + 1)]
        if len(peers) < _PEERS:
            continue
        middle = median(peers)
        spread = 1.4826 * median(abs(rate - middle) for rate in peers)
        if spread > 0:
            scores[key] = ((logs[place] - middle) / spread, len(peers))
    return scores
