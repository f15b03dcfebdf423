"""Corrections: what a person said of a post holds against every later reading; rules learned from it speak for others.

Applied wherever posts are read (`index.ingest.annotating`), and to what is stored already by `apply_corrections`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from core.models import AnnotatedPost, Annotation, AspectOpinion, Emotion, Sentiment, Voice
from core.project import Project
from index.ingest.judgements import Judgement, JudgementFile, Judgements, Rules
from index.ingest.questions import NONE, QUESTIONS, said_of
from index.ingest.tagging import Tagger
from index.store import Batch, Store

HUMAN = "human"  # stands in `Annotation.models` in the place of a model
LABELS = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}  # with the score each stands for
_BATCH = 500  # posts


class Corrections:
    """The corrections and rules of one project, as they stand whenever they are asked."""

    def __init__(self, path: Path, project: Project) -> None:
        self._file = JudgementFile(path)
        self._owners = _owners(project)
        self._from: Judgements | None = None
        self._told: dict[str, list[Judgement]] = {}

    def all(self, posts: Sequence[str], annotations: Sequence[Annotation]) -> list[Annotation]:
        """The annotations of these posts, in order, each with what the project's rules and a person say of it."""
        known = self._file.now()
        if known is not self._from:
            self._from, self._told = known, known.corrections()
        if not known.rules and not self._told:
            return list(annotations)
        pairs = zip(posts, annotations, strict=True)
        return [self._corrected(post_id, annotation, known) for post_id, annotation in pairs]

    def _corrected(self, post_id: str, annotation: Annotation, known: Judgements) -> Annotation:
        told = self._told.get(post_id, ())
        judged = {one.of for one in told}
        for question, rules in known.rules.items():
            if question not in judged:
                annotation = with_rules(annotation, rules, self._owners)
        return _with_all(annotation, told, self._owners)


def _owners(project: Project) -> dict[str, str]:
    """The brand of each product."""
    return {product.id: brand.id for brand in project.brands for product in brand.products}


def _with_all(annotation: Annotation, told: Iterable[Judgement], owners: Mapping[str, str]) -> Annotation:
    for one in told:
        annotation = with_judgement(annotation, one, owners)
    return annotation


@dataclass(frozen=True, slots=True)
class _Statement:
    """What is said in the place of what was read: of the post, or of parts, which are all there are where `whole`."""

    of: str
    label: str
    parts: Mapping[str, str]
    whole: bool
    confidence: float = 1.0
    because: str = ""  # the word a rule asks for


def with_judgement(
    annotation: Annotation, told: Judgement, owners: Mapping[str, str] = MappingProxyType({})
) -> Annotation:
    """The annotation with what a person said in the place of what was read, as sure as can be; `owners` are the
    brands of products, which go with their brand."""
    return _with(annotation, _Statement(told.of, told.label, told.parts, told.whole), HUMAN, owners)


def with_rules(
    annotation: Annotation, rules: Rules, owners: Mapping[str, str] = MappingProxyType({})
) -> Annotation:
    """The annotation as the first rule that fits has it, of each part; as it is where none does."""
    words, left = set(annotation.words), said_of(rules.of, annotation) or {}
    for rule in rules.rules:
        if rule.part in left and rule.said == left[rule.part][0] and rule.word in words:
            del left[rule.part]
            statement = _Statement(
                rules.of, rule.label, {rule.part: rule.label}, False, rule.confidence, rule.word
            )
            annotation = _with(annotation, statement, rules.version, owners)
    return annotation


def _with(annotation: Annotation, told: _Statement, by: str, owners: Mapping[str, str]) -> Annotation:
    models = {**annotation.models, QUESTIONS[told.of].model: by}
    match told.of:
        case "sentiment":
            return replace(annotation, sentiment=_sentiment(annotation.sentiment, told), models=models)
        case "emotion":
            emotion = Emotion(label=told.label, scores={told.label: told.confidence})
            return replace(annotation, emotion=emotion, models=models)
        case "voice":
            because = (f"words:{told.confidence:g}:{told.because}",) if told.because else ()
            return replace(annotation, voice=Voice(told.label), because=because, models=models)
        case "intent":
            intent = told.label if told.label != NONE else None
            return replace(annotation, intent=intent, models=models)
        case "brand":
            meant = [brand for brand in annotation.brands if told.parts.get(brand) != NONE]
            meant += [brand for brand, label in told.parts.items() if label != NONE and brand not in meant]
            products = (one for one in annotation.products if told.parts.get(owners.get(one, "")) != NONE)
            return replace(annotation, brands=tuple(meant), products=tuple(products), models=models)
    return replace(annotation, aspects=_aspects(annotation.aspects, told), models=models)


def _sentiment(before: Sentiment | None, told: _Statement) -> Sentiment:
    kept = before.evidence if before is not None and before.label == told.label else ()
    score = LABELS[told.label] * told.confidence
    evidence = (told.because,) if told.because else kept
    return Sentiment(label=told.label, score=score, confidence=told.confidence, evidence=evidence)


def _aspects(read: Sequence[AspectOpinion], told: _Statement) -> tuple[AspectOpinion, ...]:
    """The opinions with the polarities that are named; one that no model found stands without the words it was
    read from, and what is not named where all is goes."""
    found = []
    for one in read:
        polarity = told.parts.get(one.aspect, NONE if told.whole else one.polarity)
        if one.aspect in told.parts and polarity != NONE:
            found.append(replace(one, polarity=polarity, confidence=told.confidence))
        elif polarity != NONE:
            found.append(one)
    there = {one.aspect for one in found}
    named = [(aspect, side) for aspect, side in told.parts.items() if side != NONE and aspect not in there]
    return (
        *found,
        *(
            AspectOpinion(aspect=aspect, target=None, polarity=side, confidence=told.confidence, evidence="")
            for aspect, side in named
        ),
    )


def apply_corrections(store: Store, project: Project, path: Path) -> int:
    """Gives stored posts what people said of them; how many changed. Rules wait for the next reading."""
    corrections, tagger = JudgementFile(path).now().corrections(), Tagger(project)
    owners = _owners(project)
    ids = sorted(corrections)
    changed = 0
    for start in range(0, len(ids), _BATCH):
        fresh = []
        for item in store.get(ids[start : start + _BATCH]):
            annotation = _with_all(item.annotation, corrections[item.post.id], owners)
            if annotation != item.annotation:
                fresh.append(tagger.tagged(AnnotatedPost(post=item.post, annotation=annotation)))
        if fresh:
            store.write(Batch(posts=fresh))
            changed += len(fresh)
    if changed:
        store.flush()
    return changed
