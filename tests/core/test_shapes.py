"""Files of other crawlers are recognised by their columns and read as what they are; any other by a mapping."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from core.errors import UsageError
from core.home import Home
from core.imports import mapping as mappings
from core.imports.preview import Preview, begin_mapping, preview
from core.imports.shapes import shapes
from core.landing import read_landing
from core.models import Post
from core.privacy import Pseudonyms, load_key
from core.project import EMPTY
from core.records import to_builtins
from core.tabular import ImportReport, import_file

SHAPES = Path(__file__).parent / "shapes"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXPECTED: dict[str, Any] = tomllib.loads((SHAPES / "expected.toml").read_text("utf-8"))
FILES = sorted(path for path in SHAPES.iterdir() if path.suffix != ".toml")
READABLE = [path for path in FILES if path.stem in EXPECTED]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def landed(path: Path, home: Home, **options: Any) -> tuple[ImportReport, list[Post]]:
    report = import_file(path, home, EMPTY, now=NOW, **options)
    frames = read_landing(home.landing / f"{report.run}.zst")
    return report, [record for frame in frames for record in frame.records if isinstance(record, Post)]


def looked(path: Path, home: Home, **options: Any) -> Preview:
    return preview(path, home, EMPTY, now=NOW, **options)


def told(post: Post, field: str) -> Any:
    value = to_builtins(post)
    for part in field.split("."):
        value = None if value is None else value[part]
    return list(value) if isinstance(value, tuple) else value


# --- known shapes


def test_every_shape_has_a_file_that_is_recognised_as_it(home: Home) -> None:
    assert {path.stem for path in FILES} >= {shape.id for shape in shapes()}
    for path in READABLE:
        known = path.stem if path.stem in {shape.id for shape in shapes()} else None
        assert looked(path, home).shape == known


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_a_file_is_read_as_what_it_is(path: Path, home: Home) -> None:
    expected = EXPECTED[path.stem]
    report, posts = landed(path, home)
    assert (report.read, report.rejected) == (expected["rows"], 0)
    assert len(posts) == len(expected["post"])
    names = Pseudonyms(load_key(home.key))
    for post, fields in zip(posts, expected["post"], strict=True):
        for field, value in fields.items():
            if field == "person":  # an ordinary account: its id, or its name where the file has none
                assert post.author is not None
                assert post.author.id == names.author_id(post.platform, value)
            else:
                assert told(post, field) == value, field


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_ordinary_people_of_every_shape_stay_outside_the_door(path: Path, home: Home) -> None:
    landed(path, home)
    kept = b"".join(
        file.read_bytes() for file in home.root.rglob("*") if file.is_file() and file.name != "key"
    )
    shown = repr(looked(path, home).posts)
    for secret in ("山上的猫", "海边的狗", "9900000002", "tb.1.x"):
        assert secret not in shown
        assert secret.encode() not in kept


def test_a_file_of_accounts_is_refused(home: Home) -> None:
    with pytest.raises(UsageError, match="accounts, not posts"):
        landed(SHAPES / "mediacrawler-creators.csv", home)
    assert not home.landing.exists()


def test_an_original_lands_once_however_often_it_was_reposted(home: Home) -> None:
    report, posts = landed(SHAPES / "weibo-crawler-csv.csv", home)
    assert report.originals == 1
    assert [post.id for post in posts].count("weibo:5300000000000003") == 1


def test_an_original_that_cannot_be_read_leaves_its_repost(home: Home, tmp_path: Path) -> None:
    text = (SHAPES / "weibo-crawler-csv.csv").read_text("utf-8").replace(",9000,20,", ",many,20,")
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    report, posts = landed(path, home)
    assert (report.landed, report.rejected, report.originals, report.originals_rejected) == (3, 0, 0, 2)
    assert len(posts) == 3
    rejects = [json.loads(line) for line in (home.rejects / f"{report.run}.jsonl").read_text().splitlines()]
    assert {reject["field"] for reject in rejects} == {"original.engagement.likes"}


def test_a_mid_tells_the_second_where_a_file_knows_the_day(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,platform,text,date\n4804608494665869,weibo,好,2022-08-20\n4804608494665869,weibo,好,2022-08-19\n"
    )
    _, posts = landed(path, home)
    assert posts[0].published_at == datetime(2022, 8, 20, 10, 29, 53, tzinfo=UTC)
    assert posts[1].published_at == datetime(
        2022, 8, 18, 16, 0, tzinfo=UTC
    )  # what the file says, for it is another


# --- documents and workbooks


@pytest.mark.parametrize(
    ("content", "texts", "rejected"),
    [
        ('[{"text": "一"}, {"text": "二"}]', ["一", "二"], []),
        ('\ufeff [\n{"text": "一 ]}"},\n\n{"text": "二\\"["}\n]\n', ["一 ]}", '二"['], []),
        ('{"code": 0, "data": {"n": [1]}, "items": [{"text": "一"}], "more": 1}', ["一"], []),
        ('{"text": "一", "children": [{"text": "二"}]}', ["一"], []),
        ('{"text": "一"}\n{"text": "二"}', ["一", "二"], []),
        ('[{"text": "一"}, 5, "x", null, {"text": "二"}]', ["一", "二"], ["is no JSON object"] * 3),
        ('[{"text": "一"},\n {"text": "二"', ["一"], ["the list breaks off or is broken here; nothing after it can be read"]),
        ('[{"text": "一"},\n {"text": "二"}', ["一", "二"], ["the list breaks off or is broken here; nothing after it can be read"]),
        ('[{"text": "一"}, {text: 二}, {"text": "三"}]', ["一", "三"], ["is no JSON object"]),
    ],
)  # fmt: skip
def test_json_documents(
    home: Home, tmp_path: Path, content: str, texts: list[str], rejected: list[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, "utf-8")
    report, posts = landed(path, home)
    assert [post.text for post in posts] == texts
    lines = (home.rejects / f"{report.run}.jsonl").read_text().splitlines() if rejected else []
    assert [json.loads(line)["reason"] for line in lines] == rejected


def test_a_long_document_is_read_piece_by_piece(home: Home, tmp_path: Path) -> None:
    rows = [
        {"text": f"第{number}条" + "长" * (number * 37 % 5000), "n": {"x": ["]"] * 5}}
        for number in range(400)
    ]
    path = tmp_path / "a.json"
    for content in (json.dumps(rows, ensure_ascii=False), json.dumps(rows, indent=1)):
        path.write_text(content, "utf-8")
        _, posts = landed(path, home, run_id=f"run-{len(content)}")
        assert [post.text for post in posts] == [row["text"] for row in rows]


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_titles_above_the_header_of_a_workbook_are_stepped_over(home: Home, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        {
            "数据": [
                ["某某舆情导出"],
                ["导出时间", "2026-11-01"],
                ["标题", "正文", "发布时间"],
                ["题", "好", "2026-11-01 08:00"],
            ]
        },
    )
    report, posts = landed(path, home)
    assert [post.text for post in posts] == ["题\n好"]
    assert report.rejected == 0


def test_other_sheets_are_named_and_can_be_chosen(home: Home, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Contents": [["text"], ["一"]], "Comments": [["text"], ["二"]]})
    assert (looked(path, home).sheet, looked(path, home).other_sheets) == ("Contents", ("Comments",))
    assert [post.text for post in landed(path, home, sheet="Comments")[1]] == ["二"]
    with pytest.raises(UsageError, match="Contents, Comments"):
        landed(path, home, sheet="Nothing")


# --- mappings

ODD = "贴主,那句话,何时,数甲,种,无用\n山上的猫,今天提车 @海边的狗,2026-11-01 08:30,1.2万,主贴,x\n海边的狗,,昨天,many,回,y\n"
MAPPING = """
timezone = "UTC"
[columns]
"author.name" = "贴主"
text = "那句话"
published_at = "何时"
"engagement.likes" = "数甲"
kind = "种"
[defaults]
platform = "autohome"
[values.kind]
"主贴" = "thread"
"回" = "reply"
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    path = tmp_path / "odd.csv"
    path.write_text(ODD, "utf-8")
    (tmp_path / "map.toml").write_text(MAPPING, "utf-8")
    return path


