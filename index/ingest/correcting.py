"""Corrections: what a person said of a post holds against every later reading; rules learned from it speak for others.

Applied wherever posts are read (`index.ingest.annotating`), and to what is stored already by `apply_corrections`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.models import AnnotatedPost, Annotation, AspectOpinion, Sentiment
from core.project import Project
from index.ingest.judgements import Judgement, JudgementFile, Judgements, Rules
from index.ingest.tagging import Tagger
from index.store import Batch, Store

HUMAN = "human"  # stands in `Annotation.models` in the place of a model
LABELS = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}  # with the score each stands for
_BATCH = 500  # posts


class Corrections:
    """The corrections and rules of one project, as they stand whenever they are asked."""

    def __init__(self, path: Path) -> None:
        self._file = JudgementFile(path)
        self._from: Judgements | None = None
        self._told: dict[str, Judgement] = {}

    def corrected(self, post_id: str, annotation: Annotation) -> Annotation:
        """The annotation with what the project's rules and a person say of the post."""
        known = self._file.now()
        if known is not self._from:
            self._from, self._told = known, known.corrections()
        told = self._told.get(post_id)
        if told is not None:
            return with_judgement(annotation, told)
        return with_rules(annotation, known.rules) if known.rules else annotation

    def all(self, posts: Sequence[str], annotations: Sequence[Annotation]) -> list[Annotation]:
        """The annotations of these posts, in order, each as `corrected` has it."""
        pairs = zip(posts, annotations, strict=True)
        return [self.corrected(post_id, annotation) for post_id, annotation in pairs]


def with_judgement(annotation: Annotation, told: Judgement) -> Annotation:
    """The annotation with the sentiment a person gave, and the polarity of the aspects named; an aspect that
    no model finds stays as the person named it."""
    models = {**annotation.models, "sentiment": HUMAN}
    found = [
        replace(one, polarity=told.aspects[one.aspect], confidence=1.0) if one.aspect in told.aspects else one
        for one in annotation.aspects
    ]
    there = {one.aspect for one in found}
    found += [
        AspectOpinion(aspect=aspect, target=None, polarity=polarity, confidence=1.0, evidence="")
        for aspect, polarity in told.aspects.items()
        if aspect not in there
    ]
    if told.aspects:
        models["aspects"] = HUMAN
    before = annotation.sentiment
    return replace(
        annotation,
        sentiment=Sentiment(
            label=told.label,
            score=LABELS[told.label],
            confidence=1.0,
            evidence=before.evidence if before is not None and before.label == told.label else (),
        ),
        aspects=tuple(found),
        models=models,
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
    ids = sorted(corrections)
    changed = 0
    for start in range(0, len(ids), _BATCH):
        fresh = []
        for item in store.get(ids[start : start + _BATCH]):
            annotation = with_judgement(item.annotation, corrections[item.post.id])
            if annotation != item.annotation:
                fresh.append(tagger.tagged(AnnotatedPost(post=item.post, annotation=annotation)))
        if fresh:
            store.write(Batch(posts=fresh))
            changed += len(fresh)
    if changed:
        store.flush()
    return changed
