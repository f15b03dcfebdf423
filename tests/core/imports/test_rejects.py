"""A row that cannot be read costs itself alone, and is told of by line, field and reason."""

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from tests.core.imports.desk import Desk, workbook_of


def test_broken_json_lines_cost_only_themselves(desk: Desk) -> None:
    lines = [
        '{"text": "一"}', "", '{"text": "二"', "[1]", '"text"', "null", '{"text": "三", "likes": "many"}',
        '{"text": 5}', '{"text": null}', '{"content": ""}', '{"id": 7}', '{"text": "半个\\ud83d"}',
        '{"text": "四", "likes": NaN}', "[" * 100_000, '{"text": "五"}',
    ]  # fmt: skip
    report = desk.load(desk.write("a.jsonl", "\r\n".join(lines)))
    assert (report.read, report.landed, report.rejected) == (14, 4, 10)
    assert [item.text for item in desk.posts(report)] == ["一", "半个\ufffd", "四", "五"]
    assert desk.rejects(report) == [
        (3, None, "is no JSON object"),
        (4, None, "is no JSON object"),
        (5, None, "is no JSON object"),
        (6, None, "is no JSON object"),
        (7, "engagement.likes", "is no count"),
        (8, "text", "is no text"),
        (9, "text", "is missing"),
        (10, "text", "is missing"),
        (11, "text", "is missing"),
        (14, None, "is no JSON object"),
    ]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ({"published_at": "someday"}, "published_at", "no time"),
        ({"published_at": True}, "published_at", "no time"),
        ({"published_at": ["2026"]}, "published_at", "no time"),
        ({"likes": True}, "engagement.likes", "no count"),
        ({"likes": {"n": 1}}, "engagement.likes", "no count"),
        ({"floor": "x"}, "floor", "no count"),
        ({"kind": "poem"}, "kind", "none of post, repost"),
        ({"kind": 5}, "kind", "none of post, repost"),
        ({"platform": "two words"}, "platform", "one word"),
        ({"platform": 5}, "platform", "no text"),
        ({"id": "4.80461E+15"}, "id", "lost its digits"),
        ({"id": 4.5, "root_id": "5E+15"}, "root_id", "lost its digits"),
        ({"id": True}, "id", "no text"),
        ({"id": ["5"]}, "id", "no text"),
        ({"author": ["甲"]}, "author.name", "no text"),
        ({"verified_type": "unheard of"}, "author.verified_type", "Weibo's code"),
        ({"parent_confidence": 2}, "parent_confidence", "from 0 to 1"),
        ({"parent_confidence": "high"}, "parent_confidence", "from 0 to 1"),
        ({"topics": [1]}, "topics", "no list"),
        ({"topics": 5}, "topics", "no list"),
        ({"topics": '["a"'}, "topics", "no list"),
        ({"url": 5}, "url", "no text"),
        ({"text": "#REF!"}, "text", "Excel error"),
        ({"likes": "#N/A"}, "engagement.likes", "Excel error"),
    ],
)
def test_a_row_is_rejected_by_field_and_reason(
    desk: Desk, row: dict[str, Any], field: str, reason: str
) -> None:
    report = desk.load(desk.write("a.jsonl", json.dumps({"text": "好", "author_id": "5", **row})))
    assert (report.read, report.landed, report.rejected) == (1, 0, 1)
    ((line, named, why),) = desk.rejects(report)
    assert (line, named) == (1, field)
    assert reason in why


def test_the_rejects_file_holds_nothing_of_the_row(desk: Desk) -> None:
    rows = [
        '{"text": "某网友的秘密", "likes": "某网友"}', '{"某网友": 13812345678', '{"text": "好", "kind": "某网友"}',
        '{"text": "好", "published_at": "某网友"}', '{"text": "好", "id": "1.3812E+10"}',
    ]  # fmt: skip
    report = desk.load(desk.write("a.jsonl", "\n".join(rows)))
    assert report.rejected == 5
    path = desk.home.rejects / f"{report.run}.jsonl"
    kept = path.read_text("utf-8")
    assert all(secret not in kept for secret in ("某网友", "1381", "秘密"))
    assert path.stat().st_mode & 0o077 == 0


def test_no_rejects_file_without_rejects(desk: Desk) -> None:
    report = desk.load(desk.write("a.jsonl", '{"text": "好"}'))
    assert not (desk.home.rejects / f"{report.run}.jsonl").exists()


def test_broken_csv_rows_cost_only_themselves(desk: Desk) -> None:
    content = 'id,text\n1,一\n2\n3,三,x\n4,"四\n5,"五\n五"\n6,六\n'
    report = desk.load(desk.write("a.csv", content))
    assert [item.text for item in desk.posts(report)] == ["一", "五\n五", "六"]
    assert [line for line, _, _ in desk.rejects(report)] == [3, 4, 5]
    assert report.read == report.landed + report.rejected == 6


@pytest.mark.parametrize(("name", "start", "end"), [("a.csv", "text\n", ""), ("a.jsonl", "", "")])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_bytes_that_are_no_text_cost_only_their_row(
    desk: Desk, name: str, start: str, end: str, encoding: str
) -> None:
    rows = [f"第{number}辆车，动力不错" for number in range(50)]
    made = [(f'{{"text": "{row}"}}' if name == "a.jsonl" else row).encode(encoding) for row in rows]
    made[7] = made[7].replace("动".encode(encoding), b"\xff")
    report = desk.load(desk.write(name, start.encode() + b"\n".join(made)))
    assert [item.text for item in desk.posts(report)] == rows[:7] + rows[8:]
    assert desk.rejects(report) == [(8 + bool(start), None, f"is not valid {encoding.upper()}")]


def test_error_cells_cost_only_their_row(desk: Desk) -> None:
    rows = [{"text": "一", "likes": 1}, {"text": "二", "likes": "#DIV/0!"}, {"text": "#NAME?", "likes": 3}]
    report = desk.load(desk.write("a.xlsx", workbook_of(rows)))
    assert [item.text for item in desk.posts(report)] == ["一"]
    assert [(line, field) for line, field, _ in desk.rejects(report)] == [
        (3, "engagement.likes"),
        (4, "text"),
    ]


def test_a_workbook_that_breaks_off_gives_what_was_whole(desk: Desk) -> None:
    whole = workbook_of([{"text": f"第{number}条"} for number in range(2000)])
    source, damaged = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
    with zipfile.ZipFile(damaged, "w") as target:
        for entry in source.namelist():
            content = source.read(entry)
            target.writestr(entry, content[: len(content) // 2] if "sheet1" in entry else content)
    report = desk.load(desk.write("a.xlsx", damaged.getvalue()))
    assert 0 < report.landed < 2000
    assert [reason for _, _, reason in desk.rejects(report)] == ["the workbook is damaged from here on"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), st.just(b'{"text": "ok"}')), max_size=12))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    for name in ("a.jsonl", "a.csv"):
        try:
            report = desk.load(desk.write(name, b"\n".join(lines)))
        except UsageError:
            continue
        assert report.read == report.landed + report.rejected
