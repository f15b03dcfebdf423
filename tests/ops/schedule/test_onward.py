"""A schedule asks each time for what came since, also where the project says nothing of time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.home import Home
from core.project import parse
from crawlers.runner import HURRIED, CrawlReport, crawl
from crawlers.state.engine import open_state
from ops.schedule.runner import Schedule, Start
from ops.schedule.units import cut
from replica.server import Replica
from tests.crawlers.crawling import LOGIN
from tests.ops.schedule.month import DAY, HOSTS, HOUR, START, WORD, month

HEAD = {"id": "car", "title": {"zh": "车", "en": "car"}}
WISHES = [
    ("weibo", {"search": WORD}),
    ("discuz", {"url": f"https://{HOSTS['discuz']}", "fids": "9"}),
    ("tieba", {"bars": WORD}),
    ("discourse", {"url": f"https://{HOSTS['discourse']}"}),
]


@pytest.mark.parametrize(("source", "arguments"), WISHES, ids=[name for name, _ in WISHES])
def test_the_second_run_asks_fewer_pages(tmp_path: Path, source: str, arguments: dict[str, Any]) -> None:
    home, now, reports = Home(tmp_path), START + 20 * DAY, []
    wish = {"name": source, "arguments": arguments, "every": "1h"}
    units = cut([(None, parse({"project": HEAD, "source": [wish]}))], lambda source, account: account)
    with Replica(month({}), clock=lambda: now) as replica, open_state(home) as state:

        def run(start: Start) -> CrawlReport:
            settings = {**HURRIED, **start.settings, "TINGFENG_NOW": now.isoformat()}
            report = crawl(
                start.unit.source,
                start.arguments,
                home=home,
                proxy=replica.proxy,
                settings=settings,
                environment=LOGIN,
            )
            reports.append(report)
            return report

        schedule = Schedule(state, lambda: units, crawl=run, clock=lambda: now, limits={}, slots=1)
        assert schedule.once() == 1
        now += 8 * HOUR
        assert schedule.once() == 1
    first, second = reports
    assert first.run.outcome == second.run.outcome == "finished"
    assert 0 < second.run.posts < first.run.posts
    assert second.run.requests < first.run.requests
