"""The query language: what is read, and how errors help."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import QueryError
from core.project import EMPTY
from index.query import EVERYTHING, After, And, Before, Equals, Literal, Node, Not, Or, Query, parse
from tests.index.made import MARKS, SIGNS, queries


def word(text: str) -> Literal:
    return Literal(text)


def phrase(text: str) -> Literal:
    return Literal(text, quoted=True)


A, B, C = word("a"), word("b"), word("c")


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
        ("U.S.A. 刹车*", And((word("U.S.A"), word("刹车")))),
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
    ],
)
def test_what_is_read(text: str, tree: Node) -> None:
    assert parse(text).tree == tree


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


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("platfrom:weibo", 0, "did you mean platform:"),
        ("a xyz:b", 2, "known are platform, kind"),
        ("note: hello", 0, "in quotes"),
        ("(a", 0, "add )"),
        ("a (b (c)", 2, "character 3"),
        ("a)", 1, "closes nothing"),
        ("()", 0, "holds nothing"),
        ("a (", 2, "holds nothing"),
        ('a "b', 2, "closing quote"),
        ("“b", 0, "closing quote"),
        ('""', 0, "holds no word"),
        ('a "\u3000"', 2, "holds no word"),
        ("。。。", 0, "nothing to search for"),
        ("-", 0, "nothing to search for"),
        ("a OR", 2, "right"),
        ("OR a", 0, "left"),
        ("a AND OR b", 6, "left"),
        ("a OR AND b", 5, "left"),
        ("NOT", 0, "right"),
        ("a (OR b)", 3, "left"),
        ("after:2026-13-01", 0, "2026-11-01"),
        ("after:2026-02-30", 0, "is not a date"),
        ("before:yesterday", 0, "is not a date"),
        ("after:0001-01-01", 0, "is not a date"),
        ("kind:repots", 0, "did you mean repost?"),
        ("sentiment:good", 0, "positive, neutral, negative"),
        ("author:", 0, "needs a value"),
        ("author: )", 0, "needs a value"),
        ("platform: OR b", 0, "needs a value"),
        ('topic:"# "', 0, "nothing to look for"),
    ],
)
def test_errors_say_where_and_what_instead(text: str, position: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.query == text
    assert said in str(caught.value)
    assert caught.value.zh != str(caught.value)
    assert caught.value.exit_code == 2


def test_long_queries_are_read() -> None:
    terms = [f"词{number}" for number in range(500)]
    tree = parse(" OR ".join(terms)).tree
    assert isinstance(tree, Or)
    assert len(tree.parts) == 500
    assert isinstance(parse("澜" * 4_000).tree, Literal)
    assert parse("(" * 90 + "a" + ")" * 90).tree == A
    assert parse("NOT " * 801 + "a").tree == Not(A)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "(" * 101 + "a" + ")" * 101,
        "a " * 1_001,
        "a" * 8_001,
        "a OR (b AND (" * 15 + "c" + "))" * 15,
        "NOT (a " * 30 + "b" + ")" * 30,
    ],
)
def test_bounds_are_told(text: str) -> None:
    with pytest.raises(QueryError, match="accepted"):
        parse(text)


_PARTS = [
    "(",
    ")",
    '"',
    "“",
    "”",
    " OR ",
    " AND ",
    "NOT ",
    "-",
    "#",
    "：",
    ":",
    "platform:",
    "after:",
    "2026-11-01",
]
_scraps = st.lists(st.sampled_from([*_PARTS, "a", "米", " ", "\n", "|"]) | st.text(max_size=3), max_size=30)


@given(_scraps.map("".join) | st.text() | st.text(alphabet=SIGNS + MARKS + '()"|:#'))
@example("#\x00#")
@settings(max_examples=500)
def test_nothing_but_query_errors_is_raised(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        query, position = None, error.position
    else:
        position = 0
    assert 0 <= position <= len(text)
    assert query is None or parse(query.text) == query


@given(queries, queries, st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)))  # noqa: DTZ001
def test_queries_joined_say_so_in_their_text(a: str, b: str, until: datetime | None) -> None:
    if until is not None and until.year > 2199:
        until = None
    joined = Query.all_of(parse(a), parse(b)).within(None, until)
    assert parse(joined.text).tree == joined.tree


def test_within() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    query = parse("a OR b").within(since, since + timedelta(days=1))
    assert query.text == "(a OR b) after:2026-11-01T00:00:00Z before:2026-11-02T00:00:00Z"
    assert query.tree == And((Or((A, B)), After(since), Before(since + timedelta(days=1))))
    assert parse("").within(since, None).text == "after:2026-11-01T00:00:00Z"
    assert parse("a").within(None, None) == parse("a")
