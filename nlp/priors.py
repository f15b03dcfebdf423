"""Probabilities learned where classes were as frequent as in the training rows, said for where they are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def at_rates(shares: F64, learned: Sequence[float], rates: Sequence[float]) -> F64:
    """(D, K) probabilities at the base rates `rates`, of ones calibrated at the base rates `learned`.

    p'(k) ∝ p(k) · rates(k) / learned(k): Bayes' rule where only the classes' frequencies differ (Saerens, Latinne
    & Decaestecker 2002, equation 4; for two classes Elkan 2001, theorem 2).
    """
    grown = shares * (np.asarray(rates, dtype=np.float64) / np.asarray(learned, dtype=np.float64))
    out: F64 = grown / grown.sum(axis=-1, keepdims=True)
    return out


def at_rate(share: float, learned: float, rate: float) -> float:
    """A probability at the base rate `rate`, of one calibrated at the base rate `learned`; all in (0, 1) but `share`."""
    return float(at_rates(np.array([share, 1 - share]), (learned, 1 - learned), (rate, 1 - rate))[0])
