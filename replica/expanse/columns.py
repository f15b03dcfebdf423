"""Who posted what kind of thing when, in answer to what: a column each, drawn at once for all posts.

Followers and activity follow power laws, hours and weekdays the rhythm of the small world, cascades its delays;
a few campaigns are pushed by an army that reposts within minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from replica.world.clock import CHINA, DAYS, HOURS, WEEK

Ints: TypeAlias = NDArray[Any]  # whole numbers, mostly 64 bits while drawing
Numbers: TypeAlias = NDArray[Any]  # whole numbers of 32 bits
POST, REPOST, COMMENT, THREAD, REPLY = range(5)
TOPICS = 240
ARMY = 400  # accounts of the army, the last of the people
_BAND = 40  # of them that push one campaign
_SHARES = {POST: 0.25, THREAD: 0.002, REPLY: 0.023, COMMENT: 0.30}  # the rest are reposts
_MOST = {THREAD: 3_000, REPLY: 40_000}  # a forum shows all its threads, page by page
_DIRECT = {REPOST: 0.63, COMMENT: 0.72, REPLY: 0.70}  # share that answers the root itself
_MEDIAN_H = {REPOST: 4.0, COMMENT: 3.0, REPLY: 10.0}
_A_CAMPAIGN = 50_000  # posts for each campaign
_REMOVED = 0.02


@dataclass(frozen=True, slots=True)
class Columns:
    """One row a post, by time; `parent` and `root` are rows (a root's are its own), `gone` is 0 for what stays."""

    at: Numbers  # unix seconds
    kind: NDArray[Any]
    author: Numbers
    parent: Numbers
    root: Numbers
    topic: NDArray[Any]
    gone: Numbers
    followers: Numbers  # by person
    campaigns: Numbers  # rows of the posts that were pushed


def draw(seed: int, now: datetime, posts: int) -> Columns:
    """The columns of `posts` rows in the sixty days before `now`: the same for the same arguments."""
    rng = np.random.default_rng([seed, posts])
    sizes = {kind: min(int(posts * share), _MOST.get(kind, posts)) for kind, share in _SHARES.items()}
    sizes[REPOST] = posts - sum(sizes.values())
    people = max(2 * ARMY, posts // 12)
    followers = _followers(rng, people)
    end = int(now.timestamp())
    openings = sizes[POST] + sizes[THREAD]
    at = [_moments(rng, now, openings)]
    kind = [np.repeat(np.array([POST, THREAD], np.int8), [sizes[POST], sizes[THREAD]])]
    author = [_writers(rng, people, openings)]
    weights = (followers[author[0]] + 50.0) ** 0.6 * rng.lognormal(0.0, 2.0, openings)
    campaigns = rng.choice(sizes[POST], max(1, posts // _A_CAMPAIGN), replace=False)
    roots: list[Ints] = [np.arange(openings)]
    parents: list[Ints] = [roots[0]]
    places: list[Ints] = [np.full(openings, -1)]
    first = openings
    for part in (REPOST, COMMENT, REPLY):
        low, high = (sizes[POST], openings) if part == REPLY else (0, sizes[POST])
        root = low + _pick(rng, weights[low:high], sizes[part])
        then = _after(rng, at[0][root], end, _MEDIAN_H[part])
        who = _writers(rng, people, sizes[part])
        if part == REPOST:
            _push(rng, campaigns, at[0], people, end, root, then, who)
        parent, place = _answered(rng, root, then, first, _DIRECT[part])
        for column, values in ((at, then), (author, who), (roots, root), (parents, parent), (places, place)):
            column.append(values)
        kind.append(np.full(sizes[part], part, np.int8))
        first += sizes[part]
    return _sorted(
        rng, end, followers, campaigns, *(np.concatenate(column) for column in (at, author, roots, parents, places)),
        kind=np.concatenate(kind),
    )  # fmt: skip


def _sorted(
    rng: np.random.Generator, end: int, followers: Numbers, campaigns: Ints,
    at: Ints, author: Ints, root: Ints, parent: Ints, place: Ints, *, kind: NDArray[Any],
) -> Columns:  # fmt: skip
    """All rows by time; parents come before their children."""
    count = len(at)
    order = np.lexsort((place, at))
    row = np.empty(count, np.int32)
    row[order] = np.arange(count, dtype=np.int32)
    openings = int((place == -1).sum())
    topic = np.zeros(count, np.int16)
    topic[:openings] = _pick(rng, 1.0 / (np.arange(TOPICS) + 1.5), openings)
    topic[openings:] = topic[root[openings:]]
    kind, at = kind[order], at[order]
    root, parent = row[root[order]], row[parent[order]]
    return Columns(
        at=at.astype(np.int32),
        kind=kind,
        author=author[order].astype(np.int32),
        parent=parent,
        root=root,
        topic=topic[order],
        gone=_gone(rng, at, kind, root, parent, end),
        followers=followers,
        campaigns=row[campaigns],
    )


def _followers(rng: np.random.Generator, people: int) -> Numbers:
    """Zipf's law with luck, in no order."""
    ranked = 3e7 * (np.arange(people) + 1.0) ** -0.9 * rng.lognormal(0.0, 0.3, people)
    return rng.permutation(ranked).astype(np.int32)


def _pick(rng: np.random.Generator, weights: NDArray[Any], count: int) -> Ints:
    """Indexes drawn in proportion to their weights."""
    edges = np.cumsum(weights)
    found: Ints = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return found.clip(0, len(weights) - 1)


def _writers(rng: np.random.Generator, people: int, count: int) -> Ints:
    """Who writes: few much, many little; the army writes nothing of its own."""
    return _pick(rng, (np.arange(people - ARMY) + 10.0) ** -0.7, count)


def _moments(rng: np.random.Generator, now: datetime, count: int) -> Ints:
    """Seconds by the rhythm of week and day, none after now."""
    local = now.astimezone(CHINA)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    hours = [start + timedelta(hours=hour) for hour in range((DAYS + 1) * 24)]
    weights = np.array([WEEK[hour.weekday()] * HOURS[hour.hour] * (hour < local) for hour in hours])
    slots = _pick(rng, weights, count)
    seconds: Ints = int(start.timestamp()) + slots * 3600 + rng.integers(0, 3600, count)
    return seconds.clip(None, int(now.timestamp()))


def _after(rng: np.random.Generator, since: Ints, end: int, median_h: float) -> Ints:
    """When answers come: log-normal delays; who would answer after the end has answered before."""
    then: Ints = since + np.maximum(6, rng.lognormal(0.0, 1.4, len(since)) * median_h * 3600).astype(np.int64)
    late = then > end
    then[late] = since[late] + (rng.random(int(late.sum())) * (end - since[late])).astype(np.int64)
    return then


def _push(
    rng: np.random.Generator, campaigns: Ints, began: Ints, people: int, end: int, root: Ints, then: Ints, who: Ints
) -> None:  # fmt: skip
    """The army reposts every campaign within a quarter of an hour."""
    band = min(_BAND, len(root) // len(campaigns))
    pushed = np.repeat(campaigns, band)
    root[: len(pushed)] = pushed
    then[: len(pushed)] = np.minimum(began[pushed] + rng.integers(20, 900, len(pushed)), end)
    who[: len(pushed)] = people - ARMY + rng.integers(0, ARMY, len(pushed))


def _answered(rng: np.random.Generator, root: Ints, at: Ints, first: int, direct: float) -> tuple[Ints, Ints]:
    """(parent, place): what each answers, and its place by time among the answers of its root."""
    count = len(root)
    order = np.lexsort((at, root))
    edges = np.flatnonzero(np.diff(root[order], prepend=-1))
    starts = np.repeat(edges, np.diff(edges, append=count))
    place = np.arange(count) - starts
    above = order[starts + (place * rng.random(count) ** 1.5).astype(np.int64)] + first
    parent = np.where((rng.random(count) < direct) | (place == 0), root[order], above)
    back = np.empty(count, np.int64)
    back[order] = np.arange(count)
    return parent[back], place[back]


def _gone(
    rng: np.random.Generator, at: Ints, kind: NDArray[Any], root: Ints, parent: Ints, end: int
) -> Numbers:
    """When posts go, alone or with what they stand under; 0 for what stays."""
    never = np.int64(2**31 - 1)
    went = at + np.maximum(60, rng.lognormal(0.0, 1.6, len(at)) * 8 * 3600).astype(np.int64)
    gone = np.where((rng.random(len(at)) < _REMOVED) & (went < end), went, never)
    under = (kind == COMMENT) | (kind == REPLY)
    gone = np.where(under, np.minimum(gone, gone[root]), gone)
    for _ in range(6):  # an answer goes with the comment it stands under
        gone = np.where(kind == COMMENT, np.minimum(gone, gone[parent]), gone)
    gone[gone == never] = 0
    return gone.astype(np.int32)
