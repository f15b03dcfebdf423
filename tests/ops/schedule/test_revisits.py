"""Counts are read again 1, 6, 24 and 72 hours and 7 days after publication, in crawls of the posts that are due."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from core.home import Home
from core.landing import read_landing
from core.models import Post
from core.project import parse
from crawlers.runner import HURRIED, CrawlReport
from crawlers.state.engine import open_state
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import Jobs
from ops.schedule.runner import Schedule, Start
from ops.schedule.units import cut
from replica.server import Replica
from tests.crawlers.crawling import LOGIN
from tests.ops.schedule.month import DAY, HOUR, START, WORD, month
from tests.ops.schedule.warm import Warm

pytestmark = pytest.mark.timeout(300)
HEAD = {"id": "car", "title": {"zh": "车", "en": "car"}}
SEARCH = {"name": "weibo", "arguments": {"search": WORD, "since": "last"}, "at": "00:00", "revisit": True}


def test_posts_are_read_again_by_the_ladder(tmp_path: Path) -> None:
    home, now = Home(tmp_path / "home"), START
    units = cut([(None, parse({"project": HEAD, "source": [SEARCH]}))], lambda source, account: account)
    with (
        Warm(LOGIN) as warm,
        Replica(month({"weibo": START + HOUR}), clock=lambda: now) as replica,
        open_state(home) as state,
    ):

        def crawl(start: Start) -> CrawlReport:
            given = {**HURRIED, **start.settings, "TINGFENG_HOME": home.root, "TINGFENG_PROXY": replica.proxy}
            return warm.wait(
                warm.begin(start.unit.source, start.arguments, {**given, "TINGFENG_NOW": now.isoformat()})
            )

        schedule = Schedule(state, lambda: units, crawl=crawl, clock=lambda: now, limits={}, slots=1)
        # the first night finds what the last three days brought, and the last post is from that very midnight
        for after in (timedelta(0), DAY, DAY + HOUR, 2 * DAY, 3 * DAY, 8 * DAY):
            now = START + after
            schedule.once()
        left, entries = Jobs(state).next_revisits(), RunLedger(state).entries()
    visits = [entry for entry in entries if entry.job == "weibo-revisit"]
    assert visits
    assert all(entry.run.outcome == "finished" for entry in visits)
    assert all("posts" in entry.run.asked for entry in visits)
    assert left == {}  # a week after the last post there is nothing to be read again
    snapshots = Counter(
        record.id
        for path in home.landing.glob("*.zst")
        for frame in read_landing(path)
        for record in frame.records
        if isinstance(record, Post)
    )
    assert len(snapshots) >= 18
    assert min(snapshots.values()) >= 2
