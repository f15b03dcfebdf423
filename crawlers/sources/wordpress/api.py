"""The REST API's JSON to articles and comments.

Ids are ``wordpress:SITE:pPOST`` and ``wordpress:SITE:cCOMMENT``; an article is its own thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import html_to_text, mentions_of, topics_of
from crawlers.reading.unreadable import Unreadable
from crawlers.sources.wordpress.body import PARSER, Page, link_of, read_body

_NEVER = "0000"


def read_articles(document: Any, *, site: str, fetched_at: datetime) -> Page:
    """The articles of ``/wp/v2/posts``; raises `Unreadable`."""
    rows = _rows(document)
    found = [_article(row, site, fetched_at) for row in rows]
    posts = tuple(post for post in found if post is not None)
    protected = sum(_part(row, "content").get("protected") is True for row in rows)
    return Page(posts=posts, came=len(rows), unread=len(rows) - len(posts), protected=protected)


def read_comments(document: Any, *, site: str, fetched_at: datetime) -> Page:
    """The comments of ``/wp/v2/comments``, pings of other sites left out; raises `Unreadable`."""
    rows = _rows(document)
    said = [row for row in rows if row.get("type", "comment") in ("comment", "")]
    found = [_comment(row, site, fetched_at) for row in said]
    posts = tuple(post for post in found if post is not None)
    return Page(posts=posts, came=len(rows), unread=len(said) - len(posts))


def _rows(document: Any) -> list[Mapping[str, Any]]:
    if not isinstance(document, list):
        told = document.get("code") if isinstance(document, dict) else None
        raise Unreadable(f"no list: {told or type(document).__name__}")
    return [row for row in document if isinstance(row, dict)]


def _article(row: Mapping[str, Any], site: str, now: datetime) -> Post | None:
    number, title = _number(row.get("id")), _words(_part(row, "title").get("rendered"))
    content = _part(row, "content").get("rendered")
    if number is None or not isinstance(content, str):
        return None
    body = read_body(content, site)
    text = f"{title}\n{body.text}".strip()
    own = post_id("wordpress", site, f"p{number}")
    return Post(
        id=own,
        platform="wordpress",
        kind=Kind.ARTICLE,
        text=text,
        author=_writer(row, site),
        published_at=_time(row.get("date_gmt")),
        edited_at=_edited(row),
        root_id=own,
        thread_id=own,
        engagement=Engagement(),
        topics=_tags(row) or topics_of(text),
        mentions=mentions_of(text),
        urls=body.urls,
        media=body.media,
        url=link_of(row.get("link")),
        fetched_at=now,
        parser_version=PARSER,
    )


def _comment(row: Mapping[str, Any], site: str, now: datetime) -> Post | None:
    number, article = _number(row.get("id")), _number(row.get("post"))
    content = _part(row, "content").get("rendered")
    if number is None or article is None or not isinstance(content, str):
        return None
    body = read_body(content, site)
    above = _number(row.get("parent"))
    root = post_id("wordpress", site, f"p{article}")
    uid, name = _number(row.get("author")), _words(row.get("author_name"))
    author = Author(id=post_id("wordpress", site, uid) if uid else None, name=name or None)
    return Post(
        id=post_id("wordpress", site, f"c{number}"),
        platform="wordpress",
        kind=Kind.COMMENT,
        text=body.text,
        author=author if uid or name else None,
        published_at=_time(row.get("date_gmt")),
        root_id=root,
        parent_id=post_id("wordpress", site, f"c{above}") if above else root,
        parent_confidence=1.0,
        thread_id=root,
        topics=topics_of(body.text),
        mentions=mentions_of(body.text),
        urls=body.urls,
        media=body.media,
        url=link_of(row.get("link")),
        fetched_at=now,
        parser_version=PARSER,
    )


def _writer(row: Mapping[str, Any], site: str) -> Author | None:
    """The writer by number; by name, too, where the site lets the API say it."""
    number = _number(row.get("author"))
    told = _part(row, "_embedded").get("author")
    first = told[0] if isinstance(told, list) and told and isinstance(told[0], dict) else {}
    name = _words(first.get("name"))
    if not number:
        return Author(name=name) if name else None
    return Author(id=post_id("wordpress", site, number), name=name or None)


def _tags(row: Mapping[str, Any]) -> tuple[str, ...]:
    terms = _part(row, "_embedded").get("wp:term")
    found = [
        _words(term.get("name"))
        for group in (terms if isinstance(terms, list) else ())
        for term in (group if isinstance(group, list) else ())
        if isinstance(term, dict) and term.get("taxonomy") == "post_tag"
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def _edited(row: Mapping[str, Any]) -> datetime | None:
    made, changed = _time(row.get("date_gmt")), _time(row.get("modified_gmt"))
    return changed if made and changed and (changed - made).total_seconds() > 60 else None


def _time(value: Any) -> datetime | None:
    """A GMT time, which the API writes without a zone."""
    if not isinstance(value, str) or value.startswith(_NEVER):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _part(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = row.get(name)
    return part if isinstance(part, dict) else {}


def _words(value: Any) -> str:
    return " ".join(html_to_text(value).split()) if isinstance(value, str) else ""
