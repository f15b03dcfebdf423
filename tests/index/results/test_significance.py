"""Significant words, similar posts and clusters find what was planted, and say when they cannot know."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from core.errors import UsageError
from core.models import AnnotatedPost
from index.query import parse
from index.reference import ReferenceStore
from index.results.clustering import SAMPLE, keyword_clusters
from index.results.significance import EFFECT, MEASURE, log_odds, signed_g2, significant_words
from index.results.similar import similar
from tests.index.samples import sample
from tests.mining.stores import stored

EVERYTHING = parse("")


@pytest.mark.parametrize(
    ("a", "n", "b", "m", "score"),
    [
        # by hand: 2 (10 ln 2 + 10 ln (10/15) + 20 ln (20/15)) of the table 10 10 / 0 20, to three digits
        (10, 20, 0, 20, 17.261),
        (0, 20, 10, 20, -17.261),
        (10, 100, 10, 100, 0.0),
    ],
)
def test_the_measure_by_hand(a: int, n: int, b: int, m: int, score: float) -> None:
    assert signed_g2(a, n, b, m) == pytest.approx(score, abs=0.001)


def test_the_effect_is_finite_where_a_cell_is_empty() -> None:
    assert log_odds(5, 5, 0, 9) > 0 > log_odds(0, 5, 9, 9)
    assert log_odds(3, 10, 3, 10) == 0


def planted() -> ReferenceStore:
    """60 posts on brakes, 60 on colours, 60 on service, each with words of its own and some of all."""
    rng = random.Random(7)
    themes = {
        "刹车": ("异响", "失灵", "踏板"),
        "颜色": ("好看", "哑光", "车漆"),
        "客服": ("电话", "推诿", "等待"),
    }
    rows: list[AnnotatedPost] = []
    for theme, words in themes.items():
        for _ in range(60):
            said = (theme, *rng.sample(words, 2), rng.choice(("今天", "真的", "大家")))
            rows.append(sample(3 * len(rows), "，".join(said), keywords=said))
    return stored(rows)


def test_words_of_a_theme_are_significant_and_words_of_all_are_not() -> None:
    found = significant_words(planted(), parse("刹车"))
    assert {one.word for one in found.words} == {"异响", "失灵", "踏板"}
    assert (found.n, found.rest, found.note) == (60, 120, None)
    assert (found.measure, found.effect) == (MEASURE, EFFECT)
    first = found.words[0]
    assert first.background == 0
    assert first.count >= 30
    assert first.score > 10.83
    assert first.effect > 0


@pytest.mark.parametrize("query", ["没有这样的话", "", "刹车 OR 颜色 OR 客服"])
def test_too_few_posts_on_either_side_are_not_enough_data(query: str) -> None:
    found = significant_words(planted(), parse(query))
    assert (found.words, found.note) == ((), "not enough data")


def test_the_rest_may_be_a_part_of_all() -> None:
    found = significant_words(planted(), parse("刹车"), against=parse("刹车 OR 颜色"))
    assert (found.n, found.rest) == (60, 60)


def test_similar_posts_share_the_rarest_words() -> None:
    rows = [
        sample(0, keywords=("刹车", "异响", "踏板", "今天")),
        sample(3, keywords=("刹车", "踏板", "今天")),
        sample(6, keywords=("颜色", "今天")),
        sample(9, keywords=("颜色", "好看")),
        sample(12, keywords=("今天", "异响")),
    ]
    found = similar(stored(rows), "weibo:0")
    assert {one.item.post.id for one in found} == {"weibo:3", "weibo:12"}
    assert found[0].shared[-1] == "今天"  # the commonest comes last
    assert similar(stored(rows), "weibo:9") == []


def test_similar_leaves_copies_out_unless_asked() -> None:
    rows = [sample(0), sample(3), sample(6)]
    copy = replace(rows[1], annotation=replace(rows[1].annotation, duplicate_group="weibo:0"))
    store = stored([rows[0], copy, rows[2]])
    assert [one.item.post.id for one in similar(store, "weibo:0")] == ["weibo:6"]
    assert {one.item.post.id for one in similar(store, "weibo:0", copies=True)} == {"weibo:3", "weibo:6"}
    assert [one.item.post.id for one in similar(store, "weibo:0", limit=1)] == ["weibo:6"]
    assert similar(store, "weibo:0", within=parse("颜色")) == []


def test_a_post_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="weibo:98 is not in the store"):
        similar(planted(), "weibo:98")


def test_clusters_are_the_planted_themes() -> None:
    found = keyword_clusters(planted(), EVERYTHING, k=3)
    assert [one.size for one in found.clusters] == [60, 60, 60]
    assert {word for one in found.clusters for word in one.words[:1]} == {"刹车", "颜色", "客服"}
    assert sum(one.share for one in found.clusters) == pytest.approx(1)
    assert all(len(one.examples) == 3 for one in found.clusters)
    assert (found.n, found.total, found.note) == (180, 180, None)


def test_the_number_of_clusters_is_found_and_the_same_each_time() -> None:
    store = planted()
    first, second = (keyword_clusters(store, EVERYTHING) for _ in range(2))
    assert first == second
    assert 3 <= len(first.clusters) <= 12
    by_id = {item.post.id: set(item.annotation.keywords) for item in store.posts.values()}
    for cluster in first.clusters:  # no cluster mixes themes
        assert (
            len({theme for key in cluster.examples for theme in by_id[key] & {"刹车", "颜色", "客服"}}) == 1
        )


def test_copies_are_of_one_cluster_and_a_post_of_its_own_kind_is_of_none() -> None:
    rows = [row for row in planted().posts.values() if "刹车" in row.annotation.keywords]
    strange = sample(1000, "路过", keywords=("路过",))
    copies = [
        replace(row, annotation=replace(row.annotation, keywords=(f"副本{at}",), words=(), duplicate_group=rows[0].post.id))
        for at, row in enumerate(rows[1:11])
    ]  # fmt: skip
    found = keyword_clusters(stored([rows[0], *copies, *rows[11:], strange]), EVERYTHING)
    assert [one.size for one in found.clusters] == [60]
    assert (found.n, found.clusters[0].share) == (61, pytest.approx(60 / 61))
    assert strange.post.id not in found.clusters[0].examples


def test_posts_that_say_exactly_the_same_are_clusters_too() -> None:
    said = (("刹车", "异响"), ("颜色", "好看"), ("客服", "等待"))
    found = keyword_clusters(stored([sample(3 * n, keywords=said[n % 3]) for n in range(60)]), EVERYTHING)
    assert sorted(one.words for one in found.clusters) == sorted(tuple(sorted(one)) for one in said)


@pytest.mark.parametrize(
    "rows",
    [
        [sample(3 * number) for number in range(20)],
        [sample(3 * number, keywords=()) for number in range(50)],
        [sample(3 * number, keywords=(f"词{number}",)) for number in range(50)],
        [sample(3 * number, keywords=("刹车",)) for number in range(50)],
    ],
    ids=["few", "no keywords", "nothing shared", "all the same"],
)
def test_posts_that_form_no_clusters_are_not_enough_data(rows: list[AnnotatedPost]) -> None:
    found = keyword_clusters(stored(rows), EVERYTHING)
    assert (found.clusters, found.note) == ((), "not enough data")
    assert SAMPLE == 5_000
