"""What both stores filter, sort and count by, read off an annotated post in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.models import AnnotatedPost, Engagement
from index.query.fields import author_keys, platform_key, topic_keys

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
YEARS = range(1900, 2200)  # a time outside them was misread; it counts as unknown


@dataclass(frozen=True, slots=True)
class Facets:
    """`at` is in microseconds since 1970, so that both stores break ties alike."""

    at: int | None
    platform: str
    kind: str
    sentiment: str | None
    engagement: int
    root_id: str | None
    thread_id: str | None
    authors: tuple[str, ...]
    topics: tuple[str, ...]


def facets(item: AnnotatedPost) -> Facets:
    post, sentiment = item.post, item.annotation.sentiment
    return Facets(
        at=_at(post.published_at),
        platform=platform_key(post.platform),
        kind=post.kind.value,
        sentiment=None if sentiment is None else sentiment.label,
        engagement=total(post.engagement),
        root_id=post.root_id,
        thread_id=post.thread_id,
        authors=author_keys(post),
        topics=topic_keys(post),
    )


def _at(published_at: datetime | None) -> int | None:
    return None if published_at is None or published_at.year not in YEARS else micros(published_at)


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // _MICROSECOND


def total(engagement: Engagement) -> int:
    """Reposts, comments and likes together, unknown counted as 0."""
    return (engagement.reposts or 0) + (engagement.comments or 0) + (engagement.likes or 0)
