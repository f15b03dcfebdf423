"""Columns in memory while posts arrive."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from index.query import parse
from index.sqlite import SqliteStore
from index.store import Batch
from tests.index.test_stores import item


def test_a_keyword_may_come_to_have_any_number_of_values(tmp_path: Path) -> None:
    """More than fit in the bytes its codes were first kept in; readers of before see the same."""
    path = tmp_path / "store.sqlite"
    with closing(SqliteStore(path)) as writer, closing(SqliteStore(path)) as reader:
        for first, last in ((0, 100), (100, 300), (300, 900)):
            names = [f"client{n}" for n in range(first, last)]
            writer.write(Batch([item(f"weibo:{name}", client=name) for name in names]))
            asked = ["client0", "client99", f"client{last - 1}", f"client{last}"]
            expected = dict(zip(asked, (1, 1, 1, 0), strict=True))
            assert reader.tally(parse(""), "client", asked) == expected
            assert reader.tally(parse("刹车"), "client", asked) == expected
            assert reader.count(parse("client:client99")) == 1
            listed = " OR ".join(f"client:client{n}" for n in range(last - 20, last + 20))
            assert reader.count(parse(listed)) == 20
