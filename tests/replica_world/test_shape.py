"""The world has the proportions of the real ones it was modelled on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from core.models import Kind, Post
from core.texts import own_text
from replica.world.model import World

CHINA = ZoneInfo("Asia/Shanghai")


class Tree:
    """One cascade: nodes in breadth-first order."""

    def __init__(self, root: Post, kids: dict[str, list[Post]]) -> None:
        self.root = root
        self.layers: list[list[Post]] = []
        row = [root]
        while row := [child for post in row for child in kids.get(post.id, ())]:
            self.layers.append(row)
        self.nodes = [post for layer in self.layers for post in layer]

    def half_life_h(self) -> float:
        assert self.root.published_at
        since = sorted(
            (post.published_at - self.root.published_at).total_seconds()
            for post in self.nodes
            if post.published_at
        )
        return since[len(since) // 2] / 3600

    def virality(self) -> float:
        size = {post.id: 1 for post in (self.root, *self.nodes)}
        for post in reversed(self.nodes):
            size[post.parent_id or ""] += size[post.id]
        n = len(self.nodes) + 1
        return 2 / (n * (n - 1)) * sum(size[post.id] * (n - size[post.id]) for post in self.nodes)


@pytest.fixture(scope="module")
def trees(world: World) -> list[Tree]:
    kids: defaultdict[str, list[Post]] = defaultdict(list)
    for post in world.posts:
        if post.kind is Kind.REPOST:
            kids[post.parent_id or ""].append(post)
    return [Tree(post, kids) for post in world.posts if post.kind is Kind.POST and kids.get(post.id)]


# CED, 2,694 real cascades: 61.6 / 22.6 / 7.6 / 3.5 / 1.8 %
@pytest.mark.parametrize(
    ("layer", "low", "high"),
    [(1, 0.55, 0.68), (2, 0.18, 0.27), (3, 0.06, 0.13), (4, 0.02, 0.06), (5, 0.004, 0.03)],
)
def test_layers_are_shared_out_as_in_real_cascades(
    trees: list[Tree], layer: int, low: float, high: float
) -> None:
    total = sum(len(tree.nodes) for tree in trees)
    found = sum(len(tree.layers[layer - 1]) for tree in trees if len(tree.layers) >= layer)
    assert low < found / total < high


def test_big_cascades_are_as_deep_fast_and_viral_as_real_ones(trees: list[Tree]) -> None:
    big = [tree for tree in trees if len(tree.nodes) >= 50]
    assert len(big) >= 15
    assert 4 <= median(len(tree.layers) for tree in big) <= 6
    assert 2.4 < median(tree.half_life_h() for tree in big) < 5.5  # CED 3.7
    assert 2.4 < median(tree.virality() for tree in big) < 3.5  # CED 2.9


def test_most_posts_move_nobody(world: World) -> None:
    counts = [
        post.engagement.reposts for post in world.posts if post.platform == "weibo" and post.kind is Kind.POST
    ]
    assert median(counts) == 0


def test_people_sleep_and_talk_most_at_noon_and_in_the_evening(world: World) -> None:
    hours = Counter(post.published_at.astimezone(CHINA).hour for post in world.posts if post.published_at)
    assert hours[4] < hours[12] / 10
    assert max(hours[12], hours[21], hours[20]) == max(hours.values())


def test_followers_fall_off_as_a_power_law(world: World) -> None:
    followers = sorted((account.author.followers or 0 for account in world.accounts.values()), reverse=True)
    assert followers[0] > 1_000_000
    assert followers[len(followers) // 2] < 200
    assert all(high >= low for high, low in pairwise(followers))


def organic(world: World) -> Iterator[Post]:
    for post in world.posts:
        label = world.truth.get(post.id)
        if label is None or (label.copy_of is None and label.voice == "organic"):
            yield post


@pytest.mark.parametrize(
    ("kinds", "share"),
    [
        ((Kind.POST,), 0.99),
        ((Kind.THREAD, Kind.REPLY), 0.95),
        ((Kind.COMMENT,), 0.9),
        ((Kind.REPOST,), 0.6),  # CED has 0.45: people say little when they pass something on
    ],
)
def test_organic_texts_differ(world: World, kinds: tuple[Kind, ...], share: float) -> None:
    texts = [words for post in organic(world) if post.kind in kinds and (words := own_text(post.text))]
    assert len(set(texts)) / len(texts) >= share


def test_hardly_an_organic_original_is_nearly_another(world: World) -> None:
    texts = [post.text for post in organic(world) if post.kind is Kind.POST and len(post.text) >= 12]
    pieces = [frozenset(text[at : at + 3] for at in range(len(text) - 2)) for text in texts]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for number, of in enumerate(pieces):
        for piece in of:
            holders[piece].append(number)
    alike = 0
    for number, of in enumerate(pieces):
        shared = Counter(
            other for piece in of if len(holders[piece]) < 200 for other in holders[piece] if other < number
        )
        alike += any(
            count / (len(of) + len(pieces[other]) - count) >= 0.7 for other, count in shared.most_common(8)
        )
    assert alike / len(texts) < 0.03


def test_copies_are_only_where_they_were_planted(world: World) -> None:
    copies = [label for label in world.truth.values() if label.copy_of]
    assert len(copies) > 100
    assert {label.voice for label in copies} == {"spam", "marketing"}
    posts = {post.id for post in world.posts}
    assert all(label.copy_of in posts for label in copies)
