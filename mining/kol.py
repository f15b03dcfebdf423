"""KOL candidates: who moves a circle, judged by the reposts they caused, with reasons and evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models import Author, Post
from core.project import EMPTY, Project
from core.records import to_builtins
from index.query import Query, parse
from index.store import Store
from mining.authenticity import authenticity, rate_scores
from mining.bases import ALL
from mining.candidate import KolCandidate, Ranked, draw_up
from mining.dossier import Standing, median_reactions, others_of, reach, uncollected
from mining.findings import Frame, coverage_text
from mining.influence import Influence, Own, Person
from mining.ranking import fused, h_index, pagerank
from mining.voices import public_author
from nlp.accounts import Accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class KolReport:
    """Candidates best first; nothing published at or after `until` was used."""

    query: str
    since: datetime | None
    until: datetime
    base: str
    coverage: str | None
    posts: int
    people: int
    candidates: tuple[KolCandidate, ...]


_JUDGED = 3  # posts from which an engagement rate says something of an account


class Kol:
    """Ranks authors and bridges; the constructor only keeps its parameters.

    `half_life_days` lets old reposts count less; `damping` is PageRank's; `public_only` leaves ordinary people
    off the list, not out of the graph; `left_out`: ids or names not to be listed, such as a brand's own;
    `project`: whose names and days a query uses; `spam_rate`: the share of spammers among accounts that
    ``kol_spam`` reckons with, None for the stated one.
    """

    def __init__(
        self,
        *,
        half_life_days: float = 90.0,
        damping: float = 0.85,
        public_only: bool = False,
        left_out: Collection[str] = (),
        project: Project = EMPTY,
        spam_rate: float | None = None,
    ) -> None:
        self.half_life_days = half_life_days
        self.damping = damping
        self.public_only = public_only
        self.left_out = left_out
        self.project = project
        self.spam_rate = spam_rate

    def candidates(
        self, store: Store, query: str, *, until: datetime, since: datetime | None = None, limit: int = 50
    ) -> KolReport:
        """The best `limit` candidates among the people of the cascades whose posts match `query`.

        Credit is given for reposts in [since, until) and for what stands below a post that matches. Counters
        and followers count only where they were fetched before `until`. Raises `core.errors.QueryError` on a
        query that cannot be read.
        """
        asked = parse(query, self.project, now=until)
        influence = Influence(until, since=since, half_life_days=self.half_life_days)
        felt = _gather(store, asked, influence)
        frame = Frame(
            query=asked.within(since, until).text, base=ALL, coverage=coverage_text(store.coverage())
        )
        found = self.rank(influence)[:limit]
        audiences = [person.engagers for person, _, _ in found]
        accounts = Accounts(rate=self.spam_rate)
        return KolReport(
            query=asked.text,
            since=since,
            until=until,
            base=ALL,
            coverage=frame.coverage,
            posts=len(felt),
            people=len(influence.people),
            candidates=tuple(
                draw_up(store, asked, influence, each, felt, others_of(audiences, place), frame, accounts)
                for place, each in enumerate(found)
            ),
        )

    def rank(self, influence: Influence) -> list[Ranked]:
        """Everybody who caused anything, best first, with their posts in the span."""
        ranks = pagerank(
            influence.edges,
            {key: float(len(person.owns)) for key, person in influence.people.items()},
            damping=self.damping,
        )
        places = {
            key: place for place, key in enumerate(sorted(ranks, key=lambda key: (-ranks[key], key)), 1)
        }
        able = [(person, owns) for person, owns in _spoke(influence) if _moved(person, owns)]
        caused = [_caused(influence, person, owns) for person, owns in able]
        scores = fused(
            [
                caused,
                [ranks[person.key] for person, _ in able],
                [float(h_index([reach(own) for own in owns])) for _, owns in able],
            ]
        )
        rates = rate_scores(
            {
                person.key: (middle, person.author.followers)
                for person, owns in able
                if person.author.followers is not None and (middle := median_reactions(owns)) is not None
            }
        )
        found = []
        for (person, owns), score, part in zip(able, scores, caused, strict=True):
            rated = rates.get(person.key) if len(owns) >= _JUDGED else None
            trust = authenticity(person, *(rated or (None, 0)))
            standing = Standing(
                score=round(score * (1.0 if trust.value is None else trust.value), 6),
                caused=part,
                pagerank=ranks[person.key],
                pagerank_place=places[person.key],
                people=len(ranks),
                authenticity=trust,
            )
            found.append((person, owns, standing))
        found.sort(key=lambda row: (-row[2].score, -row[2].caused, row[0].key))
        return [row for row in found if self._is_wanted(row[0].author)]

    def _is_wanted(self, author: Author) -> bool:
        if author.id in self.left_out or author.name in self.left_out:
            return False
        return bool(author.public) or not self.public_only


def contract(report: KolReport) -> dict[str, Any]:
    """The JSON of ``tingfeng kol --json``: candidates with author, score, reasons, evidence and more."""
    data: dict[str, Any] = to_builtins(report)
    for candidate, each in zip(data["candidates"], report.candidates, strict=True):
        candidate["author"] = public_author(each.author)
    return data


def _gather(store: Store, asked: Query, influence: Influence) -> dict[str, str | None]:
    """Feeds the cascades of all posts that match; the sentiment of each of these posts."""
    everything = not asked.text.strip()
    felt: dict[str, str | None] = {}
    members: dict[str, list[Post]] = {}
    for row in store.scan(asked.within(None, influence.until)):
        post, sentiment = row.post, row.annotation.sentiment
        felt[post.id] = sentiment.label if sentiment else None
        mine = members.setdefault(post.root_id or post.thread_id or post.id, [])
        if everything:
            mine.append(post)
    for root_id, posts in members.items():
        if not everything:  # what stands below a post that matches need not match itself
            posts = [row.post for row in store.cascade(root_id)]
        influence.add(posts, root_id, felt.__contains__)
    return felt


def _spoke(influence: Influence) -> list[tuple[Person, list[Own]]]:
    """Those with posts on the subject in the span; somebody known from chains alone has no times."""
    found = []
    for person in influence.people.values():
        owns = [own for own in person.owns.values() if influence.in_span(own) or own.caused]
        if owns:
            found.append((person, owns))
    return found


def _moved(person: Person, owns: list[Own]) -> bool:
    return person.branch > 0 or any(own.comments or own.counted[0] or own.counted[1] for own in owns)


def _caused(influence: Influence, person: Person, owns: list[Own]) -> float:
    """Decayed reposts collected, and those the site counted beyond them at the time of the post."""
    return person.caused + sum(
        uncollected(own) * influence.weight(own.at)
        for own in owns
        if own.at is not None and influence.in_span(own)
    )
