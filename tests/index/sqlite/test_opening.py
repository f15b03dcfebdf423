"""What a SQLite store opens, refuses and leaves alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StoreAway, UsageError
from core.home import Home
from index.address import open_store
from index.elastic import ElasticStore
from index.query import parse
from index.sqlite import SqliteStore
from index.store import Batch
from tests.index.test_stores import item


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


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made"):
        SqliteStore(tmp_path / "file" / "store.sqlite")
    with pytest.raises(UsageError, match="cannot be opened"):
        SqliteStore(tmp_path)


def test_a_folder_that_takes_no_writes(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite-writer").mkdir()
    with closing(SqliteStore(tmp_path / "store.sqlite")) as store:
        assert store.count(parse("")) == 0
        with pytest.raises(StoreAway, match="cannot be written"):
            store.write(Batch([item("weibo:1")]))
