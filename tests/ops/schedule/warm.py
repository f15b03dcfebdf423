"""Crawls one after the other in one process that stays warm, for tests that run hundreds of them.

A crawl is the same as in a process of its own, ``scrapy crawl`` with settings by ``-s``, but for the second that
its imports take.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from core.errors import TingfengError
from crawlers.runner import CrawlReport

ROOT = Path(__file__).parents[3]


class Warm:
    """A process that crawls; use it in a ``with`` block. After `kill` the next crawl starts a new one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "crawlers.settings", **environment}
        self.folder = tempfile.TemporaryDirectory(prefix="tingfeng-warm-")
        self.log = Path(self.folder.name) / "log.txt"
        self.errors = self.log.open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self, source: str, arguments: Mapping[str, str], settings: Mapping[str, Any]) -> Path:
        """Starts a crawl; its report will be in the file returned."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.ops.schedule.warm"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
            )
        assert self.process.stdin is not None
        report = Path(self.folder.name) / "report.json"
        report.unlink(missing_ok=True)
        told = {name: str(value) for name, value in settings.items() if value is not None}
        told["TINGFENG_RUN_REPORT"] = str(report)
        line = json.dumps({"source": source, "arguments": dict(arguments), "settings": told})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return report

    def wait(self, report: Path) -> CrawlReport:
        """The report of the crawl that was begun; raises `TingfengError` where its process died."""
        told = self.process.stdout.readline() if self.process and self.process.stdout else b""
        if not told or not report.exists():
            self.kill()
            raise TingfengError(f"the crawl died\n{self.log.read_text('utf-8')[-4000:]}")
        return msgspec.json.decode(report.read_bytes(), type=CrawlReport)

    def kill(self) -> None:
        """Ends the process as a full memory would: at once, in the middle of whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.errors.close()
        self.folder.cleanup()


async def _serve() -> None:
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.utils.project import get_project_settings

    while line := await asyncio.to_thread(sys.stdin.readline):
        told = json.loads(line)
        settings = get_project_settings()
        settings.setdict(told["settings"], priority="cmdline")
        await AsyncCrawlerRunner(settings).crawl(told["source"], **told["arguments"])
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    serving = Deferred.fromFuture(asyncio.ensure_future(_serve(), loop=asyncio.get_event_loop()))  # type: ignore[arg-type]
    serving.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
