"""What is known of one candidate: every number as a finding, with the posts behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from core.models import Finding, Kind
from mining.authenticity import Authenticity
from mining.findings import EVIDENCE, Frame
from mining.influence import Own, Person
from mining.ranking import bci, h_index
from nlp.accounts import AccountReading

_WEEK_S = 7 * 86_400.0
_ANSWERED = frozenset({Kind.THREAD, Kind.REPLY, Kind.ARTICLE, Kind.COMMENT})
_HIT = 5  # times the median
_HIT_LEAST = 20  # interactions


def reach(own: Own) -> int:
    """Reposts a post caused: those collected, or the site's counter where it is larger."""
    return max(own.branch, own.counted[0])


def reactions(own: Own) -> int:
    """Reposts and comments of a post: direct ones collected, or the site's counters where larger."""
    return max(own.direct, own.counted[0]) + max(own.comments, own.counted[1])


def uncollected(own: Own) -> int:
    """Reposts the site counted beyond those collected."""
    return max(0, own.counted[0] - own.branch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a person stands among all people looked at."""

    score: float
    caused: float
    pagerank: float
    pagerank_place: int
    people: int
    authenticity: Authenticity


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a person wrote before the deadline: all stored posts, and those that match the query, how they felt.

    `matching` counts stored posts, the sentiments and dates those among them that stand in the cascades.
    """

    posts: int
    matching: int
    positive: int
    neutral: int
    negative: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How an account behaves by its latest posts that are stored, whatever their subject."""

    reading: AccountReading
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`owns`: posts on the subject in the span, those that caused most first."""

    person: Person
    owns: tuple[Own, ...]
    standing: Standing
    history: History
    findings: dict[str, Finding]
    conduct: Conduct | None = None

    @property
    def answered(self) -> bool:
        """Whether it is answers in threads, rather than reposts, that they caused."""
        kinds = [own.post.kind for own in self.owns if own.post is not None]
        return 2 * sum(kind in _ANSWERED for kind in kinds) > len(kinds)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The posts that caused most, then some of the reposts they caused; what was collected only."""
        collected = [own.id for own in self.owns if own.post is not None][:EVIDENCE]
        reached = [post for own in self.owns[:5] for post in own.reached]
        return tuple(dict.fromkeys([*collected, *reached]))[:EVIDENCE]


def ordered(owns: Sequence[Own]) -> tuple[Own, ...]:
    """Those that caused most first."""
    return tuple(sorted(owns, key=lambda own: (-reach(own), -own.comments, -(own.at or 0.0), own.id)))


def median_reactions(owns: Sequence[Own]) -> float | None:
    written = [reactions(own) for own in owns if own.post is not None]
    return float(median(written)) if written else None


def others_of(audiences: Sequence[set[str]], place: int) -> set[str]:
    """The people of all audiences but one."""
    rest = [audience for at, audience in enumerate(audiences) if at != place]
    return set().union(*rest)


def dossier(
    person: Person,
    owns: Sequence[Own],
    standing: Standing,
    history: History,
    others: set[str],
    frame: Frame,
    conduct: Conduct | None = None,
) -> Dossier:
    """The dossier of a person.

    `others`: who reacted to anybody else on the list; `frame` holds the query that returns the person's posts.
    """
    owns = ordered(owns)
    draft = Dossier(
        person=person, owns=owns, standing=standing, history=history, findings={}, conduct=conduct
    )
    found = {
        **_influence(draft, frame),
        **_activity(draft, frame),
        **_trust(draft, frame),
        "overlap": frame.number(
            "kol_overlap",
            len(person.engagers & others) / len(person.engagers) if person.engagers else None,
            n=len(person.engagers),
            evidence=[post for own in owns for post in own.reached],
        ),
    }
    return replace(draft, findings=found)


def _influence(draft: Dossier, frame: Frame) -> dict[str, Finding]:
    person, owns, standing = draft.person, draft.owns, draft.standing
    evidence = draft.evidence
    bases = len(owns)
    followers = person.author.followers
    return {
        "score": frame.number("kol_score", standing.score, n=standing.people, evidence=evidence),
        "reposts_caused": frame.number("kol_reposts_caused", standing.caused, n=bases, evidence=evidence),
        "branch": frame.number("kol_branch", person.branch, n=bases, evidence=evidence),
        "direct": frame.number("kol_direct", person.direct, n=bases, evidence=evidence),
        "pagerank": frame.number("kol_pagerank", standing.pagerank, n=standing.people, evidence=evidence),
        "h_index": frame.number(
            "kol_h_index", h_index([reach(own) for own in owns]), n=bases, evidence=evidence
        ),
        "followers": frame.number(
            "kol_followers", followers, n=0 if followers is None else 1, evidence=evidence[:1]
        ),
    }


def _activity(draft: Dossier, frame: Frame) -> dict[str, Finding]:
    written = [own for own in draft.owns if own.post is not None]
    evidence = [own.id for own in written]
    size = len(written)
    dated = sorted(own.at for own in written if own.at is not None)
    weeks = max(1.0, (dated[-1] - dated[0]) / _WEEK_S) if dated else None
    index = bci(
        size,
        sum(reach(own) for own in written),
        sum(max(own.comments, own.counted[1]) for own in written),
        sum(own.counted[2] for own in written),
    )
    return {
        "posts": frame.number("kol_posts", size, n=size, evidence=evidence),
        "posts_a_week": frame.number(
            "kol_posts_a_week", len(dated) / weeks if weeks else None, n=len(dated), evidence=evidence
        ),
        "activity": frame.number("bci", index, n=size, evidence=evidence),
        **_response(draft, frame, written, evidence),
        **_subject(draft.history, frame, evidence),
    }


def _response(
    draft: Dossier, frame: Frame, written: Sequence[Own], evidence: Sequence[str]
) -> dict[str, Finding]:
    size = len(written)
    middle = median_reactions(written)
    followers = draft.person.author.followers
    rate = middle / followers if middle is not None and followers else None
    hits = [own.id for own in written if reactions(own) >= max(_HIT_LEAST, _HIT * (middle or 0.0))]
    return {
        "engagement_median": frame.number("kol_engagement_median", middle, n=size, evidence=evidence),
        "engagement_rate": frame.number("kol_engagement_rate", rate, n=size, evidence=evidence),
        "hit_share": frame.number("kol_hit_share", len(hits) / size if size else None, n=size, evidence=hits),
    }


def _subject(history: History, frame: Frame, evidence: Sequence[str]) -> dict[str, Finding]:
    told = history.positive + history.negative
    share = history.matching / history.posts if history.posts else None
    stance = (history.positive - history.negative) / told if told else None
    return {
        "fit": frame.number("kol_fit", share, n=history.posts, evidence=evidence),
        "stance": frame.number("kol_stance", stance, n=told, evidence=evidence),
    }


def _trust(draft: Dossier, frame: Frame) -> dict[str, Finding]:
    trust = draft.standing.authenticity
    reached = [post for own in draft.owns for post in own.reached]
    return {
        "authenticity": frame.number("kol_authenticity", trust.value, n=trust.n, evidence=reached),
        "copies": frame.number("kol_copies", trust.copies, n=trust.texts, evidence=reached),
        "early": frame.number("kol_early", trust.early, n=len(draft.person.delays), evidence=reached),
        "rate_z": frame.number("kol_rate_z", trust.rate_z, n=trust.peers),
        "spam": frame.number(
            "kol_spam",
            draft.conduct.reading.spam if draft.conduct else None,
            n=len(draft.conduct.posts) if draft.conduct else 0,
            evidence=draft.conduct.posts if draft.conduct else (),
        ),
    }
