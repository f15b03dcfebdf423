"""What is told of a query before it runs: remarks, an explanation, a preview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.models import AnnotatedPost, Annotation, Emotion, Kind, Post
from core.project import EMPTY
from index.query import Query, explain, parse
from index.query.linting import Remark, lint
from index.query.previewing import COUNTED, preview
from index.reference import ReferenceStore
from index.store import Batch
from tests.index.query.asked import NOW, PROJECT


def _codes(remarks: Sequence[Remark], text: str) -> list[tuple[str, str]]:
    """The codes, each with what it is about."""
    return [
        (
            remark.code,
            "" if remark.position is None else text[remark.position : remark.position + (remark.length or 0)],
        )
        for remark in remarks
    ]


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("", []),
        ("刹车 异响", []),
        ("刹车 贵", [("one-character", "贵")]),
        ("刹车 '贵'", [("one-character", "贵")]),
        ('刹车 "贵"', []),
        ("刹车 😂", []),
        ("刹车 w:贵", []),
        ("刹车 贵*", [("one-character", "贵*")]),
        ("-贵", [("one-character", "贵")]),
        ("刹车 异响 OR 失灵", [("mixed", "刹车 异响 OR 失灵")]),
        ("刹车 (异响 OR 失灵)", []),
        ("(刹车 异响) OR 失灵", []),
        ("制动 (刹车 异响 OR 失灵)", [("mixed", "刹车 异响 OR 失灵")]),
        ("刹车 OR 失灵 -广告", [("mixed", "刹车 OR 失灵 -广告")]),
        ("刹车 NEAR/3 异响 OR 失灵", []),
        ("刹车 异响 刹车", [("duplicate", "刹车")]),
        ("ＳＵ7 OR 其他 OR su7", [("duplicate", "su7")]),
        ("刹车 (异响 (刹车))", [("duplicate", "刹车")]),
        ("likes>5 点赞数>5", [("duplicate", "点赞数>5")]),
        ("-广告 刹车 NOT 广告", [("duplicate", "广告")]),
        ("刹车 (刹车 OR 异响)", []),
        ("刹车 OR 刹车片", [("contained", "刹车片")]),
        ("刹车 刹车片", [("contained", "刹车")]),
        ("刹车 NEAR/3 刹车片", [("near-contained", "刹车 NEAR/3 刹车片")]),
        ("刹车 ONEAR/3 刹车片", []),
        ("(异响 OR 刹车片) NEAR 刹车", [("near-contained", "(异响 OR 刹车片) NEAR 刹车")]),
    ],
)
def test_what_is_written(text: str, remarks: list[tuple[str, str]]) -> None:
    found = lint(text)
    assert _codes(found, text) == remarks
    for remark in found:
        assert remark.message != remark.zh


def test_the_reading_of_or_beside_and_is_shown() -> None:
    assert "(刹车 异响) OR 失灵;" in lint("刹车 异响 OR 失灵")[0].message


def _post(number: int) -> AnnotatedPost:
    text = f"大家好{'，刹车' if number % 2 else ''}{'异响' if number % 10 == 0 else ''}"
    return AnnotatedPost(
        post=Post(
            id=f"p:{number}",
            platform="weibo",
            kind=Kind.POST,
            text=text,
            region="广东 深圳",
            published_at=NOW - timedelta(days=number),
        ),
        annotation=Annotation(emotion=Emotion(label="angry")),
    )


@pytest.fixture(scope="module")
def store() -> ReferenceStore:
    store = ReferenceStore()
    store.write(Batch([_post(number) for number in range(40)]))
    return store


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("刹车", [("common", "刹车")]),
        ("刹车 within:7d", []),
        ("异响 OR 刹车", [("common", "刹车")]),
        ("异响", []),
        ("大家好 异响", [("nearly-all", "大家好")]),
        ("异响 -大家好", [("nearly-all", "大家好"), ("empty", "")]),
        ("异响 -变速箱", [("nothing", "变速箱")]),
        ("异响 (刹车 OR 变速箱)", [("nothing", "变速箱")]),
        ("异响 region:广东省", [("unknown-value", "region:广东省")]),
        ("异响 情绪:高兴", [("unknown-value", "情绪:高兴")]),
        ("异响 @nobody", [("unknown-value", "@nobody")]),
        ("异响 likes>5", [("nothing", "likes>5")]),
        ("异响 刹车", [("empty", "")]),
        ("duplicate:folded 异响", []),
        ("brand:lanstone", [("nothing", "brand:lanstone")]),
    ],
)
def test_what_the_store_holds(store: ReferenceStore, text: str, remarks: list[tuple[str, str]]) -> None:
    assert _codes(lint(text, PROJECT, store, now=NOW), text) == remarks


def test_likely_values_are_offered(store: ReferenceStore) -> None:
    assert "there are 广东" in lint("异响 region:广东省", EMPTY, store)[0].message
    assert "有的是 angry" in lint("异响 emotion:sad", EMPTY, store)[0].zh


def test_of_a_long_list_the_first_are_counted(store: ReferenceStore) -> None:
    text = " OR ".join(f"词{number}" for number in range(100, 101 + COUNTED))
    assert _codes(lint(text, EMPTY, store), text)[-1] == ("uncounted", "")
    shown = preview(store, parse(text), None, None)
    assert (len(shown.parts), shown.uncounted) == (COUNTED, 1)


def test_an_empty_store_is_no_reason_to_remark() -> None:
    assert lint("刹车 region:广东", EMPTY, ReferenceStore()) == []


def test_preview(store: ReferenceStore) -> None:
    since = NOW - timedelta(days=10)
    shown = preview(store, parse("(刹车 OR 异响) -w:x region:广东", now=NOW), since, None)
    assert (shown.since, shown.until, shown.posts, shown.count) == (since, None, 11, 7)
    assert [(part.text, part.position, part.denied, part.count) for part in shown.parts] == [
        ("刹车", 1, False, 5),
        ("异响", 7, False, 2),
        ("w:x", 12, True, 0),
        ("region:广东", 16, False, 11),
    ]
    assert [hit.item.post.id for hit in shown.hits] == ["p:0", "p:1", "p:3", "p:5", "p:7"]
    assert preview(store, parse(""), since, NOW, limit=2).count == 10


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("", "Every post.", "全部帖子。"),
        (
            "澜石 (刹车 OR 异响) -广告",
            "Posts that contain “澜石” and (contain “刹车” or “异响”) and do not contain “广告”.",
            "帖子：含“澜石”，且（含“刹车”或“异响”），且不含“广告”。",
        ),
        (
            "NOT (a b)",
            "Posts that are none of those that (contain “a” and contain “b”).",
            "帖子：不符合（含“a”，且含“b”）。",
        ),
        (
            "brand:lanstone duplicate:folded",
            (
                "Posts that name the brand “Lanstone Motors” (“澜石”, “Lanstone”, “澜石S7” or “小石头”"
                " without “澜石街道” or “小石头妈妈”). Of near-duplicates one is shown."
            ),
            (
                "帖子：提到品牌“澜石”（“澜石”、“Lanstone”、“澜石S7”或“小石头”，但不含“澜石街道”或“小石头妈妈”）。"
                "近似重复的帖子只显示一帖。"
            ),
        ),
        (
            "-list:dealers @小明",
            "Posts that are not by one of the 3 accounts of the list “Dealers” and are by “小明”.",
            "帖子：作者不在名单“经销商”的 3 个账号之中，且由此账号发布：“小明”。",
        ),
        (
            "a NEAR/3 b",
            "Posts that contain “a” and “b” at most 3 characters apart.",
            "帖子：含“a”与“b”，相隔至多 3 个字。",
        ),
        (
            "after:2026-11-01 -likes>=100",
            "Posts that were published since 2026-11-01 00:00+08:00 and do not have at least 100 likes (or nobody knows).",
            "帖子：发布于 2026-11-01 00:00+08:00 起，且点赞数并非不少于 100（或未知）。",
        ),
        (
            'w:刹车 w:"a b" 异* aspect:刹车:负面 has:图片',
            (
                "Posts that have the word “刹车” and have the word “a” followed by “b” and have a word that begins"
                " with “异” and speak ill of “刹车” and have an image."
            ),
            "帖子：含整词“刹车”，且含整词“a”后接“b”，且含这样开头的词：“异”，且对以下属性的评价为负面：“刹车”，且带有图片。",
        ),
        (
            "thread:weibo:12 -verified:yes tag:complaint 情绪:愤怒",
            (
                "Posts that belong to the thread “weibo:12” and are not by a verified account and bear the tag"
                " “Complaint” and show the emotion “angry”."
            ),
            "帖子：属于主题帖“weibo:12”，且并非作者已认证，且带标签“投诉”，且表现出情绪“愤怒”。",
        ),
        (
            " OR ".join(f"词{number}" for number in range(10)),
            "Posts that contain “词0”, “词1”, “词2”, “词3”, “词4”, “词5”, “词6”, “词7” or one of 2 more.",
            "帖子：含“词0”、“词1”、“词2”、“词3”、“词4”、“词5”、“词6”、“词7”或另外 2 个之一。",
        ),
    ],
)
def test_a_query_in_words(text: str, en: str, zh: str) -> None:
    query = parse(text, PROJECT, now=NOW)
    assert explain(query, "en", zone=ZoneInfo("Asia/Shanghai")) == en
    assert explain(query, "zh", zone=ZoneInfo("Asia/Shanghai")) == zh


def test_a_query_nobody_typed_is_explained_by_its_tree() -> None:
    typed = parse("a (b OR likes:5)")
    assert explain(Query("", typed.tree), "en") == explain(typed, "en")
    joined = typed.within(datetime(2026, 11, 1, tzinfo=UTC), None)
    assert explain(joined, "en").endswith(" and were published since 2026-11-01 00:00+00:00.")
