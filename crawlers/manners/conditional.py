"""Conditional requests: a list that has not changed is not sent again, and is told as unchanged, not as empty."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response

from crawlers.component import Component
from crawlers.manners.memory import Unchanged
from crawlers.state.validators import Validator


class ConditionalMiddleware(Component):
    """Asks for pages whose kind is `conditional` only if they changed since all of them was taken."""

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
