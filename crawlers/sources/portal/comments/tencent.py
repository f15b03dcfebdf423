"""coral.qq.com v2: pages by cursor, a few answers with each comment, the rest of them by a step of their own."""

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
    """A page of comments, or of the answers to one."""
    data = part_of(document, "data")
    if document.get("errCode") if isinstance(document, dict) else True:
        return CommentPage(problem="refused_by_api")
    return (_answers if ask.step == "replies" else _comments)(data, thread, ask, fetched_at)


def _comments(data: Mapping[str, Any], thread: Thread, ask: Ask, fetched_at: datetime) -> CommentPage:
    users, answers = part_of(data, "userList"), part_of(data, "repCommList")
    rows = [row for row in rows_of(data.get("oriCommList")) if key_of(row.get("id"))]
    parts = [
        Part(
            posts=tuple(_comment(row, users, thread, fetched_at) for row in rows),
            total=count_of(data.get("oritotal")),
        )
    ]
    asks = list(_next(data, ask))
    for row in rows:
        number, total = key_of(row["id"]), count_of(row.get("orireplynum")) or 0
        if not total:
            continue
        shown = [answer for answer in rows_of(answers.get(number)) if key_of(answer.get("id"))]
        posts = tuple(_comment(answer, users, thread, fetched_at) for answer in shown)
        whole = len(shown) >= total
        if not whole:  # the step of its own begins with the first answer again
            asks.append(Ask(step="replies", parent=number))
        parts.append(Part(posts=posts, total=total, of=number, rows=None if whole else 0))
    return CommentPage(parts=tuple(parts), asks=tuple(asks))


def _answers(data: Mapping[str, Any], thread: Thread, ask: Ask, fetched_at: datetime) -> CommentPage:
    users = part_of(data, "userList")
    found = data.get("repCommList")
    rows = rows_of(found.get(ask.parent) if isinstance(found, dict) else found)
    posts = tuple(_comment(row, users, thread, fetched_at) for row in rows if key_of(row.get("id")))
    return CommentPage(parts=(Part(posts=posts, of=ask.parent),), asks=_next(data, ask))


def _next(data: Mapping[str, Any], ask: Ask) -> tuple[Ask, ...]:
    cursor = key_of(data.get("last"))
    if not data.get("hasnext") or not cursor or cursor == ask.cursor:
        return ()
    return (Ask(step=ask.step, page=ask.page + 1, cursor=cursor, parent=ask.parent),)


def _comment(row: Mapping[str, Any], users: Mapping[str, Any], thread: Thread, fetched_at: datetime) -> Post:
    user = part_of(users, text_of(row.get("userid")))
    return comment(
        thread,
        key_of(row["id"]),
        text=row.get("content"),
        at=row.get("time"),
        fetched_at=fetched_at,
        parent=row.get("parent"),
        author=author(thread, row.get("userid"), user.get("nick")),
        place=user.get("region"),
        likes=row.get("up"),
        replies=row.get("orireplynum"),
        media=("image",) * len(rows_of(row.get("picture"))),
    )
