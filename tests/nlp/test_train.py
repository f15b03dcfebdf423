"""The split and the fits that training stands on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from nlp.train import data, fit


@pytest.mark.parametrize(
    ("left", "right"),
    [("很好用！", "很好用"), ("很好 用[赞]", "很好用"), ("ABC 好", "abc好")],
)
def test_the_same_words_are_in_the_same_part(left: str, right: str) -> None:
    assert data.part(left) == data.part(right)


def test_a_split_is_whole_disjoint_and_about_a_fifth() -> None:
    rows = [data.Row("x", f"第{number}条评论", "positive") for number in range(2000)]
    split = data.split([*rows, *rows[:100]])
    assert sorted(row.text for row in split.all) == sorted(row.text for row in rows)
    assert 300 < len(split.test) < 500
    assert not {row.text for row in split.test} & {row.text for row in [*split.train, *split.dev]}


def test_a_missing_data_folder_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TINGFENG_DATA", f"{tmp_path}/none")
    with pytest.raises(FileNotFoundError, match="TINGFENG_DATA"):
        data.folder()


def test_platt_finds_the_scale_of_margins() -> None:
    rng = np.random.default_rng(0)
    margins = rng.normal(size=4000)
    right = rng.random(4000) < 1 / (1 + np.exp(-(2 * margins + 0.5)))
    a, b = fit.platt(margins, right)
    assert a == pytest.approx(2, abs=0.2)
    assert b == pytest.approx(0.5, abs=0.15)


def test_an_svm_separates_what_can_be_separated_with_and_without_scale() -> None:
    rows = sparse.csr_array(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0]] * 5, dtype=np.float32))
    positive = np.array([True, True, False, False] * 5)
    for scale in (None, np.abs(fit.log_odds(rows, positive))):
        weights, bias = fit.svm(rows, positive, cost=1.0, scale=scale)
        assert ((rows @ weights + bias > 0) == positive).all()


def test_log_odds_say_which_side_a_term_is_on() -> None:
    rows = sparse.csr_array(np.array([[1, 0, 1], [0, 1, 1]], dtype=np.float32))
    odds = fit.log_odds(rows, np.array([True, False]))
    assert odds[0] > 0 > odds[1]
    assert odds[2] == pytest.approx(0, abs=1e-6)
