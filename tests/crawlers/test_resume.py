"""A crawl that was cut short goes on where it was, and several workers share one: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.home import Home
from core.landing import read_landing
from core.models import Post
from crawlers.runner import HURRIED, crawl, crawl_together
from replica.server import Replica
from tests.crawlers.crawling import LOGIN, ONE_BY_ONE
from tests.crawlers.states import KINDS, state_url
from tests.sites import MAKER, serve, small_world

ROOT = next(post for post in small_world().posts if post.author == MAKER).id.removeprefix("weibo:")
SEARCH = {"search": "蛋挞"}
CASCADE = {"posts": ROOT, "depth": "reposts,comments"}


@pytest.fixture(params=KINDS)
def setting(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The state's address as crawls are given it."""
    with state_url(request.param, tmp_path) as url:
        yield {"TINGFENG_STATE": url}


def again(replica: Replica, folder: Path, arguments: Mapping[str, Any], **settings: str) -> Any:
    return crawl(
        "weibo", arguments, home=Home(folder), proxy=replica.proxy, environment=LOGIN,
        settings={**HURRIED, **settings},
    )  # fmt: skip


def start(
    replica: Replica, folder: Path, arguments: Mapping[str, Any], **settings: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scrapy", "crawl", "weibo"]
    for name, value in arguments.items():
        command += ["-a", f"{name}={value}"]
    given = {**HURRIED, **ONE_BY_ONE, "TINGFENG_HOME": folder, "TINGFENG_PROXY": replica.proxy, **settings}
    for name, value in given.items():
        command += ["-s", f"{name}={value}"]
    return subprocess.Popen(command, env={**os.environ, **LOGIN}, stderr=subprocess.DEVNULL)


def wait_for(happened: Callable[[], bool]) -> None:
    for _ in range(3000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 30 seconds")


def posts(folder: Path) -> Counter[str]:
    """How often each post landed, over all runs."""
    found: Counter[str] = Counter()
    for path in (folder / "landing").glob("*.zst"):
        found.update(r.id for frame in read_landing(path) for r in frame.records if isinstance(r, Post))
    return found


def asked(replica: Replica) -> Counter[tuple[str, str]]:
    """How often each page was asked for; what every run asks for itself is left out."""
    own = ("/robots.txt", "/api/config", "/visitor/genvisitor2", "/")
    return Counter((entry.path, entry.query) for entry in replica.log if entry.path not in own)


@pytest.mark.parametrize(
    ("arguments", "pages"),
    [(SEARCH, 1), (SEARCH, 6), (CASCADE, 3)],
    ids=lambda value: str(value) if isinstance(value, int) else "search" if value is SEARCH else "cascade",
)
def test_a_kill_loses_nothing_and_repeats_at_most_a_page(
    tmp_path: Path, setting: dict[str, str], arguments: dict[str, str], pages: int
) -> None:
    with serve() as replica:
        whole = again(replica, tmp_path / "whole", arguments, **ONE_BY_ONE)
        wanted, once = posts(tmp_path / "whole"), asked(replica)
        replica.log.clear()
        replica.faults.on("slow_body", route="*.weibo.c*/*", seconds=0.02)
        process = start(replica, tmp_path / "cut", arguments, **setting)
        try:
            wait_for(lambda: sum(asked(replica).values()) >= pages)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        report = again(replica, tmp_path / "cut", arguments, **setting)
        twice = asked(replica)
    assert set(posts(tmp_path / "cut")) == set(wanted)
    assert set(twice) == set(once)
    assert sum((twice - once).values()) <= 1
    told = {line.slice: (line.expected, line.got, line.because) for line in report.coverage}
    assert told == {line.slice: (line.expected, line.got, line.because) for line in whole.coverage}
    assert report.run.outcome == "finished"


@pytest.mark.parametrize("arguments", [SEARCH, CASCADE], ids=["search", "cascade"])
def test_two_workers_share_a_crawl(
    tmp_path: Path, setting: dict[str, str], arguments: dict[str, str]
) -> None:
    with serve() as replica:
        alone = again(replica, tmp_path / "alone", arguments)
        wanted, once = posts(tmp_path / "alone"), asked(replica)
        replica.log.clear()
        replica.faults.on("slow_body", route="*.weibo.c*/*", seconds=0.02)
        reports = crawl_together(
            2, "weibo", arguments, home=Home(tmp_path / "two"), proxy=replica.proxy, environment=LOGIN,
            settings={**HURRIED, **ONE_BY_ONE, **setting},
        )  # fmt: skip
        shared = asked(replica)
    assert set(posts(tmp_path / "two")) == set(wanted)
    assert shared == once
    assert {report.run.outcome for report in reports} == {"finished"}
    told = {line.slice: (line.expected, line.got) for line in reports[-1].coverage}
    assert told == {line.slice: (line.expected, line.got) for line in alone.coverage}


def test_a_stopped_crawl_goes_on(tmp_path: Path) -> None:
    with serve() as replica:
        whole = again(replica, tmp_path / "whole", SEARCH)
        once = asked(replica)
        replica.log.clear()
        replica.faults.on("slow_body", route="s.weibo.com/*", seconds=0.05)
        process = start(replica, tmp_path / "cut", SEARCH)
        wait_for(lambda: sum(asked(replica).values()) >= 3)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        replica.faults.off()
        report = again(replica, tmp_path / "cut", SEARCH)
        assert asked(replica) == once
    assert report.coverage == [
        type(line)(**{name: getattr(line, name) for name in ("source", "slice", "expected", "got", "because")},
                   run_id=report.run.id)
        for line in whole.coverage
    ]  # fmt: skip


def test_a_budget_that_is_spent_leaves_the_rest_for_the_next_day(tmp_path: Path) -> None:
    with serve() as replica:
        first = again(replica, tmp_path, SEARCH, TINGFENG_DAILY_BUDGET="8")
        assert first.run.outcome == "stopped"
        assert [line.because for line in first.coverage] == ["budget"]
        second = again(replica, tmp_path, SEARCH, TINGFENG_DAILY_BUDGET="0")
        assert max(asked(replica).values()) == 1
    assert second.run.outcome == "finished"
    assert second.coverage[0].got == 500
    assert set(posts(tmp_path).values()) == {1}


def test_since_last_begins_where_the_last_whole_crawl_did(tmp_path: Path) -> None:
    timeline = {"users": "9900000001", "since": "last"}
    with serve() as replica:
        first = again(replica, tmp_path, timeline, TINGFENG_NOW="2026-11-21T12:00:00Z")
        everything = posts(tmp_path)
        second = again(replica, tmp_path, timeline, TINGFENG_NOW="2026-11-21T12:30:00Z")
    assert first.run.outcome == second.run.outcome == "finished"
    assert (
        first.coverage[0].got > second.coverage[0].got
    )  # what is older than two hours before is not asked again
    assert set(posts(tmp_path)) == set(everything)


def test_workers_keep_one_pace(tmp_path: Path) -> None:
    with serve() as replica:
        began = time.monotonic()
        crawl_together(
            3, "weibo", SEARCH, home=Home(tmp_path), proxy=replica.proxy, environment=LOGIN,
            settings={**HURRIED, **ONE_BY_ONE, "DOWNLOAD_DELAY": "0.15"},
        )  # fmt: skip
        took = time.monotonic() - began
        number = len(replica.log)
    assert took >= number * 0.15 * 0.75  # jitter takes away a quarter at most
