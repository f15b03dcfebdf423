"""口碑: what people say of a brand and of those it is compared with."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from core.errors import UsageError
from core.project import Brand, Project
from index.query import parse
from index.store import Store
from mining.bases import ALL, BASES, CLEANED
from mining.change import change
from mining.figures import (
    SENTIMENTS,
    Slice,
    counted,
    day_series,
    emotion_shares,
    engagement,
    mean_confidence,
    net_sentiment,
    platforms,
    sentiment_shares,
    share_of_voice,
    unsure_share,
    voice_shares,
)
from mining.findings import Frame, coverage_text
from mining.lexis import log_odds, own_words, says_something
from mining.reports import AspectReport, BrandReport, Change, Term, WomReport
from mining.tally import Spoken, Tally, different
from mining.voices import OriginalVoice, original_voice


class WordOfMouth:
    """Reports on the brands of a project; the constructor only keeps its parameters.

    `base` is that of sentiment, emotions, aspects and words: all voices, user voices or cleaned voices.
    `voices`: original voices shown for an aspect and polarity; `terms` and `drivers`: how many at most.
    """

    def __init__(
        self,
        project: Project,
        *,
        base: str = CLEANED,
        voices: int = 3,
        terms: int = 30,
        drivers: int = 5,
    ) -> None:
        self.project = project
        self.base = base
        self.voices = voices
        self.terms = terms
        self.drivers = drivers

    def report(
        self, store: Store, brand_id: str, *, since: datetime | None = None, until: datetime
    ) -> WomReport:
        """The brand first, then those it is compared with, over [since, until).

        A brand of ours is compared with the competitors, a competitor with all others; brands of another
        domain (car, cosmetics) are no rivals. Raises
        `core.errors.UsageError` when the project has no such brand or does not know the base.
        """
        if self.base not in BASES:
            raise UsageError(f"base {self.base!r} is unknown; use one of: {', '.join(BASES)}")
        brands = self._compared(brand_id)
        coverage = coverage_text(store.coverage())
        slices = [self._slice(store, brand, since, until, coverage) for brand in brands]
        return WomReport(
            project=self.project.id,
            brand=brand_id,
            since=since,
            until=until,
            base=self.base,
            coverage=coverage,
            brands=tuple(self._brand(store, each, slices, since, until) for each in slices),
        )

    def _compared(self, brand_id: str) -> list[Brand]:
        asked = self.project.brand(brand_id)
        if asked is None:
            known = ", ".join(brand.id for brand in self.project.brands) or "none"
            raise UsageError(f"the project has no brand {brand_id!r}; known are {known}")
        others = [brand for brand in self.project.brands if brand is not asked]
        rivals = [brand for brand in others if asked.competitor or brand.competitor]
        return [
            asked,
            *(
                brand
                for brand in rivals
                if not (brand.domain and asked.domain) or brand.domain == asked.domain
            ),
        ]

    def _slice(
        self, store: Store, brand: Brand, since: datetime | None, until: datetime, coverage: str | None
    ) -> Slice:
        query = parse(brand.query(), self.project).within(since, until)
        tally = Tally(self.base, self.project.zone, brand.accounts)
        for row in store.scan(query):
            tally.add(row)
        return Slice(brand=brand, tally=tally, frame=Frame(query=query.text, base=ALL, coverage=coverage))

    def _brand(
        self, store: Store, own: Slice, slices: list[Slice], since: datetime | None, until: datetime
    ) -> BrandReport:
        brand, tally, frame = own.brand, own.tally, own.frame
        felt = frame.on(self.base)
        return BrandReport(
            brand=brand.id,
            title=brand.title,
            competitor=brand.competitor,
            query=frame.query,
            volume=tuple(counted(frame.on(base), "volume", tally.volume[base]) for base in BASES),
            main=counted(frame, "volume_main", tally.main),
            reposts=counted(frame, "volume_reposts", tally.reposts),
            comments=counted(frame, "volume_comments", tally.comments),
            authors=frame.number("people", len(tally.people), n=tally.n, evidence=tally.volume[ALL].evidence),
            engagement=engagement(own),
            share_of_voice=share_of_voice(own, slices),
            nsr=net_sentiment(felt, tally.sentiments),
            sentiments=sentiment_shares(felt, tally.sentiments),
            confidence=mean_confidence(felt, tally),
            unsure=unsure_share(felt, tally),
            emotions=emotion_shares(felt, tally.emotions),
            voices=voice_shares(frame, tally.voices),
            aspects=self._aspects(felt, tally),
            by_day=day_series(own),
            by_platform=platforms(own),
            keywords=self._keywords(felt, own),
            distinct=self._distinct(felt, own, slices),
            top=tuple(original_voice(row.post) for row in tally.top.items()),
            change=self._change(store, own, since, until),
        )

    def _change(self, store: Store, own: Slice, since: datetime | None, until: datetime) -> Change | None:
        if since is None or since >= until:
            return None
        start = since - (until - since)
        before = self._slice(store, own.brand, start, since, own.frame.coverage)
        return change(store, own, before, start, since, self.drivers)

    def _aspects(self, frame: Frame, tally: Tally) -> tuple[AspectReport, ...]:
        names = {aspect for aspect, _ in tally.aspects}
        size = {name: sum(tally.aspects[name, label].n for label in SENTIMENTS) for name in names}
        return tuple(
            self._aspect(frame, tally, name) for name in sorted(names, key=lambda name: (-size[name], name))
        )

    def _aspect(self, frame: Frame, tally: Tally, aspect: str) -> AspectReport:
        praise, blame = tally.aspects[aspect, "positive"], tally.aspects[aspect, "negative"]
        judged = praise.n + blame.n
        return AspectReport(
            aspect=aspect,
            positive=counted(frame, "aspect_positive", praise),
            negative=counted(frame, "aspect_negative", blame),
            neutral=counted(frame, "aspect_neutral", tally.aspects[aspect, "neutral"]),
            net=frame.number(
                "aspect_net",
                (praise.n - blame.n) / judged if judged else None,
                n=judged,
                evidence=[*praise.evidence[:10], *blame.evidence[:10]],
            ),
            positive_voices=self._voices(tally.spoken[aspect, "positive"].items()),
            negative_voices=self._voices(tally.spoken[aspect, "negative"].items()),
        )

    def _voices(self, spoken: list[Spoken]) -> tuple[OriginalVoice, ...]:
        return tuple(
            original_voice(
                each.row.post, polarity=each.opinion.polarity, evidence=each.opinion.evidence or None
            )
            for each in different(spoken, self.voices)
        )

    def _keywords(self, frame: Frame, own: Slice) -> tuple[Term, ...]:
        names, tally = own_words(own.brand), own.tally
        ranked = sorted(tally.keywords.items(), key=lambda item: (-item[1], item[0]))
        shown = [(word, count) for word, count in ranked if says_something(word, names)][: self.terms]
        return tuple(
            Term(
                word=word,
                posts=count,
                score=frame.number("keyword", count, n=count, evidence=tally.with_words.get(word, ())),
            )
            for word, count in shown
        )

    def _distinct(self, frame: Frame, own: Slice, slices: list[Slice]) -> tuple[Term, ...]:
        others = Counter[str]()
        for each in slices:
            if each is not own:
                others.update(each.tally.words)
        if not others:
            return ()
        names, tally = own_words(own.brand), own.tally
        scores = log_odds(tally.words, others)
        able = [word for word in scores if tally.words[word] > 1 and says_something(word, names)]
        ranked = sorted(able, key=lambda word: (-scores[word], word))[: self.terms]
        size = tally.volume[self.base].n
        return tuple(
            Term(
                word=word,
                posts=tally.words[word],
                score=frame.number("log_odds", scores[word], n=size, evidence=tally.with_words[word]),
            )
            for word in ranked
            if scores[word] > 0
        )
