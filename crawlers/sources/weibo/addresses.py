"""Weibo's addresses, and which identity each kind of page is asked with."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from crawlers.sources.weibo.parse.fields import ZONE
from crawlers.spider import RequestKind

MOBILE = "https://m.weibo.cn"
VISITOR = "https://visitor.passport.weibo.cn/visitor/genvisitor2"
VISITOR_FORM = "cb=visitor_gray_callback&tid=&from=weibo"
HOT = "https://weibo.com/ajax/side/hotSearch"
LOGIN_CHECK = f"{MOBILE}/api/config"

_API = {
    "Accept": "application/json, text/plain, */*",
    "Referer": f"{MOBILE}/",
    "X-Requested-With": "XMLHttpRequest",
    "MWeibo-Pwa": "1",
}
_DESKTOP = {"Accept": "application/json, text/plain, */*", "Referer": "https://weibo.com/"}

# A redirect on Weibo is a wall of some kind: it is judged, never followed.
KINDS = {
    "hot": RequestKind(expects="json", headers=_DESKTOP, follow=False),
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
