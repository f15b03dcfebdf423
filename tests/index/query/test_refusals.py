"""A query that cannot be read says where and what to write instead; nothing else is ever raised."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import QueryError
from core.project import EMPTY
from index.query import Literal, Not, Or, explain, parse
from tests.index.made import MARKS, SIGNS
from tests.index.query.asked import NOW, PROJECT, A, is_told


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
    is_told(text, position, said, EMPTY)


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
    *'()"“”：:#@*|-', " OR ", " AND ", "NOT ", " NEAR/2 ", " ONEAR ", "2026-11-01", "1万", "..", ">", "7d", "brand:", "saved:",
    "list:", "w:", "platform:", "after:", "within:", "likes:", "点赞数", "duplicate:folded", "lanstone", "brakes", "once", "egg",
]  # fmt: skip
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
