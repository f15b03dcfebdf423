"""A store of before is brought up to date, a damaged one told and repaired."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import zstandard
from msgspec.structs import replace

from core.errors import StoreAway, UsageError
from core.models import AnnotatedPost, Author
from core.records import to_json
from index.query import parse
from index.sqlite import SqliteStore
from index.sqlite.bodies import Bodies
from index.sqlite.repair import Repair, examine, repair
from index.sqlite.schema import connect
from index.store import Batch
from tests.index.test_stores import AT, found, item


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
        tables = ("chunk", "fixed", "many", "value", "name", "listed", "recent", "spot", "word", "broad")
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
    ("characters do not know what follows them", 362, False),
    ("words lie in an index of their own", 372, False),
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
        for table in ("word", "fixed", "many", "value", "name", "listed"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, content = '')")
        connection.execute("ALTER TABLE post ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0")
        if version < 360:
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
        connection.commit()
    assert any("0 columns of 1 chunks" in line for line in examine(path))
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
