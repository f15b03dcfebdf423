"""Scores against their definitions: small truths by hand, brute force where there is one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.authenticity import rate_scores
from mining.ranking import bci, fused, h_index, pagerank, standings
from mining.tiers import tier_of


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [([], 0), ([0, 0], 0), ([5], 1), ([3, 0, 6, 1, 5], 3), ([4, 4, 4, 4], 4), ([9, 1, 1], 1)],
)
def test_h_index(counts: list[int], wanted: int) -> None:
    assert h_index(counts) == wanted


def test_bci_is_the_published_formula() -> None:
    assert bci(0, 0, 0, 0) == 0
    spread = 0.4 * math.log(101) + 0.4 * math.log(51) + 0.2 * math.log(1001)
    assert bci(10, 100, 50, 1000) == pytest.approx((0.2 * math.log(11) + 0.8 * spread) * 160)


def test_pagerank_of_a_pair_in_closed_form() -> None:
    ranks = pagerank({("a", "b"): 2.0}, {"a": 1, "b": 1}, damping=0.5)
    # b dangles: a = .5·(.5 + .5·b), b = .5·a + a, a + b = 1
    assert ranks["a"] == pytest.approx(0.4)
    assert ranks["b"] == pytest.approx(0.6)


def test_pagerank_of_nobody_and_of_strangers() -> None:
    assert pagerank({}, {}) == {}
    assert pagerank({}, {"a": 0, "b": 0}) == {"a": 0.5, "b": 0.5}
    assert pagerank({}, {"a": 3, "b": 1}) == {"a": pytest.approx(0.75), "b": pytest.approx(0.25)}


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), st.floats(0, 9), max_size=12
    )
)
def test_pagerank_is_a_distribution_whatever_the_edges(edges: dict[tuple[str, str], float]) -> None:
    ranks = pagerank(edges, dict.fromkeys("abcde", 1.0))
    assert sum(ranks.values()) == pytest.approx(1)
    assert min(ranks.values()) > 0


def test_standings_tell_the_top_apart_and_share_ties() -> None:
    assert standings([]) == []
    assert standings([7]) == [1.0]
    first, second, *_, last = standings([9, 8, 7, 6, 5])
    assert (first, last) == (1.0, 0.0)
    assert second == pytest.approx(1 - math.log(2) / math.log(5))
    assert len(set(standings([1, 1, 1]))) == 1
    assert fused([[3, 2, 1], [3, 2, 1]])[0] == 1.0


def test_rate_scores_need_peers_of_like_size_and_find_the_odd_one() -> None:
    usual = {f"k{n}": (50.0 + 5 * n, 20_000) for n in range(9)}
    scores = rate_scores({**usual, "bought": (0.0, 20_000), "alone": (1.0, 5)})
    assert "alone" not in scores
    assert scores["bought"][0] < -3.5
    assert abs(scores["k4"][0]) < 1
    assert scores["k4"][1] == 10
    assert rate_scores(dict.fromkeys("abcdefghij", (1.0, 100))) == {}


@pytest.mark.parametrize(
    ("followers", "tier"),
    [(None, None), (0, "koc"), (9_999, "koc"), (10_000, "tail"), (50_000, "waist"), (900_000, "head")],
)
def test_tiers(followers: int | None, tier: str | None) -> None:
    found = tier_of(followers)
    assert (found.id if found else None) == tier
