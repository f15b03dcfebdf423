"""Real crawls for tests: ``scrapy crawl`` in a process of its own, against a replica on loopback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.home import Home
from core.landing import read_landing
from core.models import Coverage, HotEntry, Post
from crawlers.runner import HURRIED, CrawlReport, crawl
from replica.identity import LOGIN_SUB
from replica.server import Replica

LOGIN = {"TINGFENG_COOKIE_WEIBO": f"SUB={LOGIN_SUB}"}
ONE_BY_ONE = {"CONCURRENT_REQUESTS": "1", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}


@dataclass(frozen=True, slots=True)
class Crawled:
    """A crawl that ended: its report, what it landed, and its log."""

    report: CrawlReport
    records: Sequence[object]
    log: str

    @property
    def posts(self) -> dict[str, Post]:
        """Posts as landed, the last version of each."""
        return {record.id: record for record in self.records if isinstance(record, Post)}

    @property
    def hot(self) -> list[HotEntry]:
        return [record for record in self.records if isinstance(record, HotEntry)]

    def coverage(self, prefix: str) -> Coverage:
        """The one slice whose name starts so."""
        (found,) = [line for line in self.report.coverage if line.slice.startswith(prefix)]
        return found


def run(
    replica: Replica,
    folder: Path,
    arguments: Mapping[str, Any],
    *,
    source: str = "weibo",
    login: bool = True,
    one_by_one: bool = False,
    environment: Mapping[str, str] | None = None,
    **settings: Any,
) -> Crawled:
    """A crawl of `replica` into a data folder below `folder`, with the operator's login unless told otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    home = Home(folder / "home")
    log = folder / "crawl.log"
    report = crawl(
        source,
        arguments,
        home=home,
        proxy=replica.proxy,
        settings={**HURRIED, **(ONE_BY_ONE if one_by_one else {}), **settings},
        log=log,
        environment={**(LOGIN if login else {}), **(environment or {})},
    )
    landing = home.landing / f"{report.run.id}.zst"
    records = [record for frame in read_landing(landing) for record in frame.records]
    return Crawled(report, records, log.read_text("utf-8"))
