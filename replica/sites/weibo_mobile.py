"""m.weibo.cn: profiles, timelines, posts, long texts and reposts as its JSON API gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from core.models import Kind, Post
from replica.exchange import Answer, Request, html_answer, json_answer, not_found, text_answer
from replica.identity import Identity
from replica.sites.weibo_comments import Comments
from replica.sites.weibo_containers import Containers
from replica.sites.weibo_desktop import ROBOTS, Pages, passed
from replica.sites.weibo_status import Statuses
from replica.ties import native
from replica.trouble import captcha_page, login_json, sign_in_page, visitor_page, wall

REPOSTS_PER_PAGE = 10
_NOT_THERE = {"ok": 0, "msg": "微博不存在或暂无查看权限!", "error_code": 20101}
_NONE_YET = {"ok": 0, "msg": "还没有人转发过"}


class WeiboMobile:
    """m.weibo.cn."""

    hosts = ("m.weibo.cn",)

    def __init__(self, statuses: Statuses, containers: Containers, comments: Comments) -> None:
        self._statuses = statuses
        self._open: Pages = {
            "/robots.txt": lambda request: text_answer(ROBOTS),
            "/": self._home,
            "/captcha": lambda request: captcha_page(),
            "/login": lambda request: sign_in_page(),
            "/api/config": self._config,
        }
        self._walled: Pages = {
            "/api/container/getIndex": containers.answer,
            "/statuses/show": self._show,
            "/statuses/extend": self._extend,
            "/api/statuses/repostTimeline": self._reposts,
            "/comments/hotflow": comments.hot_flow,
            "/comments/hotFlowChild": comments.hot_flow_child,
            "/api/comments/show": comments.show,
            "/api/attitudes/show": lambda request: json_answer({"ok": 0, "msg": "还没有人赞过"}),
        }

    def answer(self, request: Request) -> Answer:
        if (found := passed(request, self._open, self._walled)) is not None:
            return found
        folder, _, key = request.path.lstrip("/").partition("/")
        if folder in ("status", "detail"):
            return visitor_page() if request.identity is Identity.NONE else self._page(key)
        return not_found()

    def _home(self, request: Request) -> Answer:
        """The warm-up: the first page sets the cookies the API wants to see beside SUB."""
        if request.identity is Identity.NONE:
            return visitor_page()
        login = int(request.identity is Identity.LOGIN)
        page = html_answer(
            '<!DOCTYPE html><html><head><title>微博</title></head><body id="app"></body></html>'
        )
        for cookie in ("_T_WM=40320000000", "XSRF-TOKEN=a1b2c3", f"MLOGIN={login}"):
            page = page.with_cookie(f"{cookie}; path=/; domain=.weibo.cn")
        return page

    def _config(self, request: Request) -> Answer:
        """The cheap cookie check: an expired login is told from none."""
        if request.identity is Identity.NONE:
            return wall(432)
        login = request.identity is Identity.LOGIN
        data: dict[str, Any] = {"login": login, "st": "a1b2c3"}
        if login:
            data["uid"] = "9900000000"
        return json_answer({"ok": 1, "data": data})

    def _show(self, request: Request) -> Answer:
        post = self._statuses.find(request.text("id"))
        if post is None:
            return json_answer(_NOT_THERE)
        return json_answer({"ok": 1, "data": self._statuses.mobile(post, request.faults, whole=True)})

    def _extend(self, request: Request) -> Answer:
        post = self._statuses.find(request.text("id"))
        if post is None or "long_text_fails" in request.faults:
            return json_answer(_NOT_THERE)
        counts = self._statuses.counts(post)
        return json_answer(
            {
                "ok": 1,
                "data": {
                    "ok": 1,
                    "longTextContent": self._statuses.mobile_html(post, whole=True),
                    "reposts_count": counts.reposts,
                    "comments_count": counts.comments,
                    "attitudes_count": counts.likes,
                },
            }
        )

    def _reposts(self, request: Request) -> Answer:
        if request.identity is not Identity.LOGIN:
            return login_json(request)
        posts = self._reposts_of(request.text("id"))
        page = max(1, request.number("page", 1))
        shown = posts[(page - 1) * REPOSTS_PER_PAGE : page * REPOSTS_PER_PAGE]
        if not shown:
            return json_answer(_NONE_YET)
        missing = request.faults.get("missing_reposts")
        rows = [
            self._statuses.mobile(post, request.faults)
            for post in shown
            if not (missing and missing.takes(post.id))
        ]
        return json_answer(
            {
                "ok": 1,
                "msg": "数据获取成功",
                "data": {
                    "data": rows,
                    "total_number": len(posts),
                    "hot_total_number": 0,
                    "max": -(-len(posts) // REPOSTS_PER_PAGE),
                },
            }
        )

    def _reposts_of(self, key: str) -> Sequence[Post]:
        post = self._statuses.find(key)
        return self._statuses.shelf.listed(f"reposts:{post.id}").posts if post else []

    def _page(self, key: str) -> Answer:
        """The page of one post, with its data in a script."""
        post = self._statuses.find(key)
        if post is None or post.kind not in (Kind.POST, Kind.REPOST):
            return html_answer('<html><body><p class="h5-4con">微博不存在或暂无查看权限!</p></body></html>')
        status = self._statuses.mobile(post, {}, whole=True)
        data = msgspec.json.encode([{"status": status, "call": 1}]).decode().replace("</", "<\\/")
        return html_answer(
            '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>微博正文</title></head><body>\n'
            f'<script>\nvar $render_data = {data}[0] || {{}};\nvar __mid = "{native(post.id)}";\n</script>\n'
            "</body></html>\n"
        )
