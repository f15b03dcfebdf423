"""Small posts for the tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core.models import AnnotatedPost, Annotation, Author, Engagement, Kind, Post, Sentiment

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def person(name: str, **facts: Any) -> Author:
    return Author(id=f"weibo:p-{name}", name=name, name_key=name, **facts)


def root(
    text: str = "新车上市", *, by: str = "根", minute: float = 0, key: str = "weibo:1", **facts: Any
) -> Post:
    return Post(
        id=key,
        platform="weibo",
        kind=Kind.POST,
        text=text,
        author=person(by),
        published_at=at(minute),
        **facts,
    )


def repost(
    number: int,
    by: str,
    text: str = "",
    *,
    minute: float | None = None,
    parent: int | None = None,
    root_id: str = "weibo:1",
    **facts: Any,
) -> Post:
    when = at(number if minute is None else minute)
    author = facts.pop("author", None) or person(by)
    return Post(
        id=f"weibo:{number}",
        platform="weibo",
        kind=facts.pop("kind", Kind.REPOST),
        text=text,
        author=author,
        published_at=facts.pop("published_at", when),
        root_id=root_id,
        parent_id=f"weibo:{parent}" if parent is not None else None,
        **facts,
    )


def read(post: Post, sentiment: str | None = None, **facts: Any) -> AnnotatedPost:
    score = {"positive": 0.8, "negative": -0.8}.get(sentiment or "", 0.0)
    felt = Sentiment(label=sentiment, score=score, confidence=0.9) if sentiment else None
    return AnnotatedPost(post=post, annotation=Annotation(sentiment=felt, **facts))


def counted(reposts: int | None = None, comments: int | None = None, likes: int | None = None) -> Engagement:
    return Engagement(reposts=reposts, comments=comments, likes=likes)
