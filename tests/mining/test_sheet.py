"""The workbook: it opens, tells unknown from 0, defines its columns, and runs nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import openpyxl
import pytest
from msgspec import structs

from core.models import Author, Engagement
from mining.columns import COLUMNS
from mining.formulas import formula
from mining.kol import Kol, KolReport
from mining.sheet import write_kol
from tests.mining.posts import NOON, read, repost, root
from tests.mining.stores import stored

HOSTILE = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\ud800\x01<b>", "\t=1+1"]


def report_of(name: str = "大号", *, topic: str = "星途") -> KolReport:
    author = Author(id="weibo:1234567890", name=name, public=True, verified_type=0, followers=600_000)
    start = root(f"#{topic}# 到店实拍", engagement=Engagement(reposts=9), fetched_at=NOON)
    start = structs.replace(
        start,
        author=author,
        topics=(topic,),
        url="https://m.weibo.cn/status/AbCd",
        published_at=NOON.replace(hour=1),
    )
    posts = [start, *(repost(10 + n, f"路人{n}", parent=1, minute=n) for n in range(12))]
    return Kol().candidates(stored([read(post) for post in posts]), "到店", until=NOON.replace(hour=9))


def opened(report: KolReport, path: Path, language: str = "zh") -> openpyxl.Workbook:
    write_kol(report, path, language=language)
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_has_every_column_and_leaves_unknown_ones_empty(tmp_path: Path, language: str) -> None:
    sheet = opened(report_of(), tmp_path / "kol.xlsx", language).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert heads == [column.title.of(language) for column in COLUMNS]
    first = dict(zip(heads, sheet[2], strict=True))
    for column in COLUMNS:
        if column.read is None:
            assert first[column.title.of(language)].value is None
    if language == "zh":
        assert first["昵称"].value == "大号"
        assert first["层级"].value == "头部"
        assert first["粉丝数"].value == 600_000
        assert first["带动转发"].value == 12
        assert first["主页链接"].hyperlink.target == "https://weibo.com/u/1234567890"
        assert first["证据帖链接"].hyperlink.target == "https://m.weibo.cn/status/AbCd"
        assert "带动 12 条转发" in first["推荐理由"].value
        assert first["互动率"].value is None


def test_an_ordinary_person_gets_no_home_page(tmp_path: Path) -> None:
    report = report_of()
    candidate = dataclasses.replace(report.candidates[0], public=False)
    sheet = opened(dataclasses.replace(report, candidates=(candidate,)), tmp_path / "k.xlsx").worksheets[0]
    assert sheet.cell(2, 4).value is None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_written_as_text(tmp_path: Path, text: str) -> None:
    report = report_of()
    candidate = report.candidates[0]
    author = structs.replace(candidate.author, name=text)
    voice = dataclasses.replace(candidate.voices[0], url="javascript:alert(1)")
    candidate = dataclasses.replace(candidate, author=author, topics=(text,), voices=(voice,))
    book = opened(dataclasses.replace(report, query=text, candidates=(candidate,)), tmp_path / "k.xlsx")
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.coordinate
                if cell.hyperlink:
                    assert cell.hyperlink.target.startswith("https://")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_second_sheet_defines_what_the_first_shows(tmp_path: Path, language: str) -> None:
    sheet = opened(report_of(), tmp_path / "kol.xlsx", language).worksheets[1]
    shown = {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}
    for column in COLUMNS:
        if column.formula:
            assert {column.formula, formula(column.formula).definition.of(language)} <= shown
    assert "到店" in shown
    assert "2026-03-02T09:00:00+00:00" in shown


def test_an_empty_list_is_a_workbook_too_and_the_same_list_the_same_file(tmp_path: Path) -> None:
    empty = Kol().candidates(stored([]), "", until=NOON)
    assert opened(empty, tmp_path / "a.xlsx").worksheets[0].max_row == 1
    write_kol(empty, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
