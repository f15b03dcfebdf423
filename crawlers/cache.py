"""Scrapy's HTTP cache for who writes a parser: off by default, for public pages alone, without a cookie."""

from __future__ import annotations

import logging

from scrapy import Request, Spider
from scrapy.extensions.httpcache import DummyPolicy, FilesystemCacheStorage
from scrapy.http import Response
from scrapy.settings import BaseSettings

from crawlers.manners.guard import who

log = logging.getLogger(__name__)


class PublicPages(DummyPolicy):
    """Caches what is asked as nobody in particular, for ever."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        log.warning(
            "pages are cached as they came, with all names in them; delete the cache when you are done"
        )

    def should_cache_request(self, request: Request) -> bool:
        return who(request) == "none" and super().should_cache_request(request)


class CookielessStorage(FilesystemCacheStorage):
    """Scrapy's files, without the headers that carry cookies."""

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:
        asked, answered = request.copy(), response.copy()
        asked.headers.pop("Cookie", None)
        answered.headers.pop("Set-Cookie", None)
        super().store_response(spider, asked, answered)
