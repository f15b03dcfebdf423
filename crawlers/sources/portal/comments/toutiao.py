"""Toutiao's ``tab_comments``: pages by offset; a comment brings its first answers in ``reply_list``."""

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
    text_of,
)
from crawlers.sources.portal.page import Thread


def read(document: Any, thread: Thread, ask: Ask, size: int, fetched_at: datetime) -> CommentPage:
    """A page of comments. Answers beyond those it brings want a signature, and stay uncollected."""
    if not isinstance(document, dict) or document.get("message") != "success":
        return CommentPage(problem="signature_wanted")
    found = [part_of(row, "comment") for row in rows_of(document.get("data"))]
    rows = [row for row in found if key_of(row.get("id"))]
    total = count_of(document.get("total_number"))
    parts = [Part(posts=tuple(_comment(row, thread, fetched_at) for row in rows), total=total)]
    parts += [_answers(row, thread, fetched_at) for row in rows if count_of(row.get("reply_count"))]
    more = bool(document.get("has_more")) and bool(rows)
    return CommentPage(parts=tuple(parts), asks=(Ask(page=ask.page + 1),) if more else ())


def _answers(row: Mapping[str, Any], thread: Thread, fetched_at: datetime) -> Part:
    number = key_of(row["id"])
    answers = [answer for answer in rows_of(row.get("reply_list")) if key_of(answer.get("id"))]
    posts = tuple(_comment(answer, thread, fetched_at, above=number) for answer in answers)
    return Part(posts=posts, total=count_of(row.get("reply_count")), of=number)


def _comment(row: Mapping[str, Any], thread: Thread, fetched_at: datetime, above: str = "") -> Post:
    answered = text_of(part_of(row, "reply_to_comment").get("id"))
    return comment(
        thread,
        key_of(row["id"]),
        text=row.get("text"),
        at=row.get("create_time"),
        fetched_at=fetched_at,
        parent=answered or above,
        author=author(thread, row.get("user_id"), row.get("user_name")),
        place=row.get("publish_loc_info"),
        likes=row.get("digg_count"),
        replies=row.get("reply_count"),
    )
