import csv
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.errors import LandingError, UsageError
from core.home import Home
from core.imports.columns import columns_of
from core.landing import LandingWriter, read_landing
from core.models import Coverage, Engagement, Kind, Post, Run
from core.privacy import Pseudonyms, load_key
from core.project import EMPTY, Brand, Title
from core.records import to_builtins
from core.tabular import ImportReport, import_file
from tests.core.people import BRAND, post

AFTERNOON = datetime(2026, 11, 21, 19, 59)  # noqa: DTZ001 - as workbooks hold times
NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


class Desk:
    """A home, and files to import into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "home")
        self.runs = 0

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, path: Path, **options: Any) -> ImportReport:
        self.runs += 1
        options = {"now": NOW, "run_id": f"run-{self.runs}", **options}
        return import_file(path, self.home, options.pop("project", EMPTY), **options)

    def records(self, report: ImportReport) -> list[Any]:
        file = read_landing(self.home.landing / f"{report.run}.zst")
        return [record for frame in file for record in frame.records]

    def posts(self, report: ImportReport) -> list[Post]:
        return [record for record in self.records(report) if isinstance(record, Post)]

    def rejects(self, report: ImportReport) -> list[tuple[int, str | None, str]]:
        lines = (self.home.rejects / f"{report.run}.jsonl").read_text("utf-8").splitlines()
        return [(entry["line"], entry["field"], entry["reason"]) for entry in map(json.loads, lines)]

    def one(self, row: dict[str, Any]) -> Post:
        """The landed post of a JSONL row."""
        (landed,) = self.posts(self.load(self.write("one.jsonl", json.dumps(row))))
        return landed

    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(load_key(self.home.key))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def csv_of(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def workbook_of(rows: list[dict[str, Any]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# --- one post, three formats -------------------------------------------------------------------------

FLAT = {
    "id": "4804608494665869", "platform": "weibo", "kind": "repost", "text": "不错 //@某网友:好看",
    "author.id": "1000000017", "author.name": "某网友_甲", "author.followers": "1.2万", "author.verified_type": -1,
    "published_at": "2022-08-20 18:29:52", "root_id": "4804268794315521", "parent_id": "weibo:4804268794315521",
    "thread_id": "", "floor": "3", "engagement.reposts": "100万+", "engagement.likes": 7, "engagement.comments": "评论",
    "topics": "新车;试驾", "mentions": '["某网友"]', "urls": "http://t.cn/A6abcdef", "media": "image;video",
    "region": "发布于 北京", "client": "iPhone", "url": "https://weibo.com/1000000017/M1VT3jzNX",
    "fetched_at": "2026-11-21T12:00:00Z",
}  # fmt: skip
NESTED = {
    "id": "weibo:4804608494665869", "platform": "weibo", "kind": "repost", "text": FLAT["text"],
    "author": {"id": "weibo:1000000017", "name": "某网友_甲", "followers": 12000, "verified_type": -1},
    "published_at": 1660991392, "root_id": 4804268794315521, "parent_id": "4804268794315521", "floor": 3,
    "engagement": {"reposts": 1000000, "likes": 7, "comments": 0, "views": None, "capped": ["reposts"]},
    "topics": ["新车", "#试驾#"], "mentions": ["某网友"], "urls": ["http://t.cn/A6abcdef"],
    "media": ["image", "video"], "region": "北京", "client": "iPhone", "quoted_id": None,
    "url": "https://m.weibo.cn/status/M1VT3jzNX", "fetched_at": "2026-11-21T20:00:00+08:00",
}  # fmt: skip


def test_every_format_gives_the_same_post(desk: Desk) -> None:
    files = [
        desk.write("nested.jsonl", json.dumps(NESTED, ensure_ascii=False)),
        desk.write("flat.jsonl", json.dumps(FLAT)),
        desk.write("flat.csv", csv_of([FLAT])),
        desk.write("flat.tsv", csv_of([FLAT]).replace(",", "\t").replace('"[""某网友""]"', "某网友")),
        desk.write(
            "semicolon.csv", csv_of([{**FLAT, "topics": '["新车","试驾"]', "media": '["image","video"]'}])
        ),
        desk.write("flat.xlsx", workbook_of([FLAT])),
    ]
    landed = []
    for path in files:
        report = desk.load(path)
        assert (report.read, report.landed, report.rejected, report.ignored) == (1, 1, 0, ())
        landed += [replace(item, run_id="run") for item in desk.posts(report)]
    one = landed[0]
    assert landed == [one] * len(files)
    names = desk.pseudonyms()
    assert one == Post(
        id="weibo:4804608494665869",
        platform="weibo",
        kind=Kind.REPOST,
        text=f"不错 //@{names.name('某网友')}:好看",
        author=replace(
            BRAND,
            id=names.author_id("weibo", "1000000017"),
            name=names.name("某网友_甲"),
            followers=12_000,
            verified_type=-1,
            public=False,
            name_key=names.name("某网友_甲"),
        ),
        published_at=datetime(2022, 8, 20, 10, 29, 52, tzinfo=UTC),
        root_id="weibo:4804268794315521",
        parent_id="weibo:4804268794315521",
        parent_confidence=1.0,
        floor=3,
        engagement=Engagement(reposts=1_000_000, comments=0, likes=7, capped=("reposts",)),
        topics=("新车", "试驾"),
        mentions=(names.name("某网友"),),
        urls=("http://t.cn/A6abcdef",),
        media=("image", "video"),
        region="北京",
        client="iPhone",
        url="https://m.weibo.cn/status/M1VT3jzNX",
        fetched_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
        run_id="run",
        parser_version="import-1",
    )


def test_only_a_text_is_required(desk: Desk) -> None:
    landed = desk.one({"text": " 空间大，#新车# @某网友 看 "})
    assert landed.id.startswith("import:c-")
    assert landed == Post(
        id=landed.id,
        platform="import",
        kind=Kind.POST,
        text=f"空间大，#新车# @{desk.pseudonyms().name('某网友')} 看",
        topics=("新车",),
        mentions=(desk.pseudonyms().name("某网友"),),
        run_id="run-1",
        parser_version="import-1",
    )


def test_what_was_landed_can_be_exported_and_brought_in_again(desk: Desk) -> None:
    first = desk.one(NESTED)
    again = desk.one(to_builtins(first))
    assert again == replace(first, run_id="run-2")


def test_the_same_file_gives_the_same_ids(desk: Desk) -> None:
    rows = [
        {"text": "一"},
        {"text": "二", "author": "某网友"},
        {"text": "二", "author": "别人"},
        {"text": "一", "date": "2026-11-01"},
    ]
    path = desk.write("a.jsonl", "\n".join(map(json.dumps, rows)))
    first, second = (
        [item.id for item in desk.posts(desk.load(path, now=now))] for now in (NOW, NOW.replace(year=2027))
    )
    assert first == second
    assert len(set(first)) == 4


# --- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        # ids
        ({"id": "5", "platform": "discuz"}, "id", "discuz:5"),
        ({"id": 5}, "id", "import:5"),
        ({"id": "weibo:4804608494665869"}, "platform", "weibo"),
        ({"id": "M1VT3jzNX", "platform": "微博"}, "id", "weibo:4804608494665869"),
        ({"mid": "4804608494665869", "platform": "weibo"}, "id", "weibo:4804608494665869"),
        ({"mid": "4804608494665869"}, "id", "weibo:4804608494665869"),  # nobody else calls an id so
        ({"mid": "5", "platform": "tieba"}, "id", "tieba:5"),
        ({"url": "https://weibo.com/1000000017/M1VT3jzNX", "platform": "weibo"}, "id", "weibo:4804608494665869"),
        ({"id": "5", "root_id": "5"}, "root_id", None),
        ({"id": "5", "parent_id": "0"}, "parent_id", None),
        ({"id": "5", "parent_id": "4"}, "parent_confidence", 1.0),
        ({"id": "5", "parent_id": "4", "parent_confidence": 0.4}, "parent_confidence", 0.4),
        ({"id": "5"}, "parent_confidence", None),
        # platforms
        ({"平台": "小红书"}, "platform", "xiaohongshu"),
        ({"platform": "Sina Weibo"}, "platform", "weibo"),
        ({"platform": "MySite"}, "platform", "mysite"),
        ({"url": "https://tieba.baidu.com/p/5"}, "platform", "tieba"),
        ({"url": "https://m.weibo.cn/status/M1VT3jzNX"}, "id", "weibo:4804608494665869"),
        ({"url": "https://weibo.com.bad.example/x"}, "platform", "import"),
        # kinds
        ({"kind": "转发"}, "kind", Kind.REPOST),
        ({"kind": "Article"}, "kind", Kind.ARTICLE),
        ({"id": "5", "root_id": "4"}, "kind", Kind.REPOST),
        ({"id": "5", "parent_id": "4"}, "kind", Kind.REPOST),
        ({"id": "5", "thread_id": "4"}, "kind", Kind.REPLY),
        ({"comment_id": "5", "note_id": "4"}, "kind", Kind.COMMENT),
        ({"comment_id": "5", "note_id": "4"}, "root_id", "import:4"),
        ({"type": "图文"}, "kind", Kind.POST),  # a column that only might be the kind
        # times
        ({"published_at": "2026-11-21 19:59"}, "published_at", datetime(2026, 11, 21, 11, 59, tzinfo=UTC)),
        ({"created_at": "Sat Nov 21 19:59:33 +0800 2026"}, "published_at", datetime(2026, 11, 21, 11, 59, 33, tzinfo=UTC)),
        ({"发布时间": "2026年11月21日 19:59"}, "published_at", datetime(2026, 11, 21, 11, 59, tzinfo=UTC)),
        ({"create_time": 1763700000123}, "published_at", datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC)),
        ({"date": "昨天 12:00"}, "published_at", datetime(2026, 11, 20, 4, 0, tzinfo=UTC)),
        ({"date": "--"}, "published_at", None),
        ({"id": "4804608494665869", "platform": "weibo"}, "published_at", datetime(2022, 8, 20, 10, 29, 53, tzinfo=UTC)),
        # counts
        ({"点赞": "1.2万", "转发": "3", "评论数": ""}, "engagement", Engagement(likes=12_000, reposts=3)),
        ({"likes": "--", "reposts": -1, "comments": "-1"}, "engagement", Engagement()),
        ({"likes": 5, "engagement.capped": ["likes", "views", "某网友"]}, "engagement", Engagement(likes=5, capped=("likes",))),
        ({"likes": 3.0}, "engagement", Engagement(likes=3)),
        # lists
        ({"topics": []}, "topics", ()),
        ({"text": "#甲# #乙#"}, "topics", ("甲", "乙")),
        ({"text": "#甲#", "topics": "丙；丁"}, "topics", ("丙", "丁")),
        ({"media": ["image", "https://x.example/a.jpg"]}, "media", ("image",)),
        # the rest
        ({"ip_location": "IP属地：福建"}, "region", "福建"),
        ({"client": 12}, "client", "12"),
        ({"author": None}, "author", None),
        ({"title": "提车记"}, "text", "提车记\n好"),
        ({"标题": "好"}, "text", "好"),
        ({"title": "提车记", "text": ""}, "text", "提车记"),
        ({"id": "5e12"}, "id", "import:5e12"),  # no number: a hash that looks like one
        ({"text": "无"}, "text", "无"),
        ({"url": "https://bbs.example/t/5"}, "url", "https://bbs.example/t/5"),
    ],
)  # fmt: skip
def test_values(desk: Desk, row: dict[str, Any], field: str, value: object) -> None:
    assert getattr(desk.one({"text": "好", **row}), field) == value


@pytest.mark.parametrize(
    "row",
    [
        {"author": "某某汽车", "followers": "12万"},
        {"昵称": "@某某汽车", "粉丝数": 120000},
        {"author": {"name": "某某汽车", "followers": 120000}},
        {"user": {"screen_name": "某某汽车", "followers_count": "12万"}},
        {"author_name": "某某汽车", "author_followers": "120,000"},
    ],
)
def test_authors_with_a_name_only_have_it_for_an_id(desk: Desk, row: dict[str, Any]) -> None:
    author = desk.one({"text": "好", "platform": "weibo", **row}).author
    assert author is not None
    assert (author.id, author.name, author.followers, author.public) == (
        "weibo:某某汽车",
        "某某汽车",
        120_000,
        True,
    )


@pytest.mark.parametrize(
    ("row", "verified_type"),
    [
        ({"verified_type": 3}, 3),
        ({"verified_type": "-1"}, -1),
        ({"认证类型": "蓝V"}, 2),
        ({"认证": "某某公司官方账号"}, None),
        ({}, None),
    ],
)
def test_verified_types(desk: Desk, row: dict[str, Any], verified_type: int | None) -> None:
    author = desk.one({"text": "好", "author_id": "5", **row}).author
    assert author is not None
    assert author.verified_type == verified_type


def test_an_import_is_no_way_round_the_door(desk: Desk) -> None:
    row = {
        "text": "好//@某网友:是 13812345678", "author": {"id": "1000000017", "name": "某网友_甲", "public": True, "name_key": "某网友_甲"},
        "phone": "13987654321", "url": "https://weibo.com/u/1000000017",
    }  # fmt: skip
    path = desk.write("a.jsonl", json.dumps(row, ensure_ascii=False))
    report = desk.load(path)
    kept = repr(desk.records(report))
    for secret in ("某网友", "1000000017", "13812345678", "13987654321"):
        assert secret not in kept
    assert report.ignored == ("phone",)


def test_the_projects_own_accounts_keep_their_names(desk: Desk) -> None:
    brand = Brand(id="x", title=Title(zh="某某", en="X"), names=("某某",), accounts=("某某汽车",))
    path = desk.write("a.jsonl", '{"text": "@某某汽车 你好 @某网友"}')
    (landed,) = desk.posts(desk.load(path, project=replace(EMPTY, brands=(brand,))))
    assert landed.mentions == ("某某汽车", desk.pseudonyms().name("某网友"))


def test_times_without_a_zone_are_the_projects(desk: Desk) -> None:
    path = desk.write("a.jsonl", '{"text": "好", "date": "2026-11-21 19:59"}')
    (landed,) = desk.posts(desk.load(path, project=replace(EMPTY, timezone="Europe/Berlin")))
    assert landed.published_at == datetime(2026, 11, 21, 18, 59, tzinfo=UTC)


def test_cells_of_a_workbook_keep_their_types(desk: Desk) -> None:
    rows = [
        {"text": 666, "id": 4804608494665869, "platform": "weibo", "发布时间": AFTERNOON, "点赞": 12.0},
        {"text": "好", "id": None, "platform": None, "发布时间": date(2026, 11, 21), "点赞": None},
    ]  # fmt: skip
    one, two = desk.posts(desk.load(desk.write("a.xlsx", workbook_of(rows))))
    assert (one.text, one.id, one.engagement.likes) == ("666", "weibo:4804608494665869", 12)
    assert one.published_at == datetime(2026, 11, 21, 11, 59, tzinfo=UTC)
    assert two.published_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


# --- headers and encodings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (["正文", "昵称", "发布时间"], {"text": "正文", "author.name": "昵称", "published_at": "发布时间"}),
        (["Content", "Screen Name", "Created_At"], {"text": "Content", "author.name": "Screen Name", "published_at": "Created_At"}),
        (["authorId", "author name", "TEXT"], {"author.id": "authorId", "author.name": "author name", "text": "TEXT"}),
        (["内容", "text"], {"text": "text"}),  # the field's own name wins
        (["content", "正文"], {"text": "content"}),
        (["评论", "转发"], {"text": "评论", "engagement.reposts": "转发"}),  # 评论 is the text of a file of comments
        (["正文", "评论"], {"text": "正文", "engagement.comments": "评论"}),  # else a counter
        (["note_id", "content"], {"id": "note_id", "text": "content"}),
        (["comment_id", "note_id", "content"], {"id": "comment_id", "root_id": "note_id", "text": "content"}),
    ],
)  # fmt: skip
def test_headers(headers: list[str], fields: dict[str, str]) -> None:
    assert columns_of(headers).header == fields


def test_unknown_columns_are_named_once(desk: Desk) -> None:
    path = desk.write("a.csv", "text,心情,run_id,weather,\n好,1,2,3,4\n好,1,2,3,4\n")
    assert desk.load(path).ignored == ("心情", "weather")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_encodings(desk: Desk, name: str, encoding: str) -> None:
    rows = [
        {"正文": f"第{number}辆车，动力不错", "作者": "某某汽车", "粉丝": 200_000} for number in range(30)
    ]
    text = (
        csv_of(rows)
        if name == "a.csv"
        else "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    )
    report = desk.load(desk.write(name, text.encode(encoding)))
    assert (report.read, report.landed, report.rejected) == (30, 30, 0)
    assert [item.text for item in desk.posts(report)] == [row["正文"] for row in rows]
    assert {item.author.name for item in desk.posts(report) if item.author} == {"某某汽车"}


# --- rows that cannot be read ------------------------------------------------------------------------


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


# --- the run -----------------------------------------------------------------------------------------


def test_a_run_and_its_coverage_are_landed(desk: Desk) -> None:
    report = desk.load(desk.write("posts.jsonl", '{"text": "一"}\n{}\n'))
    first, _, coverage, last = desk.records(report)
    started = Run(id="run-1", source="import", asked={"file": "posts.jsonl"}, started_at=NOW)
    assert first == started
    assert coverage == Coverage(
        source="import", slice="posts.jsonl", expected=2, got=1, because="rejected rows", run_id="run-1"
    )
    assert last == replace(started, ended_at=NOW, outcome="finished", posts=1, rejected=1)


def test_runs_get_ids_of_their_own(desk: Desk) -> None:
    path = desk.write("a.jsonl", '{"text": "一"}')
    runs = [desk.load(path, run_id=None).run for _ in range(3)]
    assert len(set(runs)) == 3
    assert all(run.startswith("import-20261121T120030-") for run in runs)


def test_a_run_id_in_use_is_refused(desk: Desk) -> None:
    path = desk.write("a.jsonl", '{"text": "一"}')
    desk.load(path, run_id="run-1")
    with pytest.raises(LandingError, match="another id"):
        desk.load(path, run_id="run-1")


FULL_DISK = """
import resource, sys
from pathlib import Path
from core.errors import LandingError
from core.home import Home
from core.project import EMPTY
from core.tabular import import_file

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    import_file(Path(sys.argv[1]), Home(Path(sys.argv[2])), EMPTY, run_id="run-1")
except LandingError as error:
    print(error)
