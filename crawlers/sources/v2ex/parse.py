"""V2EX's JSON to topics and replies, all pure. Ids are ``v2ex:tTOPIC`` and ``v2ex:rREPLY``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from parsel import Selector

from core.counts import read_count
from core.errors import UsageError
from core.ids import post_id
from core.models import Author, Engagement, Gone, Kind, Post
from core.texts import html_to_text, mentions_of, topics_of
from crawlers.reading.unreadable import Unreadable, read_json
from crawlers.soundness import possible
from crawlers.workbench.cases import Reader

PARSER = "v2ex-1"
ROOT = "https://www.v2ex.com"
_CALL = re.compile(r"\s*[@＠]([\w\-·.]{1,40})(?:\s+#(\d{1,5})\b)?")
_TOPIC = re.compile(r"(?:/t/|^v2ex:t)(\d+)")
_INSIDE = re.compile(r"(?:https?://(?:www\.)?v2ex\.com)?/(?:member|go)/")  # members and nodes
_BY_NAME = 0.8  # confidence of a parent that is the last thing somebody of that name said
_BY_FLOOR = 0.95  # and of one whose floor was named, too, as people do there by custom
_MOVED_S = 60  # a change within a minute is no edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as every list gives it whole; `touched_at` is when it was last answered or changed."""

    number: int
    post: Post
    replies: int | None
    touched_at: datetime | None
    node: str | None = None
    node_topics: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicList:
    topics: tuple[Topic, ...]
    unread: int = 0
    gone: tuple[Gone, ...] = ()  # topics of which the site only says that they were deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Speakers:
    """Who has spoken in a topic so far: the last reply of each name, and how many replies there were.

    `last` grows as replies are read.
    """

    topic: int
    count: int = 0
    last: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    posts: tuple[Post, ...]
    came: int  # rows of the page, unread ones too
    unread: int = 0


def read_topics(document: Any, *, fetched_at: datetime) -> TopicList:
    """The topics of ``/api/topics/*.json``, which is a list even of one; raises `Unreadable`."""
    rows = _rows(document)
    gone = [row for row in rows if row.get("deleted") in (1, True)]
    found = [_topic(row, fetched_at) for row in rows if row not in gone]
    topics = tuple(topic for topic in found if topic is not None)
    return TopicList(
        topics=topics,
        unread=len(found) - len(topics),
        gone=tuple(gone_topic(number, fetched_at) for row in gone if (number := _number(row.get("id")))),
    )


def gone_topic(number: int, at: datetime) -> Gone:
    """What is known of a topic that the site no longer has; it never says why."""
    return Gone(id=post_id("v2ex", f"t{number}"), at=at, reason="missing")


def read_replies(document: Any, speakers: Speakers, *, fetched_at: datetime) -> Replies:
    """The replies of a page of ``/api/replies/show.json``; raises `Unreadable`.

    A reply that begins with ``@甲`` answers the last thing 甲 said, or the floor that is named: ``@甲 #3``.
    """
    rows = _rows(document)
    floors: dict[int, Post] = {}
    for at, row in enumerate(rows, speakers.count + 1):
        if (post := _reply(row, at, speakers, floors, fetched_at)) is not None:
            floors[at] = post
            if post.author and post.author.name:
                speakers.last[post.author.name] = post.id
    return Replies(posts=tuple(floors.values()), came=len(rows), unread=len(rows) - len(floors))


def _rows(document: Any) -> list[Mapping[str, Any]]:
    if not isinstance(document, list):
        said = document.get("message") if isinstance(document, dict) else None
        raise Unreadable(f"no list: {said or type(document).__name__}")
    return [row for row in document if isinstance(row, dict)]


def _topic(row: Mapping[str, Any], now: datetime) -> Topic | None:
    number, title = _number(row.get("id")), row.get("title")
    if number is None or not isinstance(title, str) or not title.strip():
        return None
    body, media, urls = _body(row)
    text = f"{title.strip()}\n{body}".strip()
    node = row.get("node")
    facts: Mapping[str, Any] = node if isinstance(node, dict) else {}
    replies = _number(row.get("replies"))
    own = post_id("v2ex", f"t{number}")
    times = [
        moment for key in ("last_touched", "last_modified", "created") if (moment := _time(row.get(key)))
    ]
    return Topic(
        number=number,
        post=Post(
            id=own,
            platform="v2ex",
            kind=Kind.THREAD,
            text=text,
            author=_author(row),
            published_at=possible(_time(row.get("created")), now),
            edited_at=_edited(row),
            root_id=own,
            thread_id=own,
            engagement=Engagement(comments=replies),
            topics=topics_of(text),
            mentions=mentions_of(body),
            urls=urls,
            media=media,
            url=f"{ROOT}/t/{number}",
            fetched_at=now,
            parser_version=PARSER,
        ),
        replies=replies,
        touched_at=max(times, default=None),
        node=str(facts["name"]) if facts.get("name") else None,
        node_topics=_number(facts.get("topics")),
    )


