"""The annotator: a batch of posts in, one `Annotation` a post out, everything read in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from core.codes import codes_of
from core.cycles import uncollected
from core.models import Annotation, AspectOpinion, Author, Post, Voice
from core.project import EMPTY, Project
from nlp import feeling
from nlp.aspects import Opinions
from nlp.clean import CHAIN, Cleaned, clean, fold_all, normal, own_end
from nlp.domains import Domains
from nlp.duplicates import signatures
from nlp.features import Grams, grams
from nlp.hearing import Heard, Hearing
from nlp.joining import SecondReading
from nlp.keywords import keywords
from nlp.language import languages
from nlp.match import Hit, Named, Names, Naming
from nlp.model import Models, shipped
from nlp.own import version_of
from nlp.segment import Segmenter
from nlp.space import BATCH, F32, Terms, chained
from nlp.voice import Manner, VoiceReading

VERSION = "3"  # of the linear heads and the rules; the encoder has its own
LETTERS = 400_000  # characters of a batch


@dataclass(frozen=True, slots=True)
class _Seen:
    """What all readers of a batch of texts need. shown : the evidence of each; context : characters others wrote."""

    raw: Sequence[str]
    cleaned: Cleaned
    found: Grams
    known: Terms
    named: list[Named]
    second: SecondReading
    feelings: feeling.Feelings
    shown: list[tuple[str, ...]]
    context: NDArray[np.bool_]


class _Told(NamedTuple):
    """What a text says whoever wrote it, and what of it tells whose voice it is: rules that match, words heard.

    The annotation is that of a person's post of no purchase stage.
    """

    annotation: Annotation
    rules: set[int]
    heard: Heard | None


class Annotator:
    """Reads posts for a project: its names are kept whole and found, its domains choose the aspect packs.

    Two tiers: linear heads read everything; where they are unsure, the encoder reads again what `second_tier`
    lets it, one of `core.project.TIERS`. None leaves that to the project: what comes in is read again where the
    project has it so, a single text (`read`) always, unless the project has it off.

    Holds the models (some 200 MB); make one a process and give it hundreds of posts at a time.
    """

    def __init__(
        self, project: Project = EMPTY, models: Models | None = None, *, second_tier: str | None = None
    ) -> None:
        models = models or shipped()
        self.project = project
        self.names = Names(project)
        self.naming = Naming(project)
        self.segmenter = Segmenter((*self.names.words(), *map(fold_all, project.words.whole)))
        self.stopped = frozenset(map(fold_all, project.words.stop))
        self.manner = Manner(project)
        self.space = models.space()
        self.feeling = feeling.Feeling(models)
        there = models.has(feeling.VOICE)
        self.hearing = Hearing(models.head(feeling.VOICE), self.space) if there else None
        self.opinions = Opinions(models, self.segmenter, self.names, project)
        self._domain_of = {brand.id: brand.domain for brand in project.brands if brand.domain}
        among = set(self._domain_of.values()) or set(project.domains)
        self.domains = Domains([pack for pack in project.all_packs if pack.id in among])
        self._own = {pack.id: version_of(pack) for pack in project.packs}
        self.encoder = models.encoder()
        self._second_tier = second_tier or project.language.second_tier
        first = f"linear-{VERSION}"
        second = f"{first}+encoder-{self.encoder.version}" if self.encoder else first
        self._models_of_one = {"words": self.segmenter.engine, "language": first}
        self.models = {**self._models_of_one, "language": second}

    def annotate(self, posts: Sequence[Post]) -> list[Annotation]:
        """One annotation a post, in order; `duplicate_group` is left to the `DuplicateIndex`."""
        numbers: dict[str, int] = {}  # much is said word for word by many: each text is read once
        of = [numbers.setdefault(post.text, len(numbers)) for post in posts]
        with uncollected():
            told = [one for batch in _batches(list(numbers)) for one in self._texts(batch, self._second_tier)]
            return [self._said(told[number], post.author) for number, post in zip(of, posts, strict=True)]

    def read(
        self, text: str, *, domain: str | None = None, aspect_terms: Sequence[str] | None = None
    ) -> Annotation:
        """The annotation of one text.

        `domain` chooses the aspect pack (None: by what the text is about). With `aspect_terms` there is
        one opinion for each term, in order. Raises `UsageError` on an unknown domain.
        """
        tier = "off" if self._second_tier == "off" else "unsure"
        return self._said(self._texts([text], tier, domain, aspect_terms)[0], None)

    def _said(self, told: _Told, author: Author | None) -> Annotation:
        """What was read in a text, with the voice its author gives it.

        That is what the rules say, and where they say nothing what was heard in its words.
        """
        by_rules, heard = self.manner.voice(told.rules, author), told.heard
        if heard is not None and by_rules.voice is Voice.ORGANIC:
            because = f"words:{heard.probability:g}:{','.join(heard.words)}"
            reading = VoiceReading(heard.voice, (because,))
        else:
            reading = by_rules
        intent = self.manner.intent(told.rules, reading.voice)
        if reading.voice is Voice.ORGANIC and intent is None:
            return told.annotation
        return replace(told.annotation, intent=intent, voice=reading.voice, because=reading.because)

    def _texts(
        self, texts: Sequence[str], tier: str, domain: str | None = None, terms: Sequence[str] | None = None
    ) -> list[_Told]:
        seen = self._seen(texts, tier)
        found, feelings, second = seen.found, seen.feelings, seen.second
        firsts = found.spans[:, 0]
        others, marks = seen.context[firsts], codes_of(seen.cleaned.joined)[firsts] == ord(CHAIN)
        about, aspects = self._opinions(seen, domain, terms)
        return [
            _Told(
                Annotation(
                    words=words,
                    keywords=keys,
                    sentiment=sentiment,
                    emotion=emotion,
                    aspects=opinions,
                    brands=names[0],
                    products=names[1],
                    lang=lang,
                    voice=Voice.ORGANIC,
                    signature=signature,
                    models=self._named(asked, of),
                ),
                rules,
                heard,
            )
            for words, keys, sentiment, emotion, opinions, names, lang, signature, asked, of, rules, heard in zip(
                _words(found, ~(others | marks)),
                keywords(self.space, found, seen.known, others, self.stopped),
                feeling.sentiments(feelings, seen.shown),
                feeling.emotions(feelings, self.feeling.names),
                aspects,
                seen.named,
                languages(texts),
                signatures(found, seen.context),
                second.asked.tolist(),
                about,
                self.manner.find(seen.cleaned, found.char_rows),
                self._heard(feelings.voices, found, texts),
                strict=True,
            )
        ]

    def _seen(self, raw: Sequence[str], tier: str) -> _Seen:
        """Cuts a batch up and reads its feelings, by both tiers: everything else is told from that."""
        normalised = list(map(normal, raw))
        cleaned = clean(normalised, normalised=True)
        found = grams(cleaned, self.segmenter.cut)
        known = self.space.known(found)
        matrix = self.space.matrix(cleaned, found, known)
        named = self.naming.named(normalised)
        second = SecondReading(self.encoder, _allowed(tier, named))
        feelings = second.feelings(self.feeling.read(matrix), raw)
        _spell(cleaned, found)
        shown = feeling.evidence(self.feeling.pulls(found, known), feelings, found, raw)
        return _Seen(raw, cleaned, found, known, named, second, feelings, shown, chained(cleaned))

    def _opinions(
        self, seen: _Seen, domain: str | None, terms: Sequence[str] | None
    ) -> tuple[list[str | None], list[tuple[AspectOpinion, ...]]]:
        """The domain of each text, and the opinions in it: of the terms asked for, else of its domain's pack."""
        raw, second = seen.raw, seen.second
        given: list[str | None] = [domain] * len(raw)
        if terms is not None:
            return given, [
                self.opinions.terms(text, terms, domain, second.part([at])) for at, text in enumerate(raw)
            ]
        about = given if domain else self._about(seen)
        return about, self._aspects(raw, about, second, forced=domain is not None)

    def _named(self, asked: bool, domain: str | None) -> dict[str, str]:
        """The models that read a text: by both tiers or the first alone, its aspects by a team's own pack or not."""
        models = self.models if asked else self._models_of_one
        return {**models, "aspects": self._own[domain]} if domain in self._own else models

    def _about(self, seen: _Seen) -> list[str | None]:
        """The domain of each text: of the first brand in it that has one, else what its words say."""
        told = self.domains.of(seen.cleaned, seen.found.char_rows)
        if not any(brands for brands, _ in seen.named):
            return told
        hits = _counted(self.names.find(seen.cleaned, seen.found.char_rows), seen.named)
        for at, named in enumerate(hits):
            of_brand = (self._domain_of.get(hit.owner.brand) for hit in named)
            told[at] = next((domain for domain in of_brand if domain), told[at])
        return told

    def _aspects(
        self, raw: Sequence[str], about: Sequence[str | None], second: SecondReading, *, forced: bool
    ) -> list[tuple[AspectOpinion, ...]]:
        """The opinions of each text's own part, by the pack of its domain."""
        out: list[tuple[AspectOpinion, ...]] = [()] * len(raw)
        told = {at: domain for at, domain in enumerate(about) if domain is not None}
        if told:
            own = [raw[at][: own_end(raw[at])] for at in told]
            part = second.part(list(told))
            read = self.opinions.read_all(own, list(told.values()), part, forced=forced)
            for at, opinions in zip(told, read, strict=True):
                out[at] = opinions
        return out

    def _heard(self, margins: F32 | None, found: Grams, raw: Sequence[str]) -> Sequence[Heard | None]:
        """What is heard in each text; nothing where the models have no such head."""
        if self.hearing is None or margins is None:
            return [None] * len(raw)
        return self.hearing.read(margins, found, raw)

    def voice(self, post: Post) -> VoiceReading:
        """The voice of a post with the reasons for it."""
        read = self.annotate([post])[0]
        return VoiceReading(read.voice or Voice.ORGANIC, read.because)


