"""Real Weibo cascades, end to end: served by the replica in Weibo's own formats, crawled, stored twice, rebuilt.

    TINGFENG_TEST_ES=http://127.0.0.1:9201 python -m benchmarks.real_cascades [--cascades 250]

Prints recall, the accuracy of parents (once with the site's parent ids, once from ``//@name:`` chains alone) and
posts per second of each step; the two stores must give the same trees. Beside the chains stand two simple
references measured in the same run: everybody hangs on the root, and everybody on the post before.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cascades_data import cascade_world, read_cascades
from core.home import Home
from core.models import AnnotatedPost, Kind, Post
from core.project import EMPTY
from crawlers.runner import HURRIED, CrawlReport, crawl
from index.address import open_store
from index.ingest.ingesting import ingest
from index.query import parse
from index.store import Store
from mining.cascade import reconstruct
from replica.server import Replica


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Parents as the data set has them, under the ids the world gave its posts."""

    roots: tuple[str, ...]
    parents: Mapping[str, str]
    earlier: Mapping[str, str]  # the post before in the same cascade, a reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Shares of right parents: of all reposts, and of those whose parent is not the root."""

    every: float
    below: float
    seconds: float


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--cascades", type=int, default=250)
    options.add_argument("--most", type=int, default=1000, help="reposts of the largest cascade taken")
    options.add_argument(
        "--elasticsearch", default=os.environ.get("TINGFENG_TEST_ES"), help="address; default SQLite alone"
    )
    options.add_argument(
        "--cut", type=int, default=140, help="characters after which a chain is cut; 140 until 2016"
    )
    given = options.parse_args()
    cascades = read_cascades(given.cascades, most=given.most)
    world = cascade_world(cascades)
    truth = truth_of(world.posts)
    print(f"{len(truth.roots)} real cascades, {len(world.posts)} posts, chains cut at {given.cut}\n")
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with Replica(world, chain_limit=given.cut) as replica:
            seconds, report = timed(lambda: collect(home, replica.proxy, truth.roots))
        told("crawl", report.run.posts, seconds)
        trees = {}
        for name, address in stores(given.elasticsearch):
            with closing(open_store(address, home)) as store:
                store.clear()
                seconds, done = timed(partial(ingest, home, store, EMPTY, workers=2))
                told(f"ingest, {name}", done.new, seconds)
                print_recall(store, world.posts)
                trees[name] = rebuild(store, truth, name)
                store.clear()
    if len(trees) == 2:
        first, second = trees.values()
        print(f"\nthe two stores give {'the same' if first == second else 'DIFFERENT'} trees")
        if first != second:
            raise SystemExit(1)


def stores(elasticsearch: str | None) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = [("sqlite", None)]
    if elasticsearch:
        found.append(("elasticsearch", f"{elasticsearch.rstrip('/')}/real-cascades"))
    return found


def truth_of(posts: Sequence[Post]) -> Truth:
    parents: dict[str, str] = {}
    earlier: dict[str, str] = {}
    last: dict[str, str] = {}
    for post in sorted(posts, key=lambda post: (post.published_at is None, post.published_at, post.id)):
        root = post.root_id or post.id
        if post.kind is Kind.REPOST and post.parent_id:
            parents[post.id] = post.parent_id
            earlier[post.id] = last.get(root, root)
        last[root] = post.id
    roots = tuple(post.id for post in posts if post.kind is not Kind.REPOST)
    return Truth(roots=roots, parents=parents, earlier=earlier)


def collect(home: Home, proxy: str, roots: Sequence[str]) -> CrawlReport:
    seeds = home.root / "seeds.txt"
    seeds.write_text("\n".join(root.removeprefix("weibo:") for root in roots))
    return crawl(
        "weibo",
        {"seeds": str(seeds), "depth": "reposts,longtext"},
        home=home,
        proxy=proxy,
        settings=HURRIED,
        environment={"TINGFENG_COOKIE_WEIBO": "SUB=replica-login"},
    )


def print_recall(store: Store, posts: Sequence[Post]) -> None:
    stored = {item.post.id for item in store.scan(parse(""))}
    came = sum(post.id in stored for post in posts)
    print(f"  recall {came / len(posts):.4f} ({came} of {len(posts)})")


def rebuild(store: Store, truth: Truth, name: str) -> dict[str, list[tuple[str, str | None]]]:
    """Rebuilds every tree both ways, prints how right they are, returns those of the chains."""
    seconds, found = timed(lambda: {root: store.cascade(root) for root in truth.roots})
    told(f"read trees, {name}", sum(map(len, found.values())), seconds)
    trees: dict[str, list[tuple[str, str | None]]] = {}
    for way, use in (("parent ids", True), ("chains alone", False)):
        accuracy, trees = judge(found, truth, use_parent_ids=use)
        told(f"rebuild by {way}", sum(map(len, found.values())), accuracy.seconds)
        print(
            f"  parents right {accuracy.every:.4f} of all, {accuracy.below:.4f} of those below the root's own"
        )
    collected = {post_id for nodes in trees.values() for post_id, _ in nodes}
    below = [
        child for child, parent in truth.parents.items() if parent not in truth.roots and child in collected
    ]
    previous = sum(truth.earlier[child] == truth.parents[child] for child in below) / max(1, len(below))
    print(f"  references below the root: all on the root 0.0000, on the post before {previous:.4f}")
    return trees


def judge(
    found: Mapping[str, list[AnnotatedPost]], truth: Truth, *, use_parent_ids: bool
) -> tuple[Accuracy, dict[str, list[tuple[str, str | None]]]]:
    roots = set(truth.roots)
    seconds, cascades = timed(
        lambda: {
            root: reconstruct([item.post for item in items], root, use_parent_ids=use_parent_ids)
            for root, items in found.items()
        }
    )
    right = right_below = below = every = 0
    for cascade in cascades.values():
        for node in cascade.nodes:
            parent = truth.parents.get(node.id)
            if parent is None:
                continue
            hit = node.parent_id == parent
            every += 1
            right += hit
            if parent not in roots:
                below += 1
                right_below += hit
    trees = {
        root: [(node.id, node.parent_id) for node in cascade.nodes] for root, cascade in cascades.items()
    }
    return Accuracy(every=right / max(1, every), below=right_below / max(1, below), seconds=seconds), trees


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def told(step: str, posts: int, seconds: float) -> None:
    print(f"{step:32}{posts:>9} posts{seconds:>9.2f} s{posts / max(seconds, 1e-9):>11,.0f} posts/s")


if __name__ == "__main__":
    main()
