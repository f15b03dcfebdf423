"""Asking a running replica, logged in, and what its lists of Weibo show."""

from __future__ import annotations

from typing import Any

from parsel import Selector

from replica.server import Replica
from tests.sites import LOGIN, Page, get

M, S, W = "http://m.weibo.cn", "http://s.weibo.com", "http://weibo.com"
BBS, FORUM, NEWS = "http://bbs.cheyou.example", "http://forum.meizhuang.example", "http://news.example"
TIMELINE = f"{M}/api/container/getIndex?containerid=1076039900000002"
CONFIG = f"{M}/api/config"
SEARCH = f"{S}/weibo?q=%E8%9B%8B%E6%8C%9E"
THREAD = f"{BBS}/thread-1-1-1.html"


def ask(replica: Replica, url: str, **options: Any) -> Page:
    return get(replica.proxy, url, headers=LOGIN, **options)


def reposts(replica: Replica, mid: str) -> list[dict[str, Any]]:
    """All reposts that the list of a post shows."""

    def page(number: int) -> dict[str, Any]:
        url = f"{M}/api/statuses/repostTimeline?id={mid}&page={number}"
        found: dict[str, Any] = ask(replica, url).json()["data"]
        return found

    return [row for number in range(1, page(1)["max"] + 1) for row in page(number)["data"]]


def mids(page: Page) -> list[str]:
    """The numbers of the posts on a page of a search."""
    return Selector(page.text()).xpath('//div[@action-type="feed_list_item"]/@mid').getall()
