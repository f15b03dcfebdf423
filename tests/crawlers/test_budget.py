"""The daily budget: counted by source, identity and day, over runs and workers, before anything leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.signalmanager import SignalManager

from core.home import Home
from core.models import Kind
from crawlers.manners.blocks import Refused
from crawlers.manners.budget import BudgetMiddleware
from crawlers.manners.guard import Guard
from crawlers.state.budget import Ledger
from crawlers.state.engine import State, open_state
from crawlers.state.robots import RobotsStore
from crawlers.state.validators import Validator, Validators
from tests.crawlers.crawling import run
from tests.crawlers.states import KINDS, state_url
from tests.sites import MAKER, serve, small_world

DAY, NOW = date(2026, 11, 21), datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    with state_url(request.param, tmp_path) as url, open_state(Home(tmp_path), url) as opened:
        yield opened


def test_a_budget_is_kept_by_source_identity_and_day(state: State) -> None:
    ledger = Ledger(state)
    assert ledger.take("weibo", DAY, 20, 30) == 20
    assert ledger.take("weibo", DAY, 20, 30) == 10
    assert ledger.take("weibo", DAY, 20, 30) == 0
    assert ledger.take("weibo", DAY, 20, 30, "first") == 20
    assert ledger.take("discuz", DAY, 20, 30) == 20
    assert ledger.take("weibo", date(2026, 11, 22), 5, 30) == 5
    ledger.give_back("weibo", DAY, 4)
    assert ledger.spent("weibo", DAY) == 26
    assert ledger.spent("weibo", DAY, "first") == 20
    assert ledger.take("weibo", DAY, 1000, None) == 1000


def test_workers_at_once_share_one_budget(state: State) -> None:
    granted: list[int] = []

    def spend() -> None:
        with State(state.url) as mine:
            granted.extend(Ledger(mine).take("weibo", DAY, 3, 50) for _ in range(10))

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 50


def test_an_identity_has_a_budget_of_its_own_within_the_source_s(state: State) -> None:
    guard = Guard("weibo", by_site=False)
    rate = SimpleNamespace(daily_identity=3)
    spider = SimpleNamespace(
        name="weibo", now=lambda: NOW, state=state, guard=guard, requests=0,
        config=SimpleNamespace(daily=10), source=SimpleNamespace(rate=rate),
    )  # fmt: skip
    engine = SimpleNamespace(downloader=SimpleNamespace(slots={}))
    crawler = SimpleNamespace(spider=spider, signals=SignalManager(), engine=engine)
    budget = BudgetMiddleware(cast("Crawler", crawler))

    def ask(**meta: str) -> bool:
        try:
            budget.process_request(Request("http://m.weibo.cn/", meta=meta))
        except Refused:
            return False
        return True

    assert [ask(identity="login", **{"as": "first"}) for _ in range(5)] == [True] * 3 + [False] * 2
    assert guard.ended is None, "the others go on"
    assert [ask(identity="login", **{"as": "second"}) for _ in range(3)] == [True] * 3
    assert [ask(identity="visitor") for _ in range(5)] == [True] * 4 + [False]
    assert guard.ended is not None
    assert guard.met == {"budget": 2}
    assert spider.requests == 10
    assert [Ledger(state).spent("weibo", DAY, name) for name in ("", "first", "second")] == [10, 3, 3]


def test_what_sites_said_is_kept_in_both_databases(state: State) -> None:
    RobotsStore(state).keep("a.example", b"User-agent: *", NOW)
    RobotsStore(state).keep("a.example", b"", NOW + timedelta(days=1))
    kept = RobotsStore(state).get("a.example")
    assert kept is not None
    assert (kept.body, kept.read_at) == (b"", NOW + timedelta(days=1))
    Validators(state).keep({bytes(16): Validator('"a"', None)}, NOW)
    assert Validators(state).get(bytes(16)) == Validator('"a"', None)


def test_a_state_that_cannot_be_written_ends_the_run_and_loses_no_page(tmp_path: Path) -> None:
    root = next(post for post in small_world().posts if post.kind is Kind.POST and post.author == MAKER)
    asked = {"posts": root.id.removeprefix("weibo:")}

    def tell(statement: str) -> None:
        with open_state(Home(tmp_path / "home")) as opened, opened.begin() as connection:
            connection.exec_driver_sql(statement)

    tell("CREATE TRIGGER full BEFORE INSERT ON spent BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with serve() as replica:
        broken = run(replica, tmp_path, asked, login=False)
        assert replica.log == [], "what cannot be counted is not asked"
        tell("DROP TRIGGER full")
        whole = run(replica, tmp_path, asked, login=False)
    assert broken.report.run.outcome == "failed"
    assert "disk full" in broken.log
    assert whole.posts.keys() == {root.id}
