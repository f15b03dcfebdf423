"""comment.ifeng.com: pages by number; ``parent`` quotes the comments above, ``quote_id`` names the nearest."""

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
    count_of,
    key_of,
    rows_of,
    single,
)
from crawlers.sources.portal.page import Thread


def read(document: Any, thread: Thread, ask: Ask, size: int, fetched_at: datetime) -> CommentPage:
    """A page of ``get.php?job=1``."""
    if not isinstance(document, dict) or "comments" not in document:
        return CommentPage(problem="unreadable")
    rows = [row for row in rows_of(document["comments"]) if key_of(row.get("comment_id"))]
    posts = [_comment(row, thread, fetched_at) for row in rows]
    quoted = (
        above for row in rows for above in rows_of(row.get("parent")) if key_of(above.get("comment_id"))
    )
    posts += [_comment(row, thread, fetched_at) for row in quoted]
    total = count_of(document.get("count"))
    more = len(rows) >= size and (total is None or ask.page * size < total)
    part = Part(posts=single(posts), total=total, rows=len(rows))
    return CommentPage(parts=(part,), asks=(Ask(page=ask.page + 1),) if more else ())


def _comment(row: Mapping[str, Any], thread: Thread, fetched_at: datetime) -> Post:
    return comment(
        thread,
        key_of(row["comment_id"]),
        text=row.get("comment_contents"),
        at=row.get("create_time") or row.get("comment_date"),
        fetched_at=fetched_at,
        parent=row.get("quote_id"),
        author=author(thread, row.get("user_id"), row.get("uname")),
        place=row.get("ip_from"),
        likes=row.get("uptimes"),
    )
