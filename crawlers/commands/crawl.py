"""``scrapy crawl``, with arguments and settings checked before anything starts."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError as ScrapyUsageError

from core.errors import TingfengError
from crawlers import config, registry
from crawlers.identity import login_cookies


class Command(CrawlCommand):
    """A wrong argument or setting is one clear line and exit code 2, not a traceback."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) == 1:
            try:
                self._check(args[0], opts.spargs)
            except TingfengError as error:
                raise ScrapyUsageError(str(error), print_help=False) from error
        super().run(args, opts)

    def _check(self, name: str, arguments: dict[str, str]) -> None:
        assert self.settings is not None
        source = registry.source(name)
        assert self.crawler_process is not None
        self.crawler_process.spider_loader.load(source.name)(**arguments)
        told = config.read(self.settings, source, at=datetime.now(UTC))
        login_cookies(name, file=told.cookie_file)
