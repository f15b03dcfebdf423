"""Discuz! 7.2 boards: ``forumdisplay.php``, ``viewthread.php`` and the markup of that line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import TypeVar

from core.models import Kind, Post
from replica.exchange import Answer, Request, html_answer, not_found, text_answer
from replica.faults import Switch
from replica.sites.discuz_page import day, full_date, quoted_by, to_html
from replica.sites.forum import ForumHost
from replica.ties import native, published
from replica.world.model import Thread

LIST_PER_PAGE = 20
PER_PAGE = 10
_QUOTED = 80
_Item = TypeVar("_Item")
_ROBOTS = (
    "User-agent: *\nDisallow: /admin/\nDisallow: /api/\nDisallow: /search.php\nDisallow: /redirect.php\n"
)


class OldDiscuz(ForumHost):
    """One board of 2010."""

    def answer(self, request: Request) -> Answer:
        match request.path:
            case "/robots.txt":
                return text_answer(_ROBOTS)
            case "/forumdisplay.php":
                return self._list(request.number("fid", 0), request.number("page", 1))
            case "/viewthread.php":
                return self._thread(request.number("tid", 0), request.number("page", 1), request.faults)
            case "/" | "/index.php":
                return self._index()
        return not_found()

    def _index(self) -> Answer:
        rows = "".join(
            f'<h2><a href="forumdisplay.php?fid={board.number}">{escape(board.name)}</a></h2>\n'
            for board in self._forum.boards
        )
        return self._html("首页", rows)

    def _list(self, number: int, page: int) -> Answer:
        board = next((b for b in self._forum.boards if b.number == number), None)
        if board is None:
            return self._message("指定的版块不存在")
        of_board = [thread for thread in self._threads.values() if thread.board == number]
        threads = sorted((t for t in of_board if not t.sticky), key=self._last_time, reverse=True)
        page, pages, shown = _cut(threads, page, LIST_PER_PAGE)
        top = [thread for thread in of_board if thread.sticky] if page == 1 else []  # 7.2: on the first alone
        rows = "".join(map(self._row, [*top, *shown]))
        body = (
            f'<div id="threadlist" class="threadlist datalist"><table summary="forum_{number}" class="datatable">\n'
            f"{rows}</table></div>\n{_pager(f'forumdisplay.php?fid={number}', page, pages, len(threads))}"
        )
        return self._html(board.name, body)

    def _row(self, thread: Thread) -> str:
        first, last = self._first(thread), self._last(thread)
        address = f"viewthread.php?tid={thread.number}&amp;extra=page%3D1"
        kind = "stickthread" if thread.sticky else "normalthread"
        return (
            f'<tbody id="{kind}_{thread.number}"><tr><td class="folder"><a href="{address}"></a></td>'
            f'<td class="icon">&nbsp;</td>\n<th class="subject new"><span id="thread_{thread.number}">'
            f'<a href="{address}">{escape(thread.title)}</a></span></th>\n'
            f'<td class="author"><cite>{_member(first)}</cite><em>{day(published(first))}</em></td>'
            f'<td class="nums"><strong>{len(thread.post_ids) - 1}</strong>/<em>{thread.views}</em></td>'
            f'<td class="lastpost"><cite>{_member(last)}</cite><em><a href="redirect.php?tid={thread.number}&amp;'
            f'goto=lastpost#lastpost">{full_date(published(last))}</a></em></td></tr></tbody>\n'
        )

    def _thread(self, number: int, page: int, faults: Mapping[str, Switch]) -> Answer:
        thread = self._threads.get(number)
        if thread is None:
            return self._message("指定的主题不存在或已被删除或正在被审核，请返回。")
        page, pages, ids = _cut(list(thread.post_ids), page, PER_PAGE)
        deleted = faults.get("deleted_floors")
        floors = "".join(
            self._floor(thread, self._shelf.posts[post_id], faults)
            for post_id in ids
            if post_id == thread.post_ids[0] or not (deleted and deleted.takes(post_id))
        )
        body = (
            f"{_pager(f'viewthread.php?tid={number}&amp;extra=page%3D1', page, pages, len(thread.post_ids))}"
            f'<div id="postlist" class="mainbox viewthread"><div class="viewthread_info">查看: {thread.views} | '
            f"回复: {len(thread.post_ids) - 1}</div>\n{floors}</div>\n"
        )
        return self._html(thread.title, body)

    def _floor(self, thread: Thread, post: Post, faults: Mapping[str, Switch]) -> str:
        pid = native(post.id)
        anonymous, locked = faults.get("anonymous_floors"), faults.get("locked_floors")
        who = "匿名" if anonymous and anonymous.takes(post.id) else _member(post)
        title = f'<div id="threadtitle"><h1>{escape(thread.title)}</h1></div>' if post.floor == 1 else ""
        if locked and locked.takes(post.id):
            words = '<div class="locked">提示: <em>作者被禁止或删除 内容自动屏蔽</em></div>'
        else:
            words = (
                f'<div class="t_msgfontfix"><table cellspacing="0" cellpadding="0"><tr><td class="t_msgfont" '
                f'id="postmessage_{pid}">{self._words(thread, post)}</td></tr></table></div>'
            )
        return (
            f'<div id="post_{pid}"><table id="pid{pid}" summary="pid{pid}" cellspacing="0" cellpadding="0">\n'
            f'<tr><td class="postauthor" rowspan="2"><div class="postinfo">{who}</div></td>\n'
            f'<td class="postcontent"><div class="postinfo"><strong><a id="postnum{pid}" href="javascript:;">'
            f'<em>{post.floor or 1}</em><sup>#</sup></a></strong><div class="authorinfo"><em id="authorposton{pid}">'
            f"发表于 {full_date(published(post))}</em></div></div>\n"
            f'<div class="defaultpost"><div class="postmessage">{title}{words}</div></div></td></tr></table></div>\n'
        )

    def _words(self, thread: Thread, post: Post) -> str:
        text = post.text
        if post.kind is Kind.THREAD:
            text = text.removeprefix(thread.title).lstrip("\n")
        images = "".join(
            f'<img src="attachments/month_1011/{native(post.id)}{n}.jpg" border="0" alt="" />'
            for n, kind in enumerate(post.media)
            if kind == "image"
        )
        return f"{self._quote(thread, post)}{to_html(text)}<br />\n{images}"

    def _quote(self, thread: Thread, post: Post) -> str:
        """7.2 names the quoted floor by a link without words behind the name of its author."""
        quoted = quoted_by(self._shelf, post)
        if quoted is None:
            return ""
        text = quoted.text.removeprefix(thread.title).lstrip("\n")[:_QUOTED]
        name = (quoted.author and quoted.author.name) or "匿名"
        return (
            f'<div class="quote"><h5>引用:</h5><blockquote>原帖由 <i>{escape(name)}</i> 于 '
            f'{full_date(published(quoted))} 发表 <a href="redirect.php?goto=findpost&amp;pid={native(quoted.id)}'
            f'&amp;ptid={thread.number}" target="_blank"><img src="images/common/back.gif" border="0" alt="" /></a>'
            f"<br />{to_html(text)}</blockquote></div><br />\n"
        )

    def _last_time(self, thread: Thread) -> datetime:
        return published(self._last(thread))

    def _message(self, text: str) -> Answer:
        return self._html(
            "提示信息", f'<div class="postbox"><div class="alert_error"><p>{text}</p></div></div>\n'
        )

    def _html(self, title: str, body: str) -> Answer:
        charset = self._forum.charset
        page = (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
            '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml">\n'
            f'<head><meta http-equiv="Content-Type" content="text/html; charset={charset}" />\n'
            f"<title>{escape(title)} - {escape(self._forum.title)} -  Powered by Discuz!</title>\n"
            f'<meta name="generator" content="Discuz! {self._forum.version}" />\n</head>\n<body>\n{body}'
            '<p id="copyright">Powered by <strong>Discuz!</strong></p>\n</body></html>\n'
        )
        return html_answer(page, charset=charset)


def _member(post: Post) -> str:
    author = post.author
    if author is None or author.id is None:
        return "匿名"
    return f'<a target="_blank" href="space.php?uid={native(author.id)}">{escape(author.name or "")}</a>'


def _pager(address: str, page: int, pages: int, items: int) -> str:
    """``.pages``: the number of items, then the pages; empty where there is one page alone."""
    if pages < 2:
        return ""
    links = "".join(
        f"<strong>{n}</strong>" if n == page else f'<a href="{address}&amp;page={n}">{n}</a>'
        for n in range(max(1, page - 4), min(pages, page + 5) + 1)
    )
    last = f'<a href="{address}&amp;page={pages}" class="last">... {pages}</a>' if page + 5 < pages else ""
    after = (
        f'<a href="{address}&amp;page={page + 1}" class="next">&rsaquo;&rsaquo;</a>' if page < pages else ""
    )
    return f'<div class="pages"><em>&nbsp;{items}&nbsp;</em>{links}{last}{after}</div>\n'


def _cut(items: list[_Item], page: int, size: int) -> tuple[int, int, list[_Item]]:
    """The page shown, how many there are, and what is on it; a page past the last is the last."""
    pages = max(1, -(-len(items) // size))
    page = min(max(1, page), pages)
    return page, pages, items[(page - 1) * size : page * size]
