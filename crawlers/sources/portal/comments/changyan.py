"""Changyan 畅言, the widget of many portals, and Sohu's own form of it: first the topic, then its pages."""

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
)
from crawlers.sources.portal.page import Thread


def read(document: Any, thread: Thread, ask: Ask, size: int, fetched_at: datetime) -> CommentPage:
    """The topic's number (step ``load``), or a page of its comments; Sohu wraps both in ``jsonObject``."""
    body = part_of(document, "jsonObject") or (document if isinstance(document, dict) else {})
    total = count_of(body.get("cmt_sum"))
    if ask.step == "load":
        topic = key_of(body.get("topic_id"))
        if not topic:
            return CommentPage(problem="no_such_thread")
        asks = (Ask(cursor=topic),) if total != 0 else ()
        return CommentPage(parts=(Part(posts=(), total=total),), asks=asks)
    if not isinstance(body.get("comments"), list):
        return CommentPage(problem="unreadable")
    rows = [row for row in rows_of(body["comments"]) if key_of(row.get("comment_id"))]
    posts = [_comment(row, thread, fetched_at) for row in rows]
    quoted = (
        above for row in rows for above in rows_of(row.get("comments")) if key_of(above.get("comment_id"))
    )
    posts += [_comment(row, thread, fetched_at) for row in quoted]
    more = len(rows) >= size and (total is None or ask.page * size < total)
    part = Part(posts=single(posts), total=total, rows=len(rows))
    return CommentPage(parts=(part,), asks=(Ask(page=ask.page + 1, cursor=ask.cursor),) if more else ())


def _comment(row: Mapping[str, Any], thread: Thread, fetched_at: datetime) -> Post:
    who = part_of(row, "passport")
    number = who.get("user_id") or row.get("user_id")
    return comment(
        thread,
        key_of(row["comment_id"]),
        text=row.get("content"),
        at=row.get("create_time"),
        fetched_at=fetched_at,
        parent=row.get("reply_id"),
        author=author(thread, number, who.get("nickname")),
        place=row.get("ip_location"),
        likes=row.get("support_count"),
        replies=row.get("reply_count"),
        media=("image",) * len(rows_of(row.get("attachments"))),
    )