def _reply(
    row: Mapping[str, Any], floor: int, speakers: Speakers, floors: Mapping[int, Post], now: datetime
) -> Post | None:
    number = _number(row.get("id"))
    if number is None or not isinstance(row.get("content_rendered") or row.get("content"), str):
        return None
    text, media, urls = _body(row)
    topic = post_id("v2ex", f"t{speakers.topic}")
    parent, confidence = _answered(text, speakers, floors)
    return Post(
        id=post_id("v2ex", f"r{number}"),
        platform="v2ex",
        kind=Kind.REPLY,
        text=text,
        author=_author(row),
        published_at=possible(_time(row.get("created")), now),
        edited_at=_edited(row),
        root_id=topic,
        parent_id=parent,
        parent_confidence=confidence,
        thread_id=topic,
        floor=floor,
        engagement=Engagement(likes=_number(row.get("thanks"))),
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=urls,
        media=media,
        url=f"{ROOT}/t/{speakers.topic}#r_{number}",
        fetched_at=now,
        parser_version=PARSER,
    )


def _answered(
    text: str, speakers: Speakers, floors: Mapping[int, Post]
) -> tuple[str, float] | tuple[None, None]:
    """The post that is answered, where the name at the head of the text is one that has spoken."""
    called = _CALL.match(text)
    if called is None:
        return None, None
    named = floors.get(int(called[2])) if called[2] else None
    if named is not None and named.author and named.author.name == called[1]:
        return named.id, _BY_FLOOR
    last = speakers.last.get(called[1])
    return (last, _BY_NAME) if last else (None, None)


def _body(row: Mapping[str, Any]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Text, kinds of media, links: of the rendered HTML, or of the source where there is none."""
    rendered = row.get("content_rendered")
    if not isinstance(rendered, str) or not rendered.strip():
        content = row.get("content")
        return (content.strip() if isinstance(content, str) else ""), (), ()
    box = Selector(text=f"<div>{rendered}</div>", type="html")
    kinds = ["image"] * len(box.css("img:not(.avatar)")) + ["video"] * len(box.css("iframe, video"))
    links = (link for link in box.css("a::attr(href)").getall() if not _INSIDE.match(link))
    urls = (urljoin(f"{ROOT}/", link.strip()) for link in links if _is_address(link))
    text = re.sub(r"\n{2,}", "\n", html_to_text(rendered)).strip()
    return text, tuple(kinds), tuple(dict.fromkeys(urls))


def _is_address(link: str) -> bool:
    try:
        return urlsplit(urljoin(f"{ROOT}/", link.strip())).scheme in ("http", "https")
    except ValueError:
        return False


def _author(row: Mapping[str, Any]) -> Author | None:
    member = row.get("member")
    if not isinstance(member, dict):
        return None
    number, name = _number(member.get("id")), member.get("username")
    shown = name if isinstance(name, str) and name else None
    if number is None:
        return Author(name=shown) if shown else None
    return Author(id=post_id("v2ex", number), name=shown)


def _edited(row: Mapping[str, Any]) -> datetime | None:
    """When it was last changed, where that is later than its making."""
    made, changed = _time(row.get("created")), _time(row.get("last_modified"))
    later = made is not None and changed is not None and (changed - made).total_seconds() > _MOVED_S
    return changed if later else None


def _number(value: Any) -> int | None:
    return read_count(value).value if isinstance(value, int) and not isinstance(value, bool) else None


def _time(value: Any) -> datetime | None:
    seconds = _number(value)
    if not seconds:  # 0 stands for never
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def topic_of(given: str) -> int:
    """The topic a number, an address or a post's id names; raises `UsageError` for neither."""
    found = _TOPIC.search(given)
    number = found[1] if found else given
    if not (number.isascii() and number.isdecimal()):
        raise UsageError(f"{given!r} is not a topic; give its number or its address")
    return int(number)


def _replies_case(body: bytes, url: str, fetched_at: datetime) -> Replies:
    topic = int(parse_qs(urlsplit(url).query)["topic_id"][0])
    speakers = Speakers(topic=topic, last={"甲一": post_id("v2ex", f"t{topic}")})
    return read_replies(read_json(body), speakers, fetched_at=fetched_at)


READERS: dict[str, Reader] = {
    "topics": lambda body, url, fetched_at: read_topics(read_json(body), fetched_at=fetched_at),
    "replies": _replies_case,
}
