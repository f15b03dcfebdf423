"""What the frontier promises, on both databases: nothing lost, nothing twice, whoever dies when."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.errors import TingfengError, UsageError
from core.home import Home
from crawlers.state.crawls import open_frontier, watermark_of
from crawlers.state.engine import State, StateError, open_state
from crawlers.state.frontier import LEASE_S, Frontier
from crawlers.state.readings import Line, Page, Reading, Status
from crawlers.state.sealing import Sealer
from crawlers.state.tables import metadata, sticky, version
from tests.crawlers.states import KINDS, state_url

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEALER = Sealer(b"k" * 32)
GOOD = SEALER.digest("watermark")


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    with state_url(request.param, tmp_path) as url, open_state(Home(tmp_path), url) as opened:
        yield opened


def crawl(state: State, *question: str, now: datetime = NOW, owner: str | None = None) -> Frontier:
    frontier = open_frontier(state, SEALER, "weibo", question or ("hot=true",), now=now)
    if owner is not None:
        frontier.owner = owner
    return frontier


def page(name: str, *, priority: int = 0, depth: int = 0, batch: str | None = None) -> Page:
    return Page(
        key=SEALER.digest(name), body=name.encode(), priority=priority, depth=depth, slice="hot", batch=batch
    )


def names(frontier: Frontier, number: int = 100, now: datetime = NOW) -> list[str]:
    return [lease.body.decode() for lease in frontier.lease(number, now=now)]


def test_pages_come_by_priority_then_the_deepest_then_the_oldest(state: State) -> None:
    frontier = crawl(state)
    pages = [page("a"), page("b", depth=1), page("c", priority=1), page("d", depth=1), page("e")]
    assert frontier.add(pages) == 5
    assert names(frontier) == ["c", "b", "d", "a", "e"]


def test_a_page_is_asked_once_a_crawl(state: State) -> None:
    frontier = crawl(state)
    assert frontier.add([page("a"), page("b")]) == 2
    leases = frontier.lease(2, now=NOW)
    frontier.commit([Reading(task=lease.task, pages=[page("a")]) for lease in leases], now=NOW)
    assert frontier.add([page("b")]) == 0
    assert not frontier.has_left()
    other = crawl(state, "search=x")
    assert other.add([page("a")]) == 1


def test_two_workers_never_get_the_same_page(state: State) -> None:
    first = crawl(state, owner="one")
    first.add([page(f"{number:03}") for number in range(120)])
    workers = [first, crawl(state, owner="two"), crawl(state, owner="three")]
    assert workers[1].crawl == first.crawl

    def work(worker: Frontier) -> list[str]:
        got = []
        while leases := worker.lease(7, now=NOW):
            got += [lease.body.decode() for lease in leases]
            worker.commit([Reading(task=lease.task) for lease in leases], now=NOW)
        return got

    with ThreadPoolExecutor(3) as pool:
        found = [name for part in pool.map(work, workers) for name in part]
    assert sorted(found) == [f"{number:03}" for number in range(120)]


@pytest.mark.parametrize("later_s", [LEASE_S + 1, None], ids=["the lease ended", "it gave them back"])
def test_pages_of_a_worker_that_went_are_asked_by_another(state: State, later_s: float | None) -> None:
    gone, other = crawl(state, owner="far:1:0"), crawl(state, owner="near:1:0")
    gone.add([page("a"), page("b")])
    assert names(gone) == ["a", "b"]
    assert names(other) == []
    if later_s is None:
        gone.release()
    assert names(other, now=NOW + timedelta(seconds=later_s or 0)) == ["a", "b"]


def test_a_lease_that_is_renewed_lasts(state: State) -> None:
    slow, other = crawl(state, owner="one"), crawl(state, owner="two")
    slow.add([page("a")])
    slow.lease(1, now=NOW)
    slow.renew(now=NOW + timedelta(seconds=LEASE_S - 1))
    assert names(other, now=NOW + timedelta(seconds=LEASE_S + 1)) == []


def test_what_a_worker_of_this_host_leased_is_free_once_it_is_dead(state: State) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "from crawlers.state.workers import worker_name; print(worker_name())"],
        capture_output=True, check=True, text=True,
    ).stdout.strip()  # fmt: skip
    gone = crawl(state, owner=dead)
    gone.add([page("a")])
    gone.lease(1, now=NOW)
    assert names(crawl(state, owner="other:1:0")) == ["a"]


def test_a_late_worker_does_not_undo_what_another_read(state: State) -> None:
    late, other = crawl(state, owner="one"), crawl(state, owner="two")
    late.add([page("a")])
    (mine,) = late.lease(1, now=NOW)
    (theirs,) = other.lease(1, now=NOW + timedelta(seconds=LEASE_S + 1))
    other.commit([Reading(task=theirs.task, status=Status.READ)], now=NOW)
    late.commit([Reading(task=mine.task, status=Status.LOST)], now=NOW)
    late.release()
    assert not other.has_left()


def test_a_page_of_a_stopped_source_waits(state: State) -> None:
    frontier = crawl(state)
    frontier.add([page("a"), page("b")])
    (lease,) = frontier.lease(1, now=NOW)
    frontier.commit([Reading(task=lease.task, status=None, lines={"hot": Line(got=1)})], now=NOW)
    assert frontier.has_others()  # b
    assert names(frontier) == ["b"]
    assert not frontier.has_others()
    frontier.leave_because("captcha")
    frontier.release()
    assert frontier.coverage() == [("hot", Line(got=1, because="captcha", refused=True))]
    again = crawl(state, now=NOW + timedelta(days=1))
    assert again.resumed
    assert again.began_at == NOW
    again.forgive()
    assert again.coverage() == [("hot", Line(got=1))]
    assert names(again) == ["a", "b"]


def test_what_follows_a_batch_is_told_with_its_last_page(state: State) -> None:
    frontier = crawl(state)
    frontier.add([page("a", batch="cascade"), page("b", batch="cascade")])
    first, second = frontier.lease(2, now=NOW)
    assert (
        frontier.commit(
            [Reading(task=first.task, pages=[page("c", batch="cascade")], batch="cascade")], now=NOW
        )
        == []
    )
    assert frontier.commit([Reading(task=second.task, batch="cascade")], now=NOW) == []
    (third,) = frontier.lease(2, now=NOW)
    assert frontier.commit([Reading(task=third.task, batch="cascade")], now=NOW) == ["cascade"]
    assert crawl(state).finished_batches() == ["cascade"]


def test_of_two_workers_with_the_last_two_pages_one_sees_the_end(state: State) -> None:
    one, two = crawl(state, owner="one"), crawl(state, owner="two")
    for round_ in range(10):
        batch = f"batch {round_}"
        one.add([page(f"{round_}a", batch=batch), page(f"{round_}b", batch=batch)])
        (left,), (right,) = one.lease(1, now=NOW), two.lease(1, now=NOW)
        with ThreadPoolExecutor(2) as pool:
            done = [
                pool.submit(worker.commit, [Reading(task=lease.task, batch=batch)], now=NOW)
                for worker, lease in ((one, left), (two, right))
            ]
        assert batch in [name for ended in done for name in ended.result()]


def test_a_page_read_again_after_a_kill_takes_what_it_took_before(state: State) -> None:
    frontier = crawl(state)
    assert frontier.seen.first("posts", ["1", "2", "2"], task=7) == {"1", "2"}
    assert frontier.seen.first("posts", ["2", "3"], task=7) == {"3"}  # once a reading
    assert frontier.seen.first("posts", [], task=7) == set()
    other = crawl(state)
    assert other.seen.first("posts", ["2", "4"], task=8) == {"4"}
    assert other.seen.first("posts", ["1", "3", "4"], task=7) == {"1", "3"}
    assert other.seen.first("other", ["1"], task=9) == {"1"}


def test_notes_keep_the_last_that_was_said(state: State) -> None:
    frontier = crawl(state)
    assert frontier.seen.note("cascade", {"1": b"a", "2": b"b"}, task=1) == {"1", "2"}
    assert frontier.seen.note("cascade", {"2": b"c"}, task=2) == set()
    assert sorted(frontier.seen.notes("cascade")) == [b"a", b"c"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([Line(expected=5, got=2), Line(expected=3, got=1)], Line(expected=5, got=3)),
        ([Line(), Line(expected=0)], Line(expected=0)),
        ([Line(because="max_pages"), Line(because="empty_page")], Line(because="max_pages")),
        (
            [Line(because="max_pages"), Line(because="captcha", refused=True)],
            Line(because="captcha", refused=True),
        ),
        (
            [Line(because="captcha", refused=True), Line(because="login_required", refused=True)],
            Line(because="captcha", refused=True),
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("together", [True, False])
def test_coverage_adds_up(state: State, lines: list[Line], told: Line, together: bool) -> None:
    frontier = crawl(state)
    readings = [Reading(task=None, lines={"a": line}) for line in lines]
    for some in [readings] if together else [[reading] for reading in readings]:
        frontier.commit(some, now=NOW)
    assert frontier.coverage() == [("a", told)]


def test_only_a_good_end_moves_the_watermark(state: State) -> None:
    crawl(state).finish("blocked", now=NOW)
    assert watermark_of(state, GOOD) is None
    later = NOW + timedelta(hours=1)
    crawl(state, now=later).finish("finished", now=later + timedelta(hours=1), good=GOOD)
    assert watermark_of(state, GOOD) == later
    assert not crawl(state, now=later).resumed


def test_the_other_worker_of_a_crawl_that_ended_still_tells_its_coverage(state: State) -> None:
    one, two = crawl(state, owner="one"), crawl(state, owner="two")
    one.commit([Reading(task=None, lines={"a": Line(got=1)})], now=NOW)
    one.finish("finished", now=NOW, good=GOOD)
    two.finish("blocked", now=NOW + timedelta(hours=1))
    assert two.coverage() == [("a", Line(got=1))]
    crawl(state, now=NOW + timedelta(hours=2))
    assert two.coverage() == []


def test_a_crawl_that_rested_for_weeks_is_not_taken_up(state: State) -> None:
    crawl(state).add([page("a")])
    new = crawl(state, now=NOW + timedelta(days=8))
    assert not new.resumed
    assert names(new) == []


def test_nothing_in_the_state_names_anybody(tmp_path: Path) -> None:
    with open_state(Home(tmp_path)) as state:
        frontier = crawl(state, "users=9900000003")
        told = Page(
            key=SEALER.digest("x"),
            body="爱吃橘子-的猫 9900000003".encode(),
            slice="timeline:9900000003",
            batch="9900000003",
        )
        frontier.add([told])
        frontier.seen.first("9900000003", ["爱吃橘子-的猫"], task=1)
        frontier.seen.note("g", {"9900000003": "爱吃橘子-的猫".encode()}, task=1)
        frontier.commit(
            [Reading(task=None, lines={"timeline:9900000003": Line(got=1)}, batch="9900000003")], now=NOW
        )
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"9900000003" not in kept
    assert "爱吃橘子".encode() not in kept


def test_a_state_of_another_key_is_told(state: State) -> None:
    crawl(state).add([page("a")])
    other = crawl(state)
    other.sealer = Sealer(b"x" * 32)
    with pytest.raises(TingfengError, match="written with another key"):
        other.lease(1, now=NOW)


_OPENING = """
import sys, time
from pathlib import Path
from core.home import Home
from crawlers.state.engine import open_state
folder, began = Path(sys.argv[1]), float(sys.argv[2])
for number in range(25):
    while time.time() < began + number / 5:
        time.sleep(0.0005)
    open_state(Home(folder / str(number))).close()
