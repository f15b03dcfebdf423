"""Does the KOL list name those who will cause reposts? A rolling split over real Weibo cascades.

Run ``python -m benchmarks.kol_ced``. Scores are made at a moment T from what was published before it; the
truth is who caused how many reposts in cascades begun at T or later, gain ln(1 + reposts caused). Prints
NDCG@50, @100 over everybody, over those whose followers are known (authors of roots), and over bridges
(people who began no cascade), beside the follower count and a draw by lot, with a bootstrap over the later
cascades of the difference to the follower count.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from benchmarks.cascades_data import Cascade
from benchmarks.ced import whole_set
from core.models import Engagement, Post
from mining.dossier import reach
from mining.influence import Influence
from mining.kol import Kol
from mining.ranking import h_index, pagerank

_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Split:
    """Scores of people at T by name of score, and what each later cascade brought each person."""

    at: datetime
    scores: dict[str, dict[str, float]]
    followers: dict[str, float]
    began: frozenset[str]
    later: tuple[Counter[str], ...]


def split(cascades: Sequence[Cascade], part: float) -> Split:
    at = cascades[int(len(cascades) * part)].root.published_at
    assert at is not None
    began = frozenset(key for each in cascades if (key := _author(each.root)))
    past = Influence(at)
    later = []
    for cascade in cascades:
        # a profile is taken as seen when the post was made: the set has no other time for it
        posts = [
            structs.replace(post, fetched_at=post.published_at, engagement=_NOTHING) for post in cascade.posts
        ]
        assert cascade.root.published_at is not None
        if cascade.root.published_at < at:
            past.add(posts, cascade.root.id, _always)
            continue
        future = Influence(at + timedelta(days=36_500), half_life_days=1e9)
        future.add(posts, cascade.root.id, _always)
        later.append(Counter({key: person.branch for key, person in future.people.items() if person.branch}))
    return Split(at, _scores(past), _followers(past), began, tuple(later))


_NOTHING = Engagement()


def _always(_: str) -> bool:
    return True


def _author(post: Post) -> str | None:
    return post.author.id if post.author else None


def _followers(past: Influence) -> dict[str, float]:
    people = past.people.items()
    return {
        key: float(person.author.followers) for key, person in people if person.author.followers is not None
    }


def _scores(past: Influence) -> dict[str, dict[str, float]]:
    started = time.perf_counter()
    ranked = Kol().rank(past)
    print(
        f"ranked {len(past.people)} people, {len(past.edges)} edges in {time.perf_counter() - started:.1f} s"
    )
    chance = random.Random(5)
    return {
        "by lot": {key: chance.random() for key in past.people},
        "followers": dict.fromkeys(past.people, -1.0) | _followers(past),
        "reposts caused": {key: float(person.branch) for key, person in past.people.items()},
        "post h-index": {
            key: float(h_index([reach(own) for own in person.owns.values()]))
            for key, person in past.people.items()
        },
        "PageRank": pagerank(past.edges, dict.fromkeys(past.people, 1.0)),
        "KOL score": {person.key: standing.score for person, _, standing in ranked},
    }


def ndcg(order: Sequence[str], gains: Mapping[str, int], k: int) -> float:
    """NDCG at k with gain ln(1 + reposts caused)."""
    found = sum(math.log1p(gains.get(key, 0)) / math.log2(place + 2) for place, key in enumerate(order[:k]))
    best = sorted((math.log1p(gain) for gain in gains.values()), reverse=True)[:k]
    ideal = sum(gain / math.log2(place + 2) for place, gain in enumerate(best))
    return found / ideal if ideal else 0.0


def ordered(scores: Mapping[str, float]) -> list[str]:
    """Best first; ties by lot, the same each time."""
    chance = random.Random(11)
    lots = {key: chance.random() for key in sorted(scores)}
    return sorted(scores, key=lambda key: (-scores[key], lots[key]))


def report(found: Split) -> None:
    whole = sum(found.later, Counter[str]())
    orders = {name: ordered(scores) for name, scores in found.scores.items()}
    known = {name: [key for key in order if key in found.followers] for name, order in orders.items()}
    bridges = {name: [key for key in order if key not in found.began] for name, order in orders.items()}
    told = Counter({key: gain for key, gain in whole.items() if key in found.followers})
    passed = Counter({key: gain for key, gain in whole.items() if key not in found.began})
    print("score | all @50 | all @100 | authors @50 | authors @100 | bridges @100")
    for name in orders:
        cells = [ndcg(orders[name], whole, k) for k in (50, 100)]
        cells += [ndcg(known[name], told, k) for k in (50, 100)]
        cells.append(ndcg(bridges[name], passed, 100))
        print(f"{name} | " + " | ".join(f"{cell:.3f}" for cell in cells))
    _bootstrap(found, orders)


def _bootstrap(found: Split, orders: Mapping[str, Sequence[str]]) -> None:
    chance = random.Random(3)
    for k in (50, 100):
        differences = []
        for _ in range(_DRAWS):
            drawn: Counter[str] = Counter()
            for _ in found.later:
                drawn.update(found.later[chance.randrange(len(found.later))])
            differences.append(ndcg(orders["KOL score"], drawn, k) - ndcg(orders["followers"], drawn, k))
        differences.sort()
        low, high = differences[int(0.025 * _DRAWS)], differences[int(0.975 * _DRAWS)]
        mean = sum(differences) / _DRAWS
        print(f"KOL score less followers, all @{k}: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--parts", type=float, nargs="*", default=[0.7, 0.6, 0.5], help="where to split")
    for part in options.parse_args().parts:
        found = split(whole_set(), part)
        print(f"split at {part:.0%}: {found.at:%Y-%m-%d}, {len(found.later)} later cascades")
        report(found)


if __name__ == "__main__":
    main()
