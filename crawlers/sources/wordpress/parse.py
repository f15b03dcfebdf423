"""WordPress's JSON and feeds to articles and comments, all pure."""

from __future__ import annotations

from crawlers.reading.unreadable import Unreadable, read_json
from crawlers.sources.wordpress.api import read_articles, read_comments
from crawlers.sources.wordpress.body import Page
from crawlers.sources.wordpress.feed import read_comment_feed, read_feed
from crawlers.workbench.cases import Reader

__all__ = [
    "READERS",
    "Page",
    "Unreadable",
    "read_articles",
    "read_comment_feed",
    "read_comments",
    "read_feed",
]

_SITE = "chezhi.example"
READERS: dict[str, Reader] = {
    "articles": lambda body, url, fetched_at: read_articles(
        read_json(body), site=_SITE, fetched_at=fetched_at
    ),
    "comments": lambda body, url, fetched_at: read_comments(
        read_json(body), site=_SITE, fetched_at=fetched_at
    ),
    "feed": lambda body, url, fetched_at: read_feed(body, site=_SITE, fetched_at=fetched_at),
    "comment_feed": lambda body, url, fetched_at: read_comment_feed(
        body, site=_SITE, articles={"https://chezhi.example/2026/11/s7/": 60}, fetched_at=fetched_at
    ),
}
