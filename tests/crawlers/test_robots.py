"""robots.txt as RFC 9309 has it: what is absent allows, what cannot be had forbids, a day's copy serves all runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request

from core.home import Home
from core.models import Kind
from crawlers.manners.robots import RobotsMiddleware
from crawlers.state.engine import open_state
from crawlers.state.robots import RobotsStore
from replica.server import Replica
from tests.crawlers.crawling import Crawled, run
from tests.sites import MAKER, serve, small_world

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROOT = next(post for post in small_world().posts if post.kind is Kind.POST and post.author == MAKER)
MOBILE = "m.weibo.cn/robots.txt"


def crawl(replica: Replica, folder: Path, at: datetime = NOW) -> Crawled:
    asked = {"posts": ROOT.id.removeprefix("weibo:"), "depth": "profile"}
    return run(replica, folder, asked, login=False, one_by_one=True, TINGFENG_NOW=at.isoformat())


def asked(replica: Replica) -> int:
    return sum(entry.path == "/robots.txt" and entry.host == "m.weibo.cn" for entry in replica.log)


def test_a_missing_robots_allows_all_whatever_its_page_says(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("robots_gone", route=MOBILE)
        assert crawl(replica, tmp_path).posts.keys() == {ROOT.id}


@pytest.mark.parametrize("fault", ["unavailable", "rate_limited", "dropped_body"])
def test_one_that_cannot_be_had_forbids_all(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault, route=MOBILE)
        got = crawl(replica, tmp_path)
        assert not [
            entry for entry in replica.log if entry.host == "m.weibo.cn" and entry.path != "/robots.txt"
        ]
    assert got.coverage("post:").because == "robots_unreachable"


def test_it_is_read_once_a_day_by_all_runs(tmp_path: Path) -> None:
    with serve() as replica:
        crawl(replica, tmp_path)
        crawl(replica, tmp_path, NOW + timedelta(hours=23))
        assert asked(replica) == 1
        replica.faults.on("robots_forbid", route=MOBILE)
        late = crawl(replica, tmp_path, NOW + timedelta(hours=25))
        assert asked(replica) == 2
    assert late.coverage("post:").because == "robots"


def test_a_copy_serves_while_the_site_cannot_be_reached_for_a_month(tmp_path: Path) -> None:
    with serve() as replica:
        crawl(replica, tmp_path)
        replica.faults.on("unavailable", route=MOBILE)
        assert crawl(replica, tmp_path, NOW + timedelta(days=3)).posts
        got = crawl(replica, tmp_path, NOW + timedelta(days=31))
    assert got.coverage("post:").because == "robots_unreachable"


@pytest.mark.parametrize(
    ("own", "jitter", "asks", "least", "delay"),
    [
        (2.0, 0.5, 10, 10.0, 10.0),
        (2.0, 0.5, 1.5, 1.5, 2.0),
        (8.0, 0.25, 1, 6.0, 8.0),
        (0.0, 0.0, 3, 3.0, 3.0),
    ],
)
def test_the_longer_delay_holds_and_no_jitter_goes_below_it(own, jitter, asks, least, delay) -> None:
    slot = SimpleNamespace(delay=own, jitter=jitter)
    downloader = SimpleNamespace(
        slots={"s": slot}, per_slot_settings={}, _delay=own, _jitter=jitter, get_slot_key=lambda _: "s"
    )
    middleware: Any = RobotsMiddleware.__new__(RobotsMiddleware)
    middleware.crawler = SimpleNamespace(engine=SimpleNamespace(downloader=downloader))
    middleware._robotstxt_useragent = "Tingfeng"
    parser: Any = SimpleNamespace(crawl_delay=lambda _: float(asks))
    middleware._keep_distance(parser, Request("http://s/"))
    assert slot.delay == delay
    assert slot.delay * (1 - slot.jitter) == pytest.approx(least)


def test_crawl_delay_is_obeyed(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("robots_delay", route=MOBILE, seconds=0.7)
        got = crawl(replica, tmp_path).report.run
        pages = sum(entry.path != "/robots.txt" for entry in replica.log)
    assert got.ended_at is not None
    assert (got.ended_at - got.started_at).total_seconds() >= 0.7 * (pages - 1), "no faster than it asks"


def test_no_more_is_kept_of_it_than_is_read(tmp_path: Path) -> None:
    with open_state(Home(tmp_path)) as state:
        store = RobotsStore(state)
        store.keep("a.example", b"#" * 2_000_000, NOW)
        kept = store.get("a.example")
        assert kept is not None
        assert (len(kept.body), kept.read_at) == (512 * 1024, NOW)
        assert store.get("b.example") is None
