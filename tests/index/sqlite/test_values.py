"""The names behind codes: given once, found whether or not the table by name has them yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.sqlite import SqliteStore
from index.sqlite.schema import Connection, connect
from index.sqlite.values import Book, codes_given, codes_of, forget_names, names_of, top, unlisted

MANY = 20_000  # names of one field, more than are kept apart


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    path = tmp_path / "store.sqlite"
    SqliteStore(path).close()
    with closing(connect(path)) as connection:
        yield connection


def named(start: int, stop: int) -> list[str]:
    return [f"话题{n * 7_919 % MANY:05}" for n in range(start, stop)]


def given(connection: Connection, book: Book, keys: list[str]) -> dict[str, int]:
    codes = book.codes(connection, "topic", keys)
    return {key: codes[key] for key in keys}


def test_a_name_keeps_its_code_whoever_asks(connection: Connection) -> None:
    book = Book()
    codes: dict[str, int] = {}
    for start in range(0, MANY, 1_500):
        # Half of what each batch tells of is known already.
        batch = named(max(0, start - 700), min(MANY, start + 1_500))
        found = given(connection, book, batch)
        assert all(codes.get(key, code) == code for key, code in found.items())
        codes |= found
    assert sorted(codes.values()) == list(range(1, MANY + 1))
    listed = connection.execute("SELECT count(*) FROM name").fetchone()[0]
    assert 0 < listed < MANY
    assert not unlisted(connection)
    assert given(connection, book, ["一", "二"]) == {"一": MANY + 1, "二": MANY + 2}
    codes |= {"一": MANY + 1, "二": MANY + 2}
    asked = [*named(0, 50), *named(MANY - 50, MANY), "二"]
    for answer in (
        given(connection, book, asked),
        given(connection, Book(), asked),  # as a fresh process does
        codes_of(connection, "topic", [*asked, "无"]),
    ):
        assert answer == {key: codes[key] for key in asked}
    assert names_of(connection, "topic", range(1, 200)) == {
        code: key for key, code in codes.items() if code < 200
    }
    assert codes_of(connection, "keyword", asked) == {}


def test_ties_come_in_the_order_of_names_from_both_tables(connection: Connection) -> None:
    codes = given(connection, Book(), named(0, MANY - 10)) | given(connection, Book(), named(MANY - 10, MANY))
    counts = np.ones(MANY + 1, dtype=np.int64)
    counts[codes["话题00777"]] = 2
    assert top(connection, "topic", counts, MANY) == [
        ("话题00777", 2),
        *((key, 1) for key in sorted(codes) if key != "话题00777"),
    ]
    assert top(connection, "topic", counts, 3) == [("话题00777", 2), ("话题00000", 1), ("话题00001", 1)]


def test_forgotten_names_are_in_no_table_and_their_listed_codes_given_to_nobody(
    connection: Connection,
) -> None:
    codes = given(connection, Book(), named(0, MANY))
    assert len(codes_given(connection, "topic")) == MANY
    forget_names(connection, "topic", list(range(100, MANY + 1)))
    assert codes_given(connection, "topic") == list(range(1, 100))
    assert codes_of(connection, "topic", list(codes)) == {
        key: code for key, code in codes.items() if code < 100
    }
    book = Book()
    assert given(connection, book, ["新话题"])["新话题"] > 99
    assert not unlisted(connection)
    connection.execute("DELETE FROM name WHERE code = 50")
    assert unlisted(connection)
    assert codes_of(connection, "topic", ["新话题"]) == given(connection, Book(), ["新话题"])
