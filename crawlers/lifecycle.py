"""The record of a run: landed when it starts and when it ends, and reported to whoever started it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from core.errors import LandingError
from core.links import public_links_in
from core.models import Coverage, Run
from crawlers.booking import Book
from crawlers.component import Component
from crawlers.coverage import records
from crawlers.question import is_whole
from crawlers.state.engine import StateError
from crawlers.state.readings import Line

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)


class Lifecycle(Component):
    """Opens the landing with a started `Run`, closes it with the finished one, and writes the report.

    A kill in between leaves a landing that reads well up to its last whole frame, and a run without an end.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.errors = 0
        crawler.signals.connect(self.opened, signals.spider_opened)
        crawler.signals.connect(self.failed, signals.spider_error)
        crawler.signals.connect(self.closed, signals.spider_closed)

    def opened(self, spider: SourceSpider) -> None:
        self.run = Run(
            id=spider.config.run_id,
            source=spider.name,
            asked=asked(spider),
            started_at=datetime.now(UTC),  # the real time, whatever clock is played
            robots=spider.config.robots,
        )
        spider.landing.writer.run(self.run)
        spider.landing.writer.flush()
        self.book = Book(self.crawler, spider)
        self.book.begin(self.run)
        if spider.config.robots_override:
            log.warning("robots.txt is overridden: %s", spider.config.robots_override)

    def failed(self, failure: Failure, response: Response | None, spider: SourceSpider) -> None:
        self.errors += 1

    def closed(self, spider: SourceSpider, reason: str) -> None:
        """Land coverage and the finished run, then tell whoever asked for a report."""
        try:
            is_over, lines = self._reached(spider, reason)
        except StateError as error:
            spider.give_up(error)
            is_over, lines = False, []
        coverage = records(
            lines, source=spider.name, run_id=self.run.id, rest="not_shown" if is_over else "stopped"
        )
        run = replace(
            self.run,
            ended_at=datetime.now(UTC),
            outcome=outcome(spider, reason, self.errors),
            posts=spider.landing.posts,
            requests=spider.requests,
            rejected=spider.rejected,
            blocks=tuple(spider.guard.met),
        )
        try:
            coverage = [spider.landing.writer.coverage(line) for line in coverage]
            spider.landing.writer.run(run)
            spider.landing.writer.close()
        except LandingError as error:
            log.error("the end of the run cannot be landed: %s", error)
            run = replace(run, outcome="failed")
        short = unmet(spider)
        self.book.end(run, coverage, short)
        for sentence in short:
            log.warning("expectation not met: %s", sentence)
        if is_over and spider.failure is None:
            whole = run.outcome == "finished" and is_whole(line for _, line in lines)
            good = spider.question.watermark if whole else None
            spider.frontier.finish(run.outcome or "stopped", now=spider.now(), good=good)
            spider.memory.keep({name for name, line in lines if line.because is None})
        spider.state.close()
        if spider.config.report:
            spider.config.report.parent.mkdir(parents=True, exist_ok=True)
            spider.config.report.write_bytes(report(run, coverage, spider, short))
        log.info("run %s: %s, %d posts, %d requests", run.id, run.outcome, run.posts, run.requests)

    @staticmethod
    def _reached(spider: SourceSpider, reason: str) -> tuple[bool, list[tuple[str, Line]]]:
        """Whether the crawl is over, and what it reached so far, in all its runs.

        Where one site of several was stopped it is: the next crawl begins where this one did, so nothing is lost,
        and the other sites are not left waiting for the one.
        """
        if spider.guard.source is not None:
            spider.frontier.leave_because(spider.guard.source.name)
        is_over = not spider.frontier.has_left() or (reason == "finished" and spider.guard.went_on)
        return is_over, spider.frontier.coverage()


def asked(spider: SourceSpider) -> dict[str, Any]:
    """The arguments as given, but account ids in them are pseudonyms and links name no account."""
    arguments = spider.source.arguments
    return {
        name: [spider.landing.pseudonyms.author_id(spider.name, part) for part in spider.asked[name]]
        if arguments[name].personal
        else public_links_in(value)
        for name, value in spider.given.items()
    }


def outcome(spider: SourceSpider, reason: str, errors: int) -> str:
    """finished, blocked, failed or stopped: what became of the run."""
    if spider.failure:
        return "failed"
    if spider.guard.stopped:
        return "stopped" if spider.guard.only_spent else "blocked"
    if reason != "finished":
        return "stopped"
    if spider.coverage.refused and not spider.landed:
        return "blocked"
    broken = errors or "unreachable" in spider.guard.met
    return "failed" if broken and not spider.landed else "finished"


def unmet(spider: SourceSpider) -> list[str]:
    """The expectations of the source that this run's posts do not meet, in words."""
    posts = spider.filled["*"]
    return [
        f"{name} is filled in {spider.filled[name] / posts:.0%} of {posts} posts, expected {least:.0%}"
        for name, least in spider.source.expectations.fill.items()
        if posts and spider.filled[name] < least * posts
    ]


def report(run: Run, coverage: list[Coverage], spider: SourceSpider, short: list[str]) -> bytes:
    """One JSON line: the run, its coverage, how often each promised field was filled, and what fell short."""
    filled = {name: spider.filled[name] for name in spider.source.promised}
    return msgspec.json.encode({"run": run, "coverage": coverage, "filled": filled, "unmet": short}) + b"\n"
