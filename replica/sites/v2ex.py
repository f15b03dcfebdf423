"""V2EX: the first version of its JSON, with the header that counts the hour's requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from core.models import Post
from replica.exchange import Answer, Request, json_answer, text_answer
from replica.shelf import Shelf
from replica.sites.forum import ForumHost
from replica.ties import native, published
from replica.world.model import Board, Forum, Thread

PER_LIST, PER_NODE, PER_TOPIC, HOURLY = 20, 20, 100, 600
_CALL = re.compile(r"^@(\S+) ")
_ROBOTS = "User-agent: *\nDisallow: /signin\nDisallow: /member/\n"


class V2ex(ForumHost):
    """The one host, with its nodes."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        super().__init__(shelf, forum)
        self._left = HOURLY
        self._pages: dict[str, Callable[[Request], Answer]] = {
            "/api/topics/latest.json": lambda r: self._topics(self._newest()[:PER_LIST]),
            "/api/topics/hot.json": lambda r: self._topics(
                sorted(self._newest(), key=lambda t: -len(t.post_ids))[:10]
            ),
            "/api/topics/show.json": self._show,
            "/api/replies/show.json": self._replies,
        }

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer(_ROBOTS)
        if handler := self._pages.get(request.path):
            self._left = max(0, self._left - 1)
            reset = int(request.now.timestamp()) // 3600 * 3600 + 3600
            answer = handler(request).with_header("x-rate-limit-limit", str(HOURLY))
            answer = answer.with_header("x-rate-limit-remaining", str(self._left))
            return answer.with_header("x-rate-limit-reset", str(reset))
        return json_answer({"status": "error", "message": "Object Not Found"}, 404)

    def _show(self, request: Request) -> Answer:
        """One topic in a list, or a page of a node's; without pages the first one for ever."""
        if number := request.number("id", 0):
            found = self._threads.get(number)
            return self._topics([found] if found else [])
        board = next((b for b in self._forum.boards if b.slug == request.text("node_name")), None)
        if board is None:
            return json_answer({"status": "error", "message": "Object Not Found"}, 404)
        threads = [thread for thread in self._newest() if thread.board == board.number]
        page = 1 if "no_api_pages" in request.faults else max(1, request.number("page", 1))
        return self._topics(threads[(page - 1) * PER_NODE : page * PER_NODE])

    def _topics(self, threads: list[Thread]) -> Answer:
        return json_answer([self._topic(thread) for thread in threads])

    def _topic(self, thread: Thread) -> dict[str, Any]:
        opening = self._first(thread)
        last = max(self._floors(thread), key=published)
        board = next(board for board in self._forum.boards if board.number == thread.board)
        body = opening.text.removeprefix(thread.title).lstrip("\n")
        made = int(published(opening).timestamp())
        return {
            "id": thread.number,
            "title": thread.title,
            "url": f"https://{self._forum.host}/t/{thread.number}",
            "content": body,
            "content_rendered": self._rendered(body, opening),
            "replies": len(thread.post_ids) - 1,
            "member": self._member(opening),
            "node": self._node(board),
            "created": made,
            "last_modified": made,
            "last_touched": int(published(last).timestamp()),
            "deleted": 0,
        }

    def _node(self, board: Board) -> dict[str, Any]:
        return {
            "id": board.number,
            "name": board.slug,
            "title": board.name,
            "url": f"https://{self._forum.host}/go/{board.slug}",
            "topics": sum(thread.board == board.number for thread in self._threads.values()),
        }

    def _replies(self, request: Request) -> Answer:
        thread = self._threads.get(request.number("topic_id", 0))
        if thread is None:
            return json_answer({"status": "error", "message": "Object Not Found"}, 404)
        posts = self._floors(thread)[1:]
        size = max(1, request.number("page_size", PER_TOPIC))
        page = max(1, request.number("page", 1))
        if "no_api_pages" not in request.faults:
            posts = posts[(page - 1) * size : page * size]
        return json_answer([self._reply(post) for post in posts])

    def _reply(self, post: Post) -> dict[str, Any]:
        made = int(published(post).timestamp())
        return {
            "id": int(native(post.id)[1:]),
            "thanks": post.engagement.likes,
            "content": post.text,
            "content_rendered": self._rendered(post.text, post),
            "member": self._member(post),
            "created": made,
            "last_modified": made,
        }

    @staticmethod
    def _member(post: Post) -> dict[str, Any]:
        author = post.author
        number = int(native(author.id)) if author and author.id else 0
        return {"id": number, "username": author.name if author else "", "tagline": ""}

    @staticmethod
    def _rendered(text: str, post: Post) -> str:
        html = escape(text, quote=False).replace("\n", "<br />")
        html = _CALL.sub(r'@<a target="_blank" href="/member/\1">\1</a> ', html)
        return html + '<br /><img src="https://i.example/x.png" class="embedded_image">' * len(post.media)
