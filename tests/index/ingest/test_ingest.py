"""Ingest: nothing lost, nothing doubled, however often it is stopped or repeated."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.errors import LandingError, StoreAway, TingfengError
from core.home import Home
from core.landing import LandingWriter
from core.models import Gone, Post, Run
from index.address import open_store
from index.ingest.ingesting import BATCH, follow, ingest
from index.ingest.unread import LETTERS, Unread
from index.query import parse
from index.sqlite import SqliteStore
from index.store import Batch, Store, Written
from tests.index import readers
from tests.index.landed import DOOR, START, contents, land, post

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("landed"))
    land(home, runs=4, posts=90)
    return home


def test_all_that_landed_is_stored_once(landing: Home, store: Store) -> None:
    report = ingest(landing, store, workers=0, batch=50)
    assert (report.posts, report.new) == (360, 270)
    assert store.count(parse("")) == 270
    assert store.count(parse("全文")) == 36 - 18  # of the cut texts other runs saw half whole
    assert [run.outcome for run in store.runs()] == ["finished"] * 4
    assert [item.got for item in store.coverage()] == [90] * 4
    assert [entry.rank for entry in store.hot()] == [1, 2, 3, 4]
    assert max(len(store.series(f"weibo:{number}")) for number in range(270)) == 2
    again = ingest(landing, store, workers=0)
    assert (again.posts, again.new, again.updated) == (0, 0, 0)


def test_a_post_that_went_stays_with_its_mark_until_it_is_seen_again(store: Store, tmp_path: Path) -> None:
    home = Home(tmp_path)

    def land_run(number: int, *records: Post | Gone) -> None:
        began = START + timedelta(hours=number)
        with LandingWriter(home, f"run{number}", DOOR, 100_000) as writer:
            writer.run(Run(id=f"run{number}", source="weibo", asked={}, started_at=began))
            for record in records:
                writer.gone(record) if isinstance(record, Gone) else writer.post(record)
        ingest(home, store, workers=0)

    went = START + timedelta(hours=3)
    land_run(1, post(1, fetched=START), post(2, fetched=START))
    land_run(2, post(3, fetched=START), Gone(id="weibo:3", at=went, reason="complaint"))
    land_run(
        3, Gone(id="weibo:1", at=went, reason="author"), Gone(id="weibo:9", at=went, reason="missing")
    )  # nobody found number 9 while it was there
    land_run(4, Gone(id="weibo:2", at=START - timedelta(hours=1), reason="author"))
    marks = {item.post.id: (item.post.gone, item.post.gone_at) for item in store.scan(parse(""))}
    assert marks == {"weibo:1": ("author", went), "weibo:2": (None, None), "weibo:3": ("complaint", went)}
    assert store.get(["weibo:1"])[0].post.text == post(1, fetched=START).text
    land_run(5, post(1, fetched=went + timedelta(days=1)))
    assert store.get(["weibo:1"])[0].post.gone is None


class Forgetful(SqliteStore):
    """A store whose marks were lost."""

    def marks(self) -> dict[str, int]:
        return {}


def test_a_landing_read_twice_changes_nothing(landing: Home, tmp_path: Path) -> None:
    with closing(Forgetful(tmp_path / "store.sqlite")) as store:
        ingest(landing, store, workers=0)
        before = contents(store)
        again = ingest(landing, store, workers=0)
        assert (again.posts, again.new) == (360, 0)
        assert contents(store) == before


def test_worker_processes_read_the_same(landing: Home, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "a")) as here, closing(SqliteStore(tmp_path / "b")) as there:
        done: list[int] = []
        ingest(landing, here, workers=0, batch=30)
        ingest(landing, there, workers=2, batch=30, progress=done.append)
        assert contents(here) == contents(there)
        assert done == sorted(done)
        assert done[-1] == 360


class Failing(SqliteStore):
    """A store that goes away after some batches."""

    left = 3

    def write(self, batch: Batch) -> Written:
        if not self.left:
            raise StoreAway("gone; run again when it is back")
        self.left -= 1
        return super().write(batch)


def test_a_store_that_goes_away_keeps_what_it_took(landing: Home, tmp_path: Path) -> None:
    with closing(Failing(tmp_path / "a")) as store, closing(SqliteStore(tmp_path / "b")) as clean:
        with pytest.raises(StoreAway, match="run again"):
            ingest(landing, store, workers=1, batch=30)
        assert 0 < store.count(parse("")) < 270
        store.left = 100
        report = ingest(landing, store, workers=0, batch=30)
        assert 0 < report.posts < 360
        ingest(landing, clean, workers=0, batch=30)
        assert contents(store) == contents(clean)


@pytest.mark.parametrize("workers", [0, 1])
def test_models_that_are_missing_stop_ingest_and_say_so(landing: Home, tmp_path: Path, workers: int) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        with pytest.raises(TingfengError, match="cannot be annotated: the model is missing"):
            ingest(landing, store, workers=workers, reader=readers.without_models)
        assert store.marks() == {}


def test_a_worker_that_dies_loses_nothing(landing: Home, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        with pytest.raises(TingfengError, match="fewer --workers"):
            ingest(landing, store, workers=1, reader=readers.dying)
        assert ingest(landing, store, workers=0, reader=readers.choking).new == 270


@pytest.mark.parametrize("workers", [0, 1])
def test_a_post_that_cannot_be_read_keeps_no_other_waiting(
    landing: Home, tmp_path: Path, workers: int, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        ingest(landing, store, workers=workers, reader=readers.choking)
        assert store.count(parse("")) == 270
        assert store.get(["weibo:5"])[0].annotation.words == ()
        assert store.get(["weibo:6"])[0].annotation.words == ("read",)
        assert workers or "weibo:5 cannot be annotated" in caplog.text


def _copy(home: Home, to: Path) -> Home:
    copied = Home(to)
    copied.landing.mkdir(parents=True)
    for path in home.landing.glob("*.zst"):
        (copied.landing / path.name).write_bytes(path.read_bytes())
    return copied


def test_a_torn_tail_is_told_and_read_when_it_is_whole(landing: Home, tmp_path: Path) -> None:
    home = _copy(landing, tmp_path)
    path = min(home.landing.glob("*.zst"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with closing(open_store(None, home)) as store:
        report = ingest(home, store, workers=0)
        assert report.torn == (path.stem,)
        assert report.posts < 360
        path.write_bytes(whole)
        rest = ingest(home, store, workers=0)
        assert rest.torn == ()
        assert report.posts + rest.posts == 360
        assert store.count(parse("")) == 270


@pytest.mark.parametrize("content", [b"not a landing file", b"PK\x03\x04" * 100])
def test_a_file_that_is_no_landing_keeps_no_other_waiting(
    landing: Home, tmp_path: Path, content: bytes
) -> None:
    home = _copy(landing, tmp_path)
    (home.landing / "aaa.zst").write_bytes(content)
    with closing(open_store(None, home)) as store:
        with pytest.raises(LandingError, match="aaa"):
            ingest(home, store, workers=0)
        assert store.count(parse("")) == 270


def test_an_empty_landing_is_nothing_to_do(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with closing(open_store(None, home)) as store:
        report = ingest(home, store)
        assert (report.posts, report.new, report.updated) == (0, 0, 0)
        assert store.search(parse("")).hits == ()
        assert store.histogram(parse("")) == []


def test_the_oldest_run_is_read_first(landing: Home, tmp_path: Path) -> None:
    class Listening(SqliteStore):
        order: list[str] = []  # noqa: RUF012

        def write(self, batch: Batch) -> Written:
            if batch.mark is not None and batch.mark.run_id not in self.order:
                self.order.append(batch.mark.run_id)
            return super().write(batch)

    with closing(Listening(tmp_path / "store.sqlite")) as store:
        ingest(landing, store, workers=0)
        assert store.order == ["z000", "y001", "x002", "w003"]


def test_what_lands_while_it_follows_is_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = Home(tmp_path)
    land(home, runs=1, posts=30)
    (home.landing / "aaa.zst").write_bytes(b"not a landing file")
    done = threading.Event()
    with closing(open_store(None, home)) as store:
        thread = threading.Thread(
            target=follow, args=(home, store), kwargs={"stop": done.is_set, "poll_s": 0.05}
        )
        thread.start()
        try:
            _until(lambda: store.count(parse("")) == 30)
            run = Run(id="later", source="weibo", asked={}, started_at=START)
            with LandingWriter(home, run.id, DOOR, 100_000, flush_s=0) as landing:
                landing.run(run)
                for number in range(1_000, 1_003):
                    landing.post(post(number, fetched=START))
                    _until(lambda number=number: bool(store.get([f"weibo:{number}"])))
        finally:
            done.set()
            thread.join()
        assert store.marks()["later"] == (home.landing / "later.zst").stat().st_size
    assert caplog.text.count("aaa.zst") == 1  # told once, not at every look


def _until(holds: Callable[[], bool]) -> None:
    """Waits for what is to happen by itself, half a minute at most."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "workers"),
    [("sqlite", 0), ("sqlite", 1), pytest.param("elasticsearch", 1, marks=pytest.mark.elasticsearch)],
)
def test_killed_at_any_moment_it_loses_and_doubles_nothing(
    kind: str, workers: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = Home(tmp_path / "home")
    land(home, runs=10, posts=240)
    address = "sqlite" if kind == "sqlite" else request.getfixturevalue("elastic_address")
    with closing(open_store(address, home)) as store:
        store.clear()
    rng = random.Random(20261101)
    kills, runs = 0, 10
    while kills < 16:
        if _killed(home, address, workers, batches=rng.randrange(4), delay_s=rng.random() * 0.05):
            kills += 1
        else:  # a quick machine is through before: more lands
            land(home, runs=5, posts=240, first=runs)
            runs += 5
    with closing(open_store(address, home)) as store, closing(SqliteStore(tmp_path / "clean")) as clean:
        assert ingest(home, store, workers=0).posts < runs * 240
        ingest(home, clean, workers=0)
        assert contents(store) == contents(clean)


def _killed(home: Home, address: str, workers: int, *, batches: int, delay_s: float) -> bool:
    """Starts ingest and kills it a little after so many batches; False when it was done before."""
    command = [sys.executable, "-m", "tests.index.ingest.ingesting", str(home.root), address, str(workers)]
    said = home.root / "stderr"
    with (
        said.open("w") as errors,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        for _ in range(batches + 1):
            if not process.stdout.readline():
                break
        time.sleep(delay_s)
        if process.poll() is None:
            process.kill()
        process.communicate()
    assert process.returncode in (0, -9), said.read_text()
    return process.returncode == -9


def test_long_posts_are_read_fewer_at_a_time(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with LandingWriter(home, "run", DOOR, 100_000, frame_records=1) as writer:
        writer.run(Run(id="run", source="weibo", asked={}, started_at=START))
        for number in range(9):
            writer.post(replace(post(number, fetched=START), text="长" * (LETTERS // 4)))
    assert [len(portion.posts) for portion in Unread(home, {}, BATCH).portions()] == [4, 4, 1]
