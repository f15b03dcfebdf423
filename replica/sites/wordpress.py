"""A WordPress site: its REST API with paging headers, and its feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from core.models import Kind, Post
from replica.exchange import Answer, Request, json_answer, not_found, text_answer
from replica.shelf import Shelf
from replica.sites.forum import ForumHost
from replica.ties import native, published
from replica.world.model import Forum, Thread

PER_PAGE, MOST, PER_FEED, LOWERED = 10, 100, 10, 20
_API = "/wp-json/wp/v2/"
_BEIJING = ZoneInfo("Asia/Shanghai")


class Wordpress(ForumHost):
    """One blog; its articles are threads whose opening is the article."""

    def __init__(self, shelf: Shelf, forum: Forum) -> None:
        super().__init__(shelf, forum)
        self._lists: dict[str, Callable[[Request], Answer]] = {
            "posts": self._posts,
            "comments": self._comments,
        }

    def answer(self, request: Request) -> Answer:
        path = request.path
        if path == "/robots.txt":
            return text_answer("User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n")
        if path.startswith(_API) and "wp_no_permalinks" not in request.faults:
            return self._api(path.removeprefix(_API), request)
        if path == "/" and (route := request.text("rest_route")):
            return self._api(route.removeprefix("/wp/v2/"), request)
        if path == "/feed/":
            return self._feed(request)
        if path == "/comments/feed/":
            return self._comments_feed()
        return not_found()

    def _api(self, what: str, request: Request) -> Answer:
        if "wp_api_closed" in request.faults:
            message = "仅登录用户可以使用 REST API。"
            return json_answer(
                {"code": "rest_not_logged_in", "message": message, "data": {"status": 401}}, 401
            )
        handler = self._lists.get(what)
        if handler is None:
            return json_answer(
                {"code": "rest_no_route", "message": "没有匹配的路由", "data": {"status": 404}}, 404
            )
        most = LOWERED if "wp_small_pages" in request.faults else MOST
        if not 1 <= request.number("per_page", PER_PAGE) <= most:
            told = {"code": "rest_invalid_param", "message": "无效的参数：per_page", "data": {"status": 400}}
            return json_answer(told, 400)
        return handler(request)

    def _posts(self, request: Request) -> Answer:
        words = request.text("search")
        rows = [t for t in self._newest() if words in self._first(t).text]
        rows = [t for t in rows if _within(self._first(t), request)]
        size = request.number("per_page", PER_PAGE)
        page, pages = request.number("page", 1), -(-len(rows) // size)
        if page > max(1, pages):
            message = "请求的页码超过了可用的总页数。"
            told = {"code": "rest_post_invalid_page_number", "message": message, "data": {"status": 400}}
            return json_answer(told, 400)
        shown = rows[(page - 1) * size : page * size]
        return self._counted([self._article(t) for t in shown], len(rows), pages, request)

    def _comments(self, request: Request) -> Answer:
        asked = {int(part) for part in request.text("post").split(",") if part.isdecimal()}
        rows = [
            (thread, post)
            for thread in self._newest()
            if not asked or thread.number in asked
            for post_id in thread.post_ids[1:]
            if _within(post := self._shelf.posts[post_id], request)
        ]
        rows.sort(key=lambda row: (published(row[1]), row[1].id), reverse=True)
        size = request.number("per_page", PER_PAGE)
        page, pages = request.number("page", 1), -(-len(rows) // size)
        shown = rows[(page - 1) * size : page * size]
        return self._counted([self._comment(*row) for row in shown], len(rows), pages, request)

    def _counted(self, rows: list[dict[str, Any]], total: int, pages: int, request: Request) -> Answer:
        answer = json_answer(rows)
        if "wp_no_totals" in request.faults:
            return answer
        return answer.with_header("x-wp-total", str(total)).with_header("x-wp-totalpages", str(pages))

    def _article(self, thread: Thread) -> dict[str, Any]:
        post = self._first(thread)
        made = f"{published(post).astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        uid = _uid(post)
        return {
            "id": thread.number,
            "date_gmt": made,
            "modified_gmt": made,
            "link": self._link(thread),
            "title": {"rendered": escape(thread.title, quote=False)},
            "content": {"rendered": _content(post, thread), "protected": False},
            "author": uid,
            "comment_status": "open",
            "_embedded": {
                "author": [{"id": uid, "name": post.author.name if post.author else ""}],
                "wp:term": [],
            },
        }

    def _comment(self, thread: Thread, post: Post) -> dict[str, Any]:
        above = self._shelf.posts.get(post.parent_id or "")
        return {
            "id": int(native(post.id)[1:]),
            "post": thread.number,
            "parent": int(native(above.id)[1:]) if above and above.kind is Kind.COMMENT else 0,
            "author": _uid(post),
            "author_name": post.author.name if post.author else "",
            "date_gmt": f"{published(post).astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "content": {"rendered": _content(post, thread)},
            "link": f"{self._link(thread)}comment-page-1/#comment-{native(post.id)[1:]}",
            "status": "approved",
            "type": "comment",
        }

    def _link(self, thread: Thread) -> str:
        local = published(self._first(thread)).astimezone(_BEIJING)
        return f"https://{self._forum.host}/{local:%Y/%m}/{thread.number}/"

    def _feed(self, request: Request) -> Answer:
        """Ten articles a page; past the last there is none."""
        page = max(1, request.number("paged", 1))
        shown = self._newest()[(page - 1) * PER_FEED : page * PER_FEED]
        if not shown:
            return not_found()
        items = "".join(
            self._item(
                self._first(thread),
                thread,
                thread.title,
                self._link(thread),
                f"https://{self._forum.host}/?p={thread.number}",
                f"<slash:comments>{len(thread.post_ids) - 1}</slash:comments>",
            )
            for thread in shown
        )
        return self._rss(items)

    def _comments_feed(self) -> Answer:
        rows = [(t, self._shelf.posts[post_id]) for t in self._newest() for post_id in t.post_ids[1:]]
        rows.sort(key=lambda row: (published(row[1]), row[1].id), reverse=True)
        items = ""
        for thread, post in rows[:PER_FEED]:
            anchor = f"#comment-{native(post.id)[1:]}"
            title = f"评论 {thread.title}，来自 {post.author.name if post.author else ''}"
            link = self._link(thread)
            items += self._item(post, thread, title, f"{link}{anchor}", f"{link}comment-page-1/{anchor}", "")
        return self._rss(items)

    @staticmethod
    def _item(post: Post, thread: Thread, title: str, link: str, guid: str, more: str) -> str:
        name = escape(post.author.name or "") if post.author else ""
        return (
            f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
            f'<guid isPermaLink="false">{escape(guid)}</guid><dc:creator><![CDATA[{name}]]></dc:creator>'
            f"<pubDate>{format_datetime(published(post).astimezone(UTC))}</pubDate>"
            f"<content:encoded><![CDATA[{_content(post, thread)}]]></content:encoded>"
            f"<comments>{escape(link)}#respond</comments>{more}</item>\n"
        )

    def _rss(self, items: Sequence[str] | str) -> Answer:
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n<channel>'
            f"<title>{escape(self._forum.title)}</title><link>https://{self._forum.host}/</link>\n{items}"
            "</channel></rss>\n"
        )
        return text_answer(xml, kind="application/rss+xml")


def _uid(post: Post) -> int:
    return int(native(post.author.id)) if post.author and post.author.id else 0


def _content(post: Post, thread: Thread) -> str:
    text = post.text.removeprefix(thread.title).lstrip("\n") if post.kind is Kind.ARTICLE else post.text
    pictures = '<figure><img src="/wp-content/uploads/x.jpg" alt=""></figure>\n' * len(post.media)
    return "".join(f"<p>{escape(line, quote=False)}</p>\n" for line in text.split("\n")) + pictures


def _within(post: Post, request: Request) -> bool:
    """Whether it lies between ``after`` and ``before``."""
    after, before = (request.text(name) for name in ("after", "before"))
    made = published(post)
    return (not after or made > datetime.fromisoformat(after)) and (
        not before or made < datetime.fromisoformat(before)
    )
