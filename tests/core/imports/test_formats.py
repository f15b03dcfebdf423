"""The same posts come out of every format, encoding and way of naming columns."""

import json
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from core.imports.columns import columns_of
from core.landing import LandingWriter
from core.models import Engagement, Kind, Post
from core.project import EMPTY
from core.records import to_builtins
from tests.core.imports.desk import NOW, Desk, csv_of, workbook_of
from tests.core.people import BRAND, post

AFTERNOON = datetime(2026, 11, 21, 19, 59)  # noqa: DTZ001 - as workbooks hold times
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


def test_cells_of_a_workbook_keep_their_types(desk: Desk) -> None:
    rows = [
        {"text": 666, "id": 4804608494665869, "platform": "weibo", "发布时间": AFTERNOON, "点赞": 12.0},
        {"text": "好", "id": None, "platform": None, "发布时间": date(2026, 11, 21), "点赞": None},
    ]  # fmt: skip
    one, two = desk.posts(desk.load(desk.write("a.xlsx", workbook_of(rows))))
    assert (one.text, one.id, one.engagement.likes) == ("666", "weibo:4804608494665869", 12)
    assert one.published_at == datetime(2026, 11, 21, 11, 59, tzinfo=UTC)
    assert two.published_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


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


def test_a_landed_post_of_a_crawl_and_its_import_share_an_id(desk: Desk) -> None:
    with LandingWriter(desk.home, "crawl", desk.pseudonyms(), EMPTY.follower_line) as landing:
        crawled = landing.post(post(id="weibo:4804608494665869"))
    assert desk.one({"text": "今天提车", "platform": "weibo", "bid": "x", "id": "M1VT3jzNX"}).id == crawled.id
