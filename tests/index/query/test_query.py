"""The query language: what is read, and how errors help."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import QueryError
from core.project import EMPTY, AccountList, Brand, Product, Project, SavedQuery, TagRule, Title
from index.query import (
    EVERYTHING,
    After,
    And,
    Before,
    Equals,
    Literal,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Prefix,
    Query,
    Range,
    Word,
    explain,
    parse,
    parse_rule,
)
from tests.index.made import MARKS, SIGNS, queries

NOW = datetime(2026, 11, 8, 12, tzinfo=UTC)


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


def _title(zh: str, en: str) -> Title:
    return Title(zh=zh, en=en)


PROJECT = replace(
    EMPTY,
    brands=(
        Brand(
            id="lanstone",
            title=_title("澜石", "Lanstone Motors"),
            names=("澜石", "Lanstone"),
            exclude=("澜石街道",),
            products=(Product(id="s7", names=("澜石S7", "小石头"), exclude=("小石头妈妈",)),),
        ),
        Brand(id="twin", title=_title("双子", "Twin"), names=("双子", "石头"), exclude=()),
        Brand(id="other", title=_title("别家", "Other"), names=("石头", "别家")),
    ),
    queries=(
        SavedQuery(id="brakes", title=_title("刹车问题", "Brake trouble"), query="brand:lanstone (a OR b)"),
        SavedQuery(id="week", title=_title("本周", "This week"), query="within:7d saved:brakes"),
        SavedQuery(id="once", title=_title("不重复", "Once"), query="a duplicate:folded"),
        SavedQuery(id="egg", title=_title("蛋", "Egg"), query="saved:hen"),
        SavedQuery(id="hen", title=_title("鸡", "Hen"), query="saved:egg"),
        SavedQuery(id="open", title=_title("没写完", "Open"), query="(a"),
        SavedQuery(id="empty", title=_title("空", "Empty"), query=" "),
    ),
    lists=(
        AccountList(id="dealers", title=_title("经销商", "Dealers"), accounts=("@甲店", "乙店", "weibo:p-1")),
    ),
    tags=(TagRule(id="complaint", title=_title("投诉", "Complaint"), query="a"),),
)
_LANSTONE = parse(PROJECT.brands[0].query()).tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("brand:lanstone", _LANSTONE),
        ("品牌：瀾石", _LANSTONE),
        ("brand:LANSTONE", _LANSTONE),
        ('brand:"lanstone motors"', _LANSTONE),
        ("-brand:lanstone", Not(_LANSTONE)),
        ("brand:双子", Or((phrase("双子"), phrase("石头")))),
        (
            "product:小石头",
            And((Or((phrase("澜石S7"), phrase("小石头"))), Not(phrase("小石头妈妈")))),
        ),
        ("product:S7", parse('("澜石S7" OR "小石头") -"小石头妈妈"').tree),
        ("list:dealers", OneOf("author", ("甲店", "乙店", "weibo:p-1"))),
        ("名单：经销商", OneOf("author", ("甲店", "乙店", "weibo:p-1"))),
        ("tag:投诉", Equals("tag", "complaint")),
        ("saved:brakes", parse(f"{PROJECT.brands[0].query()} (a OR b)").tree),
        ("已存：刹车问题 c", parse(f"{PROJECT.brands[0].query()} (a OR b) c").tree),
        ("saved:week", parse(f"within:7d {PROJECT.brands[0].query()} (a OR b)", now=NOW).tree),
        ("saved:once b", And((A, B))),
    ],
)
def test_what_the_project_calls_by_name(text: str, tree: Node) -> None:
    query = parse(text, PROJECT, now=NOW)
    assert query.tree == tree
    assert query.folded is ("once" in text)
    assert parse(query.text, PROJECT, now=NOW) == query


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("a brand:lanston", 2, "did you mean lanstone?"),
        ("brand:nobody", 0, "are lanstone, twin, other"),
        ("brand:石头", 0, "twin, other"),
        ("product:s8", 0, "did you mean s7?"),
        ("list:shops", 0, "dealers"),
        ("tag:spam", 0, "complaint"),
        ("saved:brake", 0, "did you mean brakes?"),
        ("a saved:egg", 2, "asks for itself"),
        ("saved:open", 0, "add )"),
        ("saved:empty", 0, "no query"),
        ("a OR saved:once", 5, "folds"),
    ],
)
def test_names_the_project_does_not_know(text: str, position: int, said: str) -> None:
    _is_told(text, position, said, PROJECT)


@pytest.mark.parametrize("text", ["brand:x", "product:x", "list:x", "saved:x"])
def test_a_project_without_names_says_where_they_are_written(text: str) -> None:
    _is_told(text, 0, "the project has no", EMPTY)


def test_a_tag_rule_means_the_same_every_day() -> None:
    def rule(text: str) -> Query:
        return parse_rule(TagRule(id="t", title=_title("标", "T"), query=text), PROJECT)

    assert rule("brand:lanstone likes>5").tree == And((*_LANSTONE.parts, Range("likes", 6, None)))  # type: ignore[union-attr]
    for text in ("a tag:complaint", "a within:7d", "saved:week", "a duplicate:folded", "saved:once"):
        with pytest.raises(QueryError):
            rule(text)


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
        ("a xyz:b", 2, "known are w, platform, kind"),
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
        ("a likes>many", 2, "100..500"),
        ("likes:", 0, "needs a value"),
        ("likes:1.5", 0, "is no count"),
        ("likes:9..3", 0, "smaller one first"),
        ("likes:<0", 0, "no number is in"),
        ("likes:>3..5", 0, "is no count"),
        ("likes:..", 0, "is no count"),
        ("views:99999999999999999999", 0, "is no count"),
        ("emotion:hapy", 0, "did you mean happy?"),
        ("情绪：高心", 0, "did you mean 高兴?"),
        ("has:pictures", 0, "link, image, video"),
        ("verified:maybe", 0, "yes, no, person"),
        ("aspect:刹车:bad", 0, "positive, neutral, negative"),
        ("aspect::negative", 0, "nothing to look for"),
        ("within:fortnight", 0, "7d"),
        ("id:123", 0, "weibo:"),
        ("duplicate:fold", 0, "folded"),
        ('w:"！"', 0, "nothing to look for"),
        ("w:刹*", 0, "write 刹*"),
        ("a OR duplicate:folded", 5, "AND"),
        ("-duplicate:folded", 1, "AND"),
        ("NEAR a", 0, "left"),
        ("a NEAR", 2, "right"),
        ("a NEAR/101 b", 2, "from 0 to 100"),
        ("a ONEAR/x b", 2, "ONEAR/5"),
        ("a NEAR/ b", 2, "from 0 to 100"),
        ("a NEAR w:b", 2, "w:b is a whole word"),
        ("a NEAR b*", 2, "b* is a beginning"),
        ("a NEAR likes:5", 2, "likes:5 is a field"),
        ("#a# NEAR b", 4, "#a# is a field"),
        ("a NEAR -b", 2, "NOT cannot stand there"),
        ("a NEAR (b c)", 2, "AND or NOT"),
        ("a NEAR (b OR c NEAR d)", 2, "another NEAR"),
        ("小米 NEAR/3 小米", 3, "both sides"),
        ("A NEAR (b OR a)", 2, "both sides"),
    ],
)
def test_errors_say_where_and_what_instead(text: str, position: int, said: str) -> None:
    _is_told(text, position, said, EMPTY)


def _is_told(text: str, position: int, said: str, project: Project) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, project, now=NOW)
    assert caught.value.position == position
    assert caught.value.query == text
    assert said in str(caught.value)
    assert caught.value.zh != str(caught.value)
    assert caught.value.exit_code == 2


def test_a_span_back_from_now_needs_a_now() -> None:
    with pytest.raises(QueryError, match="after:2026-11-01"):
        parse("within:7d")


def test_long_queries_are_read() -> None:
    terms = [f"词{number}" for number in range(500)]
    tree = parse(" OR ".join(terms)).tree
    assert isinstance(tree, Or)
    assert len(tree.parts) == 500
    assert isinstance(parse("澜" * 4_000).tree, Literal)
    assert parse("(" * 90 + "a" + ")" * 90).tree == A
    assert parse("NOT " * 801 + "a").tree == Not(A)
    pairs = parse(f"({' OR '.join(terms[:20])}) NEAR/5 ({' OR '.join(terms[20:40])})").tree
    assert isinstance(pairs, Or)
    assert len(pairs.parts) == 400


def test_saved_searches_may_lie_in_one_another_a_while() -> None:
    chain = tuple(
        SavedQuery(
            id=f"q{n}", title=_title(f"q{n}", f"q{n}"), query=f"x{n} saved:q{n + 1}" if n < 12 else "x"
        )
        for n in range(13)
    )
    project = replace(EMPTY, queries=chain)
    assert parse("saved:q4", project).tree == parse("x4 x5 x6 x7 x8 x9 x10 x11 x").tree
    with pytest.raises(QueryError, match="nested too deep"):
        parse("saved:q0", project)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "(" * 101 + "a" + ")" * 101,
        "a " * 1_001,
        "a" * 8_001,
        "a OR (b AND (" * 15 + "c" + "))" * 15,
        "NOT (a " * 30 + "b" + ")" * 30,
        f"({' OR '.join(f'a{n}' for n in range(21))}) NEAR ({' OR '.join(f'b{n}' for n in range(20))})",
        " ".join(
            f"({' OR '.join(f'x{n}' for n in range(20))}) NEAR/{k} ({' OR '.join(f'y{n}' for n in range(20))})"
            for k in range(5)
        ),
    ],
)
def test_bounds_are_told(text: str) -> None:
    with pytest.raises(QueryError, match="accepted"):
        parse(text)


_PARTS = [
    *('()"“”：:#@*|-'),
    " OR ",
    " AND ",
    "NOT ",
    " NEAR/2 ",
    " ONEAR ",
    "2026-11-01",
    "1万",
    "..",
    ">",
    "7d",
]
_PARTS += [
    "brand:",
    "saved:",
    "list:",
    "w:",
    "platform:",
    "after:",
    "within:",
    "likes:",
    "点赞数",
    "duplicate:folded",
]
_PARTS += ["lanstone", "brakes", "once", "egg"]
_scraps = st.lists(st.sampled_from([*_PARTS, "a", "米", " ", "\n", "|"]) | st.text(max_size=3), max_size=30)


@given(_scraps.map("".join) | st.text() | st.text(alphabet=SIGNS + MARKS + '()"|:#'))
@example("#\x00#")
@example("saved:once OR a")
@settings(max_examples=500)
def test_nothing_but_query_errors_is_raised(text: str) -> None:
    try:
        query = parse(text, PROJECT, now=NOW)
    except QueryError as error:
        query, position = None, error.position
    else:
        position = 0
    assert 0 <= position <= len(text)
    if query is not None:
        assert parse(query.text, PROJECT, now=NOW) == query
        assert explain(query, "en").startswith(("Posts that", "Every post"))
        assert explain(query, "zh").startswith(("帖子：", "全部帖子"))


@given(queries, queries, st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)))  # noqa: DTZ001
def test_queries_joined_say_so_in_their_text(a: str, b: str, until: datetime | None) -> None:
    if until is not None and until.year > 2199:
        until = None
    joined = Query.all_of(parse(a), parse(b)).within(None, until)
    assert parse(joined.text) == joined
    assert parse(joined.text).tree == joined.tree


def test_no_topic_arises_where_queries_meet() -> None:
    assert parse(Query.all_of(parse("#a"), parse("b#")).text).tree == And((word("#a"), word("b#")))


def test_within() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    query = parse("a OR b").within(since, since + timedelta(days=1))
    assert query.text == "(a OR b) after:2026-11-01T00:00:00Z before:2026-11-02T00:00:00Z"
    assert query.tree == And((Or((A, B)), After(since), Before(since + timedelta(days=1))))
    assert parse("").within(since, None).text == "after:2026-11-01T00:00:00Z"
    assert parse("a").within(None, None) == parse("a")
