"""Baidu Tieba: lists of bars, threads, replies below floors, and a search, as guests see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from core.models import Kind, Post
from replica.exchange import Answer, Request, html_answer, json_answer, not_found, text_answer
from replica.shelf import Shelf
from replica.sites.forum import ForumHost
from replica.sites.tieba_page import Line, cards, floor_page, hits, list_page, notice, thread_page, total
from replica.ties import published
from replica.world.model import Forum, Thread

PER_LIST, PER_THREAD, PER_FLOOR, PER_SEARCH = 50, 30, 10, 10
_THREAD = re.compile(r"/p/(\d+)")
_ROBOTS = "User-agent: *\nDisallow: /home/\nDisallow: /i/\n"


class Tieba(ForumHost):
    """The one host, with all its bars."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        super().__init__(shelf, forum)
        self._pages: dict[str, Callable[[Request], Answer]] = {
            "/robots.txt": lambda request: text_answer(_ROBOTS),
            "/f": self._list,
            "/f/search/res": self._search,
            "/p/totalComment": self._total,
            "/p/comment": self._below,
        }

    def answer(self, request: Request) -> Answer:
        if handler := self._pages.get(request.path):
            return handler(request)
        if match := _THREAD.fullmatch(request.path):
            thread = self._threads.get(int(match[1]))
            return (
                self._thread(thread, request)
                if thread
                else html_answer(notice("贴子不存在", "很抱歉，该贴已被删除。"), 404)
            )
        return not_found()

    def _line(self, thread: Thread) -> Line:
        posts = self._floors(thread)
        return Line(thread, posts[0], max(posts, key=published))

    def _list(self, request: Request) -> Answer:
        """50 threads a page, those last answered first, the pinned before them; past the end the first page."""
        board = next((b for b in self._forum.boards if b.name == request.text("kw")), None)
        if board is None:
            return html_answer(notice("贴吧", f"{request.text('kw')}吧尚未建立"))
        lines = [self._line(t) for t in self._threads.values() if t.board == board.number]
        lines.sort(key=lambda line: published(line.last), reverse=True)
        rows = [line for line in lines if not line.thread.sticky]
        pages = max(1, -(-len(rows) // PER_LIST))
        page = request.number("pn", 0) // PER_LIST + 1
        page = page if 1 <= page <= pages else 1
        shown = rows[(page - 1) * PER_LIST : page * PER_LIST]
        if page == 1:
            shown = [line for line in lines if line.thread.sticky] + shown
        if "tieba_cards" in request.faults:
            return html_answer(cards(board, shown, page, pages, request.now))
        torn = request.faults.get("torn_attributes")
        return html_answer(list_page(board, shown, page, pages, request.now, torn))

    def _thread(self, thread: Thread, request: Request) -> Answer:
        """30 floors a page; past the last the last."""
        posts = self._floors(thread)
        floors = [post for post in posts if post.kind is not Kind.COMMENT]
        pages = max(1, -(-len(floors) // PER_THREAD))
        page = min(max(1, request.number("pn", 1)), pages)
        shown = floors[(page - 1) * PER_THREAD : page * PER_THREAD]
        torn = request.faults.get("torn_attributes")
        below = {floor.id: len(self._comments(thread, floor.id)) for floor in shown}
        return html_answer(thread_page(thread, shown, below, len(posts) - 1, page, pages, torn))

    def _comments(self, thread: Thread, floor_id: str) -> list[Post]:
        """What stands below a floor, the oldest first."""
        grouped = self._shelf.kept(f"tieba:{thread.id}", lambda: self._grouped(thread))
        return grouped.get(floor_id, [])

    def _grouped(self, thread: Thread) -> dict[str, list[Post]]:
        posts = {post.id: post for post in self._floors(thread)}
        found: dict[str, list[Post]] = {}
        for post in sorted(posts.values(), key=published):
            above = post
            while above.kind is Kind.COMMENT and above.parent_id in posts:
                above = posts[above.parent_id]
            if post.kind is Kind.COMMENT:
                found.setdefault(above.id, []).append(post)
        return found

    def _total(self, request: Request) -> Answer:
        """The first ten replies below each floor of a page."""
        thread = self._threads.get(request.number("tid", 0))
        if thread is None or "tieba_comments_fail" in request.faults:
            return json_answer({"errno": 230_308, "errmsg": "fail", "data": []})
        floors = [post for post in self._floors(thread) if post.kind is not Kind.COMMENT]
        page = request.number("pn", 1)
        shown = floors[(page - 1) * PER_THREAD : page * PER_THREAD]
        lists = {floor.id: self._comments(thread, floor.id) for floor in shown}
        return json_answer(total(thread, lists, self._shelf.posts, PER_FLOOR))

    def _below(self, request: Request) -> Answer:
        thread = self._threads.get(request.number("tid", 0))
        comments = self._comments(thread, f"tieba:{request.number('pid', 0)}") if thread else []
        page = max(1, request.number("pn", 1))
        shown = comments[(page - 1) * PER_FLOOR : page * PER_FLOOR]
        return html_answer(floor_page(shown, self._shelf.posts, page, len(comments), PER_FLOOR))

    def _search(self, request: Request) -> Answer:
        """Floors that hold the words, the newest first."""
        words = request.text("qw").strip()
        threads = self._threads.values()
        found = [
            (thread, post)
            for thread in threads
            for post in (self._floors(thread) if words else ())
            if words in post.text
        ]
        found.sort(key=lambda pair: _newest(pair[1]), reverse=True)
        page = max(1, request.number("pn", 1))
        shown = found[(page - 1) * PER_SEARCH : page * PER_SEARCH]
        pages = -(-len(found) // PER_SEARCH)
        names = {board.number: board.name for board in self._forum.boards}
        return html_answer(hits(shown, names, page, pages))


def _newest(post: Post) -> tuple[datetime, str]:
    return published(post), post.id
