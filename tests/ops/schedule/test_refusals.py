"""A state that refuses for a while, as a database does that is held or starts anew, ends no schedule."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.home import Home
from core.models import Run
from crawlers.runner import CrawlReport
from crawlers.state import engine
from crawlers.state.engine import open_state
from crawlers.state.plan import Jobs
from ops.schedule import runner
from ops.schedule.runner import Schedule, Start
from tests.ops.schedule.jobs import HOUR, unit, wish


def test_a_schedule_outlasts_a_state_that_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_WAIT_S", 0.05)
    for pause in ("_AGAIN_S", "_LOOK_S"):
        monkeypatch.setattr(runner, pause, 0.02)
    home, told = Home(tmp_path), threading.Event()
    said: list[str] = []

    def tell(sentence: str) -> None:
        said.append(sentence)
        told.set()

    with open_state(home) as state:
        holding = sqlite3.connect(home.root / "state.sqlite", check_same_thread=False)

        def run(start: Start) -> CrawlReport:
            """A crawl at whose end somebody else holds the state, until the schedule has said so."""
            holding.execute("BEGIN IMMEDIATE")
            ran.append(start.unit.key)
            now = datetime.now(UTC)
            ended = Run(id="r1", source="feed", asked={}, started_at=now, ended_at=now, outcome="finished")
            return CrawlReport(run=ended, coverage=[], filled={}, unmet=[])

        ran: list[str] = []
        units = [unit("feed-1", wish(every=HOUR))]
        schedule = Schedule(state, lambda: units, crawl=run, limits={}, tell=tell)
        living = threading.Thread(target=schedule.run)
        with closing(holding):
            living.start()
            assert told.wait(30)
            holding.execute("ROLLBACK")
            while Jobs(state).find("feed-1").outcome is None:
                assert living.is_alive()
            schedule.stop()
            living.join(30)
        job = Jobs(state).find("feed-1")
    assert (ran, job.outcome, job.lease_until) == (["feed-1"], "finished", None)
    assert said == ["The state refuses; the schedule stays and asks it again."]
