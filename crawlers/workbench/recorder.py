"""``python -m crawlers.workbench.recorder SOURCE URL KIND OUT``: one page, asked for as the source asks, and nothing landed."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import msgspec
import scrapy
from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from scrapy.utils.project import get_project_settings

from crawlers import config, registry
from crawlers.addon import TingfengAddon
from crawlers.lifecycle import Lifecycle
from crawlers.manners.blocks import Block, Refused
from crawlers.manners.identity import identities_of
from crawlers.pipelines import Deduplicate, Land, Validate
from crawlers.spider import SourceSpider
from crawlers.state.engine import open_state
from crawlers.state.standings import Standings
from crawlers.workbench.recording import Fetched


class RecordingAddon(TingfengAddon):
    """Ours, without what a crawl keeps: frontier, landing and the record of the run."""

    def update_settings(self, settings: BaseSettings) -> None:
        super().update_settings(settings)
        settings.set("SCHEDULER", "scrapy.core.scheduler.Scheduler", priority="addon")
        settings.set_in_component_priority_dict("EXTENSIONS", Lifecycle, None)
        for pipeline in (Validate, Deduplicate, Land):
            settings.set_in_component_priority_dict("ITEM_PIPELINES", pipeline, None)


class Recorder(SourceSpider):
    """Asks for one page in place of the walk of the spider it is mixed into."""

    page: dict[str, Any]  # what is asked for, how, and where the answer goes

    def __init__(self, name: str | None = None) -> None:
        SourceSpider.__init__(self, name)  # the spider's own may want arguments

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider: Self = scrapy.Spider.from_crawler.__func__(cls, crawler)  # type: ignore[attr-defined]
        spider.page = kwargs
        spider.config = config.read(crawler.settings, registry.source(cls.name), at=datetime.now(UTC))
        spider.state = open_state(spider.config.home, spider.config.state)
        spider.guard.share(Standings(spider.state), spider.now)
        crawler.signals.connect(spider.guard.close, signals.spider_closed)
        spider.identities = identities_of(
            spider.source, {}, spider.config, state=spider.state, guard=spider.guard, now=spider.now
        )
        return spider

    def judge(self, response: Response) -> Block | None:
        try:
            return super().judge(response)
        except AttributeError:  # of what the spider's own beginning would have set
            return None

    async def start(self) -> AsyncIterator[Request]:
        told, asked = self.page, self.page["request"]
        kind = asked if asked in self.kinds else next(iter(self.kinds))
        request = self.fetch(told["address"], self.missed, kind=kind)
        try:
            response = await self.crawler.engine.download_async(request)
            header = response.headers.get(b"Content-Type")
            answer = Fetched(
                status=response.status,
                body=response.body,
                content_type=header.decode("latin-1") if header else None,
                fetched_at=self.now().replace(microsecond=0),
            )
        except Refused as error:
            answer = Fetched(failed=error.block.name)
        except Exception as error:  # whatever the network does
            answer = Fetched(failed=type(error).__name__)
        told["out"].write_bytes(msgspec.json.encode(answer))
        for more in list[Request]():  # a walk goes on; this one does not
            yield more


def main() -> None:
    """Fetches the page and writes it, or why it did not come, as a `Fetched`."""
    source, url, request, out = sys.argv[1:]
    settings = get_project_settings()
    settings.set("ADDONS", {RecordingAddon: 100}, priority="cmdline")
    process = CrawlerProcess(settings)
    base = process.spider_loader.load(source)
    recorder = type("Recorder", (Recorder, base), {"name": source})
    process.crawl(recorder, address=url, request=request, out=Path(out))
    process.start()


if __name__ == "__main__":
    main()
