"""How well parents are found from ``//@name:`` chains alone, on real Weibo cascades.

Run ``python -m benchmarks.cascade_ced [--limit N]``. Truth under loss: the nearest ancestor still there. A
parent is only judged where the true tree has one below the root. Prints one line a condition.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import structs

from benchmarks.ced import Chained, chained
from core.models import Post
from core.privacy import door
from core.pseudonyms import Pseudonyms
from mining.chain import SURE
from mining.shape import shape_of
from mining.tree import Tree, grow


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    cut: int | None = 140
    links_kept: int | None = None
    lost: float = 0.0
    renamed: float = 0.0
    pseudonyms: bool = False


CONDITIONS = (
    Condition("whole texts", cut=None),
    Condition("cut at 140"),
    Condition("cut at 140, behind the landing door", pseudonyms=True),
    Condition("cut at 140, one link kept", links_kept=1),
    Condition("cut at 140, 5 % renamed", renamed=0.05),
    Condition("behind the door, 10 % lost, 2 % renamed", lost=0.1, renamed=0.02, pseudonyms=True),
    Condition("cut at 140, 20 % lost", lost=0.2),
    Condition("cut at 140, 50 % lost", lost=0.5),
    Condition("cut at 140, 50 % lost, 5 % renamed", lost=0.5, renamed=0.05),
)


@dataclass(slots=True)
class Tally:
    rows: int = 0
    judged: int = 0
    right: int = 0
    seconds: float = 0.0
    metric_seconds: float = 0.0
    hits: int = 0
    named: int = 0


def measure(condition: Condition, limit: int | None) -> tuple[Tally, dict[float, list[int]]]:
    """The tally, and (judged, right) by the confidence an edge was given."""
    chance = random.Random(7)
    tally, by_sure = Tally(), dict[float, list[int]]()
    pseudonyms = Pseudonyms(b"benchmark" * 4)
    for real in chained(cut=condition.cut, links_kept=condition.links_kept, limit=limit):
        posts = list(_met(real, condition, chance, pseudonyms))
        started = time.perf_counter()
        tree = grow(posts, real.root_id, use_parent_ids=False)
        tally.seconds += time.perf_counter() - started
        started = time.perf_counter()
        form = shape_of(tree.parent)
        tally.metric_seconds += time.perf_counter() - started
        tally.rows += len(posts)
        _judge(tree, real, tally, by_sure)
        hits, named = _spreaders(tree, real, form.direct)
        tally.hits, tally.named = tally.hits + hits, tally.named + named
    return tally, by_sure


def _met(
    real: Chained, condition: Condition, chance: random.Random, pseudonyms: Pseudonyms
) -> Iterator[Post]:
    authors = sorted({post.author.id or "" for post in real.posts if post.author})
    renamed = {author for author in authors if chance.random() < condition.renamed}
    for post in real.posts:
        author = post.author
        assert author is not None
        if post.id != real.root_id and chance.random() < condition.lost:
            continue
        if author.id in renamed:
            author = structs.replace(author, name=f"now-{author.name}")
        # the crawler cannot know the parent here: nothing of it may leak
        post = structs.replace(post, author=author, parent_id=None, parent_confidence=None)
        yield door(post, pseudonyms=pseudonyms, follower_line=100_000) if condition.pseudonyms else post


def _judge(tree: Tree, real: Chained, tally: Tally, by_sure: dict[float, list[int]]) -> None:
    there = {post.id for post in tree.posts if post}
    for row, post in enumerate(tree.posts):
        if post is None or real.parents.get(post.id, real.root_id) == real.root_id:
            continue
        truth = real.parents[post.id]
        while truth not in there and truth != real.root_id:
            truth = real.parents[truth]
        above = tree.parent[row]
        while tree.posts[above] is None and above:
            above = tree.parent[above]
        right = tree.ids[above] == truth
        tally.judged += 1
        tally.right += right
        seen = by_sure.setdefault(tree.confidence[row], [0, 0])
        seen[0] += 1
        seen[1] += right


def _spreaders(tree: Tree, real: Chained, direct: list[int]) -> tuple[int, int]:
    """Of the true key spreaders (3 direct reposts or more, the first 5), how many are named; and how many."""
    children: dict[str, int] = {}
    author = {post.id: post.author.name if post.author else None for post in real.posts}
    for parent in real.parents.values():
        if parent != real.root_id:
            children[parent] = children.get(parent, 0) + 1
    able = [key for key, count in children.items() if count >= 3]
    truth = {author[key] for key in sorted(able, key=lambda key: -children[key])[:5]}
    rows = sorted(range(1, len(tree)), key=lambda row: -direct[row])[: len(truth)]
    return len(truth & {tree.names[row] for row in rows}), len(truth)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--limit", type=int, default=None, help="how many cascades; all by default")
    limit = options.parse_args().limit
    print("condition | judged | accuracy | key spreaders P | rows | grow s | shape s")
    for condition in CONDITIONS:
        tally, by_sure = measure(condition, limit)
        spreaders = "-" if condition.renamed or condition.pseudonyms else f"{tally.hits / tally.named:.3f}"
        print(
            f"{condition.name} | {tally.judged} | {tally.right / tally.judged:.4f} | {spreaders} | "
            f"{tally.rows} | {tally.seconds:.1f} | {tally.metric_seconds:.1f}",
            flush=True,
        )
        if condition.pseudonyms and condition.lost:
            for sure, seen in sorted(by_sure.items()):
                kinds = ", ".join(kind for kind, said in SURE.items() if said == sure)
                print(f"    {kinds}: said {sure}, was {seen[1] / seen[0]:.3f} of {seen[0]}")


if __name__ == "__main__":
    main()
