"""comment.sina.com.cn: pages by number; ``parent_mid`` names the comment that is answered."""

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
    part_of,
    rows_of,
    single,
    text_of,
)
from crawlers.sources.portal.page import Thread


def read(document: Any, thread: Thread, ask: Ask, size: int, fetched_at: datetime) -> CommentPage:
    """A page of ``page/info``. ``count.show`` counts what is shown; ``count.total`` counts takers-part."""
    result = part_of(document, "result")
    if not isinstance(result.get("cmntlist"), list):
        status = part_of(result, "status")
        return CommentPage(problem="no_such_thread" if status.get("code") else "unreadable")
    rows = rows_of(result["cmntlist"])
    posts = [
        _comment(row, thread, fetched_at, row.get("parent_mid")) for row in rows if key_of(row.get("mid"))
    ]
    for above, answers in part_of(result, "replydict").items():
        posts += [
            _comment(row, thread, fetched_at, text_of(row.get("parent_mid")) or above)
            for row in rows_of(answers)
            if key_of(row.get("mid"))
        ]
    listed = sum(bool(key_of(row.get("mid"))) for row in rows)
    part = Part(posts=single(posts), total=count_of(part_of(result, "count").get("show")), rows=listed)
    return CommentPage(parts=(part,), asks=(Ask(page=ask.page + 1),) if len(rows) >= size else ())


def _comment(row: Mapping[str, Any], thread: Thread, fetched_at: datetime, parent: Any) -> Post:
    return comment(
        thread,
        key_of(row["mid"]),
        text=row.get("content"),
        at=row.get("time"),
        fetched_at=fetched_at,
        parent=parent,
        author=author(thread, row.get("uid"), row.get("nick")),
        place=row.get("area"),
        likes=row.get("agree"),
        media=("image",) if text_of(row.get("comment_imgs")) else (),
    )
