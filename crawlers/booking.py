"""What a run tells the ledger and the schedule: that it lives, how it ended, and when its posts were published."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call

from core.errors import TingfengError
from core.models import Coverage, Kind, Post, Run
from crawlers.recent import Recent
from crawlers.state.engine import State
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import REMEMBERED, Jobs
from crawlers.state.revisits import STEPS_H, Revisits

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)
_BEAT_S = 60.0
_WATCHED = frozenset({Kind.POST, Kind.THREAD, Kind.ARTICLE})  # whose counts are worth reading again
_TOLD_AT_ONCE = 1_000  # posts to be re-visited
_LONGEST = timedelta(hours=STEPS_H[-1])


class Book:
    """One run's row of the ledger. Where the state refuses, the crawl goes on: its landing has the same.

    Times are those of the clock that is played, if one is.
    """

    def __init__(self, crawler: Crawler, spider: SourceSpider) -> None:
        self.spider = spider
        self.beating: Any = None
        self.published: set[datetime] = set()  # the latest only
        self.known: datetime | None = None  # the newest that the job had brought
        self.fresh = 0
        self._counted: Recent[str, None] = Recent()
        self.watched: dict[str, datetime] = {}
        crawler.signals.connect(self.saw, signals.item_scraped)

    def begin(self, run: Run) -> None:
        """Enter the run."""
        self._write(lambda state: self._begin(state, run))
        self.beating = create_looping_call(self._beat)
        self.beating.start(_BEAT_S, now=False)

    def _begin(self, state: State, run: Run) -> None:
        job = self.spider.config.job
        RunLedger(state).begin(self._played(run), job=job)
        if job is not None:
            self.known = Jobs(state).newest(job)

    def saw(self, item: Any) -> None:
        """Remember when a landed post was published, and the post itself where it is to be re-visited."""
        if not isinstance(item, Post) or item.published_at is None or item.kind is Kind.COMMENT:
            return
        now = self.spider.now()
        if item.published_at <= now:  # a feed with a wrong zone says nothing about a rhythm
            self.published.add(item.published_at)
            if len(self.published) > REMEMBERED:
                self.published.remove(min(self.published))
            if self.known is None or item.published_at > self.known:
                self.fresh += item.id not in self._counted
                self._counted[item.id] = None
        if self.spider.config.revisit and item.kind in _WATCHED and item.published_at > now - _LONGEST:
            self.watched[_asked_as(item)] = item.published_at
            if len(self.watched) == _TOLD_AT_ONCE:
                self._write(self._watch)

    def end(self, run: Run, coverage: Sequence[Coverage], unmet: Sequence[str]) -> None:
        """Enter how the run ended, and what the schedule may learn of it."""
        if self.beating is not None:
            self.beating.stop()
        self._write(lambda state: self._end(state, run, coverage, unmet))

    def _end(self, state: State, run: Run, coverage: Sequence[Coverage], unmet: Sequence[str]) -> None:
        jobs, job = Jobs(state), self.spider.config.job
        if job is not None and self.published:
            jobs.saw(job, self.published)
        self._watch(state)
        newest = max(self.published, default=None)
        played, filled = self._played(run), self.spider.filled
        fresh = None if job is None else self.fresh
        RunLedger(state).end(played, coverage, filled=filled, unmet=unmet, newest_at=newest, fresh=fresh)

    def _watch(self, state: State) -> None:
        """Tell of the posts to be re-visited."""
        if self.watched:
            queue = self.spider.source.queue(self.spider.given)
            Revisits(state).plan(queue, self.watched, self.spider.now())
            self.watched.clear()

    def _beat(self) -> None:
        alive = self._played(replace(self.run, ended_at=datetime.now(UTC))).ended_at or self.spider.now()
        self._write(lambda state: RunLedger(state).beat(self.run.id, alive))

    def _played(self, run: Run) -> Run:
        """The run at the time of the clock that is played, with its real length."""
        self.run = run
        now = self.spider.config.now
        if now is None:
            return run
        ended = None if run.ended_at is None else now + (run.ended_at - run.started_at)
        return replace(run, started_at=now, ended_at=ended)

    def _write(self, write: Callable[[State], None]) -> None:
        with _noted():
            write(self.spider.state)


def _asked_as(post: Post) -> str:
    """By which id a source is asked for the post again: a thread by its own, not by that of its first floor."""
    return post.thread_id or post.id if post.kind is Kind.THREAD else post.id


@contextmanager
def _noted() -> Iterator[None]:
    """Let a crawl go on where the state refuses, and say so in its log."""
    try:
        yield
    except TingfengError as error:
        log.error("the ledger misses this run: %s", error)
