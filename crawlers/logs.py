"""Log lines that never repeat what a post said, who wrote it, or whose page it was."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class DiscreetLogFormatter(LogFormatter):
    """Scrapy's, with the id of an item in place of the item: a raw item has not passed the door yet."""

    def scraped(  # type: ignore[override]  # None means no line at all
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> None:
        return None

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {
            "level": logging.DEBUG,
            "msg": "Dropped %(kind)s %(id)s: %(exception)s",
            "args": _named(item) | {"exception": str(exception)},
        }

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {
            "level": logging.ERROR,
            "msg": "Error with %(kind)s %(id)s: %(exception)s",
            "args": _named(item) | {"exception": type(exception).__name__},
        }

    def spider_error(
        self, failure: Failure, request: Request, response: Response | Failure, spider: Spider
    ) -> LogFormatterResult:
        return {"level": logging.ERROR, "msg": "Error with %(where)s", "args": {"where": where(request)}}

    def download_error(
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> LogFormatterResult:
        told = {"where": where(request), "error": type(failure.value).__name__}
        return {"level": logging.ERROR, "msg": "%(where)s: %(error)s", "args": told}


def where(request: Request) -> str:
    """Kind and host of a request: enough to find it, without the account ids its address may carry."""
    return f"{request.meta.get('kind') or 'page'} of {request.url.split('/', 3)[2]}"


def _named(item: Any) -> dict[str, str]:
    kind = type(item).__name__
    return {"kind": kind, "id": str(getattr(item, "id", "")) if kind == "Post" else ""}
