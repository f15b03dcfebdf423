"""The first of many posts against all of them sorted."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.sqlite.ordering import Order
from index.store import Sort


@given(
    seed=st.integers(0, 2**32 - 1),
    posts=st.integers(1, 4_000),
    different=st.sampled_from((1, 3, 50, 2**40)),
    most=st.integers(1, 12),
)
def test_the_first_are_those_of_all_in_order(seed: int, posts: int, different: int, most: int) -> None:
    draw = np.random.default_rng(seed)
    values, ties = draw.integers(0, different, posts), draw.permutation(posts)
    order = Order(Sort.NEWEST, np.arange(posts), (values.__getitem__, ties.__getitem__))
    assert order.first(most).tolist() == np.lexsort((ties, values))[:most].tolist()
