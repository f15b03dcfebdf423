"""What the SQLite store alone promises: files, threads, processes, limits."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from core.errors import StoreAway, TingfengError, UsageError
from core.home import Home
from core.models import AnnotatedPost, Annotation, Author
from core.records import to_json
from index.address import open_store
from index.elastic import ElasticStore
from index.matching import matches
from index.query import parse
from index.sqlite import SqliteStore
from index.sqlite.bodies import Bodies
from index.sqlite.broad import listed, standing, text_token
from index.sqlite.layout import CHUNK
from index.sqlite.repair import Repair, examine, repair
from index.sqlite.schema import connect
from index.sqlite.spots import ids, unpacked
from index.sqlite.texts import lines, read_sealed, shelves
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
        accounts = [Author(id=f"weibo:u{n}", name=f"车评{n}") for n in range(3)]  # two of them have no post
        store.write(Batch([item("weibo:7", author=accounts[0])], authors=accounts))
        names = [account.id or "" for account in accounts]
        before = list(store.scan(parse(""))), store.series("weibo:7"), store.authors(names)
        assert list(before[2].values()) == accounts
    with closing(sqlite3.connect(path)) as connection:  # as version 202 was: other indexes, no generation
        tables = ("words", "chunk", "fixed", "many", "value", "name", "listed", "recent", "spot", "broad")
        for table in tables:
            connection.execute(f"DROP TABLE {table}")
        authors_by_id(connection)
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
        after = list(store.scan(parse(""))), store.series("weibo:7"), store.authors(names)
        assert after == before
        assert found(store, "新刹车") == ["weibo:7"]
        assert store.count(parse("第 OR 新")) == 50


STEPS = [
    ("records hold their group, languages are unread", 313, True),
    ("the group lies beside the record", 333, False),
    ("languages are unread", 343, False),
    ("profiles lie by the ids of their accounts", 352, False),
]


@pytest.mark.parametrize(("name", "version", "inside"), STEPS, ids=[str(step[1]) for step in STEPS])
def test_posts_of_versions_before_have_their_groups_and_a_language(
    name: str, version: int, inside: bool, tmp_path: Path
) -> None:
    path = tmp_path / "store.sqlite"
    texts = [
        "刹车有点异响",
        "煞車聲音還是很大，請問怎麼辦",
        "The brakes make a strange noise",
        "呢架車嘅煞車聲好大，佢哋唔理",
    ]
    posts = [item(f"weibo:{n}", text) for n, text in enumerate(texts)]
    grouped = replace(posts[1].annotation, duplicate_group="weibo:0")
    posts[1] = replace(posts[1], annotation=grouped)
    with closing(SqliteStore(path)) as store:
        store.write(Batch(posts))
    with closing(connect(path)) as connection:
        as_written = packed(connection.bodies, posts, inside=inside)
        connection.execute("BEGIN")
        if inside:
            connection.execute("ALTER TABLE post DROP COLUMN origin")
        connection.executemany("UPDATE post SET body = ? WHERE id = ?", as_written)
        for table in ("words", "fixed", "many", "value", "name", "listed"):
            connection.execute(f"DROP TABLE {table}")
        authors_by_id(connection)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    with pytest.raises(UsageError, match=r"another version .*--repair"):
        SqliteStore(path)
    assert repair(path) == Repair(posts=4, lost=0)
    assert examine(path) == []
    with closing(SqliteStore(path)) as store:
        assert [one.annotation.duplicate_group for one in store.get(["weibo:0", "weibo:1"])] == [
            None,
            "weibo:0",
        ]
        counted = {
            query: store.count(parse(query)) for query in ("lang:zh", "lang:zh-hant", "lang:yue", "lang:en")
        }
        assert counted == {"lang:zh": 3, "lang:zh-hant": 1, "lang:yue": 1, "lang:en": 1}


def authors_by_id(connection: sqlite3.Connection) -> None:
    """The table of profiles as it was before version 360."""
    found = connection.execute("SELECT body ->> 'id', body FROM author").fetchall()
    connection.execute("DROP TABLE author")
    connection.execute("CREATE TABLE author (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID")
    connection.executemany("INSERT INTO author VALUES (?, ?)", found)


def packed(bodies: Bodies, posts: list[AnnotatedPost], *, inside: bool) -> list[tuple[bytes, str]]:
    """Bodies of records that know no language, with the group in them or not."""
    packing = zstandard.ZstdCompressor(
        dict_data=zstandard.ZstdCompressionDict(bodies.common, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    )
    out = []
    for post in posts:
        record = msgspec.to_builtins(post)
        del record["annotation"]["lang"]
        if not inside:
            record["annotation"]["duplicate_group"] = None
        out.append((packing.compress(msgspec.msgpack.encode(record)), post.post.id))
    return out


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
        connection.execute("DELETE FROM words_data WHERE id > 10")
        connection.commit()
    assert any("the index of words" in line for line in examine(path))
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


def test_words_are_found_over_full_chunks_and_behind_them(tmp_path: Path) -> None:
    """Two chunks and a bit: one where words are common, one where they are rare, and the newest posts."""
    size = CHUNK

    def said(n: int) -> tuple[str, ...]:
        common = n % 5 == 0 if n < size else n % 4_000 == 0
        rare = " 隔音 很差" if n % 2_999 == 0 else " 差 不多 隔音" if n % 2_998 == 0 else ""
        return ("第", f"{n % 97}", "天", "刹车" if common else "油耗", *rare.split(), "😂" * (n % 3_000 == 0))

    def made(n: int, words: tuple[str, ...], **known: Any) -> AnnotatedPost:
        one = item(f"weibo:{n}", " ".join(words) if n % 2 else "".join(words), **known)
        return replace(one, annotation=replace(one.annotation, words=words))

    items = [made(n, said(n)) for n in range(2 * size + 2_500)]
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        for start in range(0, len(items), 5_000):
            store.write(Batch(items[start : start + 5_000]))
        changed = {10: ("改了", "的", "刹车"), size + 1: ("刹",), 2 * size + 10: ("改了", "的", "刹车片")}
        for n, words in changed.items():
            items[n] = made(n, words, fetched_at=AT.replace(year=2027))
        store.write(Batch([items[n] for n in changed]))
        asked = (
            *(
                "刹车",
                "刹",
                "😂",
                "第3天",
                "天油",
                "油",
                "改",
                "9",
                "7天刹车",
                "没有",
                "车片",
                "天 刹",
                "音 很",
            ),
            *(
                "w:刹车",
                "w:油耗",
                "w:隔音",
                "w:很差",
                "w:刹",
                "w:没有",
                'w:"天 刹车"',
                "刹*",
                "刹车 -油 OR 第7",
            ),
            *(
                "天 NEAR/0 隔",
                "隔音 NEAR/1 差",
                "隔音 ONEAR/1 差",
                "差 ONEAR/2 隔音",
                "刹 NEAR/3 差",
                "1 NEAR/5 7",
            ),
        )
        alike = {(one.post.text, one.annotation.words): one for one in items}
        times = Counter((one.post.text, one.annotation.words) for one in items)
        for wanted in asked:
            query = parse(wanted)
            expected = sum(times[key] for key, one in alike.items() if matches(query.tree, one))
            assert store.count(query) == expected, wanted
        assert store.erase(["weibo:10", f"weibo:{2 * size + 10}"]) == 2
        assert store.count(parse("改了")) == 0


def test_full_chunks_keep_nothing_of_erased_posts(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    often, once = (f"weibo:{n}" for n in (0, CHUNK - 1))
    items = [
        item(f"weibo:{n}", f"第{n}个" + "怪字" * (n < 400) + "绝𠮷" * (n == CHUNK - 1)) for n in range(CHUNK)
    ]
    with closing(SqliteStore(path)) as store:
        store.write(Batch(items))
        edited = item("weibo:399", "改了的话", fetched_at=AT.replace(year=2027))
        store.write(Batch([edited]))
        assert store.erase([often, once]) == 2
        for wanted, posts in (
            ("怪字", 398),
            ("怪", 398),
            ("字第", 0),
            ("绝𠮷", 0),
            ("第399个", 0),
            ("398个怪", 1),
        ):
            assert store.count(parse(wanted)) == posts, wanted
    assert examine(path) == []
    with closing(connect(path)) as connection:
        for character in "绝𠮷":
            sql = "SELECT data FROM spot WHERE id = ?"
            (row,) = connection.execute(sql, (ids(0)[0] | ord(character),)).fetchone()
            assert not len(unpacked(row))
        (shelf,) = shelves(connection, {0: 1}, [])
        texts = read_sealed(connection, shelf, [0], "怪")
        assert lines(texts, texts.having("怪")).tolist() == list(range(1, 399))
        assert 0 not in listed(standing(connection, text_token("怪字"), [0])[0])
        connection.execute("DELETE FROM spot WHERE id = ?", (ids(0)[0] | ord("\n"),))
    assert examine(path) == ["the characters of chunk 0 cannot be read"]


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


def test_old_words_leave_the_index(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    later = AT.replace(year=2027)

    def said(n: int, *words: str, **changes: Any) -> AnnotatedPost:
        return item(f"weibo:{n}", "".join(words), read=Annotation(words=words), **changes)

    with closing(SqliteStore(path)) as store:
        store.write(Batch([said(1, "旧文", "甲"), said(2, "旧文", "乙")]))
        store.write(Batch([said(1, "新文", "丙", fetched_at=later), said(2, "新文", "丁", fetched_at=later)]))
        assert (found(store, "旧文 OR w:旧文 OR 甲"), found(store, "新文丙")) == ([], ["weibo:1"])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, words, row)")
        terms = {term for (term,) in connection.execute("SELECT term FROM temp.terms")}
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        seqs = [seq for (seq,) in connection.execute("SELECT seq FROM post ORDER BY seq")]
        (recent,) = connection.execute("SELECT text FROM recent").fetchone()
    assert terms == {"新文", "丙", "丁"}
    assert seqs == [2, 3]
    assert recent == "\n\n新文丙\n新文丁"


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
