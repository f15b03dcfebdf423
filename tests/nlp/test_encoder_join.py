"""How the tiers are joined: what is fitted on invented rows where one tier knows more than the other."""

import numpy as np
import pytest

from nlp.train.encoder_join import STRIPPED, Told, best, fit, gate, measure, score

ROWS = 600


def told(first: float, second: float, classes: int = 2) -> Told:
    """Rows of which each tier's scores are the label's, blurred; the larger a figure the more a tier knows."""
    rng = np.random.default_rng(3)
    gold = rng.integers(0, classes, ROWS)
    right = np.eye(classes)[gold]
    one, other = (strength * right + rng.normal(size=right.shape) for strength in (first, second))
    one -= np.logaddexp.reduce(one, axis=1, keepdims=True)
    origins = np.where(np.arange(ROWS) % 3 == 0, STRIPPED, "shopping")
    return Told(one, other, gold, np.exp(one).max(axis=1), origins)


@pytest.mark.parametrize(("first", "second"), [(3.0, 0.0), (0.0, 3.0), (2.0, 2.0)])
@pytest.mark.parametrize("classes", [2, 3, 6])
def test_the_tier_that_knows_more_counts_more(first: float, second: float, classes: int) -> None:
    rows = told(first, second, classes)
    joint = fit(rows)
    assert abs(joint["fast"] - joint["encoder"]) < 0.5 * max(joint["fast"], joint["encoder"]) or (
        (joint["fast"] > joint["encoder"]) == (first > second)
    )
    assert score(rows, rows.scores(joint)) >= max(score(rows, rows.first), score(rows, rows.second)) - 0.01


def test_where_the_linear_head_knows_all_nobody_is_asked() -> None:
    rows = told(9.0, 0.0)
    assert gate(rows, best(rows)) == 0.5


def test_where_it_knows_nothing_most_are_asked() -> None:
    rows = told(0.0, 4.0)
    assert float((rows.sure < gate(rows, best(rows))).mean()) > 0.9


def test_below_the_gate_alone_is_the_joined_answer_taken() -> None:
    rows = told(1.0, 3.0)
    joint = {"fast": 0.0, "encoder": 1.0, "offsets": [0.0, 0.0]}
    mixed = rows.scores(joint, 0.8)
    asked = rows.sure < 0.8
    assert np.array_equal(mixed[asked], rows.second[asked])
    assert np.array_equal(mixed[~asked], rows.first[~asked])


def test_of_several_labels_the_line_is_moved_to_the_best() -> None:
    rng = np.random.default_rng(5)
    gold = rng.random((ROWS, 4)) < 0.1
    first = 2.0 * gold - 1.5 + rng.normal(size=gold.shape)
    rows = Told(
        first, 2.0 * gold + rng.normal(size=gold.shape), gold, np.full(ROWS, 0.6), np.full(ROWS, "all")
    )
    assert score(rows, rows.scores(best(rows))) >= score(rows, rows.scores(fit(rows)))


def test_each_set_is_measured_for_itself() -> None:
    rows = told(2.0, 2.0)
    joint = best(rows)
    found = measure({"polarity": rows}, {"combine": {"polarity": joint}, "gates": {"polarity": 0.9}})[
        "polarity"
    ]
    assert set(found) == {STRIPPED, "shopping"}
    for figures in found.values():
        assert figures["joined accuracy"] >= max(figures["fast accuracy"], figures["encoder accuracy"]) - 0.02
        assert 0 <= figures["gated error"] <= 0.2
