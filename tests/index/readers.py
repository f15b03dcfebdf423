"""Readers that fail, importable by name so that worker processes find them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from core.models import Annotation, Post
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