def _allowed(tier: str, named: Sequence[Named]) -> NDArray[np.bool_]:
    """(D,) which texts the second tier may read."""
    if tier == "named":
        return np.array([bool(brands or products) for brands, products in named], dtype=bool)
    return np.full(len(named), tier == "unsure")


def _counted(hits: Sequence[list[Hit]], named: Sequence[Named]) -> list[list[Hit]]:
    """The hits of brands that their text counts for."""
    return [
        [hit for hit in found if hit.owner.brand in brands]
        for found, (brands, _) in zip(hits, named, strict=True)
    ]


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of texts of at most `BATCH` and about `LETTERS` characters, so that long ones take no more memory."""
    start = letters = 0
    for at, text in enumerate(texts):
        letters += len(text)
        if at + 1 - start == BATCH or letters > LETTERS:
            yield texts[start : at + 1]
            start, letters = at + 1, 0
    if start < len(texts):
        yield texts[start:]


def _spell(cleaned: Cleaned, found: Grams) -> None:
    """Writes out the emoticons among the tokens."""
    tokens, spelled = found.tokens, cleaned.emoticons
    for at in np.flatnonzero(found.signs).tolist():
        tokens[at] = spelled.get(tokens[at], tokens[at])


def _words(found: Grams, own: NDArray[np.bool_]) -> list[tuple[str, ...]]:
    """The words of each text's own part."""
    begins, mask = found.word_rows.tolist(), own.tobytes()
    others = np.concatenate((np.zeros(1, np.int64), np.cumsum(~own)))[found.word_rows]
    mixed = (np.diff(others) > 0).tolist()
    return [
        tuple(compress(found.tokens[start:end], mask[start:end]) if part else found.tokens[start:end])
        for (start, end), part in zip(pairwise(begins), mixed, strict=True)
    ]
