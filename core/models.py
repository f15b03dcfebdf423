"""The records that cross a folder's border: frozen, typed, and JSON by `core.records`.

Unknown is ``None``, never 0 or "". Times are aware and in UTC. Ids are ``platform:native_id``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field


class Kind(StrEnum):
    POST = "post"
    REPOST = "repost"
    COMMENT = "comment"
    THREAD = "thread"
    REPLY = "reply"
    ARTICLE = "article"


class EdgeKind(StrEnum):
    """How an edge of a cascade is known."""

    OBSERVED = "observed"  # the site named the parent
    INFERRED = "inferred"  # read from a //@name: chain, or only the root is known
    MISSING = "missing"  # the chain names somebody whose repost was not collected


class Voice(StrEnum):
    ORGANIC = "organic"
    MARKETING = "marketing"
    MEDIA = "media"
    FAN = "fan"
    SPAM = "spam"


class Author(Struct, frozen=True, kw_only=True, gc=False):
    """Who wrote a post.

    Before the landing door `id` and `name` are the site's; behind it they are keyed pseudonyms
    unless `public` is true. `name_key` is the pseudonym of the name for everybody, so that a
    ``//@name:`` chain resolves whichever way the name was written down.
    """

    id: str | None = None
    name: str | None = None
    followers: int | None = None
    verified_type: int | None = None  # Weibo's codes: -1 nobody, 0 person, 1-8 organisations, 200/220 达人
    public: bool | None = None
    name_key: str | None = None


class Engagement(Struct, frozen=True, kw_only=True, gc=False):
    """Counters of a post at the moment it was fetched; `capped` names those the site cuts off ("100万+")."""

    reposts: int | None = None
    comments: int | None = None
    likes: int | None = None
    views: int | None = None
    capped: tuple[str, ...] = ()


class Post(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    platform: str
    kind: Kind
    text: str
    author: Author | None = None
    published_at: datetime | None = None
    root_id: str | None = None
    parent_id: str | None = None
    parent_confidence: float | None = None  # 1.0: the site named the parent; below: inferred
    quoted_id: str | None = None
    thread_id: str | None = None
    floor: int | None = None
    engagement: Engagement = field(default_factory=Engagement)
    topics: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    media: tuple[str, ...] = ()  # kinds: image, video, audio
    region: str | None = None
    client: str | None = None
    url: str | None = None
    edited_at: datetime | None = None  # the last edit the site tells of
    edits: int | None = None
    gone: str | None = None  # the reason of a `Gone` that came later
    gone_at: datetime | None = None
    fetched_at: datetime | None = None
    run_id: str | None = None
    parser_version: str | None = None


class Gone(Struct, frozen=True, kw_only=True, gc=False):
    """A post that the site no longer shows at `at`; what was collected of it before is kept and marked.

    `reason` is how the site words it: author (deleted by its author), complaint, account (closed), hidden
    (not everybody may see it), expired (its author shows the last months only), blocked (by a moderator),
    or missing, where it says no more.
    """

    id: str
    at: datetime
    reason: str
    run_id: str | None = None


class HotEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One line of a hot list as it stood at `at`; `rank` 1 is the top."""

    platform: str
    title: str
    at: datetime
    rank: int | None = None
    heat: int | None = None
    label: str | None = None
    run_id: str | None = None


class Coverage(Struct, frozen=True, kw_only=True, gc=False):
    """What one slice of a run reached: "expected N, got M, because"."""

    source: str
    slice: str  # the query, list, thread or post that was asked for
    expected: int | None
    got: int
    because: str | None = None  # a block's name, a cap or a cut; None when all that was reachable came
    run_id: str | None = None


class Run(Struct, frozen=True, kw_only=True, gc=False):
    """One collection: what was asked, when, under which robots policy, and how it ended."""

    id: str
    source: str
    asked: dict[str, Any]
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None  # finished, blocked, failed, stopped; None while running or after a kill
    posts: int = 0
    requests: int = 0
    rejected: int = 0
    blocks: tuple[str, ...] = ()  # names of the blocks met
    robots: str = "obey"  # or "override: REASON"


class Sentiment(Struct, frozen=True, kw_only=True, gc=False):
    label: str  # positive, neutral, negative
    score: float  # -1 .. 1
    confidence: float  # 0 .. 1
    evidence: tuple[str, ...] = ()  # the words that carried it


class Emotion(Struct, frozen=True, kw_only=True, gc=False):
    label: str  # angry, fear, happy, neutral, sad, surprise
    scores: dict[str, float] = field(default_factory=dict)


class AspectOpinion(Struct, frozen=True, kw_only=True, gc=False):
    aspect: str
    target: str | None
    polarity: str
    confidence: float
    evidence: str  # the span of the text it was read from


class Annotation(Struct, frozen=True, kw_only=True, gc=False):
    """What the language models read in one post."""

    words: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sentiment: Sentiment | None = None
    emotion: Emotion | None = None
    aspects: tuple[AspectOpinion, ...] = ()
    brands: tuple[str, ...] = ()  # ids of the project's brands
    products: tuple[str, ...] = ()
    intent: str | None = None
    lang: str | None = None  # BCP 47; "und" where no letter says
    voice: Voice | None = None
    because: tuple[str, ...] = ()  # why it has its voice, as codes (nlp.because); () for an organic one
    tags: tuple[str, ...] = ()  # of the project's tag rules
    duplicate_group: str | None = None  # id of the first post of the near-duplicate group
    signature: bytes | None = None  # MinHash, so that groups survive a restart
    models: dict[str, str] = field(default_factory=dict)


class AnnotatedPost(Struct, frozen=True, kw_only=True, gc=False):
    post: Post
    annotation: Annotation


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """A number with its evidence. `value` is None when `n` is below what the formula needs."""

    formula: str  # id in mining/formulas.toml
    value: float | int | None
    n: int
    base: str  # all voices, user voices, cleaned voices
    query: str
    coverage: str | None = None
    evidence: tuple[str, ...] = ()  # ids of posts behind the number
    note: str | None = None  # "not enough data" and why
