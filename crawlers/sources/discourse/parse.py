"""Discourse's JSON to what it holds: lists of topics, the newest posts, topics, all pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import UsageError
from core.models import Post
from crawlers.reading.unreadable import Unreadable, read_json
from crawlers.sources.discourse.fields import count_of, list_of, number_of, part_of, time_of
from crawlers.sources.discourse.posts import Topic, posts_of
from crawlers.workbench.cases import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """A line of ``/latest.json``; `pinned` ones stand on top whatever their age."""

    id: int
    bumped_at: datetime | None
    created_at: datetime | None
    posts_count: int | None
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicList:
    rows: tuple[TopicRow, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestPosts:
    """A page of ``/posts.json``: the topics its posts are in, and the lowest id, where the next page starts."""

    topics: tuple[int, ...]
    newest_at: datetime | None
    before: int | None  # None where the page was empty


def read_topics(document: Any) -> TopicList:
    """The topics of ``/latest.json`` or a category's list; raises `Unreadable`."""
    listing = part_of(document, "topic_list")
    rows = [_row(topic) for topic in list_of(listing, "topics") if number_of(topic.get("id"))]
    return TopicList(rows=tuple(rows), more=bool(listing.get("more_topics_url")))


def _row(topic: Mapping[str, Any]) -> TopicRow:
    return TopicRow(
        id=topic["id"],
        bumped_at=time_of(topic.get("bumped_at")) or time_of(topic.get("last_posted_at")),
        created_at=time_of(topic.get("created_at")),
        posts_count=count_of(topic.get("posts_count")),
        pinned=bool(topic.get("pinned") or topic.get("pinned_globally")),
    )


def read_newest(document: Any) -> NewestPosts:
    """The newest posts of the whole site, ``/posts.json``; raises `Unreadable`."""
    posts = [post for post in list_of(document, "latest_posts") if number_of(post.get("id"))]
    moments = [moment for post in posts if (moment := time_of(post.get("created_at")))]
    topics = dict.fromkeys(post["topic_id"] for post in posts if number_of(post.get("topic_id")))
    return NewestPosts(
        topics=tuple(topics),
        newest_at=max(moments, default=None),
        before=min((post["id"] for post in posts), default=None),
    )


def read_topic(document: Any, *, base: str) -> Topic:
    """A topic and its first posts, ``/t/ID.json``; raises `Unreadable`."""
    stream = part_of(document, "post_stream")
    if not number_of(document.get("id")):
        raise Unreadable("no id")
    first = tuple(list_of(stream, "posts"))
    listed = stream.get("stream")
    ids = tuple(number for number in listed if number_of(number)) if isinstance(listed, list) else ()
    topic = Topic(
        id=document["id"],
        base=base.rstrip("/"),
        title=str(document.get("title") or "").strip(),
        stream=ids or tuple(post["id"] for post in first if number_of(post.get("id"))),
        posts_count=count_of(document.get("posts_count")),
        highest=number_of(document.get("highest_post_number")) or 0,
        views=count_of(document.get("views")),
        tags=_tags(document.get("tags")),
        first=first,
    )
    topic.learn(first)
    return topic


def read_stream(document: Any) -> list[Mapping[str, Any]]:
    """The posts of ``/t/ID/posts.json``; raises `Unreadable`."""
    return list_of(part_of(document, "post_stream"), "posts")


def topic_id_of(given: str) -> int:
    """The topic that a number, an address (``/t/slug/12/3``) or a thread's id names; raises `UsageError` for neither."""
    found = re.search(r"/t/(?:[^/]+/)?(\d+)|^discourse:[^/]*:t(\d+)$", given)
    number = found[1] or found[2] if found else given
    if not (number.isascii() and number.isdecimal()):
        raise UsageError(f"{given!r} is not a topic; give its number or its address")
    return int(number)


def _tags(tags: Any) -> tuple[str, ...]:
    """Tags of a topic: plain names, or objects with a name since 2025."""
    if not isinstance(tags, list):
        return ()
    names = (tag.get("name") if isinstance(tag, dict) else tag for tag in tags)
    return tuple(str(name) for name in names if name)


def _read_topic_case(body: bytes, url: str, fetched_at: datetime) -> list[Post]:
    topic = read_topic(read_json(body), base=url.split("/t/")[0])
    return posts_of(topic.first, topic, fetched_at=fetched_at)


READERS: dict[str, Reader] = {
    "latest": lambda body, url, fetched_at: read_topics(read_json(body)),
    "newest": lambda body, url, fetched_at: read_newest(read_json(body)),
    "topic": _read_topic_case,
}
