"""How unusual a count is, against the same hours of the days before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

HALF_LIFE = 3.0  # days


@dataclass(frozen=True, slots=True)
class Burst:
    """`expected` and `z` are None where nothing is known of the days before."""

    now: int
    expected: float | None
    z: float | None


def burst(now: int, before: Sequence[int | None], *, step_days: float = 1.0) -> Burst:
    """How `now` stands against the same window on earlier days, the latest first, `step_days` apart.

    None in `before` is a day on which nothing was collected: unknown, not 0. The mean is exponentially
    weighted, its half-life `HALF_LIFE` days; z divides by √(mean + variance + 1): what chance alone
    scatters, what this topic scatters by itself, and one post, so that two posts after none are no burst.
    """
    known = [
        (0.5 ** (step_days * age / HALF_LIFE), count) for age, count in enumerate(before) if count is not None
    ]
    if not known:
        return Burst(now, None, None)
    weight = sum(part for part, _ in known)
    mean = sum(part * count for part, count in known) / weight
    variance = sum(part * (count - mean) ** 2 for part, count in known) / weight
    return Burst(now, mean, (now - mean) / math.sqrt(mean + variance + 1))
