"""The KOL list as a workbook that is safe to open."""

from __future__ import annotations

from pathlib import Path

from core.project import Title
from index.exports.workbook import Pen, workbook
from mining.bases import BASES
from mining.columns import COLUMNS, Value
from mining.formulas import formula
from mining.kol import KolReport

_LIST = Title(zh="KOL名单", en="KOL list")
_METHOD = Title(zh="口径与定义", en="Definitions")
_HEADS = (
    Title(zh="列", en="Column"),
    Title(zh="公式编号", en="Formula"),
    Title(zh="定义", en="Definition"),
    Title(zh="来源", en="Source"),
    Title(zh="把握", en="How sure"),
    Title(zh="单位", en="Unit"),
    Title(zh="最少样本", en="Least n"),
)
_SURE = {
    "V": Title(zh="V：见于原文", en="V: read in the publisher's text"),
    "S": Title(zh="S：转述", en="S: second-hand"),
    "M": Title(zh="M：凭记忆，未核", en="M: from memory, unverified"),
    "D": Title(zh="D：本系统定义或推导", en="D: defined or derived here"),
}
_EMPTY = Title(
    zh="空白单元格表示未知，不是 0；无从得知的列留空，由使用者填写，绝不编造。",
    en="An empty cell is unknown, not 0; columns nobody here can know are left empty for you, never invented.",
)


def write_kol(report: KolReport, path: Path, *, language: str = "zh") -> None:
    """Writes the XLSX: the list, then definitions, method, coverage and deadline on a second sheet.

    Raises `OSError` when the file cannot be written.
    """
    with workbook(path) as book:
        # the file's own date is the data's, so that the same list is the same file
        book.set_properties({"title": _LIST.of(language), "created": report.until.replace(tzinfo=None)})
        pen = Pen(book)
        _write_list(pen, report, language)
        _write_method(pen, report, language)


def _write_list(pen: Pen, report: KolReport, language: str) -> None:
    sheet = pen.book.add_worksheet(_LIST.of(language))
    pen.heads(sheet, 0, [column.title.of(language) for column in COLUMNS])
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width)
    for row, candidate in enumerate(report.candidates, 1):
        for at, column in enumerate(COLUMNS):
            if column.read is not None:
                pen.write(sheet, row, at, column.read(report, candidate, language), link=column.link)
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, max(1, len(report.candidates)), len(COLUMNS) - 1)


def _write_method(pen: Pen, report: KolReport, language: str) -> None:
    sheet = pen.book.add_worksheet(_METHOD.of(language))
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 90)
    sheet.set_column(3, 4, 34)
    row = 0
    for title, value in _facts(report, language):
        pen.write(sheet, row, 0, title)
        pen.write(sheet, row, 1, value)
        row += 1
    pen.heads(sheet, row + 1, [title.of(language) for title in _HEADS])
    row += 2
    for column in COLUMNS:
        if column.formula is None:
            continue
        used = formula(column.formula)
        cells: tuple[Value, ...] = (
            column.title.of(language),
            used.id,
            used.definition.of(language),
            used.source,
            _SURE[used.sure].of(language),
            used.unit,
            used.minimum_n,
        )
        for at, cell in enumerate(cells):
            pen.write(sheet, row, at, cell)
        row += 1


def _facts(report: KolReport, language: str) -> list[tuple[str, Value]]:
    span = f"{report.since.isoformat(timespec='seconds')} – " if report.since else "– "
    facts: list[tuple[Title, Value]] = [
        (Title(zh="查询", en="Query"), report.query or "*"),
        (
            Title(zh="时段（不含终点）", en="Span (end not in it)"),
            span + report.until.isoformat(timespec="seconds"),
        ),
        (Title(zh="数据截止时间", en="Data until"), report.until.isoformat(timespec="seconds")),
        (Title(zh="口径", en="Base"), BASES[report.base].of(language)),
        (Title(zh="命中帖数", en="Posts that match"), report.posts),
        (Title(zh="涉及人数", en="People looked at"), report.people),
        (Title(zh="采集覆盖（得/应得）", en="Coverage (got/expected)"), report.coverage),
        (Title(zh="说明", en="Note"), _EMPTY.of(language)),
    ]
    return [(title.of(language), value) for title, value in facts]
