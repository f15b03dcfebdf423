"""Discuz! boards of the X line: the guide, lists, feeds, and the address of a thread; 7.2 is in `discuz_old`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from core.models import Post
from replica.exchange import Answer, Request, html_answer, not_found, text_answer
from replica.shelf import Shelf
from replica.sites.discuz_page import ROBOTS, dated, day, full_date, message, pager, shell
from replica.sites.discuz_thread import PER_PAGE as POSTS_PER_PAGE
from replica.sites.discuz_thread import ThreadPage
from replica.sites.forum import ForumHost
from replica.ties import native, published
from replica.world.model import Forum, Thread

LIST_PER_PAGE = 20
GUIDE_PER_PAGE = 50
RSS_ITEMS = 20
_LIST = re.compile(r"/forum-(\d+)-(\d+)\.html")
_THREAD = re.compile(r"/thread-(\d+)-(\d+)-\d+\.html")


class Discuz(ForumHost):
    """One board."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        super().__init__(shelf, forum)
        self._page = ThreadPage(shelf, forum)
        self._by_mod: dict[str, Callable[[Request], Answer]] = {
            "guide": self._guide,
            "forumdisplay": lambda r: self._list(r, r.number("fid", 0), r.number("page", 1)),
            "viewthread": lambda r: self._thread(r, r.number("tid", 0), r.number("page", 1)),
            "rss": self._rss,
        }

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer(ROBOTS)
        if match := _THREAD.fullmatch(request.path):
            return self._thread(request, int(match[1]), int(match[2]))
        if match := _LIST.fullmatch(request.path):
            return self._list(request, int(match[1]), int(match[2]))
        if request.path in ("/", "/index.php"):
            return self._index()
        if request.path == "/forum.php":
            mod = request.text("mod")
            if not mod:
                return self._index()
            if handler := self._by_mod.get(mod):
                return handler(request)
        return not_found()

    def _html(self, page: str, status: int = 200) -> Answer:
        return html_answer(page, status, self._forum.charset)

    def _index(self) -> Answer:
        rows = "".join(
            f'<tr><td><h2><a href="forum-{board.number}-1.html">{escape(board.name)}</a></h2></td></tr>\n'
            for board in self._forum.boards
        )
        return self._html(shell(self._forum, "首页", f'<table class="fl_tb">{rows}</table>\n'))

    def _guide(self, request: Request) -> Answer:
        """The newest threads of the whole board, or those last answered."""
        view = request.text("view", "newthread")
        key = self._opened if view == "newthread" else self._last_time
        threads = sorted(self._threads.values(), key=key, reverse=True)
        page, pages, shown = _cut(threads, request.number("page", 1), GUIDE_PER_PAGE)
        names = {board.number: board.name for board in self._forum.boards}
        rows = "".join(self._row(t, request.now, board=names.get(t.board, "")) for t in shown)
        pattern = f"forum.php?mod=guide&amp;view={escape(view)}&amp;page={{0}}"
        body = (
            f'<div id="threadlist" class="tl bm"><div class="bm_c"><table cellspacing="0" cellpadding="0">\n{rows}'
            f'</table></div></div>\n<div class="bm bw0 pgs cl">{pager(pattern, page, pages)}</div>\n'
        )
        return self._html(shell(self._forum, "导读", body))

    def _list(self, request: Request, number: int, page: int) -> Answer:
        """A section, those last answered first unless ``orderby=dateline``; sticky threads on every page."""
        board = next((b for b in self._forum.boards if b.number == number), None)
        if board is None:
            return self._html(message(self._forum, "抱歉，指定的版块不存在"), 404)
        of_board = [t for t in self._threads.values() if t.board == number]
        key = self._opened if request.text("orderby") == "dateline" else self._last_time
        threads = sorted((t for t in of_board if not t.sticky), key=key, reverse=True)
        page, pages, shown = _cut(threads, page, LIST_PER_PAGE)
        rows = "".join(self._row(t, request.now) for t in of_board if t.sticky)
        if rows:
            rows += (
                '<tbody id="separatorline"><tr class="ts"><td>&nbsp;</td><th>版块主题</th><td>&nbsp;</td>'
                "<td>&nbsp;</td><td>&nbsp;</td></tr></tbody>\n"
            )
        rows += "".join(self._row(t, request.now) for t in shown)
        body = (
            f'<h1 class="xs2"><a href="forum-{number}-1.html">{escape(board.name)}</a></h1>\n'
            f"{self._table(number, rows)}\n"
            f'<span id="fd_page_bottom">{pager(f"forum-{number}-{{0}}.html", page, pages)}</span>\n'
        )
        return self._html(shell(self._forum, board.name, body))

    def _table(self, number: int, rows: str) -> str:
        if self._forum.skin == "cards":
            return f'<ul id="waterfall" class="ml waterfall cl">\n{rows}</ul>'
        return (
            f'<div id="threadlist" class="tl bm bmw"><table summary="forum_{number}" cellspacing="0" '
            f'cellpadding="0" id="threadlisttableid">\n{rows}</table></div>'
        )

    def _rss(self, request: Request) -> Answer:
        """The threads of a section opened last, in GMT, without their replies."""
        number = request.number("fid", 0)
        board = next((b for b in self._forum.boards if b.number == number), None)
        if board is None or "rss_closed" in request.faults:
            return self._html(message(self._forum, "抱歉，RSS 功能未开启"))
        of_board = [t for t in self._threads.values() if t.board == number]
        items = "".join(
            f"<item>\n<title>{escape(thread.title)}</title>\n"
            f"<link>http://{self._forum.host}/forum.php?mod=viewthread&amp;tid={thread.number}</link>\n"
            f"<description><![CDATA[{escape(thread.title)}]]></description>\n<category>{escape(board.name)}</category>\n"
            f"<pubDate>{format_datetime(self._opened(thread).astimezone(UTC))}</pubDate>\n</item>\n"
            for thread in sorted(of_board, key=self._opened, reverse=True)[:RSS_ITEMS]
        )
        charset = self._forum.charset
        feed = (
            f'<?xml version="1.0" encoding="{charset}"?>\n<rss version="2.0">\n<channel>\n'
            f"<title>{escape(self._forum.title)} - {escape(board.name)}</title>\n"
            f"<link>http://{self._forum.host}/forum.php?mod=forumdisplay&amp;fid={number}</link>\n"
            f"<generator>Discuz! Board by Comsenz Inc.</generator>\n<ttl>60</ttl>\n{items}</channel>\n</rss>\n"
        )
        return html_answer(feed, charset=charset).with_header("content-type", "application/xml")

    def _thread(self, request: Request, number: int, page: int) -> Answer:
        thread = self._threads.get(number)
        if thread is None:
            text = "抱歉，指定的主题不存在或已被删除或正在被审核"
            return self._html(message(self._forum, text), 404)
        return self._html(self._page.render(thread, page, request.now, request.faults))

    def _row(self, thread: Thread, now: datetime, board: str | None = None) -> str:
        """One thread of a list; the guide adds the section before the author."""
        first, last = self._first(thread), self._last(thread)
        address = f"thread-{thread.number}-1-1.html"
        link = f'<a href="{address}" onclick="atarget(this)" class="s xst">{escape(thread.title)}</a>'
        section = ""
        if board is not None:
            link = f'<a href="{address}" target="_blank" class="xst" >{escape(thread.title)}</a>'
            section = f'<td class="by"><a href="forum-{thread.board}-1.html" target="_blank">{escape(board)}</a></td>\n'
        kind = "stickthread" if thread.sticky and board is None else "normalthread"
        opened = dated(self._forum, published(first), now, day(published(first)))
        answered = dated(self._forum, published(last), now, full_date(published(last)))
        if self._forum.skin == "cards" and board is None:
            return _card(thread, kind, (_member(first), opened), (_member(last), answered))
        return (
            f'<tbody id="{kind}_{thread.number}">\n<tr>\n<td class="icn"><a href="{address}" target="_blank">'
            f'<img src="static/image/common/folder_new.gif" /></a></td>\n<th class="new">\n{link}\n'
            f"{_page_links(thread)}</th>\n{section}"
            f'<td class="by"><cite>{_member(first)}</cite><em><span>{opened}</span></em></td>\n'
            f'<td class="num"><a href="{address}" class="xi2">{len(thread.post_ids) - 1}</a>'
            f"<em>{thread.views}</em></td>\n"
            f'<td class="by"><cite>{_member(last)}</cite><em><a href="forum.php?mod=redirect&tid={thread.number}'
            f'&goto=lastpost#lastpost">{answered}</a></em></td>\n</tr>\n</tbody>\n'
        )

    def _opened(self, thread: Thread) -> datetime:
        return published(self._first(thread))

    def _last_time(self, thread: Thread) -> datetime:
        return published(self._last(thread))