"""


def test_processes_that_open_a_new_state_at_once_all_get_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OPENING, str(tmp_path), str(time.time() + 2)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, told


def test_a_state_of_another_version_is_refused(tmp_path: Path) -> None:
    with open_state(Home(tmp_path)) as state, state.begin() as connection:
        connection.execute(version.update().values(number=0))
    with pytest.raises(StateError, match="has version 0"):
        open_state(Home(tmp_path))


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_made_before_an_index_gets_it(kind: str, tmp_path: Path) -> None:
    made = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    with state_url(kind, tmp_path) as url:
        with open_state(Home(tmp_path), url) as state, state.begin() as connection:
            for index in made:
                connection.execute(sa.text(f"DROP INDEX {index}"))
        with open_state(Home(tmp_path), url) as state:
            found = sa.inspect(state.engine)
            there = {index["name"] for table in metadata.tables for index in found.get_indexes(table)}
    assert made <= there


def test_a_state_opens_while_another_worker_writes(tmp_path: Path) -> None:
    with (
        state_url("postgresql", tmp_path) as url,
        open_state(Home(tmp_path), url) as state,
        ThreadPoolExecutor(1) as pool,
        state.begin() as connection,
    ):
        connection.execute(sa.delete(sticky))  # nothing is there, but the table is held
        opened = pool.submit(lambda: open_state(Home(tmp_path), url).close())
        assert opened.exception(timeout=30) is None


@pytest.mark.parametrize("url", ["mysql://host/db", "nonsense", "sqlite://"])
def test_an_address_that_is_no_state_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="TINGFENG_STATE wants"):
        open_state(Home(tmp_path), url)


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StateError) as told:
        open_state(Home(tmp_path), "postgresql://me:hush@127.0.0.1:1/none")
    assert "127.0.0.1:1" in str(told.value)
    assert "hush" not in str(told.value)


def test_workers_that_meet_the_same_keys_in_other_orders_do_not_wait_for_one_another(state: State) -> None:
    workers = [crawl(state, owner=name) for name in ("one", "two")]

    def work(worker: Frontier, number: int, backwards: bool) -> int:
        taken = 0
        for round_ in range(20):
            keys = [f"{round_}/{key}" for key in range(100)][:: -1 if backwards else 1]
            taken += len(worker.seen.first("posts", keys, task=number))
            worker.add([page(key) for key in keys])
            worker.commit([Reading(task=None, lines={key: Line(got=1) for key in keys})], now=NOW)
        return taken

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(work, worker, number, number == 1) for number, worker in enumerate(workers, 1)]
    assert sum(one.result() for one in done) == 2000
    assert {line.got for _, line in workers[0].coverage()} == {2}
