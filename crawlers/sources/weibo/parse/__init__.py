"""Pages of Weibo to posts: pure functions of a decoded body and the time of fetching."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from crawlers.reading.unreadable import Unreadable, read_json
from crawlers.sources.weibo.parse.account import parse_profile, parse_visitor
from crawlers.sources.weibo.parse.comments import CommentPage, parse_children, parse_comments
from crawlers.sources.weibo.parse.lists import StatusPage, parse_hot, parse_reposts, parse_timeline
from crawlers.sources.weibo.parse.search import SearchPage, parse_search
from crawlers.sources.weibo.parse.status import (
    Status,
    parse_gone,
    parse_long_text,
    parse_refusal,
    parse_root,
    parse_status,
)
from crawlers.sources.weibo.parse.wap import parse_wap_comments, parse_wap_timeline
from crawlers.workbench.cases import Reader

__all__ = [
    "READERS",
    "CommentPage",
    "SearchPage",
    "Status",
    "StatusPage",
    "parse_children",
    "parse_comments",
    "parse_gone",
    "parse_hot",
    "parse_long_text",
    "parse_profile",
    "parse_refusal",
    "parse_reposts",
    "parse_root",
    "parse_search",
    "parse_status",
    "parse_timeline",
    "parse_visitor",
    "parse_wap_comments",
    "parse_wap_timeline",
]


def _query(url: str, name: str) -> str:
    return next(iter(parse_qs(urlsplit(url).query).get(name, [])), "")


def _with_root(status: Status | None, at: datetime) -> dict[str, object]:
    root = parse_root(status, at) if status else None
    return {
        "post": status.post if status else None,
        "long": bool(status and status.long),
        "pinned": bool(status and status.pinned),
        "root": root.post if root else None,
        "gone": parse_gone(status.retweeted, at) if status and root is None else None,
    }


def _status(body: bytes, url: str, at: datetime) -> object:
    document = read_json(body)
    if not isinstance(document, dict):
        raise Unreadable("no status")
    wrapped = document.get("data") if isinstance(document.get("data"), dict) else document
    found = _with_root(parse_status(wrapped, at), at)
    gone = parse_gone(wrapped, at) or parse_refusal(document, _query(url, "id"), at)
    return found | {"gone": gone} if gone else found


def _page(page: StatusPage, at: datetime) -> object:
    return {
        "statuses": [_with_root(status, at) for status in page.statuses],
        "gone": page.gone,
        "listed": page.listed,
        "total": page.total,
        "pages": page.pages,
        "next_cursor": page.next_cursor,
    }


def _search(body: bytes, _url: str, at: datetime) -> object:
    page = parse_search(body, at)
    return {
        "statuses": [{"post": status.post, "long": status.long} for status in page.statuses],
        "roots": [{"post": status.post, "long": status.long} for status in page.roots],
        "listed": page.listed,
        "pages": page.pages,
        "total": page.total,
        "omitted": page.omitted,
        "empty": page.empty,
    }


READERS: Mapping[str, Reader] = {
    "status": _status,
    "timeline": lambda body, url, at: _page(parse_timeline(read_json(body), at), at),
    "reposts": lambda body, url, at: _page(parse_reposts(read_json(body), at), at),
    "hot": lambda body, url, at: parse_hot(read_json(body), at),
    "search": _search,
    "comments": lambda body, url, at: parse_comments(read_json(body), _query(url, "id"), at),
    "children": lambda body, url, at: parse_children(
        read_json(body), _query(url, "post"), _query(url, "cid"), at
    ),
    "profile": lambda body, url, at: parse_profile(read_json(body)),
    "visitor": lambda body, url, at: parse_visitor(body),
    "wap_timeline": lambda body, url, at: parse_wap_timeline(body, at),
    "wap_comments": lambda body, url, at: parse_wap_comments(body, at),
}
