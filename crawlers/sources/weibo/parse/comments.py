"""Comments: hotflow and its children of m.weibo.cn, the older paged list, buildComments of weibo.com."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.models import Kind, Post
from core.texts import mentions_of, topics_of
from crawlers.sources.weibo.parse.fields import (
    PARSER_VERSION,
    PLATFORM,
    mid_of,
    read_author,
    read_client,
    read_engagement,
    read_mid,
    read_moment,
    read_region,
    read_text,
    status_url,
)

_TO_SOMEBODY = re.compile(r"^\s*回[复復]\s*@([^\s:：]{1,30})\s*[:：]")
_GUESSED = 0.8  # the answered comment was found by its author's name
_UNFOUND = 0.5  # it is known to be another than the one it stands under, but not which


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the first level and what the page tells of its children."""

    post: Post
    children: int  # how many the site says it has
    shown: int  # how many of them this page showed


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One page; `posts` are all comments on it, `comments` those of the first level.

    `cursor` is (max_id, max_id_type) of the next page, None at the end. `closed` where the author shows none.
    """

    posts: list[Post] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    total: int | None = None
    pages: int | None = None
    cursor: tuple[str, str] | None = None
    closed: bool = False


def parse_comments(document: Any, root_mid: str, fetched_at: datetime) -> CommentPage:
    """A page of comments of the first level with their inline children, under the post `root_mid`."""
    top = document if isinstance(document, dict) else {}
    inner = top.get("data")
    envelope: Mapping[str, Any] = inner if isinstance(inner, dict) else top
    rows = envelope.get("data")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    comments: list[Comment] = []
    posts: list[Post] = []
    for raw in rows:
        post = _comment(raw, root_mid, fetched_at, under=None)
        if post is None:
            continue
        children = _children(raw.get("comments"), root_mid, fetched_at, under=post)
        posts += [post, *children]
        comments.append(Comment(post, _number(raw.get("total_number")) or len(children), len(children)))
    return CommentPage(
        posts=posts,
        comments=comments,
        total=_number(envelope.get("total_number")),
        pages=_number(envelope.get("max")),
        cursor=_cursor(envelope),
        closed=not rows and _is_closed(envelope),
    )


def parse_children(document: Any, root_mid: str, parent_mid: str, fetched_at: datetime) -> CommentPage:
    """A page of ``hotFlowChild``: the answers under the comment `parent_mid` (``data`` is a list here)."""
    top = document if isinstance(document, dict) else {}
    above = next(iter(_children(top.get("rootComment"), root_mid, fetched_at, under=None)), None)
    posts = _children(top.get("data"), root_mid, fetched_at, under=above, under_mid=parent_mid)
    return CommentPage(posts=posts, total=_number(top.get("total_number")), cursor=_cursor(top))


def _children(
    rows: Any, root_mid: str, fetched_at: datetime, *, under: Post | None, under_mid: str | None = None
) -> list[Post]:
    """Comments of a list, which may also be false; each answer finds whom it answers among those before it."""
    by_name: dict[str, str] = {}
    if under and under.author and under.author.name:
        by_name[under.author.name] = under.id
    above = f"{PLATFORM}:{under_mid}" if under_mid else under.id if under else None
    posts = []
    for raw in rows if isinstance(rows, list) else []:
        post = _comment(raw, root_mid, fetched_at, under=above, by_name=by_name)
        if post is None:
            continue
        posts.append(post)
        if post.author and post.author.name:
            by_name[post.author.name] = post.id
    return posts


def _comment(
    raw: Any,
    root_mid: str,
    fetched_at: datetime,
    *,
    under: str | None,
    by_name: Mapping[str, str] | None = None,
) -> Post | None:
    if not isinstance(raw, dict) or (mid := mid_of(raw)) is None:
        return None
    text = read_text(raw.get("text_raw") or raw.get("text"))
    if not text and not isinstance(raw.get("user"), dict):
        return None
    parent, confidence = _parent(raw, text, under, by_name or {}, root_mid)
    author = read_author(raw.get("user"))
    likes = raw.get("like_count", raw.get("like_counts"))
    told = raw.get("source")
    is_place = isinstance(told, str) and told.startswith("来自")
    floor = _number(raw.get("floor_number"))
    return Post(
        id=f"{PLATFORM}:{mid}",
        platform=PLATFORM,
        kind=Kind.COMMENT,
        text=text,
        author=author,
        published_at=read_moment(mid, raw.get("created_at"), fetched_at),
        root_id=f"{PLATFORM}:{root_mid}",
        parent_id=parent,
        parent_confidence=confidence,
        floor=floor or None,
        engagement=read_engagement(comments=raw.get("total_number"), likes=likes),
        topics=topics_of(text),
        mentions=mentions_of(text),
        media=("image",) if isinstance(raw.get("pic"), dict) else (),
        region=read_region(told) if is_place else None,  # before 2022 the client stood there
        client=None if is_place else read_client(told),
        url=status_url(root_mid),
        fetched_at=fetched_at,
        parser_version=PARSER_VERSION,
    )


def _parent(
    raw: Mapping[str, Any], text: str, under: str | None, by_name: Mapping[str, str], root_mid: str
) -> tuple[str, float]:
    """What a comment answers, and how sure that is: named by id, found by name, or the one it stands under."""
    answered = raw.get("reply_comment")
    named = read_mid(raw.get("reply_id")) or (mid_of(answered) if isinstance(answered, dict) else None)
    if named and named != mid_of(raw):
        return f"{PLATFORM}:{named}", 1.0
    if under is None:
        return f"{PLATFORM}:{root_mid}", 1.0
    found = _TO_SOMEBODY.match(text)
    if found is None:
        return under, 1.0
    target = by_name.get(found.group(1))
    return (target, _GUESSED) if target else (under, _UNFOUND)


def _cursor(envelope: Mapping[str, Any]) -> tuple[str, str] | None:
    cursor = envelope.get("max_id")
    if cursor in (None, 0, "0", "", False):
        return None
    return str(cursor), str(envelope.get("max_id_type") or 0)


def _is_closed(envelope: Mapping[str, Any]) -> bool:
    """No rows and no cursor: closed or selected by the author, which is no error."""
    return _cursor(envelope) is None


def _number(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**63 else None
