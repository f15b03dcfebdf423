"""KOL candidates: who moves a circle, judged by the reposts they caused, with reasons and evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from core.models import Author, Finding, Post
from core.project import EMPTY, Project
from core.records import to_builtins
from index.query import Equals, Query, parse
from index.query.fields import name_key
from index.store import Sort, Store
from mining.authenticity import authenticity, rate_scores
from mining.bases import ALL
from mining.dossier import (
    Conduct,
    History,
    Standing,
    dossier,
    median_reactions,
    others_of,
    reach,
    uncollected,
)
from mining.findings import Frame, coverage_text
from mining.influence import Influence, Own, Person
from mining.ranking import fused, h_index, pagerank
from mining.reasons import Reason, reasons
from mining.tiers import tier_of
from mining.voices import OriginalVoice, original_voice, public_author
from nlp.accounts import Accounts
from nlp.habits import LATEST, LEAST, habits


@dataclass(frozen=True, slots=True, kw_only=True)
class KolCandidate:
    """`score` in [0, 1], formula ``kol_score``.

    Names of findings: score, reposts_caused, branch, direct, pagerank, h_index, followers, posts,
    posts_a_week, activity, fit, engagement_median, engagement_rate, hit_share, authenticity, copies, early,
    rate_z, spam, overlap, stance. An account known from chains alone has a name and nothing else.
    """

    author: Author
    platform: str
    public: bool
    tier: str | None  # head, waist, tail, koc; None when followers are unknown
    score: float
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]
    findings: dict[str, Finding]
    history: History  # what they said on the subject
    topics: tuple[str, ...]  # hashtags used most
    voices: tuple[OriginalVoice, ...]  # the posts that caused most


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
Ranked = tuple[Person, list[Own], Standing]


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
                _candidate(store, asked, influence, each, felt, others_of(audiences, place), frame, accounts)
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


def _candidate(
    store: Store,
    asked: Query,
    influence: Influence,
    ranked: Ranked,
    felt: Mapping[str, str | None],
    others: set[str],
    frame: Frame,
    accounts: Accounts,
) -> KolCandidate:
    person, owns, standing = ranked
    history, frame = _history(store, asked, influence, person, felt, frame)
    conduct = _conduct(store, person, influence.until, accounts) if history.posts >= LEAST else None
    known = dossier(person, owns, standing, history, others, frame, conduct)
    tier = tier_of(person.author.followers)
    often = sorted(person.topics.items(), key=lambda item: (-item[1], item[0]))
    return KolCandidate(
        author=person.author,
        platform=person.platform,
        public=bool(person.author.public),
        tier=tier.id if tier else None,
        score=standing.score,
        reasons=reasons(known),
        evidence=known.evidence,
        findings=known.findings,
        history=history,
        topics=tuple(topic for topic, _ in often[:10]),
        voices=tuple(original_voice(own.post) for own in known.owns if own.post is not None)[:3],
    )


def _history(
    store: Store,
    asked: Query,
    influence: Influence,
    person: Person,
    felt: Mapping[str, str | None],
    frame: Frame,
) -> tuple[History, Frame]:
    """What the person wrote before the deadline, and the frame narrowed to their posts."""
    matching = [own for own in person.owns.values() if own.id in felt]
    labels = Counter(felt[own.id] for own in matching)
    times = sorted(own.at for own in matching if own.at is not None)
    history = History(
        posts=0,
        matching=len(matching),
        positive=labels["positive"],
        neutral=labels["neutral"],
        negative=labels["negative"],
        first_at=datetime.fromtimestamp(times[0], UTC) if times else None,
        last_at=datetime.fromtimestamp(times[-1], UTC) if times else None,
    )
    mine = _posts_of(person)
    if mine is None:
        return history, frame
    before = mine.within(None, influence.until)
    history = replace(history, posts=store.count(before), matching=store.count(Query.all_of(asked, before)))
    return history, frame.asking(Query.all_of(asked, mine).within(influence.since, influence.until).text)


def _posts_of(person: Person) -> Query | None:
    """The query that returns a person's posts; None where their name cannot be written in one."""
    name = name_key(person.author.id or person.author.name or "")
    return Query(f'author:"{name}"', Equals("author", name)) if name and '"' not in name else None


def _conduct(store: Store, person: Person, until: datetime, accounts: Accounts) -> Conduct | None:
    """How the account behaves by its latest posts; those fetched after `until` may hold later counters."""
    mine = _posts_of(person)
    if mine is None:
        return None
    page = store.search(mine.within(None, until), sort=Sort.NEWEST, limit=LATEST)
    items = [hit.item for hit in page.hits if (at := hit.item.post.fetched_at) is not None and at <= until]
    if len(items) < LEAST:
        return None
    return Conduct(reading=accounts.read(habits(items)), posts=tuple(item.post.id for item in items))
