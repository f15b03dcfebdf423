"""What makes a record fit to be landed, whoever read it: sound ids, texts, times and counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from core.models import Author, Gone, HotEntry, Post

_ID = re.compile(r"[a-z0-9_]+(?::[\w.\-=%]{1,200})+")
_OLDEST = datetime(1994, 1, 1, tzinfo=UTC)  # before China was on the net nobody posted
_AHEAD = timedelta(days=2)  # wrong zones come a day ahead; more is no time at all
_MOST = 2**63 - 1  # what the stores can keep


def flaw_of(record: object, source: str, now: datetime) -> str | None:
    """Why a record of `source`, read at `now`, cannot be landed; None where it is sound."""
    if isinstance(record, Post):
        return _of_post(record, source, now)
    if isinstance(record, Gone):
        return _of_id("id", record.id, source) or _of_time("at", record.at, now)
    if isinstance(record, HotEntry):
        return (
            _of_text("title", record.title)
            or _of_count("heat", record.heat)
            or _of_time("at", record.at, now)
        )
    if isinstance(record, Author):
        return _of_author(record, source)
    return f"a {type(record).__name__} is no record that can be landed"


def _of_post(post: Post, source: str, now: datetime) -> str | None:
    counts = post.engagement
    if post.platform != source:
        return f"{post.id} is not a post of {source}"
    return (
        _of_id("id", post.id, source)
        or next(
            (flaw for name in ("root_id", "parent_id", "quoted_id", "thread_id")
             if (value := getattr(post, name)) is not None and (flaw := _of_id(name, value, source))), None,
        )
        or ("it answers itself" if post.id == post.parent_id else None)
        or _of_text("text", post.text)
        or _of_time("published_at", post.published_at, now)
        or next(
            (flaw for name in ("reposts", "comments", "likes", "views")
             if (flaw := _of_count(name, getattr(counts, name)))), None,
        )
        or _of_count("floor", post.floor)
        or next(
            (flaw for name in ("topics", "mentions", "urls", "media") for part in getattr(post, name)
             if (flaw := _of_text(name, part))), None,
        )
        or next(
            (flaw for name in ("region", "client", "url") if (part := getattr(post, name)) is not None
             and (flaw := _of_text(name, part))), None,
        )
        or (_of_author(post.author, source) if post.author else None)
    )  # fmt: skip


def _of_author(author: Author, source: str) -> str | None:
    return (
        (_of_id("author.id", author.id, source) if author.id is not None else None)
        or (_of_text("author.name", author.name) if author.name is not None else None)
        or _of_count("author.followers", author.followers)
    )


def _of_id(name: str, value: object, source: str) -> str | None:
    if not isinstance(value, str) or not value.startswith(f"{source}:") or not _ID.fullmatch(value):
        shown = "" if name.startswith("author") else f": {str(value)[:60]!r}"  # an account is not named
        return f"{name} is no id of {source}{shown}"
    return None


def _of_text(name: str, value: object) -> str | None:
    """Text must be text that can be written as UTF-8: half of a surrogate pair cannot."""
    if not isinstance(value, str):
        return f"{name} is no text but a {type(value).__name__}"
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"{name} holds half a character"
    return None


def _of_time(name: str, value: object, now: datetime) -> str | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return f"{name} is no moment"
    return None if _OLDEST <= value <= now + _AHEAD else f"{name} cannot be: {value.isoformat()}"


def _of_count(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        return f"{name} is no whole number but a {type(value).__name__}"
    return None if 0 <= value <= _MOST else f"{name} cannot be {value}"


def possible(moment: datetime | None, now: datetime) -> datetime | None:
    """`moment` where something read at `now` can have been written then; else None."""
    return moment if moment is not None and _OLDEST <= moment <= now + _AHEAD else None
