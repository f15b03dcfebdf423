"""The Paper's ``talkList``: pages by number, flat; how many there are in all is not said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.models import Post
from crawlers.sources.portal.comments.page import (
    Ask,
    CommentPage,
    Part,
    author,
    comment,
    key_of,
    part_of,
    rows_of,
)
from crawlers.sources.portal.page import Thread

_SOUND = 200


def read(document: Any, thread: Thread, ask: Ask, size: int, fetched_at: datetime) -> CommentPage:
    """A page of comments; the next is asked for with the last comment's id."""
    if not isinstance(document, dict) or document.get("code") != _SOUND:
        return CommentPage(problem="refused_by_api")
    data = part_of(document, "data")
    rows = [row for row in rows_of(data.get("list")) if key_of(row.get("commentId"))]
    posts = tuple(_comment(row, thread, fetched_at) for row in rows)
    more = bool(data.get("hasNext")) and bool(rows)
    asks = (Ask(page=ask.page + 1, cursor=key_of(rows[-1]["commentId"])),) if more else ()
    return CommentPage(parts=(Part(posts=posts),), asks=asks)


def _comment(row: Mapping[str, Any], thread: Thread, fetched_at: datetime) -> Post:
    who = part_of(row, "userInfo")
    return comment(
        thread,
        key_of(row["commentId"]),
        text=row.get("content"),
        at=row.get("originCreateTime") or row.get("createTime"),
        fetched_at=fetched_at,
        author=author(thread, who.get("userId"), who.get("sname")),
        place=row.get("location"),
        likes=row.get("praiseTimes"),
    )
