"""A thread of a Discuz! board of the X line, page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from html import escape

from core.models import Kind, Post
from replica.faults import Switch
from replica.shelf import Shelf
from replica.sites.discuz_page import dated, full_date, pager, quoted_by, shell, to_html
from replica.ties import native, published
from replica.world.model import Forum, Thread

PER_PAGE = 10
_NAMED = {1: "楼主", 2: "沙发", 3: "板凳", 4: "地板"}  # X2's first floors
_QUOTED = 80  # characters of a quoted post that are repeated


class ThreadPage:
    """Renders the threads of one board."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        self._shelf = shelf
        self._forum = forum

    def render(self, thread: Thread, page: int, now: datetime, faults: Mapping[str, Switch]) -> str:
        """The page with ten floors, numbered as they were written; a page past the last is the last."""
        pages = max(1, -(-len(thread.post_ids) // PER_PAGE))
        page = min(max(1, page), pages)
        start = (page - 1) * PER_PAGE
        deleted = faults.get("deleted_floors")
        floors = "".join(
            self._floor(thread, self._shelf.posts[post_id], now, faults)
            for post_id in thread.post_ids[start : start + PER_PAGE]
            if post_id == thread.post_ids[0] or not (deleted and deleted.takes(post_id))
        )
        head = (
            '<table cellspacing="0" cellpadding="0"><tr><td class="pls ptn pbn"><div class="hm ptn">\n'
            f'<span class="xg1">查看: </span><span class="xi1">{thread.views}</span><span class="pipe">|</span>'
            f'<span class="xg1">回复: </span> <span class="xi1">{len(thread.post_ids) - 1}</span></div></td>\n'
            f'<td class="plc ptm pbn vwthd"><h1 class="ts"><span id="thread_subject">{escape(thread.title)}'
            f"</span></h1></td></tr></table>\n"
        )
        links = pager(f"thread-{thread.number}-{{0}}-1.html", page, pages)
        body = (
            f'<div id="postlist" class="pl bm">\n{head}{floors}<div id="postlistreply" class="pl"></div>\n</div>\n'
            f'<div class="pgs mtm mbm cl">{links}</div>\n'
        )
        return shell(self._forum, thread.title, body)

    def _floor(self, thread: Thread, post: Post, now: datetime, faults: Mapping[str, Switch]) -> str:
        pid = native(post.id)
        number = post.floor or 1
        posted = dated(self._forum, published(post), now, full_date(published(post), seconds=True))
        anonymous = faults.get("anonymous_floors")
        who = _member(post, hidden=bool(anonymous and anonymous.takes(post.id)))
        locked = faults.get("locked_floors")
        if locked and locked.takes(post.id):
            content = '<div class="locked">提示: <em>作者被禁止或删除 内容自动屏蔽</em></div>'
        else:
            content = self._content(thread, post, faults.get("jammer"))
        if self._forum.skin == "cards":
            return _card(thread, pid, number, who, posted, content)
        label = _NAMED.get(number, f"<em>{number}</em><sup>#</sup>")
        if not self._forum.version.startswith("X2"):
            label = f"<em>{number}</em><sup>#</sup>"
        return (
            f'<div id="post_{pid}" ><table id="pid{pid}" class="plhin" summary="pid{pid}" cellspacing="0" '
            f'cellpadding="0">\n<tr><td class="pls" rowspan="2"><div id="favatar{pid}" class="pls favatar">'
            f'<div class="pi"><div class="authi">{who}</div></div></div></td>\n'
            f'<td class="plc"><div class="pi"><strong><a href="thread-{thread.number}-1-1.html" '
            f'id="postnum{pid}">{label}</a></strong>\n'
            f'<div class="pti"><div class="authi"><em id="authorposton{pid}">发表于 {posted}</em></div></div></div>\n'
            f'<div class="pct"><div class="pcb">{content}</div></div></td></tr></table></div>\n'
        )

    def _content(self, thread: Thread, post: Post, jammer: Switch | None) -> str:
        pid = native(post.id)
        text = post.text
        if post.kind is Kind.THREAD:
            text = text.removeprefix(thread.title).lstrip("\n")
        html = self._edited(post) + to_html(text)
        if jammer:
            html = _jam(html, post.id, jammer.seed)
        images = "".join(
            f'<img id="aimg_{pid}{n}" src="static/image/common/none.gif" '
            f'zoomfile="data/attachment/forum/{pid}{n}.jpg" file="data/attachment/forum/{pid}{n}.jpg" class="zoom" />\n'
            for n, kind in enumerate(post.media)
            if kind == "image"
        )
        return (
            '<div class="t_fsz"><table cellspacing="0" cellpadding="0"><tr>'
            f'<td class="t_f" id="postmessage_{pid}">\n{self._quote(thread, post)}{html}<br />\n{images}'
            "</td></tr></table></div>"
        )

    def _edited(self, post: Post) -> str:
        """The line the engine puts on top of a floor that was changed."""
        edited = self._shelf.edited_at(post)
        if edited is None:
            return ""
        name = escape((post.author and post.author.name) or "匿名")
        return f'<i class="pstatus"> 本帖最后由 {name} 于 {full_date(edited)} 编辑 </i><br />\n<br />\n'

    def _quote(self, thread: Thread, post: Post) -> str:
        """The post that is answered, where it is not the opening one: this is how a board shows an edge."""
        quoted = quoted_by(self._shelf, post)
        if quoted is None:
            return ""
        text = (
            quoted.text.removeprefix(thread.title).lstrip("\n") if quoted.kind is Kind.THREAD else quoted.text
        )
        cut = text if len(text) <= _QUOTED else f"{text[:_QUOTED]} ..."
        name = (quoted.author and quoted.author.name) or "匿名"
        return (
            '<div class="quote"><blockquote><font size="2"><a href="forum.php?mod=redirect&goto=findpost'
            f'&pid={native(quoted.id)}&ptid={thread.number}" target="_blank"><font color="#999999">'
            f"{escape(name)} 发表于 {full_date(published(quoted))}</font></a></font><br />\n"
            f"{to_html(cut)}</blockquote></div><br />\n"
        )


def _card(thread: Thread, pid: str, number: int, who: str, posted: str, content: str) -> str:
    """A floor as skins for phones and portals show it: no tables, the engine's own names kept."""
    return (
        f'<div id="post_{pid}" class="cmt_item"><div id="pid{pid}" class="cmt_box cl">\n'
        f'<div class="cmt_side authi">{who}</div>\n<div class="cmt_main"><a href="thread-{thread.number}-1-1.html" '
        f'id="postnum{pid}" class="floor">{number}#</a> <span class="authi"><em id="authorposton{pid}">'
        f'发表于 {posted}</em></span>\n<div class="cmt_body">{content}</div></div></div></div>\n'
    )


def _member(post: Post, *, hidden: bool) -> str:
    author = post.author
    if hidden or author is None or author.id is None:
        return "匿名"
    uid = native(author.id)
    return f'<a href="space-uid-{uid}.html" target="_blank" class="xw1">{escape(author.name or "")}</a>'


def _jam(html: str, post_id: str, seed: int) -> str:
    """Noise no reader sees, after each line: what boards do against copying."""
    lines = html.split("<br />")
    noise = [
        hashlib.blake2b(f"{seed}:{post_id}:{n}".encode(), digest_size=6).hexdigest()
        for n in range(len(lines))
    ]
    return "<br />".join(
        f'{line}<font class="jammer">{code}</font>'
        if n % 2 == 0
        else f'{line}<span style="display:none">{code}</span>'
        for n, (line, code) in enumerate(zip(lines, noise, strict=True))
    )
