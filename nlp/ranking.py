"""Which words of each text weigh most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlp.features import I64


def by_weight(rows: I64, weights: NDArray[np.float32]) -> I64:
    """(N,) the order by row and, within a row, from the highest of the weights, none of which is negative.

    Equal ones stay as they stand. The bits of such numbers rise with them, so that one key says both.
    """
    keys = rows << 32 | (0x7FFFFFFF - weights.view(np.int32).astype(np.int64))
    return np.argsort(keys, kind="stable")
