"""Conditional requests: a list that has not changed is not sent again, and is told as unchanged, not as empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.manners.memory import Unchanged
from crawlers.state.validators import Validator

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider


class ConditionalMiddleware:
    """Asks for pages whose kind is `conditional` only if they changed since all of them was taken."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        return self.crawler.spider  # type: ignore[return-value]

    def process_request(self, request: Request) -> None:
        if not request.meta.get("conditional"):
            return
        memory = self.spider.memory
        if known := memory.kept.get(memory.of(request)):
            for name, value in (("If-None-Match", known.etag), ("If-Modified-Since", known.modified)):
                if value:
                    request.headers[name] = value

    def process_response(self, request: Request, response: Response) -> Response:
        if not request.meta.get("conditional"):
            return response
        if response.status == 304:
            self.spider.guard.answer(request)
            raise Unchanged
        etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        if response.status == 200 and (etag or modified):
            memory = self.spider.memory
            known = Validator(_text(etag), _text(modified))
            memory.learnt[memory.of(request)] = request.meta.get("slice"), known
        return response


def _text(header: bytes | None) -> str | None:
    return header.decode("latin-1") if header else None
