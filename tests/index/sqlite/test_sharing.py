"""Threads and processes that share a store, and the limits of a disk and of time."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.errors import StoreAway, TingfengError, UsageError
from index.query import parse
from index.sqlite import SqliteStore
from index.store import Batch
from tests.index.test_stores import AT, found, item

ROOT = Path(__file__).parents[3]


def test_a_full_disk_loses_nothing_and_can_go_on(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        store.write(Batch([item("weibo:0")]))
        assert store._writer is not None
        pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
        store._writer.execute(f"PRAGMA max_page_count = {pages + 4}")
        many = Batch([item(f"weibo:{n}", f"澜石的刹车{n}" * 50) for n in range(1, 500)])
        with pytest.raises(StoreAway, match=r"full.*run again"):
            store.write(many)
        assert found(store, "") == ["weibo:0"]
        store._writer.execute("PRAGMA max_page_count = 1000000")
        assert store.write(many).new == 499
        assert store.count(parse("刹车")) == 500


def test_a_query_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite", limit_s=0.0)) as store:
        for start in range(0, 6_000, 2_000):
            store.write(Batch([item(f"weibo:{n}", f"澜石{n}" * 3) for n in range(start, start + 2_000)]))
        with pytest.raises(UsageError, match="narrow it"):
            store.count(parse(" OR ".join(f"石{n} -车{n}" for n in range(300))))
        assert store.get(["weibo:1"])


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    code = (
        "import sys; from pathlib import Path; from index.sqlite import SqliteStore; from index.store import Batch;"
        "s = SqliteStore(Path(sys.argv[1])); s.write(Batch([])); print('holding', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with closing(SqliteStore(path)) as store:
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "holding\n"
            with pytest.raises(StoreAway, match="another process is writing"):
                store.write(Batch([item("weibo:1")]))
            assert store.count(parse("")) == 0
            other.kill()
        assert store.write(Batch([item("weibo:1")])).new == 1


def test_many_threads_read_while_one_writes(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        done = threading.Event()
        wrong: list[object] = []

        def read() -> None:
            last = 0
            while not done.is_set():
                try:
                    count = store.count(parse("刹车"))
                    some = store.search(parse("刹车 OR 别的"), limit=50)
                    whole = sum(1 for _ in store.scan(parse("刹车")))
                except TingfengError as error:
                    wrong.append(error)
                    return
                if count < last or count % 50 or whole % 50 or len(some.hits) > 50:
                    wrong.append((last, count, whole))
                last = count

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for start in range(0, 2_000, 50):
            store.write(Batch([item(f"weibo:{n}") for n in range(start, start + 50)]))
            changed = item("weibo:0", f"刹车{start}", fetched_at=AT.replace(year=2027), published_at=None)
            store.write(
                Batch([replace(changed, post=replace(changed.post, text="澜石的刹车" + "好" * (start + 1)))])
            )
        done.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert store.count(parse("刹车")) == 2_000


def test_a_scan_sees_one_moment(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        store.write(Batch([item(f"weibo:{n:04}") for n in range(1_500)]))
        scan = store.scan(parse("刹车"))
        first = next(scan)
        store.write(Batch([item(f"weibo:x{n}") for n in range(100)]))
        grown = item("weibo:1499", "澜石的刹车又响了", fetched_at=AT.replace(year=2027))
        store.write(Batch([grown]))
        rest = [one.post for one in scan]
        assert first.post.id == "weibo:0000"
        assert len(rest) == 1_499
        assert rest[-1].text == "澜石的刹车"
        assert store.get(["weibo:1499"])[0].post.text == "澜石的刹车又响了"
        store.clear()
        assert store.count(parse("")) == 0