def test_a_mapping_reads_what_nobody_knows(home: Home, odd: Path, tmp_path: Path) -> None:
    report, posts = landed(odd, home, mapping=tmp_path / "map.toml")
    assert (report.read, report.landed, report.rejected, report.ignored) == (2, 1, 1, ("无用",))
    (post,) = posts
    assert (post.platform, post.kind, post.engagement.likes) == ("autohome", "thread", 12_000)
    assert post.published_at == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_a_preview_says_what_would_be_and_writes_nothing(home: Home, odd: Path, tmp_path: Path) -> None:
    found = looked(odd, home, mapping=tmp_path / "map.toml")
    assert (found.by, found.rows, found.landed, found.rejected, found.whole) == ("mapping", 2, 1, 1, True)
    assert {one.field: one.columns for one in found.used}["text"] == ("那句话",)
    assert [one.column for one in found.unused] == ["无用"]
    assert "author.id" in found.unknown
    assert "text" not in found.unknown
    assert [(fault.field, fault.rows, fault.lines) for fault in found.faults] == [
        ("engagement.likes", 1, (3,))
    ]
    assert "海边的狗" not in repr(found.posts)
    assert not home.root.exists()


def test_a_preview_of_a_long_file_reads_its_beginning(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "一"}\n' * 30)
    found = looked(path, home, rows=10)
    assert (found.rows, found.whole, len(found.posts)) == (10, False, 5)


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_a_mapping_that_was_written_reads_the_same(path: Path, home: Home, tmp_path: Path) -> None:
    written = tmp_path / "map.toml"
    written.write_text(begin_mapping(path), "utf-8")
    _, recognised = landed(path, home, run_id="one")
    _, mapped = landed(path, home, run_id="two", mapping=written)
    assert [to_builtins(post) | {"run_id": None} for post in mapped] == [
        to_builtins(post) | {"run_id": None} for post in recognised
    ]


