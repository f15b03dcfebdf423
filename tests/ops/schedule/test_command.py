"""``tingfeng schedule`` and ``tingfeng runs`` as a person and cron use them, on the replica."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.home import Home
from crawlers.runner import HURRIED
from crawlers.state.engine import open_state
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import Job, Jobs
from ops.cli import run
from replica.server import Replica
from tests.crawlers.crawling import LOGIN
from tests.sites import serve

ROOT = Path(__file__).parents[3]
PROJECT = """
[project]
id = "car"
title = { zh = "车", en = "car" }
[[source]]
name = "feed"
arguments = { url = "https://news.example/feed.xml;https://blog.example/feed.xml" }
[[source]]
name = "discuz"
arguments = { url = "https://bbs.riji.example" }
every = "2h"
"""
OTHER = """
[project]
id = "press"
title = { zh = "媒体", en = "press" }
[[source]]
name = "feed"
arguments = { url = "https://news.example/feed.xml" }
every = "7m"
"""


@dataclass(slots=True)
class Desk:
    """A data folder, two projects, and the command line."""

    folder: Path
    replica: Replica
    capfd: pytest.CaptureFixture[str]

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    def told(self, *arguments: str, code: int = 0) -> str:
        assert run(list(arguments)) == code
        out, err = self.capfd.readouterr()
        return out + err

    def json(self, *arguments: str, code: int = 0) -> Any:
        assert run([*arguments, "--json"]) == code
        return json.loads(self.capfd.readouterr().out)

    def jobs(self) -> dict[str, Job]:
        with open_state(self.home) as state:
            return {job.key: job for job in Jobs(state).all()}


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "car.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "projects" / "press.toml").write_text(OTHER, "utf-8")
    with serve(clock=lambda: datetime.now(UTC)) as replica:
        for name, value in {**LOGIN, **HURRIED, "TINGFENG_HOME": str(tmp_path / "home"), "TINGFENG_PROXY": replica.proxy}.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        for name in ("TINGFENG_PROJECT", "TINGFENG_STATE", "LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        yield Desk(tmp_path, replica, capfd)


def test_one_pass_runs_what_is_due_once_and_lists_it(desk: Desk) -> None:
    projects = str(desk.folder / "projects")
    plan = desk.json("schedule", "plan", projects)
    assert [one["projects"] for one in plan["jobs"]] == [["car", "press"], ["car"], ["car"]]
    assert [round(one["runs_a_day"]) for one in plan["jobs"]] == [206, 96, 12]
    assert {one["source"] for one in plan["sources"]} == {"feed", "discuz"}
    assert "3 jobs ran." in desk.told("schedule", "once", projects)
    assert "0 jobs ran." in desk.told("schedule", "once", projects)
    jobs = desk.jobs()
    assert {job.outcome for job in jobs.values()} == {"finished"}
    assert all(job.due_at > datetime.now(UTC) for job in jobs.values())
    listed = desk.json("schedule", "list")["jobs"]
    assert {job["key"] for job in listed} == set(jobs)
    assert "for" in desk.told("schedule", "list")
    costs = {one["job"]: one["requests_a_run"] for one in desk.json("schedule", "plan", projects)["jobs"]}
    assert all(cost >= 1 for cost in costs.values())


def test_a_paused_job_is_left_alone_until_it_is_resumed(desk: Desk) -> None:
    projects = str(desk.folder / "projects")
    desk.told("schedule", "once", projects)
    key = next(key for key in desk.jobs() if key.startswith("discuz"))
    desk.told("schedule", "pause", key[:9], "--reason", "the forum moves")
    assert desk.jobs()[key].paused_because == "the forum moves"
    assert "paused by a person: the forum moves" in desk.told("schedule", "list")
    asked = len(desk.replica.log)
    assert "0 jobs ran." in desk.told("schedule", "once", projects)
    assert len(desk.replica.log) == asked
    desk.told("schedule", "resume", key)
    assert "1 jobs ran." in desk.told("schedule", "once", projects)
    assert "is not paused" in desk.told("schedule", "resume", key, code=2)
    assert "there is no job" in desk.told("schedule", "pause", "nothing", code=2)


def test_a_project_without_sources_is_told(desk: Desk) -> None:
    path = desk.folder / "empty.toml"
    path.write_text('[project]\nid = "e"\ntitle = { zh = "空", en = "empty" }\n', "utf-8")
    assert "name no sources" in desk.told("schedule", "once", str(path), code=2)


def test_sigterm_ends_a_crawl_cleanly_and_the_next_pass_goes_on(desk: Desk) -> None:
    project = str(desk.folder / "projects" / "car.toml")
    desk.replica.faults.on("slow_body", route="bbs.riji.example/*", seconds=0.7)
    schedule = subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "schedule", "run", project],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while sum(one.host == "bbs.riji.example" for one in list(desk.replica.log)) < 3:
        time.sleep(0.05)
    schedule.send_signal(signal.SIGTERM)
    out, err = schedule.communicate(timeout=120)
    assert schedule.returncode == 0, out + err
    assert "The schedule has ended" in err
    desk.replica.faults.off()
    (stopped,) = [job for job in desk.jobs().values() if job.source == "discuz"]
    assert stopped.outcome == "stopped"
    assert stopped.lease_by is None
    assert stopped.due_at == stopped.began_at  # it goes on at once
    with open_state(desk.home) as state:
        first = RunLedger(state).entry(stopped.run or "")
    assert first is not None
    assert first.run.outcome == "stopped"
    desk.told("schedule", "once", project)
    with open_state(desk.home) as state:
        runs = RunLedger(state).entries(source="discuz")
    assert {entry.run.outcome for entry in runs} == {"stopped", "finished"}
    once = [
        one for one in desk.replica.log if one.host == "bbs.riji.example" and one.path.startswith("/thread")
    ]
    assert len({(one.path, one.query) for one in once}) >= len(once) - 2  # what was on the way may come twice


def test_runs_show_the_ledger_and_call_a_person(desk: Desk) -> None:
    project = str(desk.folder / "projects" / "car.toml")
    desk.told("schedule", "once", project)
    found = desk.json("runs")
    assert {one["run"]["source"] for one in found["runs"]} == {"feed", "discuz"}
    assert {one["state"] for one in found["runs"]} == {"finished"}
    assert found["health"]["signs"] == []
    assert desk.told("runs", "--quiet") == ""
    one = found["runs"][0]["run"]["id"]
    assert desk.json("runs", one)["coverage"]
    assert "expected" in desk.told("runs", one)
    assert "There is no run" in desk.told("runs", "nothing", code=2)
    assert "there is no source" in desk.told("runs", "--source", "nothing", code=2)
    desk.replica.faults.on("flood_control", route="bbs.riji.example/*")
    with open_state(desk.home) as state:
        job = Jobs(state).find("discuz")
        Jobs(state).resume(job.key, datetime.now(UTC) - timedelta(seconds=1))
    desk.told("schedule", "once", project)
    signs = desk.json("runs", code=1)["health"]["signs"]
    assert [(sign["name"], sign["source"], sign["person"]) for sign in signs] == [
        ("disabled", "discuz", True)
    ]
    assert "tingfeng standing --resume" in desk.told("runs", "--quiet", code=1)
    desk.told("runs", "--source", "feed")
