"""Readers that fail, or always say the same, importable by name so that worker processes find them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from core.models import Annotation, AspectOpinion, Emotion, Post, Sentiment, Voice
from core.project import Project


class _Reader:
    def __init__(self, flaw: str) -> None:
        self.flaw = flaw

    def annotate(self, posts: Sequence[Post]) -> list[Annotation]:
        if self.flaw == "dies":
            os._exit(7)
        if self.flaw == "chokes" and any(post.id == "weibo:5" for post in posts):
            raise ValueError("weibo:5 is too much")
        return [Annotation(words=("read",)) for _ in posts]


def without_models(project: Project) -> _Reader:
    raise FileNotFoundError("the model is missing; make it with: make models")


def dying(project: Project) -> _Reader:
    return _Reader("dies")


def choking(project: Project) -> _Reader:
    return _Reader("chokes")


class _Feeling:
    def __init__(self, label: str) -> None:
        self.label = label

    def annotate(self, posts: Sequence[Post]) -> list[Annotation]:
        glad = self.label == "positive"
        read = Sentiment(label=self.label, score=0.9, confidence=0.9)
        mood = "happy" if glad else "sad"
        power = AspectOpinion(
            aspect="动力", target=None, polarity=self.label, confidence=0.8, evidence="动力"
        )
        return [
            Annotation(
                words=(post.text,),
                sentiment=read,
                emotion=Emotion(label=mood, scores={mood: 0.7}),
                aspects=(power,),
                brands=("lanshi",),
                products=("s7",),
                intent="interest" if glad else None,
                voice=Voice.ORGANIC if glad else Voice.FAN,
                models={"language": self.label},
            )
            for post in posts
        ]


def glad(project: Project) -> _Feeling:
    return _Feeling("positive")


def gloomy(project: Project) -> _Feeling:
    return _Feeling("negative")
