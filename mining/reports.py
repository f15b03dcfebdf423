"""The shapes of 口碑 (word of mouth) and topic reports; JSON by `core.records`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.models import Finding
from core.project import Title
from mining.voices import OriginalVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One label of a distribution (a sentiment, an emotion): `count` posts and their share."""

    label: str
    count: int
    share: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectReport:
    """What is said of one aspect; `positive_voices` and `negative_voices` are different people's words."""

    aspect: str
    positive: Finding
    negative: Finding
    neutral: Finding
    net: Finding
    positive_voices: tuple[OriginalVoice, ...]
    negative_voices: tuple[OriginalVoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """One day (ISO date in the project's zone) on one platform; sentiment and emotions on the report's base."""

    day: str
    platform: str
    posts: int
    positive: int
    neutral: int
    negative: int
    engagement: int
    emotions: dict[str, int]  # those met


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Days in order, only those with posts, with the frame they were counted in."""

    formula: str
    base: str
    query: str
    coverage: str | None
    points: tuple[DayCount, ...]
    undated: int  # posts without a time: in the totals, in no day


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformReport:
    platform: str
    volume: Finding
    nsr: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word with how many posts use it and its score by `score.formula`."""

    word: str
    posts: int
    score: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Against the equal period before; `drivers` are the threads and cascades that made the difference."""

    since: datetime
    until: datetime
    volume_before: Finding
    volume_change: Finding  # relative: 0.5 is half as many again
    nsr_before: Finding
    nsr_change: Finding  # difference of the two rates
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A root (post, thread) with how many matching posts stand under it now and before."""

    root: OriginalVoice | None  # None: the root itself was not collected
    root_id: str
    now: int
    before: int
    share: Finding  # of the whole change


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandReport:
    """One brand in the period.

    `volume` has one finding a base (all, user, cleaned voices); `main`, `reposts` and `comments` split the
    first of them. `share_of_voice` has one finding a basis: mentions, mentions of user voices, engagement.
    """

    brand: str
    title: Title
    competitor: bool
    query: str
    volume: tuple[Finding, ...]
    main: Finding
    reposts: Finding
    comments: Finding
    authors: Finding
    engagement: Finding
    share_of_voice: tuple[Finding, ...]
    nsr: tuple[Finding, ...]  # nsr_pn, nsr_all
    sentiments: tuple[Share, ...]
    confidence: Finding  # of the sentiments
    unsure: Finding  # share of the sentiments that are called so
    emotions: tuple[Share, ...]
    voices: tuple[Share, ...]  # classes, of all voices
    aspects: tuple[AspectReport, ...]
    by_day: Series
    by_platform: tuple[PlatformReport, ...]
    keywords: tuple[Term, ...]
    distinct: tuple[Term, ...]  # words of this brand rather than of the others
    top: tuple[OriginalVoice, ...]  # most engaged
    change: Change | None  # None without `since`


@dataclass(frozen=True, slots=True, kw_only=True)
class WomReport:
    """`brands`: the asked one first, then those it is compared with."""

    project: str
    brand: str
    since: datetime | None
    until: datetime
    base: str  # of sentiment, emotions, aspects and words
    coverage: str | None
    brands: tuple[BrandReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HotStanding:
    """Where a title stood on a hot list."""

    platform: str
    title: str
    best_rank: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    last_rank: int | None
    last_heat: int | None
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RisingTopic:
    """`kind`: hashtag (all voices), word (cleaned voices), or hot (a hot list's title, counted in texts)."""

    topic: str
    kind: str
    beside: tuple[str, ...]  # words that stand in most of its posts, to say what it is about
    score: Finding
    now: Finding  # posts in the window
    baseline: Finding  # posts expected in such a window
    hot: HotStanding | None
    first: OriginalVoice | None
    roots: tuple[OriginalVoice, ...]  # those with most posts under them in the window
    hours: tuple[int, ...]  # posts an hour, oldest first, over the window


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsReport:
    at: datetime
    window_h: int
    history_days: int
    query: str
    base: str
    coverage: str | None
    posts: int  # in the window
    topics: tuple[RisingTopic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedWord:
    """A word the dictionary does not know; `probability` is of its being one word and no chance run."""

    word: str
    probability: float
    score: Finding  # its rise
    now: Finding  # posts in the window
    baseline: Finding  # posts expected in such a window
    platforms: dict[str, int]  # posts in the window
    examples: tuple[OriginalVoice, ...]  # of different accounts, the newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsReport:
    """`posts` of the base were read; what rises most comes first."""

    since: datetime
    until: datetime
    periods: int
    query: str
    base: str
    coverage: str | None
    posts: int
    words: tuple[ProposedWord, ...]
