"""Discourse: topic lists, topics and the stream of newest posts, as its public JSON gives them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from typing import Any

from core.models import Kind, Post
from replica.exchange import Answer, Request, json_answer, text_answer
from replica.shelf import Shelf
from replica.sites.discourse_post import Posts, iso
from replica.sites.forum import ForumHost
from replica.ties import native, published
from replica.world.model import Forum, Thread

PER_PAGE = 30
CHUNK = 20  # posts a topic shows at once
_NEWEST = 50  # posts of /posts.json
_TOPIC = re.compile(r"/t/(?:[^/\d][^/]*/)?(\d+)(?:/(posts|\d+))?\.json")
_ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /auth/\nDisallow: /session\nDisallow: /search\n"
_ABSENT = {"errors": ["您请求的 URL 或资源不存在。"], "error_type": "not_found"}


class Discourse(ForumHost):
    """One Discourse host."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        super().__init__(shelf, forum)
        self._posts = Posts(shelf, forum)

    def _latest_posts(self) -> list[Post]:
        ids = [post_id for thread in self._threads.values() for post_id in thread.post_ids]
        return sorted((self._shelf.posts[i] for i in ids), key=lambda post: -int(native(post.id)))

    def answer(self, request: Request) -> Answer:
        match request.path:
            case "/robots.txt":
                return text_answer(_ROBOTS)
            case "/latest.json":
                return self._latest(request)
            case "/posts.json":
                return self._newest_posts(request)
            case "/categories.json":
                return self._categories()
        if match := _TOPIC.fullmatch(request.path):
            thread = self._threads.get(int(match[1]))
            if thread is not None:
                if match[2] == "posts":
                    return self._some_posts(thread, request)
                return self._topic(thread, int(match[2] or 1))
        return json_answer(_ABSENT, 404)

    def _latest(self, request: Request) -> Answer:
        """30 topics a page, counted from 0: by their making with ``order=created``, else by the last answer."""
        by_creation = request.text("order") == "created"
        key = self._opened if by_creation else self._bumped
        threads = sorted(self._threads.values(), key=lambda t: (key(t), t.number), reverse=True)
        if not by_creation:
            threads.sort(key=lambda t: not t.sticky)
        page = max(0, request.number("page", 0))
        shown = threads[page * PER_PAGE : (page + 1) * PER_PAGE]
        topics: dict[str, Any] = {
            "can_create_topic": False,
            "draft": None,
            "draft_key": "new_topic",
            "draft_sequence": None,
            "per_page": PER_PAGE,
            "topics": [self._listed(thread) for thread in shown],
        }
        if (page + 1) * PER_PAGE < len(threads):
            order = "&order=created" if by_creation else ""
            topics["more_topics_url"] = f"/latest?no_definitions=true{order}&page={page + 1}"
        authors = {p.author.id: p for t in shown for p in (self._first(t), self._last(t)) if p.author}
        users = [self._posts.user(post) for post in authors.values()]
        return json_answer({"users": users, "topic_list": topics})

    def _newest_posts(self, request: Request) -> Answer:
        """The 50 newest posts with an id up to ``before``."""
        before = request.number("before", 0)
        newest = self._shelf.kept(f"newest:{self._forum.host}", self._latest_posts)
        posts = [p for p in newest if before <= 0 or int(native(p.id)) <= before][:_NEWEST]
        return json_answer({"latest_posts": [self._posts.latest(post) for post in posts]})

    def _categories(self) -> Answer:
        rows = [{"id": b.number, "name": b.name, "slug": b.slug} for b in self._forum.boards]
        return json_answer({"category_list": {"can_create_category": False, "categories": rows}})

    def _some_posts(self, thread: Thread, request: Request) -> Answer:
        asked = {f"discourse:{self._forum.host}:{number}" for number in request.query.get("post_ids[]", ())}
        posts = [self._posts.full(self._shelf.posts[i]) for i in thread.post_ids if i in asked]
        return json_answer({"post_stream": {"posts": posts}, "id": thread.number})

    def _topic(self, thread: Thread, number: int) -> Answer:
        """A topic with the ids of all its posts, and 20 of them: a quarter before that number, the others from it on."""
        first, last = self._first(thread), self._last(thread)
        start = max(0, min(number - 1 - CHUNK // 4, len(thread.post_ids) - CHUNK))
        posts = [self._posts.full(self._shelf.posts[i]) for i in thread.post_ids[start : start + CHUNK]]
        topic = {
            "post_stream": {"posts": posts, "stream": [int(native(i)) for i in thread.post_ids]},
            "timeline_lookup": [[1, 0]],
            **self._head(thread),
            "participant_count": len({p.author.id for p in self._floors(thread) if p.author}),
            "word_count": None,
            "deleted_at": None,
            "user_id": self._posts.user(first)["id"],
            "draft": None,
            "draft_key": f"topic_{thread.number}",
            "draft_sequence": None,
            "pinned_at": iso(published(first)) if thread.sticky else None,
            "pinned_until": None,
            "details": {
                "auto_close_at": None,
                "auto_close_hours": None,
                "auto_close_based_on_last_post": False,
                "created_by": self._posts.user(first),
                "last_poster": self._posts.user(last),
                "participants": [],
                "suggested_topics": [],
                "notification_level": 1,
                "can_flag_topic": False,
            },
            "deleted_by": None,
            "actions_summary": [{"id": n, "count": 0, "hidden": False, "can_act": False} for n in (4, 7, 8)],
            "chunk_size": CHUNK,
            "bookmarked": None,
        }
        return json_answer(topic)

    def _head(self, thread: Thread) -> dict[str, Any]:
        """What a topic says of itself in lists and on its own page."""
        first, last = self._first(thread), self._last(thread)
        count = len(thread.post_ids)
        return {
            "id": thread.number,
            "title": thread.title,
            "fancy_title": escape(thread.title, quote=False),
            "slug": "topic",
            "posts_count": count,
            "reply_count": sum(post.kind is Kind.REPLY for post in self._floors(thread)),
            "highest_post_number": count,
            "created_at": iso(published(first)),
            "last_posted_at": iso(published(last)),
            "unpinned": None,
            "pinned": thread.sticky,
            "visible": True,
            "closed": False,
            "archived": False,
            "views": thread.views,
            "like_count": sum(post.engagement.likes or 0 for post in self._floors(thread)),
            "has_summary": False,
            "archetype": "regular",
            "category_id": thread.board,
            "pinned_globally": thread.sticky,
        }

    def _listed(self, thread: Thread) -> dict[str, Any]:
        first, last = self._first(thread), self._last(thread)
        opener, latest = self._posts.user(first), self._posts.user(last)
        both = {"extras": "latest single", "description": "Original Poster, Most Recent Poster"}
        posters = [
            {"extras": None, "description": "Original Poster", "user_id": opener["id"]},
            {"extras": "latest", "description": "Most Recent Poster", "user_id": latest["id"]},
        ]
        if opener["id"] == latest["id"]:
            posters = [both | {"user_id": opener["id"]}]
        return self._head(thread) | {
            "image_url": None,
            "bumped": True,
            "bumped_at": iso(published(last)),
            "unseen": False,
            "bookmarked": None,
            "liked": None,
            "last_poster_username": latest["username"],
            "posters": posters,
        }

    def _opened(self, thread: Thread) -> datetime:
        return published(self._first(thread)).astimezone(UTC)

    def _bumped(self, thread: Thread) -> datetime:
        return published(self._last(thread)).astimezone(UTC)
