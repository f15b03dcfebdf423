"""What each node means for one post, and what the reference store makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from core.models import (
    AnnotatedPost,
    Annotation,
    AspectOpinion,
    Author,
    Emotion,
    Engagement,
    Kind,
    Post,
    Sentiment,
    Voice,
)
from index.facets import IDS, KEYWORDS, NUMBERS
from index.matching import matches, meetings
from index.query import Literal, Near, OneOf, Query, Range, parse
from index.query.fields import NAMES
from index.reference import ReferenceStore
from index.store import Batch, Bucket, Interval, Sort, Spread, Value

AT = datetime(2026, 11, 1, 16, tzinfo=UTC)  # midnight in Shanghai


def post(post_id: str = "weibo:1", text: str = "", **known: Any) -> AnnotatedPost:
    """A post with these fields, each where it belongs."""
    fields = Annotation.__struct_fields__
    read = {name: value for name, value in known.items() if name in fields}
    rest = {name: value for name, value in known.items() if name not in fields}
    rest = {"platform": "weibo", "kind": Kind.POST} | rest
    return AnnotatedPost(post=Post(id=post_id, text=text, **rest), annotation=Annotation(**read))


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        # literal: a substring of the canonical form
        ("刹车", "急刹车了", True),
        ("刹车", "刹 车", False),
        ("車", "车", True),
        ("ＳＵ7", "su7", True),
        ('"a b"', "A \n B", True),
        ('"a b"', "ab", False),
        ("C++", "学c++呢", True),
        ("❤", "❤️", True),
        ("-刹车", "", True),
        ("a OR b", "xbx", True),
        ("a b", "xbx", False),
        ("a -b", "ab", False),
        # NEAR: characters between, blanks not counted
        ("刹车 NEAR/0 异响", "刹车异响", True),
        ("刹车 NEAR/0 异响", "刹车 异响", True),
        ("刹车 NEAR/0 异响", "异响刹车", True),
        ("刹车 NEAR/1 异响", "刹车有异响", True),
        ("刹车 NEAR/0 异响", "刹车有异响", False),
        ("刹车 NEAR/2 异响", "刹车，有异响", True),
        ("刹车 NEAR/1 异响", "刹车，有异响", False),
        ("刹车 NEAR/1 异响", "刹车 有 异响", True),
        ("刹车 NEAR/3 异响", "异响来自刹车", True),
        ("刹车 ONEAR/3 异响", "异响来自刹车", False),
        ("刹车 ONEAR/0 异响", "刹车异响", True),
        ("ab NEAR/0 bc", "abc", True),
        ("ab ONEAR/0 bc", "abc", False),
        ("ab ONEAR/0 bc", "abbc", True),
        ("a NEAR/0 ab", "ab", True),
        ('"a b" NEAR/1 c', "a bxc", True),
        ("a NEAR/1 b", "axxb bxa", True),
        ("a NEAR/0 b", "axbxa", False),
        ("a NEAR/1 b NEAR/1 c", "a.b.c", True),
        ("a NEAR/1 b NEAR/1 c", "a.c.b", False),
        ("(a OR 異響) NEAR/1 b", "b异响", True),
        ("-a NEAR/1 b", "axxb", True),
    ],
)
def test_text(query: str, text: str, found: bool) -> None:
    assert matches(parse(query).tree, post(text=text)) is found


def test_meetings_are_told_by_their_places() -> None:
    near = Near(Literal("a"), Literal("b"), 1)
    assert list(meetings(near, "a b  xa b")) == [(0, 2), (5, 2), (5, 7)]
    assert list(meetings(replace(near, ordered=True), "a b  xa b")) == [(0, 2), (5, 7)]


@pytest.mark.parametrize(
    ("query", "words", "found"),
    [
        ("w:刹车", ("刹车", "异响"), True),
        ("w:刹车", ("刹车片",), False),
        ("w:ＳＵ7", ("SU7",), True),
        ('w:"刹车 异响"', ("刹车", "异响"), True),
        ('w:"刹车 异响"', ("刹车", "，", "异响"), True),
        ('w:"刹车 异响"', ("异响", "刹车"), False),
        ('w:"刹车 异响"', ("刹车", "有", "异响"), False),
        ('w:"a a"', ("a",), False),
        ("刹*", ("急", "刹车"), True),
        ("刹*", ("急刹车",), False),
        ("刹车*", ("刹车",), True),
        ("SU*", ("su7",), True),
    ],
)
def test_words(query: str, words: tuple[str, ...], found: bool) -> None:
    assert matches(parse(query).tree, post(words=words)) is found


FULL = post(
    "weibo:1",
    "小米SU7的刹车异响",
    author=Author(id="weibo:P-01", name="＠某品牌官方", followers=12_000, verified_type=3),
    published_at=AT,
    root_id="weibo:0",
    thread_id="weibo:t",
    engagement=Engagement(reposts=3, comments=2, likes=100),
    topics=("澜石 刹车", "# #"),
    mentions=("小明",),
    urls=("https://example.org/a",),
    media=("image",),
    region="广东 深圳",
    client="iPhone 15",
    url="https://www.weibo.com/1/x",
    edited_at=AT,
    gone="author",
    gone_at=AT,
    sentiment=Sentiment(label="negative", score=-1, confidence=1),
    emotion=Emotion(label="angry"),
    aspects=(AspectOpinion(aspect="刹车", target=None, polarity="negative", confidence=1, evidence="刹车"),),
    brands=("lanstone",),
    products=("s7",),
    keywords=("异响",),
    intent="bought",
    voice=Voice.ORGANIC,
    tags=("投诉",),
    duplicate_group="weibo:9",
)
BARE = post("weibo:2")


@pytest.mark.parametrize(
    "query",
    [
        "平台：微博",
        "kind:post",
        "source:weibo.com",
        "author:某品牌官方",
        "author:WEIBO:p-01",
        "@某品牌官方",
        "followers:>=1.2万",
        "followers:12000",
        "verified:yes",
        "verified:机构",
        "region:广东",
        "region:深圳",
        'region:"广东 深圳"',
        'client:"iphone 15"',
        "has:edit",
        "gone:yes",
        "已消失：作者删除",
        "aspect:刹车",
        "aspect:刹车:负面",
        "sentiment:负面",
        "emotion:angry",
        "intent:bought",
        "voice:organic",
        "#澜石 刹车#",
        "keyword:异响",
        "tag:投诉",
        "lang:zh",
        "has:link has:image has:topic has:mention",
        "likes:100 reposts:1..3 comments:<3",
        "engagement:105",
        "after:2026-11-02",
        "before:2026-11-03",
        "id:weibo:1",
        "thread:weibo:t",
        "thread:weibo:1",
        "root:weibo:0",
        "root:weibo:1",
        "duplicate:weibo:9",
        "-views:0",
        "-views:>=0",
        "-has:video",
        "-aspect:刹车:positive",
        "-before:2026-11-02",
    ],
)
def test_fields_of_a_post_that_has_them(query: str) -> None:
    asked = parse(query)
    assert matches(asked.tree, FULL)
    assert not matches(parse(f"-({query})").tree, FULL)


@pytest.mark.parametrize(
    "field", [name for name in (*KEYWORDS, *NUMBERS) if name not in ("platform", "kind")]
)
def test_a_post_of_which_nothing_is_known_has_no_field(field: str) -> None:
    if field in NUMBERS:
        known = field == "engagement"  # what is unknown counts as 0 in the sum
        assert matches(Range(field, None, None), BARE) is known
        assert matches(Range(field, 0, 0), BARE) is known
    else:
        values = KEYWORDS[field].read(FULL)
        assert values
        assert matches(OneOf(field, values), FULL)
        assert not matches(OneOf(field, values), BARE)
        assert not matches(OneOf(field, ()), FULL)


def test_a_post_without_a_time_is_neither_after_nor_before() -> None:
    for query in ("after:1990-01-01", "before:2100-01-01"):
        assert not matches(parse(query).tree, BARE)
        assert matches(parse(f"-{query}").tree, BARE)


def test_every_field_a_store_keeps_can_be_asked_for() -> None:
    assert {*KEYWORDS, *NUMBERS, *IDS} - set(NAMES) == {"account"}


# --- The reference store -----------------------------------------------------------------------------


@pytest.fixture
def store() -> ReferenceStore:
    """Five posts an hour apart from midnight on, the third without a time; the first and fourth are copies."""
    store = ReferenceStore()
    store.write(
        Batch(
            [
                post(
                    "weibo:1",
                    "刹车刹车",
                    published_at=AT,
                    author=Author(id="a"),
                    engagement=Engagement(likes=5),
                ),
                post(
                    "weibo:2", "刹车", published_at=AT + timedelta(hours=1), engagement=Engagement(reposts=5)
                ),
                post("weibo:3", "刹车异响"),
                post(
                    "discuz:4",
                    "刹车刹车",
                    platform="discuz",
                    published_at=AT + timedelta(hours=3),
                    author=Author(id="b"),
                    duplicate_group="weibo:1",
                ),
                post("weibo:5", "x" * 200 + "刹车", published_at=AT + timedelta(days=31)),
            ]
        )
    )
    return store


def _ids(store: ReferenceStore, text: str, **asked: Any) -> list[str]:
    return [item.post.id for item in store.search(parse(text), **asked).items]


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        (Sort.NEWEST, ["weibo:5", "discuz:4", "weibo:2", "weibo:1", "weibo:3"]),
        (Sort.OLDEST, ["weibo:1", "weibo:2", "discuz:4", "weibo:5", "weibo:3"]),
        (Sort.ENGAGED, ["weibo:2", "weibo:1", "weibo:5", "discuz:4", "weibo:3"]),
        (Sort.RELEVANT, ["weibo:3", "weibo:2", "weibo:1", "discuz:4", "weibo:5"]),
    ],
)
def test_orders(store: ReferenceStore, sort: Sort, ids: list[str]) -> None:
    text = "刹车 OR 异响" if sort is Sort.RELEVANT else "刹车"
    assert _ids(store, text, sort=sort) == ids
    page, seen = store.search(parse(text), sort=sort, limit=2), []
    while page.cursor:
        seen += page.items
        page = store.search(parse(text), sort=sort, limit=2, after=page.cursor)
    assert [item.post.id for item in [*seen, *page.items]] == ids


def test_a_cursor_names_a_place_not_a_number(store: ReferenceStore) -> None:
    first = store.search(parse("刹车"), limit=2)
    store.write(Batch([post("weibo:6", "刹车", published_at=AT + timedelta(days=60))]))
    assert _ids(store, "刹车", limit=2, after=first.cursor) == ["weibo:2", "weibo:1"]


def test_ties_go_by_number(store: ReferenceStore) -> None:
    store.write(Batch([post(f"weibo:{n}", "异响", published_at=AT) for n in (30, 9, 100)]))
    assert _ids(store, "异响 after:2026-01-01") == ["weibo:9", "weibo:30", "weibo:100"]


def test_copies_are_folded_with_their_spread(store: ReferenceStore) -> None:
    hits = store.search(parse("刹车 duplicate:folded")).hits
    assert [hit.item.post.id for hit in hits] == ["weibo:5", "discuz:4", "weibo:2", "weibo:3"]
    assert hits[1].spread == Spread(2, 2, ("discuz", "weibo"), AT, AT + timedelta(hours=3))
    assert hits[3].spread == Spread(1, 0, ("weibo",), None, None)
    assert store.count(parse("刹车 duplicate:folded")) == 5
    narrow = store.search(parse("刹车 platform:weibo duplicate:folded")).hits
    assert narrow[2].spread == Spread(1, 1, ("weibo",), AT, AT)


@pytest.mark.parametrize(
    ("interval", "zone", "starts"),
    [
        (Interval.DAY, "Asia/Shanghai", [("2026-11-02", 3), ("2026-12-03", 1)]),
        (Interval.DAY, "UTC", [("2026-11-01", 3), ("2026-12-02", 1)]),
        (Interval.WEEK, "UTC", [("2026-10-26", 3), ("2026-11-30", 1)]),
        (Interval.MONTH, "Asia/Shanghai", [("2026-11-01", 3), ("2026-12-01", 1)]),
        (
            Interval.HOUR,
            "Asia/Kathmandu",
            [
                ("2026-11-01T21:00+05:45", 1),
                ("2026-11-01T22:00+05:45", 1),
                ("2026-11-02T00:00+05:45", 1),
                ("2026-12-02T21:00+05:45", 1),
            ],
        ),
    ],
)
def test_histograms(
    store: ReferenceStore, interval: Interval, zone: str, starts: list[tuple[str, int]]
) -> None:
    found = store.histogram(parse("刹车"), interval=interval, zone=zone)
    assert found == [Bucket(start, None, count) for start, count in starts]


def test_histograms_by_a_field_count_a_post_once_a_value(store: ReferenceStore) -> None:
    store.write(Batch([structs.replace(FULL, post=structs.replace(FULL.post, id="weibo:7"))]))
    found = store.histogram(parse(""), by="region", interval=Interval.MONTH)
    assert [(bucket.start, bucket.value, bucket.count) for bucket in found] == [
        ("2026-11-01", "广东", 1),
        ("2026-11-01", "广东 深圳", 1),
        ("2026-11-01", "深圳", 1),
        ("2026-11-01", None, 3),
        ("2026-12-01", None, 1),
    ]


def test_summaries(store: ReferenceStore) -> None:
    found = store.summary(parse("刹车"), ["platform", "region"], limit=1)
    assert (found.posts, found.authors) == (5, 2)
    assert found.values == {"platform": (Value("weibo", 4),), "region": ()}
    likes = found.counters["likes"]
    assert (likes.n, likes.sum, likes.p50, likes.max) == (1, 5, 5, 5)
    assert (found.counters["engagement"].n, found.counters["engagement"].p90) == (5, 5)
    assert found.counters["views"].p50 is None
    assert store.tally(parse(""), "platform", ["discuz", "feed"]) == {"discuz": 1, "feed": 0}


def test_counts_are_of_one_moment(store: ReferenceStore) -> None:
    assert store.counts([parse("刹车"), parse("异响"), Query("", parse("x").tree)]) == [5, 1, 1]
