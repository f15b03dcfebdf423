"""KOL candidates: who moves a circle, judged by the reposts they caused, with reasons and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models import Author, Finding
from index.store import Store
from mining.voices import OriginalVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why somebody is on the list, in both languages, with the posts that show it."""

    zh: str
    en: str
    finding: Finding
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KolCandidate:
    """`score` in [0, 1]: mean of rank percentiles × authenticity.

    Names of findings: reposts_caused, direct, branch, pagerank, h_index, activity, fit, authenticity,
    followers, posts, posts_a_week, engagement_median, coverage_people.
    """

    author: Author
    platform: str
    public: bool
    tier: str | None  # head, waist, tail, koc; None when followers are unknown
    score: float
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]
    findings: dict[str, Finding]
    topics: tuple[str, ...]  # hashtags used most
    voices: tuple[OriginalVoice, ...]  # the posts that caused most


@dataclass(frozen=True, slots=True, kw_only=True)
class KolReport:
    """Candidates best first; nothing published after `until` was used."""

    query: str
    since: datetime | None
    until: datetime
    base: str
    coverage: str | None
    posts: int
    people: int
    candidates: tuple[KolCandidate, ...]


class Kol:
    """Ranks authors and bridges; the constructor only keeps its parameters.

    `half_life_days` lets old reposts count less; `public_only` leaves ordinary people out.
    """

    def __init__(
        self,
        *,
        half_life_days: float = 90.0,
        damping: float = 0.85,
        public_only: bool = False,
    ) -> None:
        self.half_life_days = half_life_days
        self.damping = damping
        self.public_only = public_only

    def candidates(
        self, store: Store, query: str, *, until: datetime, since: datetime | None = None, limit: int = 50
    ) -> KolReport:
        """The best `limit` candidates among the people of the cascades whose posts match `query`.

        Raises `core.errors.QueryError` on a query that cannot be read.
        """
        raise NotImplementedError


def contract(report: KolReport) -> dict[str, Any]:
    """The JSON of ``tingfeng kol --json``: candidates with author, score, reasons, evidence and more."""
    raise NotImplementedError
