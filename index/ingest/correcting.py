"""Corrections: what a person said of a post holds against every later reading; rules learned from it speak for others.

Applied wherever posts are read (`index.ingest.annotating`), and to what is stored already by `apply_corrections`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from core.models import AnnotatedPost, Annotation, AspectOpinion, Emotion, Sentiment, Voice
from core.project import Project
from index.ingest.judgements import Judgement, JudgementFile, Judgements, Rules
from index.ingest.questions import FIRST, NONE, QUESTIONS
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

    def corrected(self, post_id: str, annotation: Annotation) -> Annotation:
        """The annotation with what the project's rules and a person say of the post."""
        known = self._file.now()
        if known is not self._from:
            self._from, self._told = known, known.corrections()
        told = self._told.get(post_id, ())
        if known.rules and not any(one.of == FIRST for one in told):
            annotation = with_rules(annotation, known.rules)
        return _with_all(annotation, told, self._owners)

    def all(self, posts: Sequence[str], annotations: Sequence[Annotation]) -> list[Annotation]:
        """The annotations of these posts, in order, each as `corrected` has it."""
        pairs = zip(posts, annotations, strict=True)
        return [self.corrected(post_id, annotation) for post_id, annotation in pairs]


def _owners(project: Project) -> dict[str, str]:
    """The brand of each product."""
    return {product.id: brand.id for brand in project.brands for product in brand.products}


def _with_all(annotation: Annotation, told: Iterable[Judgement], owners: Mapping[str, str]) -> Annotation:
    for one in told:
        annotation = with_judgement(annotation, one, owners)
    return annotation


def with_judgement(
    annotation: Annotation, told: Judgement, owners: Mapping[str, str] = MappingProxyType({})
) -> Annotation:
    """The annotation with what a person said in the place of what was read, as sure as can be; `owners` are the
    brands of products, which go with their brand."""
    models = {**annotation.models, QUESTIONS[told.of].model: HUMAN}
    match told.of:
        case "sentiment":
            return replace(annotation, sentiment=_sentiment(annotation.sentiment, told.label), models=models)
        case "emotion":
            emotion = Emotion(label=told.label, scores={told.label: 1.0})
            return replace(annotation, emotion=emotion, models=models)
        case "voice":
            return replace(annotation, voice=Voice(told.label), because=(), models=models)
        case "intent":
            intent = told.label if told.label != NONE else None
            return replace(annotation, intent=intent, models=models)
        case "brand":
            meant = [brand for brand in annotation.brands if told.parts.get(brand) != NONE]
            meant += [brand for brand, label in told.parts.items() if label != NONE and brand not in meant]
            products = (one for one in annotation.products if told.parts.get(owners.get(one, "")) != NONE)
            return replace(annotation, brands=tuple(meant), products=tuple(products), models=models)
    return replace(annotation, aspects=_aspects(annotation.aspects, told), models=models)


def _sentiment(before: Sentiment | None, label: str) -> Sentiment:
    kept = before.evidence if before is not None and before.label == label else ()
    return Sentiment(label=label, score=LABELS[label], confidence=1.0, evidence=kept)


def _aspects(read: Sequence[AspectOpinion], told: Judgement) -> tuple[AspectOpinion, ...]:
    """The opinions with the polarities a person named; one that no model found stands without the words it was
    read from, and what a person who named them all did not name is gone."""
    found = []
    for one in read:
        polarity = told.parts.get(one.aspect, NONE if told.whole else one.polarity)
        if one.aspect in told.parts and polarity != NONE:
            found.append(replace(one, polarity=polarity, confidence=1.0))
        elif polarity != NONE:
            found.append(one)
    there = {one.aspect for one in found}
    named = [(aspect, side) for aspect, side in told.parts.items() if side != NONE and aspect not in there]
    return (
        *found,
        *(
            AspectOpinion(aspect=aspect, target=None, polarity=side, confidence=1.0, evidence="")
            for aspect, side in named
        ),
    )


def with_rules(annotation: Annotation, rules: Rules) -> Annotation:
    """The annotation as the first rule that fits has it; as it is where none does."""
    read = annotation.sentiment
    if read is None:
        return annotation
    words = set(annotation.words)
    for rule in rules.rules:
        if rule.said == read.label and rule.word in words:
            return replace(
                annotation,
                sentiment=Sentiment(
                    label=rule.label,
                    score=LABELS[rule.label] * rule.confidence,
                    confidence=rule.confidence,
                    evidence=(rule.word,),
                ),
                models={**annotation.models, "sentiment": rules.version},
            )
    return annotation


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
