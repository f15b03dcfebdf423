"""Pages of Douban's groups to what they hold: `read_listing`, `read_topic`, `notice`, all pure."""

from __future__ import annotations

from crawlers.reading.charset import decode
from crawlers.sources.douban.addresses import topic_of
from crawlers.sources.douban.listing import Listing, Row, read_listing
from crawlers.sources.douban.page import notice
from crawlers.sources.douban.topic import TopicPage, gone_topic, read_topic
from crawlers.workbench.cases import Reader

__all__ = ["READERS", "Listing", "Row", "TopicPage", "gone_topic", "notice", "read_listing", "read_topic"]

READERS: dict[str, Reader] = {
    "list": lambda body, url, fetched_at: read_listing(decode(body)[0], fetched_at=fetched_at),
    "topic": lambda body, url, fetched_at: read_topic(
        decode(body)[0], topic=topic_of(url) or 0, fetched_at=fetched_at
    ),
    "notice": lambda body, url, fetched_at: notice(decode(body)[0]),
}
