"""The query language: the tree that is read from a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.project import EMPTY
from index.query import (
    EVERYTHING,
    After,
    And,
    Before,
    Equals,
    Near,
    Node,
    Not,
    Or,
    Prefix,
    Query,
    Range,
    Word,
    parse,
)
from tests.index.query.asked import NOW, A, B, C, phrase, word


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", EVERYTHING),
        ("  \n", EVERYTHING),
        ("澜石", word("澜石")),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b", Or((A, B))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("a NOT b", And((A, Not(B)))),
        ("NOT a", Not(A)),
        ("-a", Not(A)),
        ("a -b -(b OR c)", And((A, Not(B), Not(Or((B, C)))))),
        ('a -"b c"', And((A, Not(phrase("b c"))))),
        ("NOT NOT a", A),
        ("NOT NOT NOT a", Not(A)),
        ("a OR NOT b", Or((A, Not(B)))),
        ("((a))", A),
        ("a a", A),
        ("a AND (b AND c)", And((A, B, C))),
        ("and or not", And((word("and"), word("or"), word("not")))),
        # full-width marks and other people's habits
        ("（a　ＯＲ　b）", Or((A, B))),
        ("a｜b|c || a", Or((A, B, C))),
        ("a && b & c", And((A, B, C))),
        ("a，b、c。", And((A, B, C))),
        ("a －b", And((A, Not(B)))),
        ("“你好，世界”", phrase("你好，世界")),
        ("「你好」『世界』", And((phrase("你好"), phrase("世界")))),
        ('"a b"c', And((phrase("a b"), C))),
        ('"?!"', phrase("?!")),
        # punctuation inside a word belongs to it, alone it is nothing
        ("Wi-Fi", word("Wi-Fi")),
        ("AT&T H&M", And((word("AT&T"), word("H&M")))),
        ("C++ 50% 3,000", And((word("C++"), word("50%"), word("3,000")))),
        ("12:30", word("12:30")),
        ("https://t.cn/abc?d=e", word("https://t.cn/abc?d=e")),
        ("a - b ... ! + = /", And((A, B))),
        ("a, b; 'c'", And((A, B, C))),
        ("U.S.A. '刹车'", And((word("U.S.A"), word("刹车")))),
        ("**刹车**", word("刹车")),
        ("$99 $ ￥", And((word("$99"), word("￥")))),
        ("😂", word("😂")),
        ("客服:你好", word("客服:你好")),
        # topics and fields
        ("#澜石刹车#", Equals("topic", "澜石刹车")),
        ("＃澜石 刹车＃", Equals("topic", "澜石 刹车")),
        ("-#甲#", Not(Equals("topic", "甲"))),
        ("C# F#", And((word("C#"), word("F#")))),
        ("#tag", word("#tag")),
        ("topic:#甲#", Equals("topic", "甲")),
        ("话题：甲", Equals("topic", "甲")),
        ("platform:Weibo", Equals("platform", "weibo")),
        ("平台：微博", Equals("platform", "weibo")),
        ("PLATFORM: weibo", Equals("platform", "weibo")),
        ("kind:repost", Equals("kind", "repost")),
        ("类型:转发", Equals("kind", "repost")),
        ("sentiment:Negative", Equals("sentiment", "negative")),
        ("情感：负面", Equals("sentiment", "negative")),
        ('author:"某品牌 官方"', Equals("author", "某品牌 官方")),
        ("author:@小明", Equals("author", "小明")),
        ("author:weibo:p-0123", Equals("author", "weibo:p-0123")),
        ("-platform:weibo", Not(Equals("platform", "weibo"))),
        ('"platform:weibo"', phrase("platform:weibo")),
        # whole words, beginnings, nearness
        ("w:和服", Word(("和服",))),
        ("整词：ＳＵ7", Word(("su7",))),
        ('w:"刹车 異響"', Word(("刹车", "异响"))),
        ('w:"刹车，异响"', Word(("刹车,异响",))),
        ("刹车*", Prefix("刹车")),
        ("ＳＵ＊", Prefix("su")),
        ("-刹车* -w:a", And((Not(Prefix("刹车")), Not(Word(("a",)))))),
        ("a NEAR/5 b", Near(A, B, 5)),
        ("a NEAR b", Near(A, B, 10)),
        ("a ＮＥＡＲ／５ b", Near(A, B, 5)),
        ("a ONEAR/0 b", Near(A, B, 0, ordered=True)),
        ("a NEAR/100 “b c”", Near(A, phrase("b c"), 100)),
        ("a NEAR/1 b NEAR/2 c", And((Near(A, B, 1), Near(B, C, 2)))),
        ("(a OR b) NEAR/3 c", Or((Near(A, C, 3), Near(B, C, 3)))),
        ("c NEAR/3 (a OR (b))", Or((Near(C, A, 3), Near(C, B, 3)))),
        ("-a NEAR/3 b c", And((Not(Near(A, B, 3)), C))),
        ("a NEAR/3 b OR c", Or((Near(A, B, 3), C))),
        ("a near b", And((A, word("near"), B))),
        ("NEARBY", word("NEARBY")),
        # accounts, topics
        ("@小明", Equals("author", "小明")),
        ("-＠小明", Not(Equals("author", "小明"))),
        ("a@b.c", word("a@b.c")),
        ("@小明：你好", word("@小明：你好")),
        ('"@小明"', phrase("@小明")),
        # every other field
        ("source:https://www.Example.org/a?b", Equals("source", "example.org")),
        ("站点：example.org", Equals("source", "example.org")),
        ("verified:yes", Equals("verified", "yes")),
        ("认证：机构", Equals("verified", "organisation")),
        ("verified:达人", Equals("verified", "expert")),
        ("region:廣東", Equals("region", "广东")),
        ("客户端：iPhone", Equals("client", "iphone")),
        ("aspect:刹车", Equals("aspect", "刹车")),
        ("aspect:Price", Equals("aspect", "价格")),
        (
            "aspect:ingredients:negative",
            Or((Equals("aspect", "成分:negative"), Equals("aspect", "食材:negative"))),
        ),
        ("属性：刹车：负面", Equals("aspect", "刹车:negative")),
        ('aspect:"刹车 : Positive"', Equals("aspect", "刹车:positive")),
        ("emotion:愤怒", Equals("emotion", "angry")),
        ("意向：已购", Equals("intent", "bought")),
        ("voice:网友", Equals("voice", "organic")),
        ("keyword:异响", Equals("keyword", "异响")),
        ('keyword:"AND"', Equals("keyword", "and")),
        ("tag:投诉", Equals("tag", "投诉")),
        ("lang:中文", Equals("lang", "zh")),
        ("has:link 带有：图片", And((Equals("has", "link"), Equals("has", "image")))),
        ("has:修改", Equals("has", "edit")),
        ("gone:yes -已消失：被屏蔽", And((Equals("gone", "yes"), Not(Equals("gone", "blocked"))))),
        ("id:weibo:12", Equals("id", "weibo:12")),
        ("编号：weibo：Ab", Equals("id", "weibo:Ab")),
        ("thread:d:1", Or((Equals("thread", "d:1"), Equals("id", "d:1")))),
        ("原帖：w:1", Or((Equals("root", "w:1"), Equals("id", "w:1")))),
        ("duplicate:weibo:7", Equals("duplicate", "weibo:7")),
        # counts
        ("likes:100", Range("likes", 100, 100)),
        ("likes:>100", Range("likes", 101, None)),
        ("likes>100", Range("likes", 101, None)),
        ("reposts:>=1万", Range("reposts", 10_000, None)),
        ("转发数≥1.5万", Range("reposts", 15_000, None)),
        ("评论数：＜ 1,000", Range("comments", None, 999)),
        ("views:<=2亿", Range("views", None, 200_000_000)),
        ("followers:1k..5k", Range("followers", 1_000, 5_000)),
        ("followers:100..", Range("followers", 100, None)),
        ("互动数:..7", Range("engagement", None, 7)),
        ("likes:0", Range("likes", 0, 0)),
        # spans of time
        ("within:7d", After(NOW - timedelta(days=7))),
        ("within:24h", After(NOW - timedelta(hours=24))),
        ("最近：2周", After(NOW - timedelta(weeks=2))),
        ("within:3个小时", After(NOW - timedelta(hours=3))),
    ],
)
def test_what_is_read(text: str, tree: Node) -> None:
    query = parse(text, now=NOW)
    assert query.tree == tree
    assert parse(query.text, now=NOW) == query


@pytest.mark.parametrize(
    ("text", "tree"), [("duplicate:folded", EVERYTHING), ("a 重复：折叠", A), ("(a duplicate:folded)", A)]
)
def test_folding_is_of_the_whole_result(text: str, tree: Node) -> None:
    query = parse(text)
    assert query.folded
    assert query.tree == tree
    assert parse(Query.all_of(parse("b"), query).text).folded
    assert not parse("a").folded


_EAST = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=_EAST)),
        ("2026-1-1", datetime(2026, 1, 1, tzinfo=_EAST)),
        ("2026/11/01", datetime(2026, 11, 1, tzinfo=_EAST)),
        ("20261101", datetime(2026, 11, 1, tzinfo=_EAST)),
        ("2026年11月1日", datetime(2026, 11, 1, tzinfo=_EAST)),
        ("２０２６－１１－０１", datetime(2026, 11, 1, tzinfo=_EAST)),
        ("2026-11-01T08:30", datetime(2026, 11, 1, 8, 30, tzinfo=_EAST)),
        ('"2026-11-01 08:30:15"', datetime(2026, 11, 1, 8, 30, 15, tzinfo=_EAST)),
        ("2026-11-01T08:30:15.25Z", datetime(2026, 11, 1, 8, 30, 15, 250_000, tzinfo=UTC)),
        ("2026-11-01T08:30+01:00", datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
    ],
)
def test_dates(text: str, moment: datetime) -> None:
    assert parse(f"after:{text}").tree == After(moment.astimezone(UTC))
    assert parse(f"早于：{text}").tree == Before(moment.astimezone(UTC))


def test_a_day_is_the_projects() -> None:
    berlin = replace(EMPTY, timezone="Europe/Berlin")
    assert parse("after:2026-07-01", berlin).tree == After(datetime(2026, 6, 30, 22, tzinfo=UTC))
