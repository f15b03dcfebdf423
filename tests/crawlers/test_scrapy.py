"""The project works as any Scrapy project: list, crawl, feeds, stops; and kills lose nothing that was landed."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import UsageError
from core.home import Home
from core.landing import read_landing
from core.models import Post, Run
from crawlers import registry
from crawlers.runner import HURRIED, crawl
from replica.identity import LOGIN_SUB
from tests.sites import MAKER, reader, serve, small_world

CHECKOUT = Path(__file__).resolve().parents[2]
ROOT = next(post for post in small_world().posts if post.author == MAKER)
MID = ROOT.id.removeprefix("weibo:")


def scrapy(*arguments: str, cwd: Path = CHECKOUT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def hurried() -> list[str]:
    return [part for name, value in HURRIED.items() for part in ("-s", f"{name}={value}")]


def test_scrapy_list_names_every_source() -> None:
    listed = scrapy("list")
    assert listed.returncode == 0, listed.stderr
    assert sorted(listed.stdout.split()) == sorted(registry.sources())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["weibo", "-a", "serch=x"], "did you mean search?"),
        (["weibo", "-a", "since=soon", "-a", "hot=1"], "wants a date like"),
        (["weibo"], "asked for nothing"),
        (["wiebo"], "there is no source 'wiebo'"),
        (["weibo", "-a", "posts=hello!"], "is not a Weibo post"),
        (["weibo", "-a", "users=somebody"], "account numbers (uid)"),
        (["weibo", "-a", "hot=1", "-s", "TINGFENG_PROXY=nowhere"], "TINGFENG_PROXY"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments: list[str], told: str) -> None:
    answer = scrapy("crawl", *arguments)
    assert answer.returncode == 2
    assert told in answer.stderr.strip().splitlines()[-1]
    assert "Traceback" not in answer.stderr


def test_a_feed_export_sees_only_what_is_behind_the_door(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with serve() as replica:
        answer = scrapy(
            "crawl", "weibo", "-a", f"posts={MID}", "-a", "depth=reposts,comments,profile", "-O", str(out),
            "-s", f"TINGFENG_PROXY={replica.proxy}", "-s", f"TINGFENG_HOME={tmp_path / 'home'}", *hurried(),
            "-L", "DEBUG", TINGFENG_COOKIE_WEIBO=f"SUB={LOGIN_SUB}",
        )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    posts = [row for row in rows if "text" in row]
    assert len(posts) > 50
    named = [post for post in posts if post["author"]["public"] is not True]
    assert named
    assert all(post["author"]["id"].startswith("weibo:p-") for post in named)
    for number in range(35):
        assert reader(number).name not in out.read_text("utf-8")
        assert reader(number).name not in answer.stderr, "nor does the log, however loud"
    assert LOGIN_SUB not in answer.stderr


def test_a_crawl_runs_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serve() as replica:
        report = crawl(
            "weibo",
            {"hot": True},
            home=Home(tmp_path / "home"),
            proxy=replica.proxy,
            settings=HURRIED,
            run_id="mine",
        )
    assert report.run.id == "mine"
    assert report.run.outcome == "finished"
    assert report.coverage[0].got == 3
    assert (tmp_path / "home" / "landing" / "mine.zst").exists()


def test_a_wrong_argument_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean search"):
        crawl("weibo", {"serch": "x"}, home=Home(tmp_path))
    with pytest.raises(UsageError, match="there is no source"):
        crawl("wiebo", {}, home=Home(tmp_path))
    with pytest.raises(UsageError, match="asked for nothing"):
        crawl("weibo", {}, home=Home(tmp_path))
    assert not (tmp_path / "landing").exists()


def test_a_project_file_that_is_wrong_is_told(tmp_path: Path) -> None:
    project = tmp_path / "brand.toml"
    project.write_text("[project]\nid = 1\n", "utf-8")
    with pytest.raises(UsageError, match=r"brand\.toml"):
        crawl("weibo", {"hot": True}, home=Home(tmp_path), project_path=project)


def start(replica_proxy: str, home: Path, **settings: str) -> subprocess.Popen[bytes]:
    """A slow crawl in the background."""
    given = {
        **HURRIED,
        "TINGFENG_PROXY": replica_proxy,
        "TINGFENG_HOME": str(home),
        "TINGFENG_RUN_ID": "slow",
    }
    given |= {"DOWNLOAD_DELAY": "0.2", "CONCURRENT_REQUESTS": "1", **settings}
    command = [sys.executable, "-m", "scrapy", "crawl", "weibo", "-a", "search=蛋挞"]
    for name, value in given.items():
        command += ["-s", f"{name}={value}"]
    environment = {**os.environ, "TINGFENG_COOKIE_WEIBO": f"SUB={LOGIN_SUB}"}
    return subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=subprocess.DEVNULL)


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def landed(home: Path) -> list[object]:
    return [record for frame in read_landing(home / "landing" / "slow.zst") for record in frame.records]


def test_a_kill_leaves_a_readable_landing_and_a_run_without_an_end(tmp_path: Path) -> None:
    with serve() as replica:
        process = start(replica.proxy, tmp_path)
        try:
            wait_for(lambda: sum(entry.path == "/weibo" for entry in replica.log) > 3)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    runs = [record for record in landed(tmp_path) if isinstance(record, Run)]
    assert [run.ended_at for run in runs] == [None]
    assert runs[0].asked == {"search": "蛋挞"}


def test_a_stop_lands_what_came_and_says_that_it_was_stopped(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with serve() as replica:
        process = start(replica.proxy, tmp_path, TINGFENG_RUN_REPORT=str(report))
        try:
            wait_for(lambda: sum(entry.path == "/weibo" for entry in replica.log) > 3)
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        finally:
            process.kill()
    records = landed(tmp_path)
    last = [record for record in records if isinstance(record, Run)][-1]
    assert last.outcome == "stopped"
    assert last.posts == sum(isinstance(record, Post) for record in records) > 0
    told = json.loads(report.read_text("utf-8"))
    assert told["run"]["outcome"] == "stopped"
    assert told["coverage"][0]["slice"] == "search:蛋挞"


def test_a_landing_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "landing").write_text("in the way", "utf-8")
    with serve() as replica:
        answer = scrapy(
            "crawl", "weibo", "-a", "hot=1", "-s", f"TINGFENG_PROXY={replica.proxy}",
            "-s", f"TINGFENG_HOME={home}", *hurried(),
        )  # fmt: skip
        assert replica.log == []
    assert answer.returncode != 0
    assert "landing" in answer.stderr


def test_a_disk_that_fills_up_fails_the_run_and_keeps_what_is_safe(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with serve() as replica:
        crawl("weibo", {"hot": "1"}, home=Home(tmp_path), proxy=replica.proxy, settings=HURRIED)
        room = max(path.stat().st_size for path in tmp_path.iterdir() if path.is_file()) + 8192

        def small_disk() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        given = {
            **HURRIED,
            "TINGFENG_PROXY": replica.proxy,
            "TINGFENG_HOME": tmp_path,
            "TINGFENG_RUN_ID": "slow",
        }
        command = [sys.executable, "-m", "scrapy", "crawl", "weibo", "-a", "search=蛋挞"]
        for name, value in {**given, "TINGFENG_RUN_REPORT": report}.items():
            command += ["-s", f"{name}={value}"]
        environment = {**os.environ, "TINGFENG_COOKIE_WEIBO": f"SUB={LOGIN_SUB}"}
        limited = subprocess.run(
            command,
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            preexec_fn=small_disk,
            timeout=60,
        )
        whole = crawl("weibo", {"search": "蛋挞"}, home=Home(tmp_path), proxy=replica.proxy, settings=HURRIED,
            environment={"TINGFENG_COOKIE_WEIBO": f"SUB={LOGIN_SUB}"})  # fmt: skip
    assert "the run ends" in limited.stderr
    assert json.loads(report.read_text("utf-8"))["run"]["outcome"] == "failed"
    (first, *_) = read_landing(tmp_path / "landing" / "slow.zst")
    assert isinstance(first.records[0], Run)
    assert whole.run.outcome == "finished"  # with room again, nothing is lacking
    assert whole.coverage[0].got == 500
