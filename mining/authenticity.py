"""可信度: how far the engagement of an account looks like people's."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from core.texts import fold, own_text
from mining.influence import Person

_SAYING = 6  # characters from which words can be compared
_EARLY_S = 600.0
_TEXTS, _DELAYS, _PEERS = 10, 30, 8  # fewer say nothing
_COPIES, _EARLY, _ODD = 0.3, 0.5, 3.5  # what is still usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticity:
    """`value` in [0, 1], None when no part of it is known; `n`: direct reactions looked at."""

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
        None if rate_z is None else min(1.0, _ODD / abs(rate_z)) if rate_z else 1.0,
    ]
    known = [part for part in parts if part is not None]
    return Authenticity(
        value=math.prod(known) if known else None,
        n=len(person.reactions),
        copies=copies,
        texts=len(texts),
        early=early,
        rate_z=rate_z,
        peers=peers,
    )


def rate_scores(rates: Mapping[str, tuple[float, int]]) -> dict[str, tuple[float, int]]:
    """(robust z, peers) of each key's engagement rate among accounts of like followers.

    `rates`: engagement a post and followers. Accounts are peers within a power of ten of followers; with
    fewer than `_PEERS` of them, or no spread, there is no score.
    """
    groups: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)
    for key, (engagement, followers) in rates.items():
        rate = math.log((engagement + 1) / (followers + 1))
        groups[int(math.log10(followers + 1))].append((key, rate))
    scores: dict[str, tuple[float, int]] = {}
    for group in groups.values():
        if len(group) < _PEERS:
            continue
        middle = median(rate for _, rate in group)
        spread = 1.4826 * median(abs(rate - middle) for _, rate in group)
        if spread > 0:
            scores |= {key: ((rate - middle) / spread, len(group)) for key, rate in group}
    return scores
