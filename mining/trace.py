"""One pass over the posts of a window and of the days before: which terms stand in which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from core.models import AnnotatedPost
from core.texts import fold
from mining.lexis import says_something

HASHTAG = "#"  # begins the key of a hashtag, so that a word of the same letters stays apart
_HOUR_S = 3600.0


class Trace:
    """Terms of posts before `at`: those of the last `window_h` hours, and how many in the same hours
    `step_h`, 2·`step_h`, … before, `periods` times.
    """

    def __init__(self, at: datetime, window_h: int, step_h: int, periods: int) -> None:
        self.at, self.window_h, self.step_h, self.periods = at, window_h, step_h, periods
        self.posts = 0
        self.now: defaultdict[str, set[str]] = defaultdict(set)
        self.before: dict[str, list[int]] = {}
        self.first: dict[str, tuple[float, str]] = {}
        self.roots: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.hours: defaultdict[str, list[int]] = defaultdict(lambda: [0] * window_h)
        self._forms: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, row: AnnotatedPost) -> None:
        """Counts one post; one without a time, or between two windows, says nothing here."""
        post = row.post
        if post.published_at is None:
            return
        ago_h = self._ago(post.published_at)
        age, place = divmod(ago_h, self.step_h)
        if ago_h < 0 or place >= self.window_h:
            return
        self.posts += age == 0
        for key, form in _terms(row).items():
            seen = (post.published_at.timestamp(), post.id)
            self.first[key] = min(self.first.get(key, seen), seen)
            if age:
                counts = self.before.setdefault(key, [0] * self.periods)
                if age <= self.periods:
                    counts[int(age) - 1] += 1
                continue
            self._forms[key][form] += 1
            self.now[key].add(post.id)
            self.roots[key][post.root_id or post.thread_id or post.id] += 1
            self.hours[key][self._hour(ago_h)] += 1

    def shown(self, key: str) -> str:
        """The form of a term most posts use."""
        return min(self._forms[key].items(), key=lambda item: (-item[1], item[0]))[0]

    def hourly(self, rows: Iterable[AnnotatedPost]) -> list[int]:
        """Posts an hour over the window, oldest hour first."""
        hours = [0] * self.window_h
        for row in rows:
            if row.post.published_at is not None:
                hours[self._hour(self._ago(row.post.published_at))] += 1
        return hours

    def _ago(self, moment: datetime) -> float:
        """Hours before `at`; a hair less, since spans hold their start and not their end."""
        return (self.at - moment).total_seconds() / _HOUR_S - 1e-7

    def _hour(self, ago_h: float) -> int:
        return min(self.window_h - 1, max(0, self.window_h - 1 - int(ago_h)))


def _terms(row: AnnotatedPost) -> dict[str, str]:
    """Key and form of each hashtag and keyword of a post, each once."""
    terms: dict[str, str] = {}
    for topic in row.post.topics:
        if key := fold("".join(topic.split())):
            terms.setdefault(HASHTAG + key, topic)
    for word in row.annotation.keywords:
        if says_something(word, frozenset()):
            terms.setdefault(fold(word), word)
    return terms
