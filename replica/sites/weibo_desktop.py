"""weibo.com: the hot list that needs no cookie, and the ajax shapes of posts, reposts and profiles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from core.ids import bid_from_mid
from core.models import HotEntry, Kind, Post
from replica.exchange import Answer, Request, html_answer, json_answer, not_found, text_answer
from replica.identity import Identity
from replica.sites.weibo_comments import Comments
from replica.sites.weibo_status import MANAGE, STRATEGY, Statuses, pictures
from replica.sites.weibo_text import BEIJING, DESKTOP, SHOWN, byte_length, full_date, to_html
from replica.ties import native, published
from replica.trouble import login_json, sign_in_page, sorry_redirect, visitor_page, wall

ROBOTS = "User-agent: *\nDisallow: /captcha\nDisallow: /signup\n"
_PER_PAGE = 20
_REPOSTS_PER_PAGE = 10
_FIXED: dict[str, Any] = {  # what is the same in every status served here
    "can_edit": False,
    "favorited": False,
    "geo": None,
    "is_paid": False,
    "mblog_vip_type": 0,
    "number_display_strategy": STRATEGY,
    "attitudes_status": 0,
    "mlevel": 0,
    "content_auth": 0,
    "is_show_bulletin": 2,
    "comment_manage_info": MANAGE,
    "share_repost_type": 0,
    "mblogtype": 0,
    "showFeedRepost": False,
    "showFeedComment": False,
    "pictureViewerSign": False,
    "showPictureViewer": False,
    "rcList": [],
    "visible": {"type": 0, "list_id": 0},
}


Pages = dict[str, Callable[[Request], Answer]]


def passed(request: Request, opened: Pages, walled: Pages) -> Answer | None:
    """The page of a path: an open one for everybody, a walled one for whom the site knows; None for other paths."""
    if handler := opened.get(request.path):
        return handler(request)
    if handler := walled.get(request.path):
        known = request.identity not in (Identity.NONE, Identity.UNKNOWN)
        return handler(request) if known else wall(432)
    return None


class WeiboDesktop:
    """weibo.com and www.weibo.com."""

    hosts = ("weibo.com", "www.weibo.com")

    def __init__(self, statuses: Statuses, comments: Comments) -> None:
        self._statuses = statuses
        self._shelf = statuses.shelf
        self._open: Pages = {
            "/robots.txt": lambda request: text_answer(ROBOTS),
            "/ajax/side/hotSearch": self._hot_search,
            "/sorry": lambda request: html_answer("<html><head><title>微博-出错了</title></head></html>"),
            "/login.php": lambda request: sign_in_page(),
        }
        self._walled: Pages = {
            "/ajax/statuses/show": self._show,
            "/ajax/statuses/longtext": self._long_text,
            "/ajax/profile/info": self._profile,
            "/ajax/profile/detail": self._profile_detail,
            "/ajax/statuses/mymblog": self._timeline,
            "/ajax/statuses/searchProfile": self._search_profile,
            "/ajax/statuses/buildComments": comments.build,
            "/ajax/statuses/repostTimeline": self._reposts,
        }

    def answer(self, request: Request) -> Answer:
        if (found := passed(request, self._open, self._walled)) is not None:
            return found
        if request.path.startswith("/ajax/"):
            return json_answer({"ok": 0, "message": "接口不存在"}, 404)
        if "x-requested-with" in request.headers:
            return sorry_redirect()
        return visitor_page() if request.identity is Identity.NONE else not_found()

    def _hot_search(self, request: Request) -> Answer:
        rows = [hot_row(entry) for entry in self._shelf.hot()]
        top: dict[str, Any] = {"ok": 1, "data": {"realtime": rows}}
        if rows:
            top["data"]["hotgov"] = {"word": "#今日要闻#", "icon_desc": "热"}
        return json_answer(top)

    def _show(self, request: Request) -> Answer:
        post = self._statuses.find(request.text("id"))
        if post is None:
            return json_answer({"ok": 0, "message": "该微博不存在", "error_code": 20101})
        return json_answer({"ok": 1, **self.status(post)})

    def _long_text(self, request: Request) -> Answer:
        post = self._statuses.find(request.text("id"))
        if post is None or "long_text_fails" in request.faults:
            return json_answer({"ok": 0, "message": "该微博不存在"})
        topics = [
            {
                "title": "",
                "topic_url": f"sinaweibo://searchall?containerid=231522&q=%23{t}%23",
                "topic_title": t,
            }
            for t in post.topics
        ]
        text = self._statuses.chains.text(post)
        data = {"longTextContent": text, "topic_struct": topics, "url_struct": []}
        return json_answer({"ok": 1, "data": data})

    def _profile(self, request: Request) -> Answer:
        author = self._shelf.author(f"weibo:{request.text('uid')}")
        if author is None:
            return json_answer({"ok": 0, "message": "用户不存在"})
        account = self._shelf.accounts.get(author.id or "")
        user = self._statuses.users.desktop(author) or {}
        if account:
            user |= {
                "verified_reason": account.verified_reason or "",
                "friends_count": account.follow_count,
                "statuses_count": account.statuses_count,
                "description": account.description,
                "location": account.location or "其他",
                "gender": account.gender or "m",
            }
        data = {"user": user, "tabList": [{"name": "微博", "tabName": "weibo"}], "blockText": ""}
        return json_answer({"ok": 1, "data": data})

    def _profile_detail(self, request: Request) -> Answer:
        account = self._shelf.accounts.get(f"weibo:{request.text('uid')}")
        if account is None:
            return json_answer({"ok": 0, "message": "用户不存在"})
        data: dict[str, Any] = {
            "sunshine_credit": {"level": "信用较好"},
            "description": account.description,
            "gender": account.gender or "m",
            "location": account.location or "其他",
            "label_desc": [],
            "desc_text": account.verified_reason or "",
        }
        if account.location:
            data["ip_location"] = f"IP属地：{account.location.split()[-1]}"
        if account.joined_at:
            data["created_at"] = f"{account.joined_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        return json_answer({"ok": 1, "data": data})

    def _timeline(self, request: Request) -> Answer:
        page = max(1, request.number("page", 1))
        if page > 1 and request.identity is Identity.VISITOR:
            return login_json(request)
        posts = self._shelf.listed(f"by:weibo:{request.text('uid')}").posts
        shown = posts[(page - 1) * _PER_PAGE : page * _PER_PAGE]
        rest = posts[page * _PER_PAGE :]
        data = {
            "since_id": f"{native(rest[0].id)}kp{page + 1}" if rest else "",
            "list": [self.status(post) for post in shown],
            "status_visible": 0,
            "bottom_tips_visible": False,
            "bottom_tips_text": "",
            "topicList": [],
            "total": len(posts),
        }
        return json_answer({"ok": 1, "data": data})

    def _search_profile(self, request: Request) -> Answer:
        """A stretch of a timeline between two unix seconds."""
        if request.identity is not Identity.LOGIN:
            return login_json(request)
        since, until = (
            datetime.fromtimestamp(request.number(name, 0), UTC) for name in ("starttime", "endtime")
        )
        posts = self._shelf.listed(f"by:weibo:{request.text('uid')}").between(since, until)
        page = max(1, request.number("page", 1))
        shown = posts[(page - 1) * _PER_PAGE : page * _PER_PAGE]
        rows = [self.status(post) for post in shown]
        return json_answer({"ok": 1, "data": {"list": rows, "total": len(posts)}})

    def _reposts(self, request: Request) -> Answer:
        if request.identity is not Identity.LOGIN:
            return login_json(request)
        post = self._statuses.find(request.text("id"))
        posts = self._shelf.listed(f"reposts:{post.id}").posts if post else []
        page = max(1, request.number("page", 1))
        shown = posts[(page - 1) * _REPOSTS_PER_PAGE : page * _REPOSTS_PER_PAGE]
        missing = request.faults.get("missing_reposts")
        rows = [self.status(p) for p in shown if not (missing and missing.takes(p.id))]
        pages = -(-len(posts) // _REPOSTS_PER_PAGE)
        more = page + 1 if page < pages else 0
        return json_answer(
            {"ok": 1, "data": rows, "max_page": pages, "next_cursor": more, "total_number": len(posts)}
        )

    def status(self, post: Post, *, nested: bool = True) -> dict[str, Any]:
        """A status of weibo.com/ajax: ids are numbers, the text comes plain and as HTML."""
        mid = native(post.id)
        counts = self._statuses.counts(post)
        status: dict[str, Any] = {
            **_FIXED,
            "created_at": full_date(published(post)),
            "id": int(mid),
            "idstr": mid,
            "mid": mid,
            "mblogid": bid_from_mid(mid),
            "user": self._statuses.users.desktop(post.author),
            **self._text(post),
            "source": post.client or "",
            "pic_ids": pictures(post),
            "pic_num": len(pictures(post)),
            "reposts_count": counts.reposts,
            "comments_count": counts.comments,
            "attitudes_count": counts.likes,
        }
        if edited := self._shelf.edited_at(post):
            status |= {"edit_count": 1, "edit_at": full_date(edited)}
        if post.region:
            status["region_name"] = f"发布于 {post.region}"
        if nested and post.kind is Kind.REPOST and post.root_id:
            root = self._shelf.posts.get(post.root_id)
            status["retweeted_status"] = (
                self._statuses.tombstone(post.root_id) if root is None else self.status(root, nested=False)
            )
        return status

    def _text(self, post: Post) -> dict[str, Any]:
        text = self._statuses.chains.text(post)
        fields: dict[str, Any] = {"textLength": byte_length(text), "isLongText": len(text) > SHOWN}
        if len(text) <= SHOWN:
            return fields | {"text_raw": text, "text": to_html(text, DESKTOP)}
        mid = native(post.id)
        scheme = f"sinaweibo://detail?mblogid={mid}&id={mid}"
        return fields | {
            "text_raw": text[:SHOWN] + "\u200b",
            "text": to_html(text[:SHOWN], DESKTOP) + ' ...<span class="expand">展开</span>',
            "continue_tag": {"title": "全文", "pic": "", "scheme": scheme},
        }


def hot_row(entry: HotEntry) -> dict[str, Any]:
    """One line of the hot list as ``realtime[]`` has it; `rank` counts from 0 there."""
    rank = (entry.rank or 1) - 1
    label = entry.label or ""
    return {
        "topic_flag": 1,
        "word_scheme": f"#{entry.title}#",
        "onboard_time": int(entry.at.timestamp()),
        "expand": 0,
        "realpos": rank + 1,
        "num": entry.heat or 0,
        "word": entry.title,
        "raw_hot": entry.heat or 0,
        "emoticon": "",
        "is_new": int(label == "新"),
        "star_word": 0,
        "star_name": [],
        "ad_info": "",
        "subject_label": "社会",
        "fun_word": 1,
        "channel_type": "Social",
        "small_icon_desc_color": "#ff3852",
        "category": "社会",
        "flag": 1 if label else 0,
        "label_name": label,
        "icon_desc": label,
        "small_icon_desc": label,
        "icon_desc_color": "#ff3852",
        "note": entry.title,
        "flag_desc": "社会",
        "rank": rank,
    }