def _card(thread: Thread, kind: str, first: tuple[str, str], last: tuple[str, str]) -> str:
    """A row as skins without tables show it; `first` and `last` are who and when."""
    return (
        f'<li id="{kind}_{thread.number}" class="cl">\n<h3 class="xw0"><a href="thread-{thread.number}-1-1.html" '
        f'class="s xst">{escape(thread.title)}</a></h3>\n<div class="by"><cite>{first[0]}</cite>'
        f'<em>{first[1]}</em></div>\n<div class="num"><a class="xi2">{len(thread.post_ids) - 1}</a><em>{thread.views}</em>'
        f'</div>\n<div class="by"><cite>{last[0]}</cite><em>{last[1]}</em></div>\n</li>\n'
    )


def _member(post: Post) -> str:
    author = post.author
    if author is None or author.id is None:
        return "匿名"
    return f'<a href="space-uid-{native(author.id)}.html" c="1">{escape(author.name or "")}</a>'


def _page_links(thread: Thread) -> str:
    """``... 2 3 .. 9`` behind the title of a thread of several pages."""
    pages = -(-len(thread.post_ids) // POSTS_PER_PAGE)
    if pages < 2:
        return ""
    links = "".join(
        f'<a href="thread-{thread.number}-{page}-1.html">{page}</a>'
        for page in sorted({*range(2, min(pages, 6) + 1), pages})
    )
    return f'<span class="tps">&nbsp;...{links}</span>\n'


def _cut(threads: list[Thread], page: int, size: int) -> tuple[int, int, list[Thread]]:
    """The page shown, how many there are, and its threads; a page past the last is the last."""
    pages = max(1, -(-len(threads) // size))
    page = min(max(1, page), pages)
    return page, pages, threads[(page - 1) * size : page * size]
