"""How often each kind of thing is asked, by what it was seen to bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

ENOUGH = 5  # times of publication without which a rhythm is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Seconds between two runs: `usual` until a rhythm is known, then between `least` and `most`."""

    least_s: float
    usual_s: float
    most_s: float


# docs/schedule.md has these as a table; a list that is asked for all of it has one rhythm alone.
RHYTHMS: Mapping[str, Rhythm] = {
    "hot": Rhythm(least_s=600, usual_s=600, most_s=600),
    "keyword": Rhythm(least_s=600, usual_s=1800, most_s=1800),
    "timeline": Rhythm(least_s=3600, usual_s=21_600, most_s=86_400),
    "forum": Rhythm(least_s=600, usual_s=1800, most_s=1800),
    "feed": Rhythm(least_s=300, usual_s=900, most_s=3600),
    "post": Rhythm(least_s=600, usual_s=600, most_s=600),
}


def interval_s(kind: str, published: Sequence[datetime], now: datetime) -> float:
    """Seconds until something of that `kind` is worth asking again.

    With g the median gap between the latest times of publication and s the silence since the last of them,
    it is max(g / 2, s / 8) within the kind's bounds: twice as often as news comes, and ever more rarely once
    it stops. Below `ENOUGH` times it is the kind's usual.
    """
    rhythm = RHYTHMS[kind]
    if len(published) < ENOUGH:
        return rhythm.usual_s
    ordered = sorted(published)
    gap = median((later - earlier).total_seconds() for earlier, later in pairwise(ordered))
    silence = (now - ordered[-1]).total_seconds()
    return min(max(gap / 2, silence / 8, rhythm.least_s), rhythm.most_s)
