"""Counts are read again 1, 6, 24 and 72 hours and 7 days after publication, in crawls of the posts that are due."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from core.home import Home
from core.landing import read_landing
from core.models import Kind, Post
from core.project import parse
from crawlers.runner import HURRIED, CrawlReport, crawl
from crawlers.state.engine import open_state
from crawlers.state.ledger import RunLedger
from crawlers.state.revisits import Revisits
from ops.schedule.runner import Schedule, Start
from ops.schedule.units import cut
from replica.server import Replica
from tests.crawlers.crawling import LOGIN
from tests.ops.schedule.month import DAY, HOSTS, HOUR, START, WORD, month

pytestmark = pytest.mark.timeout(300)
HEAD = {"id": "car", "title": {"zh": "车", "en": "car"}}
WISHES = {
    "weibo": {"search": WORD},
    "tieba": {"bars": WORD},
    "discuz": {"url": f"https://{HOSTS['discuz']}", "fids": "9"},
    "discourse": {"url": f"https://{HOSTS['discourse']}"},
}
ASKED = {"weibo": "posts", "tieba": "threads", "discuz": "threads", "discourse": "topics"}


@pytest.mark.parametrize("source", WISHES)
def test_posts_and_threads_are_read_again_by_the_ladder(source: str, tmp_path: Path) -> None:
    home, now = Home(tmp_path / "home"), START
    wish = {"name": source, "arguments": {**WISHES[source], "since": "last"}, "at": "00:00", "revisit": True}
    units = cut([(None, parse({"project": HEAD, "source": [wish]}))], lambda source, account: account)
    with Replica(month({source: START + HOUR}), clock=lambda: now) as replica, open_state(home) as state:

        def run(start: Start) -> CrawlReport:
            return crawl(
                start.unit.source, start.arguments, home=home, proxy=replica.proxy, environment=LOGIN,
                settings={**HURRIED, **start.settings, "TINGFENG_NOW": now.isoformat()},
            )  # fmt: skip

        schedule = Schedule(state, lambda: units, crawl=run, clock=lambda: now, limits={}, slots=1)
        # the first night finds what the last three days brought, and the last post is from that very midnight
        for after in (timedelta(0), DAY, DAY + HOUR, 2 * DAY, 3 * DAY, 8 * DAY):
            now = START + after
            schedule.once()
        left, entries = Revisits(state).next(), RunLedger(state).entries()
    visits = [entry for entry in entries if (entry.job or "").endswith("-revisit")]
    assert visits
    assert all(entry.run.outcome == "finished" for entry in visits)
    assert all(ASKED[source] in entry.run.asked for entry in visits)
    assert left == {}  # a week after the last post there is nothing to be read again
    snapshots = Counter(
        record.id
        for path in home.landing.glob("*.zst")
        for frame in read_landing(path)
        for record in frame.records
        if isinstance(record, Post) and record.kind in (Kind.POST, Kind.THREAD)
    )
    assert len(snapshots) >= 9
    assert min(snapshots.values()) >= 2
