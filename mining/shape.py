"""The numbers of a tree: columns in, columns and plain numbers out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mining.tree import Tree

_STEPS_S = (60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800, 2592000)
_BINS = 240  # points of a curve at most, near enough
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """One entry a node: children, everything below, steps from the root."""

    direct: list[int]
    branch: list[int]
    depth: list[int]


def shape_of(parent: Sequence[int]) -> Shape:
    """The shape of a tree given by its parents (-1 for the root, parents before children); O(n)."""
    size = len(parent)
    direct, branch, depth = [0] * size, [0] * size, [0] * size
    for row in range(1, size):
        depth[row] = depth[parent[row]] + 1
    for row in range(size - 1, 0, -1):
        above = parent[row]
        direct[above] += 1
        branch[above] += branch[row] + 1
    return Shape(direct=direct, branch=branch, depth=depth)


def layers(depth: Sequence[int]) -> list[int]:
    """Nodes at depth 0, 1, 2, …"""
    counts = Counter(depth)
    return [counts[level] for level in range(max(counts) + 1)] if counts else []


def structural_virality(branch: Sequence[int]) -> float | None:
    """Mean distance between two nodes (Goel et al. 2016); None for fewer than two nodes.

    Each edge lies on s(n − s) shortest paths, s being the nodes on its far side: O(n), no pairs walked.
    A star of n nodes has 2(n − 1)/n, a chain (n + 1)/3.
    """
    size = len(branch)
    if size < 2:
        return None
    paths = sum((below + 1) * (size - below - 1) for below in branch[1:])
    return 2 * paths / (size * (size - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times of a cascade in seconds after its start; None where no time is known.

    The start is the root's time, or the first repost's where the root was not collected. t50 is when half of
    all dated nodes (the root among them) had come, t90 nine tenths.
    """

    start: float | None
    t50_s: float | None
    t90_s: float | None
    first_hour: int | None  # reposts in the hour after the start
    span_s: float | None


def pace(at: Sequence[float | None]) -> Pace:
    """The pace of the nodes with these times; the first entry is the root."""
    dated = sorted(moment for moment in at if moment is not None)
    if not dated:
        return Pace(start=None, t50_s=None, t90_s=None, first_hour=None, span_s=None)
    start = at[0] if at[0] is not None else dated[0]
    reached = [moment for moment in dated if moment >= start]
    later = len(reached) - (1 if at[0] is not None else 0)
    within = sum(1 for moment in reached if moment < start + HOUR_S) - (len(reached) - later)
    return Pace(
        start=start,
        t50_s=max(0.0, _quantile(dated, 0.5) - start),
        t90_s=max(0.0, _quantile(dated, 0.9) - start),
        first_hour=within,
        span_s=max(0.0, dated[-1] - start),
    )


def _quantile(ordered: Sequence[float], part: float) -> float:
    """The first time at which at least `part` of all had come."""
    needed = math.ceil(part * len(ordered))
    return ordered[max(0, needed - 1)]


def curve(at: Sequence[float | None]) -> tuple[int, list[tuple[float, int, int]]]:
    """(step in seconds, [(start of the step, nodes in it, nodes until its end)]), empty steps included.

    The step is a round one that gives about `_BINS` points or fewer for the first 95 % of the nodes; stragglers
    after them come in one last, longer step, so that a long tail does not flatten the first hours.
    """
    dated = sorted(moment for moment in at if moment is not None)
    if not dated:
        return _STEPS_S[0], []
    start = dated[0]
    reach = _quantile(dated, 0.95) - start
    step = next((step for step in _STEPS_S if reach / step < _BINS), _STEPS_S[-1])
    last = int(reach // step)
    counts = [0] * (last + 1)
    stragglers = 0
    for moment in dated:
        place = int((moment - start) // step)
        if place <= last:
            counts[place] += 1
        else:
            stragglers += 1
    points: list[tuple[float, int, int]] = []
    total = 0
    for place, count in enumerate(counts):
        total += count
        points.append((start + place * step, count, total))
    if stragglers:
        points.append((start + (last + 1) * step, stragglers, total + stragglers))
    return step, points


def exposure(tree: Tree, rows: Sequence[int]) -> tuple[int | None, int]:
    """(sum of the followers of the distinct people of these rows, how many of them are known)."""
    followers: dict[str, int] = {}
    for row in rows:
        post = tree.posts[row]
        author = post.author if post else None
        if author is not None and author.followers is not None:
            followers[author.id or author.name or tree.ids[row]] = author.followers
    return (sum(followers.values()), len(followers)) if followers else (None, 0)


def branches(tree: Tree, heads: Sequence[int]) -> dict[int, list[int]]:
    """For each head the rows of its branch, itself first; heads may stand below one another."""
    inside: dict[int, list[int]] = {head: [head] for head in heads}
    over: list[tuple[int, ...]] = []  # heads at or above each row
    for row in range(len(tree)):
        above = over[tree.parent[row]] if row else ()
        for head in above:
            inside[head].append(row)
        over.append((*above, row) if row in inside else above)
    return inside
