"""Where nodes stand: inside the frame, parents first, nobody lost when leaves are gathered."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.records import to_json
from mining.cascade import Cascade, reconstruct
from mining.layout import Layout, place
from tests.mining.posts import repost, root

ROOT = "weibo:1"


def cascade_of(above: list[int]) -> Cascade:
    """Node n (from 2) hangs under `above[n - 2]`; the root is 1."""
    return reconstruct(
        [root(), *(repost(n, f"人{n}", parent=parent) for n, parent in enumerate(above, 2))], ROOT
    )


def at(layout: Layout, key: str) -> tuple[float, float]:
    row = layout.ids.index(key)
    return layout.x[row], layout.y[row]


def test_a_star_is_a_circle_around_its_root() -> None:
    layout = place(cascade_of([1, 1, 1, 1]))
    assert at(layout, ROOT) == (0.0, 0.0)
    for row in range(1, 5):
        assert math.hypot(layout.x[row], layout.y[row]) == pytest.approx(1, abs=1e-4)
    assert len({at(layout, key) for key in layout.ids}) == 5


def test_in_a_sail_time_runs_to_the_right() -> None:
    layout = place(cascade_of([1, 2, 3]), shape="sail")
    assert list(layout.x) == sorted(layout.x)
    assert (layout.x[0], layout.x[-1]) == (0.0, 1.0)
    assert layout.y[0] == 0.5


def test_a_large_tree_keeps_its_inner_nodes_and_gathers_leaves() -> None:
    cascade = cascade_of([1] * 300 + [2] * 40 + [3, 3])
    layout = place(cascade, limit=60)
    assert len(layout.ids) <= 62
    assert {ROOT, "weibo:2", "weibo:3", "weibo:342", "weibo:343"} <= set(layout.ids)
    gathered = dict(zip(layout.ids, layout.leaves, strict=True))
    assert gathered["leaves:weibo:1"] == 298
    assert layout.total == 343


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 10_000), min_size=0, max_size=80),
    st.integers(4, 40),
    st.sampled_from(["radial", "sail"]),
)
def test_every_node_is_drawn_or_gathered(numbers: list[int], limit: int, shape: str) -> None:
    layout = place(
        cascade_of([1 + number % n for n, number in enumerate(numbers, 1)]), shape=shape, limit=limit
    )
    assert layout.shown + sum(layout.leaves) == layout.total == len(numbers) + 1
    assert all(parent < row for row, parent in enumerate(layout.parent))
    bounds = (-1.0, 1.0) if shape == "radial" else (0.0, 1.0)
    assert all(bounds[0] <= value <= bounds[1] for value in itertools.chain(layout.x, layout.y))
    assert len(set(layout.ids)) == len(layout.ids)
    assert to_json(layout)


def test_what_went_is_marked_node_by_node() -> None:
    cascade = reconstruct(
        [root(gone="author"), repost(2, "甲", parent=1), repost(3, "乙", parent=1, gone="complaint")], ROOT
    )
    layout = place(cascade)
    marks = dict(zip(layout.ids, layout.gone, strict=True))
    assert marks == {ROOT: "author", "weibo:2": "", "weibo:3": "complaint"}
    assert set(place(cascade_of([1] * 30), limit=4).gone) == {""}, "a cluster of leaves says nothing of one"


def test_an_unknown_shape_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="radial, sail"):
        place(cascade_of([]), shape="globe")
