"""The numbers of a cascade: known trees, evidence, the JSON contract."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from core.errors import UsageError
from core.models import Engagement
from core.records import to_json
from mining.cascade import cascade_of, contract, reconstruct
from tests.mining.posts import at, person, read, repost, root
from tests.mining.stores import stored

ROOT = "weibo:1"

SHAPES: list[tuple[str, list[int], dict[str, Any]]] = [
    ("alone", [], {"size": 1, "depth": 0, "structural_virality": None, "max_breadth": 1}),
    ("star of 5", [1, 1, 1, 1], {"depth": 1, "structural_virality": 2 * 4 / 5, "largest_broadcast": 0.8}),
    ("chain of 5", [1, 2, 3, 4], {"depth": 4, "structural_virality": 2.0, "max_breadth": 1}),
    (
        "two layers",
        [1, 1, 2, 2, 2],
        {"size": 6, "depth": 2, "max_breadth": 3, "largest_broadcast": 0.5, "observed": 5, "t50_s": 180},
    ),
]


@pytest.mark.parametrize(("name", "above", "wanted"), SHAPES, ids=[row[0] for row in SHAPES])
def test_numbers_of_known_trees(name: str, above: list[int], wanted: dict[str, Any]) -> None:
    posts = [repost(number, f"人{number}", parent=parent) for number, parent in enumerate(above, 2)]
    cascade = reconstruct([root(), *posts], ROOT)
    for metric, value in wanted.items():
        found = cascade.metrics[metric].value
        assert found == (value if value is None else pytest.approx(value)), (name, metric)


def test_every_number_names_its_formula_base_n_and_posts() -> None:
    posts = [root(engagement=Engagement(reposts=4)), repost(2, "甲", parent=1), repost(3, "乙", parent=2)]
    cascade = reconstruct(posts, ROOT)
    assert cascade.metrics["coverage"].value == 0.5
    for name, finding in cascade.metrics.items():
        assert finding.formula == f"cascade_{name}"
        assert finding.base == "all voices"
        assert finding.coverage == "2/4"
        assert finding.n > 0
        assert finding.evidence
    alone = reconstruct([root()], ROOT).metrics["structural_virality"]
    assert (alone.value, alone.note) == (None, "not enough data: 1 < 2")
    capped = reconstruct([root(engagement=Engagement(reposts=1_000_000, capped=("reposts",)))], ROOT)
    assert capped.metrics["coverage"].value is None


def test_layers_grow_and_the_curve_counts_every_dated_post_once() -> None:
    posts = [repost(number, f"人{number}", parent=1 + number % 3) for number in range(4, 40)]
    cascade = reconstruct([root(), repost(2, "甲", parent=1), repost(3, "乙", parent=1), *posts], ROOT)
    assert [layer.posts for layer in cascade.layers] == [1, 14, 24]
    assert cascade.layers[2].growth == pytest.approx(24 / 14, abs=1e-6)
    assert sum(point.posts for point in cascade.curve) == 39 == cascade.curve[-1].total


def test_key_spreaders_carry_branch_path_and_honest_exposure() -> None:
    posts = [
        root(),
        repost(2, "甲", parent=1, author=person("甲", followers=1000)),
        repost(3, "乙", parent=2, author=person("乙", followers=50)),
        repost(4, "乙", parent=3, author=person("乙", followers=50)),
        repost(5, "丙", parent=3),
        repost(6, "丁", parent=1),
    ]
    first, second = reconstruct(posts, ROOT).key_spreaders
    assert (first.id, first.direct, first.branch, first.marginal) == ("weibo:2", 1, 3, 4)
    assert first.path == (ROOT, "weibo:2")
    assert (first.exposure, first.exposure_known) == (1050, 2)
    assert second.path == (ROOT, "weibo:2", "weibo:3")


def test_the_json_is_the_contract() -> None:
    posts = [root(), repost(2, "甲", parent=1), repost(3, "乙", parent=2)]
    data = contract(reconstruct(posts, ROOT))
    assert set(data) == {"root", "nodes", "metrics", "key_spreaders"}
    assert data["root"] == ROOT
    assert data["nodes"][2] == {
        "id": "weibo:3",
        "parent_id": "weibo:2",
        "edge": "observed",
        "confidence": 1.0,
        "depth": 2,
        "published_at": at(3).astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "direct": 0,
        "branch": 0,
        "gone": None,
    }
    assert data["metrics"]["size"] == 3
    assert data["metrics"]["findings"]["size"]["formula"] == "cascade_size"
    spreader = data["key_spreaders"][0]
    assert spreader["author"]["name"] == "甲"
    assert spreader["path"] == [ROOT, "weibo:2"]
    assert to_json(data)


def test_any_post_of_a_cascade_leads_to_it_and_a_stranger_is_a_usage_error() -> None:
    store = stored([read(root()), read(repost(2, "甲", parent=1)), read(repost(3, "乙", parent=2))])
    for post_id in (ROOT, "weibo:2", "weibo:3"):
        assert cascade_of(store, post_id).metrics["size"].value == 3
    with pytest.raises(UsageError, match="weibo:99"):
        cascade_of(store, "weibo:99")
