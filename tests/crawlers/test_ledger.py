"""The ledger of runs and the plan of jobs, on SQLite and a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import UsageError
from core.home import Home
from core.models import Coverage, Run
from crawlers.state.engine import State, open_state
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import REMEMBERED, Job, Jobs, Missed
from crawlers.state.revisits import Revisits
from tests.crawlers.states import KINDS, state_url

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    with state_url(request.param, tmp_path) as url, open_state(Home(tmp_path), url) as opened:
        yield opened


def run(number: int, **more: object) -> Run:
    given: dict[str, object] = {"source": "feed", "asked": {"url": "https://a.example/"}, "started_at": NOW}
    return Run(id=f"feed-{number}", **{**given, **more})  # type: ignore[arg-type]


def job(key: str, *, due: datetime = NOW, **more: object) -> Job:
    given: dict[str, object] = {"source": "feed", "queue": "feed", "kind": "feed", "shown": {"url": "a"}}
    return Job(key=key, due_at=due, projects=("car",), wanted_at=NOW, **{**given, **more})  # type: ignore[arg-type]


def line(name: str, expected: int | None, got: int, because: str | None = None) -> Coverage:
    return Coverage(source="feed", slice=name, expected=expected, got=got, because=because, run_id="feed-1")


def test_a_run_is_there_from_its_start_and_says_whether_it_lives(state: State) -> None:
    ledger = RunLedger(state)
    ledger.begin(run(1), job="feed-aa")
    (entry,) = ledger.entries()
    assert (entry.run, entry.job) == (run(1), "feed-aa")
    assert entry.state(NOW + MINUTE) == "running"
    assert entry.state(NOW + HOUR) == "killed"
    ledger.beat("feed-1", NOW + HOUR)
    assert ledger.entries()[0].state(NOW + HOUR) == "running"


def test_a_run_that_ended_says_what_it_reached(state: State) -> None:
    ledger = RunLedger(state)
    ledger.begin(run(1))
    ended = run(1, ended_at=NOW + MINUTE, outcome="finished", posts=9, requests=4, blocks=("captcha",))
    lines = [line("a", 10, 7, "captcha"), line("b", None, 5), line("c", 3, 4), line("d", 0, 0, "unchanged")]
    ledger.end(
        ended, lines, filled={"*": 9, "text": 8}, unmet=["text is filled …"], newest_at=NOW - HOUR, fresh=6
    )
    entry = ledger.entry("feed-1")
    assert entry is not None
    assert entry.run == ended
    assert (entry.expected, entry.got) == (13, 10)  # of the slices whose number is known; no more than all
    assert entry.reasons == {"captcha": 1}
    assert (entry.newest_at, entry.fresh, entry.filled["text"]) == (NOW - HOUR, 6, 8)
    assert ledger.coverage(run_id="feed-1") == lines
    assert ledger.entry("nobody") is None


def test_the_latest_comes_first_and_old_ones_are_forgotten(state: State) -> None:
    ledger = RunLedger(state)
    for number in range(5):
        ledger.begin(run(number, started_at=NOW - number * DAY, source="weibo" if number % 2 else "feed"))
    assert [entry.run.id for entry in ledger.entries(limit=2)] == ["feed-0", "feed-1"]
    assert [entry.run.id for entry in ledger.entries(source="weibo")] == ["feed-1", "feed-3"]
    assert len(ledger.entries(since=NOW - 2 * DAY)) == 3
    ledger.forget(NOW - 2 * DAY)
    assert len(ledger.entries()) == 3


def test_costs_are_the_mean_of_a_job(state: State) -> None:
    ledger = RunLedger(state)
    for number, requests in enumerate((4, 8)):
        ledger.begin(run(number), job="feed-aa")
        ended = run(number, ended_at=NOW, outcome="finished", requests=requests)
        ledger.end(ended, [], filled={}, unmet=(), newest_at=None, fresh=None)
    ledger.begin(run(9), job="feed-aa")  # still running
    assert ledger.costs(NOW - DAY) == {"feed-aa": 6.0}


def test_a_job_keeps_its_state_when_it_is_wanted_again(state: State) -> None:
    jobs = Jobs(state)
    jobs.want([job("feed-aa"), job("feed-bb")], NOW)
    jobs.pause("feed-aa", "too noisy", NOW)
    jobs.saw("feed-aa", [NOW - HOUR])
    jobs.want([job("feed-aa", due=NOW + DAY, shown={"url": "b"})], NOW + DAY)
    kept = jobs.find("feed-aa")
    assert (kept.due_at, kept.paused_because, kept.published) == (NOW, "too noisy", (NOW - HOUR,))
    assert kept.shown == {"url": "b"}
    jobs.want([job("feed-aa")], NOW + 40 * DAY)  # the other was wanted by nobody for so long
    assert [one.key for one in jobs.all()] == ["feed-aa"]


def test_schedules_that_want_the_same_jobs_in_other_orders_do_not_wait_for_one_another(state: State) -> None:
    wanted = [job(f"feed-{number:03}") for number in range(200)]
    both = threading.Barrier(2)

    def want(backwards: bool) -> None:
        for _ in range(10):
            both.wait(30)
            Jobs(state).want(wanted[:: -1 if backwards else 1], NOW)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(want, backwards) for backwards in (False, True)]:
            one.result()
    assert len(Jobs(state).all()) == len(wanted)


@pytest.mark.parametrize(("name", "told"), [("feed-", "names 2 jobs"), ("x", "there is no job")])
def test_a_job_is_found_by_the_beginning_of_its_key(state: State, name: str, told: str) -> None:
    jobs = Jobs(state)
    jobs.want([job("feed-aa"), job("feed-ab")], NOW)
    assert jobs.find("feed-aa").key == "feed-aa"
    assert jobs.find("feed-ab").key == "feed-ab"
    with pytest.raises(UsageError, match=told):
        jobs.find(name)


def test_of_a_queue_one_host_takes_one_job(state: State) -> None:
    """Many hosts that reach for two jobs of a queue at once get one of them, once."""
    jobs = Jobs(state)
    jobs.want([job("feed-aa"), job("feed-bb"), job("weibo-cc", queue="weibo")], NOW)
    rows = {one.key: one for one in jobs.all()}
    taken: list[str] = []
    ready = threading.Barrier(8)

    def reach(host: str) -> None:
        ready.wait()
        until = NOW + MINUTE
        keys = ("feed-aa", "feed-bb", "weibo-cc")
        taken.extend(key for key in keys if Jobs(state).lease(rows[key], by=host, now=NOW, until=until))

    hosts = [threading.Thread(target=reach, args=(f"host{number}",)) for number in range(8)]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join()
    assert sorted(key.partition("-")[0] for key in taken) == ["feed", "weibo"]


def test_a_lease_ends_with_its_time_and_a_late_host_changes_nothing(state: State) -> None:
    jobs = Jobs(state)
    jobs.want([job("feed-aa")], NOW)
    assert jobs.lease(jobs.find("feed-aa"), by="a", now=NOW, until=NOW + MINUTE)
    assert not jobs.lease(jobs.find("feed-aa"), by="b", now=NOW, until=NOW + MINUTE)
    jobs.renew("a", ["feed-aa"], NOW + HOUR)
    jobs.renew("a", [], NOW + 9 * HOUR)
    assert not jobs.lease(jobs.find("feed-aa"), by="b", now=NOW + 2 * MINUTE, until=NOW + HOUR)
    assert jobs.lease(jobs.find("feed-aa"), by="b", now=NOW + 2 * HOUR, until=NOW + 3 * HOUR)
    for host in ("a", "b"):
        jobs.finish(
            "feed-aa",
            by=host,
            at=NOW,
            run=f"run-{host}",
            outcome="finished",
            due_at=NOW + DAY,
            interval_s=600,
        )
    done = jobs.find("feed-aa")
    assert (done.run, done.due_at, done.lease_by) == ("run-b", NOW + DAY, None)


def test_a_paused_job_is_not_taken_and_a_resumed_one_is_due_at_once(state: State) -> None:
    jobs = Jobs(state)
    jobs.want([job("feed-aa")], NOW)
    seen = jobs.find("feed-aa")
    jobs.pause("feed-aa", None, NOW)
    assert not jobs.lease(seen, by="a", now=NOW, until=NOW + MINUTE)
    jobs.resume("feed-aa", NOW + DAY)
    assert jobs.find("feed-aa").due_at == NOW + DAY


def test_a_job_remembers_the_latest_publications_alone(state: State) -> None:
    jobs = Jobs(state)
    jobs.want([job("feed-aa")], NOW)
    jobs.saw("feed-aa", [NOW - number * HOUR for number in range(30)])
    jobs.saw("feed-aa", [NOW, NOW + MINUTE])
    kept = jobs.find("feed-aa").published
    assert len(kept) == REMEMBERED
    assert kept[-1] == NOW + MINUTE == jobs.newest("feed-aa")
    jobs.saw("nobody", [NOW])


def test_missed_starts_are_kept(state: State) -> None:
    jobs = Jobs(state)
    one = Missed(job="feed-aa", since=NOW - DAY, until=NOW, times=7, because="off")
    jobs.miss(one)
    assert jobs.missed(NOW - HOUR) == [one]
    assert jobs.missed(NOW + HOUR) == []


def test_posts_are_re_visited_by_the_ladder_once_a_step(state: State) -> None:
    revisits = Revisits(state)
    posts = {"weibo:1": NOW, "weibo:2": NOW - 2 * DAY, "weibo:3": NOW - 30 * DAY}
    revisits.plan("weibo", posts, NOW)
    revisits.plan("weibo", posts, NOW)  # seen again by another run
    assert revisits.next() == {"weibo": NOW + HOUR}
    assert revisits.due("weibo", NOW, 10) == []
    assert revisits.due("weibo", NOW + 2 * HOUR, 10) == ["weibo:1"]
    # a day without power: three steps are due, two of one post, which is one visit
    assert revisits.due("weibo", NOW + 25 * HOUR, 10) == ["weibo:1", "weibo:2"]
    revisits.done("weibo", ["weibo:1", "weibo:2"], NOW + 25 * HOUR)
    revisits.plan("weibo", {"weibo:1": NOW}, NOW + 25 * HOUR)  # and the visit itself landed it again
    assert revisits.next() == {"weibo": NOW + 72 * HOUR}
    revisits.done("weibo", ["weibo:1", "weibo:2"], NOW + 8 * DAY)
    assert revisits.next() == {}
