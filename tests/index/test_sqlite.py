"""What the SQLite store alone promises: files, threads, processes, limits."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from core.errors import StoreAway, TingfengError, UsageError
from core.home import Home
from core.records import to_json
from index.address import open_store
from index.elastic import ElasticStore
from index.query import parse
from index.sqlite import SqliteStore
from index.sqlite.layout import CHUNK
from index.sqlite.repair import Repair, examine, repair
from index.store import Batch
from tests.index.test_stores import AT, found, item

ROOT = Path(__file__).parents[2]


def test_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    monkeypatch.delenv("TINGFENG_STORE", raising=False)
    for address, path in (
        (None, home.database),
        ("sqlite", home.database),
        (f"sqlite:{tmp_path / 'other.db'}", tmp_path / "other.db"),
    ):
        with closing(open_store(address, home)) as store:
            assert isinstance(store, SqliteStore)
            assert store.path == path
            assert path.exists()
    monkeypatch.setenv("TINGFENG_STORE", "http://127.0.0.1:1/mine")
    with closing(open_store(None, home)) as store:
        assert isinstance(store, ElasticStore)
        assert store.address == "http://127.0.0.1:1/mine"
        with pytest.raises(StoreAway, match=r"cannot be reached.*nothing was lost"):
            store.count(parse("a"))


@pytest.mark.parametrize(
    "address",
    [
        "postgres://x",
        "sqlite:",
        "http://",
        "http://host:port",
        "https://host/UPPER",
        "http://h/a/b",
        "nonsense",
        "http://h?x=1",
    ],
)
def test_addresses_that_mean_nothing(address: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"write|index name|cannot be read"):
        open_store(address, Home(tmp_path))


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    text, other, empty = tmp_path / "notes.txt", tmp_path / "other.db", tmp_path / "empty"
    text.write_text("not a database, but long enough to have a header " * 40)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (a)")
        connection.commit()
    for path, said in ((text, "is not a SQLite database"), (other, "another program")):
        before = path.read_bytes()
        with pytest.raises(UsageError, match=said):
            SqliteStore(path)
        assert path.read_bytes() == before
    empty.touch()
    with closing(SqliteStore(empty)) as store:
        assert store.count(parse("")) == 0


def test_a_store_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as store:
        store.write(Batch([item("weibo:1")]))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(UsageError, match=r"another version .*--repair .*--rebuild"):
        SqliteStore(path)
    with pytest.raises(UsageError, match="no store that can be repaired"):
        repair(path)
    with closing(SqliteStore(path, renew=True)) as store:
        assert store.count(parse("")) == 0


def test_a_store_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as store:
        store.write(Batch([item(f"weibo:{n}", f"澜石的刹车第{n}次") for n in range(50)]))
        store.write(Batch([item("weibo:7", "澜石的新刹车", fetched_at=AT.replace(year=2027))]))
        before = list(store.scan(parse(""))), store.series("weibo:7")
    with closing(sqlite3.connect(path)) as connection:  # as version 202 was: other indexes, no generation
        for table in ("lit", "words", "chunk", "fixed", "many", "value", "recent", "broad"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("CREATE TABLE fact (seq INTEGER PRIMARY KEY)")
        packing = zstandard.ZstdCompressor()
        bodies = [(packing.compress(to_json(one)), one.post.id) for one in before[0]]
        connection.executemany("UPDATE post SET body = ? WHERE id = ?", bodies)
        connection.execute("CREATE VIRTUAL TABLE lit USING fts5 (text, content = '', prefix = '1')")
        connection.execute("DELETE FROM meta WHERE key = 'generation'")
        connection.execute("PRAGMA user_version = 202")
        connection.commit()
    assert repair(path) == Repair(posts=50, lost=0)
    assert examine(path) == []
    with closing(SqliteStore(path)) as store:
        assert (list(store.scan(parse(""))), store.series("weibo:7")) == before
        assert found(store, "新刹车") == ["weibo:7"]
        assert store.count(parse("第 OR 新")) == 50


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made"):
        SqliteStore(tmp_path / "file" / "store.sqlite")
    with pytest.raises(UsageError, match="cannot be opened"):
        SqliteStore(tmp_path)


def test_a_damaged_store_is_told_not_read(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as store:
        for start in range(0, 3_000, 1_000):
            store.write(
                Batch([item(f"weibo:{n}", f"澜石的刹车第{n}次") for n in range(start, start + 1_000)])
            )
        store.flush()
    data = bytearray(path.read_bytes())
    for at in range(8 * 4096, len(data), 4096):
        data[at : at + 600] = b"\xff" * 600
    path.write_bytes(data)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreAway, match=r"damaged.*--repair"):
        list(store.scan(parse("")))


def test_a_record_that_cannot_be_read_is_left_out_of_a_repair(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as store:
        store.write(Batch([item(f"weibo:{n}") for n in range(20)]))
    assert examine(path) == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE post SET body = zeroblob(40) WHERE id = 'weibo:3'")
        connection.execute("DELETE FROM fixed")
        connection.execute("DELETE FROM lit_data WHERE id > 10")
        connection.commit()
    assert any("lit" in line for line in examine(path))
    assert repair(path) == Repair(posts=19, lost=1)
    assert examine(path) == []
    with closing(SqliteStore(path)) as store:
        assert store.count(parse("刹车")) == 19


def test_a_store_that_is_written_to_is_not_repaired(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as store:
        store.write(Batch([item("weibo:1")]))
        with pytest.raises(StoreAway, match="another process is writing"):
            repair(path)


def test_common_words_are_found_over_full_chunks_and_behind_them(tmp_path: Path) -> None:
    """Two chunks and a bit: one where a pair is common, one where it is rare, and the newest posts."""
    size = CHUNK

    def text(n: int) -> str:
        common = n % 5 == 0 if n < size else n % 4_000 == 0
        return f"第{n % 97}天{'刹车' if common else '油耗'}{'😂' if n % 3_000 == 0 else ''}"

    texts = [text(n) for n in range(2 * size + 2_500)]
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        for start in range(0, len(texts), 5_000):
            part = texts[start : start + 5_000]
            store.write(Batch([item(f"weibo:{start + n}", one) for n, one in enumerate(part)]))
        later = AT.replace(year=2027)
        changed = {10: "改了的刹车", size + 1: "刹", 2 * size + 10: "改了的刹车片"}
        store.write(Batch([item(f"weibo:{n}", one, fetched_at=later) for n, one in changed.items()]))
        texts = [changed.get(n, one) for n, one in enumerate(texts)]
        for wanted in ("刹车", "刹", "😂", "第3天", "天油", "油", "改", "9", "7天刹车", "没有"):
            assert store.count(parse(f'"{wanted}"')) == sum(wanted in one for one in texts), wanted
        assert store.count(parse("刹车 -油 OR 第7")) == sum(
            ("刹车" in one and "油" not in one) or "第7" in one for one in texts
        )
        assert store.erase(["weibo:10", f"weibo:{2 * size + 10}"]) == 2
        assert store.count(parse("改了")) == 0


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


def test_a_folder_that_takes_no_writes(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite-writer").mkdir()
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        assert store.count(parse("")) == 0
        with pytest.raises(StoreAway, match="cannot be written"):
            store.write(Batch([item("weibo:1")]))


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


def test_old_tokens_leave_the_index(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as store:
        store.write(Batch([item("weibo:1", "旧文甲"), item("weibo:2", "旧文乙")]))
        later = AT.replace(year=2027)
        store.write(
            Batch([item("weibo:1", "新文丙", fetched_at=later), item("weibo:2", "新文丁", fetched_at=later)])
        )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, lit, row)")
        terms = {term for (term,) in connection.execute("SELECT term FROM temp.terms")}
        connection.execute("INSERT INTO lit (lit) VALUES ('integrity-check')")
        seqs = [seq for (seq,) in connection.execute("SELECT seq FROM post ORDER BY seq")]
    assert terms == {"新文", "文丙", "丙", "文丁", "丁"}
    assert seqs == [2, 3]


def test_what_was_written_over_is_gone_after_an_erasure(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    later = AT.replace(year=2027)
    with closing(SqliteStore(path)) as store:
        store.write(
            Batch([item("weibo:1", "从前说的话", topics=("从前的话题",)), item("weibo:2", "别人的话")])
        )
        store.write(Batch([item("weibo:1", "后来说的话", topics=("后来的话题",), fetched_at=later)]))
        assert store.erase(["weibo:2"]) == 1
        assert found(store, "后来 #后来的话题#") == ["weibo:1"]
        kept = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert "后来的话题".encode() in kept
    for gone in ("从前", "别人"):
        assert gone.encode() not in kept


def test_an_erasure_waits_for_readers_and_says_when_they_stay(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        store.write(Batch([item(f"weibo:{n}") for n in range(2_000)]))
        scan = store.scan(parse(""))
        next(scan)
        with pytest.raises(StoreAway, match="erase them again"):
            store.erase(["weibo:1"])
        assert store.count(parse("")) == 1_999
        scan.close()
        assert store.erase(["weibo:1"]) == 0
