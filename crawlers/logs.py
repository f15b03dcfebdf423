"""Log lines that never repeat what a post said or who wrote it."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class DiscreetLogFormatter(LogFormatter):
    """Scrapy's, with the id of an item in place of the item: a raw item has not passed the door yet."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        return {"level": logging.DEBUG, "msg": "Landed %(kind)s %(id)s", "args": _named(item)}

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


def _named(item: Any) -> dict[str, str]:
    kind = type(item).__name__
    return {"kind": kind, "id": str(getattr(item, "id", "")) if kind == "Post" else ""}
