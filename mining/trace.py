"""One pass over the posts of a window and of the days before: which terms stand in which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from core.models import AnnotatedPost
from core.texts import fold
from mining.bases import CLEANED, Sieve
from mining.lexis import says_something

HASHTAG = "#"  # begins the key of a hashtag, so that a word of the same letters stays apart
_HOUR_S = 3600.0


class Trace:
    """Terms of posts before `at`: those of the last `window_h` hours, and how many in the same hours
    `step_h`, 2·`step_h`, … before, `periods` times.

    Hashtags are counted over all voices, words over cleaned ones: a repost without words of its own repeats
    those of another. Of one account a term counts once in a window.
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
        self._said: set[tuple[str, int, str]] = set()
        self._words: dict[str, list[str]] = {}  # post of the window → its words
        self._sieve = Sieve()

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
        terms = self._terms(row)
        if not age:
            self._words[post.id] = [key for key in terms if not key.startswith(HASHTAG)]
        for key, form in terms.items():
            who = (post.author and (post.author.id or post.author.name)) or post.id
            if (who, int(age), key) in self._said:
                continue
            self._said.add((who, int(age), key))
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

    def beside(self, key: str, limit: int) -> list[str]:
        """The words that stand in most posts of a term, in half of them or more."""
        posts = self.now[key]
        counts = Counter(word for post in posts for word in self._words[post] if word != key)
        often = [(-count, word) for word, count in counts.items() if 2 * count >= len(posts) and count > 1]
        return [self.shown(word) for _, word in sorted(often)[:limit]]

    def _terms(self, row: AnnotatedPost) -> dict[str, str]:
        """Key and form of each hashtag and keyword of a post, each once."""
        terms: dict[str, str] = {}
        for topic in row.post.topics:
            if key := fold("".join(topic.split())):
                terms.setdefault(HASHTAG + key, topic)
        if CLEANED in self._sieve.bases(row):
            for word in row.annotation.keywords:
                if says_something(word, frozenset()):
                    terms.setdefault(fold(word), word)
        return terms