def test_a_mapping_to_begin_with_names_every_column_of_an_unknown_file(odd: Path) -> None:
    text = begin_mapping(odd)
    assert mappings.parse(tomllib.loads(text)).columns == {}
    for name in ("贴主", "那句话", "何时", "数甲", "种", "无用"):
        assert f'# "{name}"' in text
    assert '# text = ""' in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[columns]\ntext = "那句"', "its columns are 贴主, 那句话"),
        ('[columns]\ntext = ["a", "b"]', "a / b"),
        ('[columns]\n"author.name" = "贴主"', "no column for text or title"),
        ('[columns]\ntxet = "那句话"', "there is no field 'txet'"),
        ('[columns]\ntext = ""', "left out or commented out"),
        ('[columns]\ntext = 5', "columns"),
        ('[column]\ntext = "那句话"', "column"),
        ("[columns", "is no valid TOML"),
        ('timezone = "Mars"\n[columns]\ntext = "那句话"', "Asia/Shanghai"),
        ('[columns]\ntext = "那句话"\n[defaults]\nkind = "poem"', "default of kind is none of"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_told(home: Home, odd: Path, tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as refused:
        landed(odd, home, mapping=path)
    assert says in str(refused.value)
    assert not home.landing.exists()


@pytest.mark.parametrize("page", ["importing.md", "importing.zh.md"])
def test_the_mapping_of_the_docs_is_one(page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    mapping = mappings.parse(tomllib.loads(block))
    assert mapping.columns
    assert mapping.original
    assert mapping.prefixes


def test_two_columns_of_one_name_are_both_named(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,备注,备注\n好,1,2\n", "utf-8")
    assert [one.column for one in looked(path, home).unused] == ["备注", "备注 (2)"]
