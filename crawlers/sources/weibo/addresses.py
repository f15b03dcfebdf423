"""Weibo's addresses, and which identity each kind of page is asked with."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from crawlers.kinds import RequestKind
from crawlers.sources.weibo.parse.fields import ZONE

MOBILE = "https://m.weibo.cn"
DESKTOP = "https://weibo.com/ajax"
VISITOR = "https://visitor.passport.weibo.cn/visitor/genvisitor2"
VISITOR_FORM = "cb=visitor_gray_callback&tid=&from=weibo"
HOT = f"{DESKTOP}/side/hotSearch"
LOGIN_CHECK = f"{MOBILE}/api/config"

_API = {
    "Accept": "application/json, text/plain, */*",
    "Referer": f"{MOBILE}/",
    "X-Requested-With": "XMLHttpRequest",
    "MWeibo-Pwa": "1",
}
_AJAX = {
    "Accept": "application/json, text/plain, */*",
    "Referer": "https://weibo.com/",
    "X-Requested-With": "XMLHttpRequest",
}

# A redirect on Weibo is a wall of some kind: it is judged, never followed.
KINDS = {
    "hot": RequestKind(expects="json", headers=_AJAX, follow=False),
    "ajax": RequestKind(identity="login", expects="json", headers=_AJAX, follow=False),
    "status": RequestKind(identity="visitor", expects="json", headers=_API, follow=False),
    "longtext": RequestKind(identity="visitor", expects="json", headers=_API, follow=False),
    "profile": RequestKind(identity="visitor", expects="json", headers=_API, follow=False),
    "timeline": RequestKind(identity="visitor", expects="json", headers=_API, follow=False),
    "comments": RequestKind(identity="visitor", expects="json", headers=_API, follow=False),
    "reposts": RequestKind(identity="login", expects="json", headers=_API, follow=False),
    "search": RequestKind(identity="login", expects="html", follow=False),  # a page: no XHR header
    "login_check": RequestKind(identity="login", expects="json", headers=_API, follow=False),
}


def status(mid: str) -> str:
    return f"{MOBILE}/statuses/show?id={mid}"


def long_text(mid: str) -> str:
    return f"{MOBILE}/statuses/extend?id={mid}"


def reposts(mid: str, page: int) -> str:
    return f"{MOBILE}/api/statuses/repostTimeline?id={mid}&page={page}"


def desktop_reposts(mid: str, page: int) -> str:
    return f"{DESKTOP}/statuses/repostTimeline?id={mid}&page={page}&moduleID=feed&count=10"


def comments(mid: str, cursor: tuple[str, str] | None) -> str:
    """The first page, or the one that a cursor (max_id, max_id_type) leads to."""
    if cursor is None:
        return f"{MOBILE}/comments/hotflow?id={mid}&mid={mid}&max_id_type=0"
    return f"{MOBILE}/comments/hotflow?id={mid}&mid={mid}&max_id={cursor[0]}&max_id_type={cursor[1]}"


def children(comment: str, cursor: tuple[str, str] | None) -> str:
    max_id, kind = cursor or ("0", "0")
    return f"{MOBILE}/comments/hotFlowChild?cid={comment}&max_id={max_id}&max_id_type={kind}"


def profile(uid: str) -> str:
    return f"{MOBILE}/api/container/getIndex?containerid=100505{uid}"


def timeline(uid: str, cursor: str | None) -> str:
    query = {"containerid": f"107603{uid}", **({"since_id": cursor} if cursor else {})}
    return f"{MOBILE}/api/container/getIndex?{urlencode(query)}"


def supertopic(container: str, cursor: str | None) -> str:
    """The posts of a super-topic by time; the cursor is a text of JSON."""
    query = {"containerid": f"{container}_-_sort_time", **({"since_id": cursor} if cursor else {})}
    return f"{MOBILE}/api/container/getIndex?{urlencode(query)}"


def my_blog(uid: str, page: int, cursor: str | None) -> str:
    """A page of a timeline of weibo.com; from the second on it wants the cursor of the one before."""
    query = {"uid": uid, "page": page, "feature": 0, **({"since_id": cursor} if cursor else {})}
    return f"{DESKTOP}/statuses/mymblog?{urlencode(query)}"


def search_profile(uid: str, since: datetime, until: datetime, page: int) -> str:
    """A page of what an account wrote in [since, until), in seconds: the site's own search within a timeline."""
    parts = ("hasori", "hasret", "hastext", "haspic", "hasvideo", "hasmusic")
    span = {"starttime": int(since.timestamp()), "endtime": int(until.timestamp())}
    query = {"uid": uid, "page": page, **span, **dict.fromkeys(parts, 1)}
    return f"{DESKTOP}/statuses/searchProfile?{urlencode(query)}"


def profile_info(uid: str) -> str:
    return f"{DESKTOP}/profile/info?uid={uid}"


def comments_by_time(mid: str, author: str, cursor: tuple[str, str] | None) -> str:
    """A page of comments of weibo.com, the newest first (`flow` 1)."""
    query = {
        "is_reload": 1, "id": mid, "is_show_bulletin": 2, "is_mix": 0, "count": 20, "uid": author,
        "fetch_level": 0, "locale": "zh-CN", "flow": 1, **({"max_id": cursor[0]} if cursor else {}),
    }  # fmt: skip
    return f"{DESKTOP}/statuses/buildComments?{urlencode(query)}"


def older_comments(mid: str, page: int) -> str:
    """A page of the older list of comments, the newest first, as far as a visitor may see it."""
    return f"{MOBILE}/api/comments/show?id={mid}&page={page}"


def search(
    query: str,
    page: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    region: str | None = None,
    nodup: bool = False,
) -> str:
    """A page of search results; `since` and `until` are cut to hours of Beijing, the end is exclusive."""
    parts = {"q": query, "typeall": "1", "suball": "1"}
    if region:
        parts["region"] = region
    if since or until:
        parts["timescope"] = f"custom:{_hour(since)}:{_hour(until)}"
    parts["page"] = str(page)
    if nodup:
        parts["nodup"] = "1"
    return f"https://s.weibo.com/weibo?{urlencode(parts)}"


def _hour(at: datetime | None) -> str:
    """``2026-11-21-9``: the hour has no leading zero."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    return f"{local:%Y-%m-%d}-{local.hour}"
