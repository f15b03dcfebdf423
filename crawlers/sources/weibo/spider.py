"""Walks Weibo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

from crawlers.spider import RequestKind, SourceSpider


class WeiboSpider(SourceSpider):
    name = "weibo"
    kinds: ClassVar[dict[str, RequestKind]] = {"hot": RequestKind(expects="json", follow=False)}

    async def start(self) -> AsyncIterator[Any]:
        for _ in ():
            yield
