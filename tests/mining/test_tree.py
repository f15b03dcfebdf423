"""Whatever comes in, a tree comes out."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Post
from core.texts import chain
from mining.cascade import reconstruct
from mining.chain import links
from mining.shape import shape_of, structural_virality
from mining.tree import grow
from tests.mining.posts import at, repost, root

ROOT = "weibo:1"

NAMES = st.sampled_from(["甲", "乙", "丙", "用户a1", "根"])
PIECES = st.lists(
    st.one_of(
        st.sampled_from(["好", "转发微博", "", "这辆车的油耗真不低", "//", "@", "//@甲", "…"]),
        NAMES.map(lambda name: f"//@{name}:"),
    ),
    max_size=6,
).map("".join)


@st.composite
def crowds(draw: st.DrawFn) -> list[Post]:
    rows = []
    for number in range(2, draw(st.integers(3, 14))):
        when = draw(st.one_of(st.none(), st.integers(0, 5)))
        rows.append(
            repost(
                number,
                draw(NAMES),
                draw(PIECES),
                published_at=None if when is None else at(when),
                parent=draw(st.one_of(st.none(), st.integers(1, 15))),
            )
        )
    return rows


@settings(max_examples=200, deadline=None)
@given(crowds(), st.booleans(), st.booleans())
def test_always_a_tree_with_children_no_older_than_parents(
    posts: list[Post], with_root: bool, use_ids: bool
) -> None:
    cascade = reconstruct([root(), *posts] if with_root else posts, ROOT, use_parent_ids=use_ids)
    when: dict[str, datetime | None] = {}
    for node in cascade.nodes:
        if node.parent_id is not None:
            assert node.parent_id in when, "parents come first, so nothing can go in rings"
            above = when[node.parent_id]
            if above is not None and node.published_at is not None and node.parent_id != ROOT:
                assert above <= node.published_at
        assert node.id not in when
        when[node.id] = node.published_at
    assert {post.id for post in posts} <= set(when)
    assert cascade.nodes[0].branch == len(cascade.nodes) - 1
    assert min(node.confidence for node in cascade.nodes) >= 0


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=25))
def test_structural_virality_is_the_mean_distance_of_all_pairs(numbers: list[int]) -> None:
    parent = [-1] + [number % row for row, number in enumerate(numbers, 1)]
    ancestors = [[0]]
    for row in range(1, len(parent)):
        ancestors.append([*ancestors[parent[row]], row])
    total = pairs = 0
    for one in range(len(parent)):
        for other in range(one):
            shared = len(set(ancestors[one]) & set(ancestors[other]))
            total += len(ancestors[one]) + len(ancestors[other]) - 2 * shared
            pairs += 1
    assert structural_virality(shape_of(parent).branch) == pytest.approx(total / pairs)


@given(PIECES)
def test_chains_are_read_as_the_shared_vocabulary_reads_them(text: str) -> None:
    assert [name for name, _ in links(text)] == [link.name for link in chain(text)]


def test_a_hostile_chain_is_cut_short_and_shown_as_it_is() -> None:
    flood = "".join(f"//@人{number}:" for number in range(5000))
    script = repost(3, "<script>alert(1)</script>", "=1+1")
    cascade = reconstruct([root(), repost(2, "甲", flood), script], ROOT)
    assert len(cascade.nodes) < 100
    assert cascade.labels["weibo:3"] == "<script>alert(1)</script>"


def test_nothing_at_all_is_a_root_alone() -> None:
    cascade = reconstruct([], ROOT)
    assert [node.id for node in cascade.nodes] == [ROOT]
    assert len(grow([], ROOT)) == 1
