"""A result as a table: what it holds, and what it says of the unknown."""

from __future__ import annotations

import pandas as pd
import pytest

from core.errors import UsageError
from index.query import Query, parse
from index.results.frames import COLUMNS, arrow, frame
from index.results.paging import results
from index.store import Sort
from tests.index.samples import HOSTILE, NOON, sample
from tests.mining.stores import stored

EVERYTHING = parse("")


def test_a_row_a_post_a_column_a_field() -> None:
    rows = frame(stored([sample(0), sample(1), sample(2)]), EVERYTHING, zone="Asia/Shanghai")
    assert list(rows.columns) == [column.name for column in COLUMNS]
    assert list(rows["id"]) == ["weibo:0", "weibo:1", "weibo:2"]
    assert rows.loc[0, "published_at"] == pd.Timestamp("2026-11-01T12:00", tz="Asia/Shanghai")
    assert list(rows["reposts"][:2]) == [0, 1]
    assert list(rows.loc[0, "aspects"]) == ["刹车", "刹车:negative"]


def test_the_unknown_is_na_and_no_number() -> None:
    rows = frame(stored([sample(2)]), EVERYTHING)
    for name in ("published_at", "author_name", "followers", "reposts", "sentiment", "sentiment_score"):
        assert pd.isna(rows.loc[0, name]), name
    assert str(rows["reposts"].dtype) == "Int64"
    assert rows["reposts"].sum() == 0


def test_a_table_without_rows_has_the_same_columns() -> None:
    empty, full = (arrow(stored(rows), EVERYTHING) for rows in ([], [sample(0)]))
    assert empty.schema == full.schema
    assert len(frame(stored([]), EVERYTHING)) == 0


def test_chosen_columns_order_and_number() -> None:
    store = stored([sample(number) for number in range(7)])
    rows = frame(store, EVERYTHING, columns=["likes", "id"], sort=Sort.ENGAGED, limit=2)
    assert list(rows.columns) == ["likes", "id"]
    assert list(rows["id"]) == ["weibo:6", "weibo:4"]
    with pytest.raises(UsageError, match="no column is called 'likse'; known are id, "):
        frame(store, EVERYTHING, columns=["likse"])


def test_what_is_no_utf8_is_mended() -> None:
    rows = frame(stored([sample(n, text) for n, text in enumerate(HOSTILE)]), EVERYTHING)
    assert "?\x01<b>" in set(rows["text"])


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("limit", [None, 0, 1, 2000, 2001, 3000])
def test_a_result_page_by_page_is_the_result(sort: Sort, limit: int | None) -> None:
    store = stored([sample(number, f"刹车{number % 7}") for number in range(2100)])
    query = parse("刹车")
    whole = store.search(query, sort=sort, limit=3000).items
    assert list(results(store, query, sort=sort, limit=limit)) == whole[:limit]


def test_a_folded_result_has_one_post_of_each_group() -> None:
    store = stored([sample(number) for number in range(4)])
    assert len(list(results(store, Query("", EVERYTHING.tree, folded=True)))) == 4


def test_times_are_those_of_the_post() -> None:
    table = arrow(stored([sample(0)]), EVERYTHING, columns=["published_at"])
    assert table["published_at"][0].as_py() == NOON
