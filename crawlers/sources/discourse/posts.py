"""The posts of a topic. Ids are ``discourse:HOST:POST``, threads ``discourse:HOST:tTOPIC``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import mentions_of, topics_of
from crawlers.sources.discourse.cooked import read_cooked
from crawlers.sources.discourse.fields import count_of, number_of, time_of

PARSER = "discourse-1"
_LIKE = 2
_WRITTEN = (1, 2)  # post_type: by a member, by a moderator; 3 is a notice of the engine, 4 a staff whisper


@dataclass(slots=True, kw_only=True)
class Topic:
    """What is known of a topic while its posts come in; `numbers` maps post numbers to ids."""

    id: int
    base: str
    title: str
    stream: tuple[int, ...]
    posts_count: int | None
    highest: int
    views: int | None
    tags: tuple[str, ...]
    first: tuple[Mapping[str, Any], ...]  # the posts that came with it
    numbers: dict[int, int] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return (urlsplit(self.base).hostname or "").lower()

    def learn(self, posts: Iterable[Mapping[str, Any]]) -> None:
        """Note which number has which id."""
        for post in posts:
            number, post_id = number_of(post.get("post_number")), number_of(post.get("id"))
            if number and post_id:
                self.numbers[number] = post_id

    def around(self, number: int) -> tuple[int, ...]:
        """Ids of the stream among which the post of that number must be, if it is there at all.

        The stream is ordered by number and lacks the deleted, so post n stands at n - 1 or, at most, as many
        places earlier as posts are lacking.
        """
        lacking = max(self.highest - len(self.stream), 0)
        return self.stream[max(number - 1 - lacking, 0) : number]


def is_notice(post: Mapping[str, Any]) -> bool:
    """Whether it is no post of a person: "closed this topic", or a whisper among the staff."""
    return post.get("post_type", 1) not in _WRITTEN


def is_withheld(post: Mapping[str, Any]) -> bool:
    """Whether the post's own words are not shown: hidden by flags, deleted, or none were written."""
    return bool(
        post.get("hidden")
        or post.get("deleted_at")
        or post.get("user_deleted")
        or is_notice(post)
        or not str(post.get("cooked") or "").strip()
    )


def unknown_parent(post: Mapping[str, Any], topic: Topic) -> int | None:
    """The number of the post it answers, where its id is not known yet."""
    number = number_of(post.get("reply_to_post_number"))
    return number if number not in topic.numbers else None


def written_at(post: Mapping[str, Any]) -> datetime | None:
    return time_of(post.get("created_at"))


def posts_of(posts: Sequence[Mapping[str, Any]], topic: Topic, *, fetched_at: datetime) -> list[Post]:
    """The posts that show their words. Parents are named by the site; one that is deleted stays unknown."""
    return [
        _post(post, topic, fetched_at)
        for post in posts
        if number_of(post.get("id")) and not is_withheld(post)
    ]


def _post(post: Mapping[str, Any], topic: Topic, fetched_at: datetime) -> Post:
    number = number_of(post.get("post_number"))
    opens = number == 1
    body = read_cooked(str(post.get("cooked") or ""), base=topic.base)
    text = f"{topic.title}\n{body.text}".strip() if opens else body.text
    here = [quote.number for quote in body.quotes if quote.topic in (None, topic.id)]
    answered = number_of(post.get("reply_to_post_number")) or next(iter(here), None)
    parent = None if opens else topic.numbers.get(answered or 0)
    quoted = next((topic.numbers[n] for n in here if n in topic.numbers and topic.numbers[n] != parent), None)
    root = topic.numbers.get(1) or (topic.stream[0] if topic.stream else None)
    topics = topics_of(text)
    return Post(
        id=_id(topic, post["id"]) or "",
        platform="discourse",
        kind=Kind.THREAD if opens else Kind.REPLY,
        text=text,
        author=_author(post, topic),
        published_at=time_of(post.get("created_at")),
        root_id=_id(topic, root),
        parent_id=_id(topic, parent),
        parent_confidence=1.0 if parent else None,
        quoted_id=_id(topic, quoted),
        thread_id=_id(topic, f"t{topic.id}"),
        floor=number,
        engagement=_engagement(post, topic, opens=opens),
        topics=tuple(dict.fromkeys((*topics, *topic.tags))) if opens else topics,
        mentions=mentions_of(text),
        urls=body.urls,
        media=body.media,
        url=f"{topic.base}/t/{topic.id}/{number}",
        fetched_at=fetched_at,
        parser_version=PARSER,
    )


def _author(post: Mapping[str, Any], topic: Topic) -> Author | None:
    name = str(post.get("username") or "").strip() or None
    number = number_of(post.get("user_id"))
    if name is None and number is None:
        return None
    # The user name, not the display name: it is what @mentions and quotes call the person.
    return Author(id=_id(topic, number), name=name)


def _engagement(post: Mapping[str, Any], topic: Topic, *, opens: bool) -> Engagement:
    replies = max((topic.posts_count or 1) - 1, 0) if topic.posts_count is not None else None
    return Engagement(
        comments=replies if opens else count_of(post.get("reply_count")),
        likes=_likes(post.get("actions_summary")),
        views=topic.views if opens else None,
    )


def _likes(actions: Any) -> int | None:
    """Likes of a post; a summary without the entry means none were given."""
    if not isinstance(actions, list):
        return None
    likes = (
        action.get("count") for action in actions if isinstance(action, dict) and action.get("id") == _LIKE
    )
    return count_of(next(likes, 0))


def _id(topic: Topic, native: int | str | None) -> str | None:
    return None if native is None else post_id("discourse", topic.host, native)
