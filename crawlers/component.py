"""What all parts have in common that Scrapy makes for a crawl: the crawler, and its spider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy.crawler import Crawler

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider


class Component:
    """A middleware, pipeline, scheduler or extension of a crawl by a `SourceSpider`."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        return self.crawler.spider  # type: ignore[return-value]
