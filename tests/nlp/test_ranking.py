"""The order of words by weight is that of a plain sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nlp.ranking import by_weight

WORDS = st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1e6, width=32).map(abs))).map(
    lambda words: sorted(words, key=lambda word: word[0])
)


@given(WORDS)
def test_the_order_is_by_row_then_weight_and_equal_ones_stay(words: list[tuple[int, float]]) -> None:
    rows = np.array([row for row, _ in words], dtype=np.int64)
    weights = np.array([weight for _, weight in words], dtype=np.float32)
    expected = sorted(range(len(words)), key=lambda at: (words[at][0], -words[at][1]))
    assert by_weight(rows, weights).tolist() == expected
