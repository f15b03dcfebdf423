"""Groups of Douban: their lists, and topics with a hundred replies a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from core.models import Kind, Post
from replica.exchange import Answer, Request, html_answer, not_found, text_answer
from replica.faults import Switch
from replica.sites.forum import ForumHost
from replica.ties import native, published
from replica.world.model import Thread

PER_LIST, PER_TOPIC = 25, 100
_LIST = re.compile(r"/group/([\w-]+)/discussion")
_TOPIC = re.compile(r"/group/topic/(\d+)/?")
_BEIJING = ZoneInfo("Asia/Shanghai")
_ROBOTS = "User-agent: *\nDisallow: /group/search\nDisallow: /j/\n"


class Douban(ForumHost):
    """The one host, with its groups."""

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer(_ROBOTS)
        if match := _LIST.fullmatch(request.path):
            return self._list(match[1], request)
        if match := _TOPIC.fullmatch(request.path):
            thread = self._threads.get(int(match[1]))
            if thread is None:
                return not_found(
                    "<html><head><title>页面不存在</title></head><body>呃... 你想访问的页面不存在。</body></html>"
                )
            return self._topic(thread, request)
        return not_found()

    def _answered_at(self, thread: Thread) -> datetime:
        return max(published(post) for post in self._floors(thread))

    def _list(self, group: str, request: Request) -> Answer:
        """25 topics a page, those last answered first, the pinned on top; past the end an empty table."""
        board = next((b for b in self._forum.boards if b.slug == group), None)
        if board is None:
            return not_found("<html><head><title>页面不存在</title></head><body>没有这个小组</body></html>")
        threads = [t for t in self._threads.values() if t.board == board.number]
        threads.sort(key=self._answered_at, reverse=True)
        plain = [thread for thread in threads if not thread.sticky]
        start = max(0, request.number("start", 0))
        page, pages = start // PER_LIST + 1, max(1, -(-len(plain) // PER_LIST))
        shown = plain[start : start + PER_LIST]
        if page == 1:
            shown = [thread for thread in threads if thread.sticky] + shown
        rows = "".join(self._row(thread, request.now) for thread in shown)
        address = f"https://{self._forum.host}/group/{group}/discussion?start={{}}&amp;type=new"
        body = (
            '<table class="olt"><tr class="th"><td>讨论</td><td>作者</td><td class="r-count">回复</td><td>最后回复</td></tr>\n'
            f'<tr id="dale_group_special2"></tr>\n{rows}</table>\n{_pager(address, page, pages, PER_LIST)}'
        )
        return html_answer(_shell(f"{board.name}小组讨论", body))

    def _row(self, thread: Thread, now: datetime) -> str:
        opening = self._first(thread)
        pin = '<span class="pl">[置顶]</span>' if thread.sticky else ""
        title = escape(thread.title)
        short = title if len(thread.title) <= 24 else f"{escape(thread.title[:24])}..."
        replies = len(thread.post_ids) - 1
        return (
            f'<tr class=""><td class="title">{pin}<a href="https://{self._forum.host}/group/topic/{thread.number}/'
            f'?_spm_id=foo" title="{title}" class="">{short}</a></td>\n<td nowrap="nowrap">{_member(opening)}</td>'
            f'<td nowrap="nowrap" class="r-count ">{replies or ""}</td>\n'
            f'<td nowrap="nowrap" class="time">{_short(self._answered_at(thread), now)}</td></tr>\n'
        )

    def _topic(self, thread: Thread, request: Request) -> Answer:
        posts = self._floors(thread)
        replies = posts[1:]
        start = max(0, request.number("start", 0))
        page, pages = start // PER_TOPIC + 1, max(1, -(-len(replies) // PER_TOPIC))
        shown = replies[start : start + PER_TOPIC]
        removed = request.faults.get("removed_replies")
        items = "".join(self._reply(post, removed) for post in shown)
        address = f"https://{self._forum.host}/group/topic/{thread.number}/?start={{}}"
        head = self._opening(thread, posts[0]) if page == 1 else ""
        # the most liked stand above all, once more
        liked = [post for post in replies if (post.engagement.likes or 0) > 5][:3] if page == 1 else []
        popular = "".join(self._reply(post, removed) for post in liked)
        body = (
            f'<h1>{escape(thread.title)}</h1>\n{head}<ul class="topic-reply popular-bd">{popular}</ul>\n'
            f'<ul class="topic-reply" id="comments">\n{items}</ul>\n{_pager(address, page, pages, PER_TOPIC)}'
            f'<script type="application/ld+json">{{"@type":"DiscussionForumPosting","commentCount":"{len(replies)}"}}'
            "</script>"
        )
        return html_answer(_shell(thread.title, body))

    def _opening(self, thread: Thread, post: Post) -> str:
        body = post.text.removeprefix(thread.title).lstrip("\n")
        paragraphs = "".join(f"<p>{escape(line, quote=False)}</p>" for line in body.split("\n"))
        pictures = '<div class="image-wrapper"><img src="https://img.example/x.jpg"></div>' * len(post.media)
        return (
            f'<div id="topic-content" class="topic-content"><div class="user-face"><img class="pil" '
            f'src="https://img.example/icon/u{_uid(post)}-1.jpg"></div><div class="topic-doc"><h3>'
            f'<span class="from">来自: {_member(post)}</span><span class="create-time color-green">{_full(post)}</span>'
            f'<span class="create-ip">{post.region or ""}</span></h3><div id="link-report"><div class="topic-content">'
            f'<div class="topic-richtext">{paragraphs}{pictures}</div></div></div>'
            '<div class="topic-opt clearfix">举报</div></div></div>\n'
        )

    def _reply(self, post: Post, removed: Switch | None) -> str:
        number = native(post.id)[1:]
        text = escape(post.text, quote=False)
        if removed is not None and removed.takes(post.id):
            text = "该条回应已被删除"
        likes = post.engagement.likes
        return (
            f'<li class="clearfix comment-item reply-item" id="{number}" data-cid="{number}" data-author-id="{_uid(post)}">\n'
            f'<div class="reply-doc content"><div class="bg-img-green"><h4>{_member(post)}'
            f'<span class="pubtime">{_full(post)} {post.region or ""}</span></h4></div>\n{self._quote(post)}'
            f'<div class="markdown"><p class="reply-content">{text}</p></div>\n'
            f'<div class="operation_div" id="{_uid(post)}"><a href="javascript:void(0);" class="comment-vote lnk-fav">'
            f"赞{f' ({likes})' if likes else ''}</a></div></div></li>\n"
        )

    def _quote(self, post: Post) -> str:
        quoted = self._shelf.quoted(post.quoted_id, post)
        if quoted is None or quoted.kind is Kind.THREAD:
            return ""
        words = escape(quoted.text, quote=False)
        return (
            f'<div class="reply-quote"><div class="reply-quote-content" data-ref-cid="{native(quoted.id)[1:]}" '
            f'data-author-id="{_uid(quoted)}"><span class="short">{words[:20]}</span><span class="all ref-content">'
            f'{words}</span><span class="pubdate">{_member(quoted)}</span></div></div>\n'
        )


def _uid(post: Post) -> str:
    return native(post.author.id) if post.author and post.author.id else "0"


def _member(post: Post) -> str:
    name = escape((post.author and post.author.name) or "[已注销]")
    return f'<a href="https://www.douban.com/people/{_uid(post)}/" class="">{name}</a>'


def _full(post: Post) -> str:
    return f"{published(post).astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}"


def _short(at: datetime, now: datetime) -> str:
    """``03-28 18:56`` of this year, ``2024-03-28`` of another."""
    local = at.astimezone(_BEIJING)
    return f"{local:%m-%d %H:%M}" if local.year == now.astimezone(_BEIJING).year else f"{local:%Y-%m-%d}"


def _pager(address: str, page: int, pages: int, size: int) -> str:
    if pages < 2:
        return ""
    following = f'<a href="{address.format(page * size)}" >后页&gt;</a>' if page < pages else "后页&gt;"
    others: Sequence[int] = [number for number in range(1, pages + 1) if number != page]
    links = "".join(f'<a href="{address.format((number - 1) * size)}" >{number}</a>' for number in others)
    return (
        f'<div class="paginator"><span class="prev">&lt;前页</span><span class="thispage" data-total-page="{pages}">'
        f'{page}</span>{links}<span class="next">{following}</span></div>\n'
    )


def _shell(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>\n    {escape(title)}\n</title></head>'
        f'<body><div id="wrapper"><div id="content">{body}</div></div></body></html>'
    )