"""


@pytest.mark.parametrize("row", ['{"text": "第%d条 %d"}', "broken %d %d"])
def test_a_full_disk_is_said_and_what_was_flushed_is_whole(desk: Desk, row: str) -> None:
    path = desk.write("a.jsonl", "\n".join(row % (number, number * number) for number in range(5000)))
    command = [sys.executable, "-c", FULL_DISK, str(path), str(desk.home.root), "60000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "free some space" in done.stdout
    file = read_landing(desk.home.landing / "run-1.zst")
    landed = [record.text for frame in file for record in frame.records if isinstance(record, Post)]
    assert landed == [f"第{number}条 {number * number}" for number in range(len(landed))]
    assert (file.torn, file.damage) == (0, [])


def test_progress_is_told(desk: Desk) -> None:
    told: list[int] = []
    desk.load(desk.write("a.jsonl", '{"text": "一"}\n' * 2500), progress=told.append)
    assert told == [1000, 2000]


# --- files that cannot be read -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.csv", b"\n \n", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.csv", b"name,age\nx,5\n", "name one text, content or"),
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"no workbook", "save it again as .xlsx"),
        ("a.xlsx", workbook_of([{"name": "x"}]), "name one text, content or"),
        ("a.xlsx", workbook_of([{}]), "name one text, content or"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx"),
        ("a.pdf", b"%PDF", "use .jsonl, .json, .csv, .tsv or .xlsx"),
        ("a", b"text", "use .jsonl, .json, .csv, .tsv or .xlsx"),
        ("a.csv", b"PK\x03\x04....", "name a workbook .xlsx"),
        ("a.csv", b"text\n\x00\x01\x02", "is no text"),
        ("a.json", b'{"code": 0, "data": {}}', "no column with the text"),
        ("a.json", b'{"code": 0,\n "data": {}}', "no list of posts"),
        ("a.json", b"[]", "no list of posts"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(desk: Desk, name: str, content: bytes, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        desk.load(desk.write(name, content))
    assert says in str(refused.value)
    assert name in str(refused.value)
    assert not desk.home.landing.exists()


def test_an_absent_file_and_a_folder_are_named(desk: Desk) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        desk.load(desk.folder / "none.csv")
    with pytest.raises(UsageError, match="is a folder"):
        desk.load(desk.folder)


def test_a_header_without_rows_is_an_empty_import(desk: Desk) -> None:
    report = desk.load(desk.write("a.csv", "text,author\n"))
    assert (report.read, report.landed, report.rejected) == (0, 0, 0)


def test_a_landed_post_of_a_crawl_and_its_import_share_an_id(desk: Desk) -> None:
    with LandingWriter(desk.home, "crawl", desk.pseudonyms(), EMPTY.follower_line) as landing:
        crawled = landing.post(post(id="weibo:4804608494665869"))
    assert desk.one({"text": "今天提车", "platform": "weibo", "bid": "x", "id": "M1VT3jzNX"}).id == crawled.id
