"""Invented people and posts for the tests of this room."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from core.models import Author, Engagement, Kind, Post
from core.privacy import Pseudonyms

KEY = bytes(range(32))
PSEUDONYMS = Pseudonyms(KEY)
LINE = 100_000
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

ORDINARY = Author(id="weibo:1000000017", name="某网友_甲", followers=120, verified_type=-1)
BRAND = Author(id="weibo:1000000099", name="某某汽车", followers=500, verified_type=2)


def post(text: str = "今天提车", author: Author | None = ORDINARY, **fields: Any) -> Post:
    whole = Post(
        id="weibo:4804608494665869",
        platform="weibo",
        kind=Kind.POST,
        text=text,
        author=author,
        published_at=NOW,
        engagement=Engagement(reposts=1, comments=2, likes=3, capped=("likes",)),
        topics=("新车",),
        media=("image",),
        region="北京",
        client="iPhone 14 Pro",
        fetched_at=NOW,
        run_id="run-1",
        parser_version="1",
    )
    return replace(whole, **fields)
