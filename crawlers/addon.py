"""The one place where our components are put into Scrapy, and where a source's rate becomes its settings."""

from __future__ import annotations

import logging
from typing import Self

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.downloadermiddlewares.httpauth import HttpAuthMiddleware
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.settings import BaseSettings
from scrapy.spidermiddlewares.depth import DepthMiddleware
from scrapy.spidermiddlewares.metacopy import MetaCopyDetectionMiddleware
from scrapy.spidermiddlewares.urllength import UrlLengthMiddleware

from crawlers.items import make_items
from crawlers.lifecycle import Lifecycle
from crawlers.manners.budget import BudgetMiddleware
from crawlers.manners.conditional import ConditionalMiddleware
from crawlers.manners.detection import BlockDetectionMiddleware
from crawlers.manners.gate import GateMiddleware, PlainRedirectMiddleware
from crawlers.manners.jars import IdentityCookiesMiddleware
from crawlers.manners.pace import PaceMiddleware
from crawlers.manners.robots import RobotsMiddleware
from crawlers.manners.sending import GuardedDownloadHandler
from crawlers.pipelines import Deduplicate, Land, Validate
from crawlers.registry import Rate
from crawlers.spider import SourceSpider
from crawlers.unpacking import UnpackingMiddleware
from crawlers.worker import Worker

_HOSTS_AT_ONCE = 8  # of a source whose hosts each have their own queue

_DOWNLOADER = {
    GateMiddleware: 20,
    RobotsTxtMiddleware: None,
    RobotsMiddleware: 100,
    BudgetMiddleware: 120,
    PaceMiddleware: 130,
    HttpAuthMiddleware: None,
    BlockDetectionMiddleware: 560,
    ConditionalMiddleware: 570,
    HttpCompressionMiddleware: None,
    UnpackingMiddleware: 590,
    MetaRefreshMiddleware: None,  # a page must not lead elsewhere unseen
    RedirectMiddleware: None,
    PlainRedirectMiddleware: 600,
    CookiesMiddleware: None,
    IdentityCookiesMiddleware: 700,
}
_HANDLERS = dict.fromkeys(("http", "https"), GuardedDownloadHandler)
_PIPELINES = {Validate: 100, Deduplicate: 300, Land: 900}


class TingfengAddon:
    """Wires a `SourceSpider`; any other spider (``scrapy shell``) is left alone."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        spider = self.crawler.spider
        if not isinstance(spider, SourceSpider):
            return
        make_items()
        for component, place in _DOWNLOADER.items():
            settings.set_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", component, place)
        settings.set("DOWNLOAD_HANDLERS", _HANDLERS, priority="addon")
        for pipeline, place in _PIPELINES.items():
            settings.set_in_component_priority_dict("ITEM_PIPELINES", pipeline, place)
        for idle in (DepthMiddleware, MetaCopyDetectionMiddleware, UrlLengthMiddleware):
            settings.set_in_component_priority_dict("SPIDER_MIDDLEWARES", idle, None)
        settings.set_in_component_priority_dict("EXTENSIONS", Lifecycle, 10)
        settings.set("SCHEDULER", Worker, priority="addon")
        # It tells each dead page by its address, in which an account may be named.
        logging.getLogger("scrapy.spidermiddlewares.httperror").setLevel(logging.WARNING)
        for name, value in rate_settings(spider.source.rate, settings).items():
            settings.set(name, value, priority="addon")


def rate_settings(rate: Rate, settings: BaseSettings) -> dict[str, float | int]:
    """Scrapy's settings of a rate.

    No more requests are taken up at once than may be on the way, so that none is left waiting after a stop.
    """
    overridden = (settings.getpriority("CONCURRENT_REQUESTS_PER_DOMAIN") or 0) > 0
    each = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") if overridden else rate.concurrency
    return {
        "DOWNLOAD_DELAY": rate.delay_s,
        "DOWNLOAD_DELAY_JITTER": rate.jitter,
        "CONCURRENT_REQUESTS_PER_DOMAIN": rate.concurrency,
        "CONCURRENT_REQUESTS": each if rate.scope == "source" else max(each, _HOSTS_AT_ONCE),
    }
