"""Exports: whole or not at all, safe to open, told of in the ledger."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from core.errors import UsageError
from core.home import Home
from core.models import AnnotatedPost
from core.project import EMPTY
from index.exports.exporting import export
from index.exports.ledger import Export, Ledger
from index.query import Query, parse
from index.reference import ReferenceStore
from index.results.frames import COLUMNS
from tests.index.samples import HOSTILE, NOON, sample
from tests.mining.stores import stored

FORMATS = ("jsonl", "csv", "parquet", "xlsx")
POSTS = [sample(0), sample(1), sample(2), *(sample(10 + n, text) for n, text in enumerate(HOSTILE))]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def written(path: Path, home: Home, *, store: ReferenceStore | None = None, query: str = "") -> Export:
    return export(store or stored(POSTS), parse(query), path, home=home, project=EMPTY, at=NOON)


def rows_of(path: Path) -> list[dict[str, object]]:
    match path.suffix:
        case ".jsonl":
            return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return list(csv.DictReader(file))
        case ".parquet":
            rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
            return rows
    sheet = openpyxl.load_workbook(path).worksheets[0]
    heads, *rest = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, heads), row, strict=True)) for row in rest]


def told_of(path: Path) -> dict[str, object]:
    match path.suffix:
        case ".parquet":
            found: dict[str, object] = json.loads(pq.read_metadata(path).metadata[b"tingfeng"])
            return found
        case ".xlsx":
            sheet = openpyxl.load_workbook(path).worksheets[1]
            return {str(row[0]): row[1] for row in sheet.iter_rows(values_only=True)}
    beside: dict[str, object] = json.loads(path.with_name(f"{path.name}.meta.json").read_text("utf-8"))
    return beside


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_holds_the_result_newest_first(ending: str, tmp_path: Path, home: Home) -> None:
    path = tmp_path / f"posts.{ending}"
    done = written(path, home, query="刹车")
    rows = rows_of(path)
    assert [row["id"] for row in rows] == ["weibo:1", "weibo:0", "weibo:2"]
    assert rows[0]["text"] == "刹车有异响"
    assert done.posts == 3
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == sorted(
        {"posts.jsonl": ["posts.jsonl", "posts.jsonl.meta.json"], "posts.csv": ["posts.csv", "posts.csv.meta.json"]}
        .get(path.name, [path.name])
    )  # fmt: skip


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_says_what_it_is(ending: str, tmp_path: Path, home: Home) -> None:
    path = tmp_path / f"posts.{ending}"
    written(path, home, query="刹车")
    told = told_of(path)
    zh = ending == "xlsx"
    assert told["查询" if zh else "query"] == "刹车"
    assert told["帖数" if zh else "posts"] == 3
    assert told["导出时间" if zh else "at"] == "2026-11-01T04:00:00Z"
    assert told["项目" if zh else "project"] == "default"
    assert told["程序版本" if zh else "version"]
    if zh:
        assert {column.name for column in COLUMNS} <= set(told)


@pytest.mark.parametrize(
    ("language", "aspects"), [("zh", "价格; 价格:negative"), ("en", "price; price:negative")]
)
def test_a_workbook_names_aspects_in_its_readers_language(
    language: str, aspects: str, tmp_path: Path, home: Home
) -> None:
    item = sample(0)
    opinion = replace(item.annotation.aspects[0], aspect="价格")
    item = replace(item, annotation=replace(item.annotation, aspects=(opinion,)))
    path = tmp_path / "posts.xlsx"
    export(stored([item]), parse(""), path, home=home, project=EMPTY, at=NOON, language=language)
    assert rows_of(path)[0]["aspects"] == aspects


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_runs_in_a_spreadsheet(ending: str, tmp_path: Path, home: Home) -> None:
    path = tmp_path / f"posts.{ending}"
    written(path, home)
    if ending == "csv":
        texts = [str(cell) for row in rows_of(path) for cell in row.values()]
        assert not [text for text in texts if text.startswith(("=", "+", "@", "\t", "\r", "＝"))]
        assert not [
            text for text in texts if text.startswith("-") and not text[1:].replace(".", "").isdigit()
        ]
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    else:
        cells = [cell for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row]
        assert "f" not in {cell.data_type for cell in cells}
        assert '=HYPERLINK("http://x","y")' in {cell.value for cell in cells}


@pytest.mark.parametrize(
    ("name", "message"),
    [("posts.xls", "'posts.xls' names no format; end it with .jsonl, .csv"), ("no/such/posts.csv", "is not there; make it")],
)  # fmt: skip
def test_a_wrong_place_is_told_before_the_work(name: str, message: str, tmp_path: Path, home: Home) -> None:
    with pytest.raises(UsageError, match=message):
        written(tmp_path / name, home)
    assert not home.exports.exists()


class _Failing(ReferenceStore):
    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        raise OSError("the disk is gone")

    def search(self, *_: object, **__: object) -> None:  # type: ignore[override]
        raise OSError("the disk is gone")


@pytest.mark.parametrize("ending", FORMATS)
def test_a_failed_export_leaves_the_old_file_and_no_trace(ending: str, tmp_path: Path, home: Home) -> None:
    path = tmp_path / f"posts.{ending}"
    first = written(path, home)
    before = path.read_bytes()
    with pytest.raises(OSError, match="the disk is gone"):
        written(path, home, store=_Failing())
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))
    assert list(Ledger(home)) == [first]


def test_the_ledger_knows_the_posts_of_every_file(tmp_path: Path, home: Home) -> None:
    first = written(tmp_path / "a.csv", home, query="刹车")
    written(tmp_path / "b.csv", home)
    second = written(tmp_path / "b.csv", home, query="刹车")
    ledger = Ledger(home)
    assert {entry.id for entry in ledger} == {first.id, second.id}
    assert list(ledger.ids(first)) == ["weibo:1", "weibo:0", "weibo:2"]
    left = ledger.forget(first, {"weibo:0"})
    assert (left.owed, list(ledger.ids(left))) == (1, ["weibo:1", "weibo:2"])
    assert left in list(ledger)
    ledger.drop(left)
    assert [entry.id for entry in ledger] == [second.id]
