"""原声: a post as people said it, small enough to be shown beside a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models import Author, Engagement, Kind, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalVoice:
    """The text as stored (ordinary people stay pseudonyms), of a long one about `CUT` characters."""

    id: str
    platform: str
    kind: Kind
    author: Author | None
    text: str
    published_at: datetime | None
    url: str | None
    engagement: int | None  # reposts + comments + likes where any is known
    polarity: str | None = None
    evidence: str | None = None  # the span an opinion was read from
    edited_at: datetime | None = None
    edits: int | None = None
    gone: str | None = None  # why its site no longer shows it
    gone_at: datetime | None = None


CUT = 280
_LEAD = 60  # characters before the evidence, where the text must be cut


def engagement_of(engagement: Engagement) -> int | None:
    """Reposts + comments + likes; None when all three are unknown."""
    known = [n for n in (engagement.reposts, engagement.comments, engagement.likes) if n is not None]
    return sum(known) if known else None


def original_voice(post: Post, *, polarity: str | None = None, evidence: str | None = None) -> OriginalVoice:
    """`post` as an original voice; of a long text the part that holds the evidence."""
    at = post.text.find(evidence) if evidence else -1
    start = max(at - _LEAD, 0) if at + len(evidence or "") >= CUT else 0
    text = post.text[start:]
    text = ("…" if start else "") + (text if len(text) <= CUT else text[: CUT - 1] + "…")
    return OriginalVoice(
        id=post.id,
        platform=post.platform,
        kind=post.kind,
        author=post.author,
        text=text,
        published_at=post.published_at,
        url=post.url,
        engagement=engagement_of(post.engagement),
        polarity=polarity,
        evidence=evidence,
        edited_at=post.edited_at,
        edits=post.edits,
        gone=post.gone,
        gone_at=post.gone_at,
    )


def public_author(author: Author | None) -> dict[str, Any] | None:
    """The author as every JSON output shows one: id, name, followers, verified_type, public."""
    if author is None:
        return None
    return {
        "id": author.id,
        "name": author.name,
        "followers": author.followers,
        "verified_type": author.verified_type,
        "public": author.public,
    }
