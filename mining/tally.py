"""One pass over a brand's posts: everything its report counts, in memory that grows with words, not posts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from core.models import AnnotatedPost, AspectOpinion, Kind
from core.texts import fold
from index.ingest.judgements import BANDS
from mining.bases import ALL, BASES, Sieve
from mining.findings import EVIDENCE
from mining.voices import engagement_of

Item = TypeVar("Item")

_MAIN = frozenset({Kind.POST, Kind.THREAD, Kind.ARTICLE})
_ANSWERS = frozenset({Kind.COMMENT, Kind.REPLY})
_CANDIDATES = 24  # original voices kept for one aspect and polarity, of which the report shows a few


class Best(Generic[Item]):
    """Keeps the `size` items of highest rank; ties go to the smaller id, so the answer does not wander."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: list[tuple[float, str, Item]] = []
        self._last: tuple[float, str] = (math.inf, "")  # of `size` that were better than all others so far

    def add(self, rank: float, item_id: str, item: Item) -> None:
        place, last = -rank, self._last  # most posts are none of the best, so this is asked first
        if place > last[0] or (place == last[0] and item_id >= last[1]):
            return
        self._items.append((place, item_id, item))
        if len(self._items) >= 8 * self._size + 64:
            self._trim()

    def items(self) -> list[Item]:
        """Best first."""
        self._trim()
        return [item for _, _, item in self._items]

    def _trim(self) -> None:
        self._items.sort(key=lambda entry: entry[:2])
        del self._items[self._size :]
        if len(self._items) == self._size:
            self._last = self._items[-1][:2]


@dataclass(slots=True)
class Count:
    """How many, and the most engaged of them as evidence."""

    n: int = 0
    _best: Best[str] = field(default_factory=lambda: Best[str](EVIDENCE))

    def add(self, row: AnnotatedPost, rank: float) -> None:
        self.n += 1
        self._best.add(rank, row.post.id, row.post.id)

    @property
    def evidence(self) -> list[str]:
        return self._best.items()


@dataclass(slots=True)
class Spoken:
    """An opinion with the post it stands in."""

    row: AnnotatedPost
    opinion: AspectOpinion


class Tally:
    """Counts of one brand in one span; `base` is that of sentiment, emotions, aspects and words."""

    def __init__(self, base: str, zone: ZoneInfo, own_accounts: Iterable[str] = (), *, top: int = 10) -> None:
        self.base, self.zone = base, zone
        self.volume = {name: Count() for name in BASES}
        self.main, self.reposts, self.comments = Count(), Count(), Count()
        self.people: set[str] = set()
        self.engagement = self.engagement_known = self.undated = 0
        self.sentiments: defaultdict[str, Count] = defaultdict(Count)
        self.emotions: defaultdict[str, Count] = defaultdict(Count)
        self.voices: defaultdict[str, Count] = defaultdict(Count)  # of all voices
        self.confidence = 0.0  # sum over posts with a sentiment
        self.unsure = Count()  # sentiments below the first of `BANDS`, the least sure first
        self.aspects: defaultdict[tuple[str, str], Count] = defaultdict(Count)
        self.spoken: defaultdict[tuple[str, str], Best[Spoken]] = defaultdict(lambda: Best(_CANDIDATES))
        self.days: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.moods: defaultdict[tuple[str, str], Counter[str]] = defaultdict(
            Counter
        )  # as `days`, of emotions
        self.platforms: defaultdict[str, Count] = defaultdict(Count)
        self.felt: defaultdict[str, Counter[str]] = defaultdict(Counter)  # platform → sentiment → posts
        self.keywords: defaultdict[str, int] = defaultdict(int)
        self.words: Counter[str] = Counter()
        self.with_words: dict[str, list[str]] = {}  # word → some posts that use it
        self.roots: Counter[str] = Counter()
        self.top: Best[AnnotatedPost] = Best(top)
        self._sieve = Sieve(frozenset(own_accounts))

    @property
    def n(self) -> int:
        return self.volume[ALL].n

    def add(self, row: AnnotatedPost) -> None:
        """Counts one post; posts come oldest first."""
        post = row.post
        known = engagement_of(post.engagement)
        rank = float(known or 0)
        bases = self._sieve.bases(row)
        for base in bases:
            self.volume[base].add(row, rank)
        kind = self.main if post.kind in _MAIN else self.comments if post.kind in _ANSWERS else self.reposts
        kind.add(row, rank)
        if post.author is not None and (person := post.author.id or post.author.name):
            self.people.add(person)
        if known is not None:
            self.engagement += known
            self.engagement_known += 1
        self.platforms[post.platform].add(row, rank)
        self.roots[post.root_id or post.thread_id or post.id] += 1
        self.top.add(rank, post.id, row)
        if row.annotation.voice is not None:
            self.voices[row.annotation.voice.value].add(row, rank)
        felt = self.base in bases
        if felt:
            self._feel(row, rank)
        self._date(row, felt, known or 0)

    def _feel(self, row: AnnotatedPost, rank: float) -> None:
        read = row.annotation
        if read.emotion is not None:
            self.emotions[read.emotion.label].add(row, rank)
        for key in {(opinion.aspect, opinion.polarity) for opinion in read.aspects}:
            self.aspects[key].add(row, rank)
        for opinion in read.aspects:
            key = (opinion.aspect, opinion.polarity)
            self.spoken[key].add(opinion.confidence, row.post.id, Spoken(row, opinion))
        for word in set(read.keywords):
            self.keywords[word] += 1
        self._hear(row.post.id, set(read.words))
        if read.sentiment is None:
            return
        self.confidence += read.sentiment.confidence
        if read.sentiment.confidence < BANDS[0]:
            self.unsure.add(row, -read.sentiment.confidence)
        self.sentiments[read.sentiment.label].add(row, rank)
        self.felt[row.post.platform][read.sentiment.label] += 1

    def _hear(self, post_id: str, said: set[str]) -> None:
        counts, shown = self.words, self.with_words
        for word in said:
            before = counts.get(word, 0)
            counts[word] = before + 1
            if not before:
                shown[word] = [post_id]
            elif before < EVIDENCE:
                shown[word].append(post_id)

    def _date(self, row: AnnotatedPost, felt: bool, engagement: int) -> None:
        at = row.post.published_at
        if at is None:
            self.undated += 1
            return
        key = at.astimezone(self.zone).date().isoformat(), row.post.platform
        day, read = self.days[key], row.annotation
        day["posts"] += 1
        day["engagement"] += engagement
        if felt and read.sentiment is not None:
            day[read.sentiment.label] += 1
        if felt and read.emotion is not None:
            self.moods[key][read.emotion.label] += 1


def different(spoken: Iterable[Spoken], limit: int) -> list[Spoken]:
    """The first `limit` by different people who say different things."""
    chosen: list[Spoken] = []
    seen: set[str] = set()
    for each in spoken:
        post = each.row.post
        marks = {
            "words " + fold("".join(post.text.split())),
            "group " + (each.row.annotation.duplicate_group or post.id),
            "person " + ((post.author and (post.author.id or post.author.name)) or post.id),
        }
        if marks & seen:
            continue
        seen |= marks
        chosen.append(each)
        if len(chosen) == limit:
            break
    return chosen
