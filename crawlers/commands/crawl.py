"""``scrapy crawl``, with arguments, settings and the source's standing checked before anything starts."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError as ScrapyUsageError

from core.errors import Blocked, TingfengError
from crawlers import config, registry
from crawlers.manners.cookies import login_cookies
from crawlers.state.engine import open_state
from crawlers.state.standings import Standings


class Command(CrawlCommand):
    """A wrong argument or setting is one clear line and exit code 2, a closed source one and exit code 3."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) == 1:
            try:
                self._check(args[0], opts.spargs)
            except Blocked as error:
                sys.stderr.write(f"scrapy: refused ({error.reason}): {error}\n")
                raise SystemExit(Blocked.exit_code) from error
            except TingfengError as error:
                raise ScrapyUsageError(str(error), print_help=False) from error
        super().run(args, opts)

    def _check(self, name: str, arguments: dict[str, str]) -> None:
        assert self.settings is not None
        source = registry.source(name)
        assert self.crawler_process is not None
        self.crawler_process.spider_loader.load(source.name)(**arguments)
        now = datetime.now(UTC)
        told = config.read(self.settings, source, at=now)
        login_cookies(name, file=told.cookie_file)
        with open_state(told.home, told.state) as state:
            Standings(state).check(source.name, told.now or now)
