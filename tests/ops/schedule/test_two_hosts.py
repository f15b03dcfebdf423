"""Two schedules on two hosts with one PostgreSQL: each job is run once when it is due, by whichever is quicker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.home import Home
from core.landing import read_landing
from core.models import Run
from core.privacy import load_key
from crawlers.runner import HURRIED
from crawlers.state.engine import State, open_state
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import Job, Jobs
from crawlers.state.tables import job as jobs_table
from replica.server import Replica
from tests.crawlers.crawling import LOGIN
from tests.crawlers.states import state_url
from tests.ops.schedule.month import DAY, DAYS, HOSTS, NEWS, START, WORD, month

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[3]
NAMED = "import os, socket\nsocket.gethostname = lambda: os.environ['HOST_OF_THE_TEST']\n"
PROJECT = f"""
[project]
id = "car"
title = {{ zh = "车", en = "car" }}
[[source]]
name = "weibo"
arguments = {{ search = "{WORD}", since = "2d", until = "1d" }}
[[source]]
name = "feed"
arguments = {{ url = "https://{NEWS}/feed.xml" }}
[[source]]
name = "discuz"
arguments = {{ url = "https://{HOSTS["discuz"]}", fids = "9", max_pages = 1 }}
[[source]]
name = "discourse"
arguments = {{ url = "https://{HOSTS["discourse"]}", max_pages = 1 }}
[[source]]
name = "tieba"
arguments = {{ bars = "{WORD}", since = "2d" }}
[[source]]
name = "v2ex"
arguments = {{ nodes = "cheyou", since = "2d" }}
"""
SOURCES = 6


@contextmanager
def schedules(folder: Path, url: str, proxy: str) -> Iterator[list[Home]]:
    """Two `tingfeng schedule run`, each on a host of its own name with its own data folder and the same key."""
    (folder / "car.toml").write_text(PROJECT, "utf-8")
    (folder / "named").mkdir()
    (folder / "named" / "sitecustomize.py").write_text(NAMED, "utf-8")
    homes = [Home(folder / host) for host in ("one", "two")]
    load_key(homes[0].key)
    homes[1].root.mkdir()
    homes[1].key.write_bytes(homes[0].key.read_bytes())
    homes[1].key.chmod(0o600)
    running = []
    for home in homes:
        given = {
            **os.environ, **LOGIN, **HURRIED, "HOST_OF_THE_TEST": home.root.name, "TINGFENG_STATE": url,
            "TINGFENG_PROXY": proxy, "TINGFENG_HOME": str(home.root), "TINGFENG_NOW": NOW.isoformat(),
            "PYTHONPATH": f"{folder / 'named'}:{ROOT}",
        }  # fmt: skip
        command = [sys.executable, "-m", "ops.cli", "schedule", "run", str(folder / "car.toml")]
        with (folder / f"{home.root.name}.log").open("wb") as log:
            running.append(subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log))
    try:
        yield homes
        for process in running:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(120) for process in running] == [0, 0]
    finally:
        for process in running:
            process.kill()


NOW = START + (DAYS - 1) * DAY


def wait_until(happened: Callable[[], bool]) -> None:
    for _ in range(2400):
        if happened():
            return
        time.sleep(0.25)
    raise AssertionError("it never happened")


def settled(state: State, runs: int) -> bool:
    """Whether each job has run so often, and none runs now."""
    counted = Counter(entry.job for entry in RunLedger(state).entries() if entry.run.outcome)
    jobs = Jobs(state).all()
    return len(jobs) == SOURCES and all(counted[one.key] >= runs and _is_free(one) for one in jobs)


def _is_free(job: Job) -> bool:
    return job.lease_by is None


def test_each_job_is_run_once_by_one_of_two_hosts(tmp_path: Path) -> None:
    with (
        state_url("postgresql", tmp_path) as url,
        Replica(month({}), clock=lambda: NOW) as replica,
        open_state(Home(tmp_path / "one"), url) as state,
        schedules(tmp_path, url, replica.proxy) as homes,
    ):
        for rounds in (1, 2):
            wait_until(lambda rounds=rounds: settled(state, rounds))
            if rounds == 1:  # the time has come again for all of them at once
                with state.begin() as connection:
                    connection.execute(sa.update(jobs_table).values(due_at=datetime.now(UTC).timestamp()))
        entries = RunLedger(state).entries()
    assert Counter(Counter(entry.job for entry in entries).values()) == {2: SOURCES}
    assert {entry.run.outcome for entry in entries} == {"finished"}
    ran = [_runs(home) for home in homes]
    assert all(ran), "both had a share"
    assert not ran[0] & ran[1]
    assert ran[0] | ran[1] == {entry.run.id for entry in entries}


def _runs(home: Home) -> set[str]:
    """The runs that landed in a host's data folder."""
    return {
        record.id
        for path in home.landing.glob("*.zst")
        for frame in read_landing(path)
        for record in frame.records
        if isinstance(record, Run)
    }
