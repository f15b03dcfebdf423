"""One KOL candidate drawn up: who they are, what they said on the subject, and why they are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.models import Author, Finding
from index.query import Equals, Query
from index.query.fields import name_key
from index.store import Sort, Store
from mining.dossier import Conduct, History, Standing, dossier
from mining.findings import Frame
from mining.influence import Influence, Own, Person
from mining.reasons import Reason, reasons
from mining.tiers import tier_of
from mining.voices import OriginalVoice, original_voice
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


Ranked = tuple[Person, list[Own], Standing]


def draw_up(
    store: Store,
    asked: Query,
    influence: Influence,
    ranked: Ranked,
    felt: Mapping[str, str | None],
    others: set[str],
    frame: Frame,
    accounts: Accounts,
) -> KolCandidate:
    """The candidate of one who was ranked; `felt` is the sentiment of every post that matches, `others` the people
    who answer another candidate."""
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
