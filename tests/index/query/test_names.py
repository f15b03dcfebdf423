"""What a query calls by the project's names: brands, lists, tags, saved searches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import QueryError
from core.project import EMPTY, SavedQuery, TagRule
from index.query import And, Equals, Node, Not, OneOf, Or, Query, Range, parse, parse_rule
from tests.index.query.asked import NOW, PROJECT, A, B, is_told, phrase, title

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
    is_told(text, position, said, PROJECT)


@pytest.mark.parametrize("text", ["brand:x", "product:x", "list:x", "saved:x"])
def test_a_project_without_names_says_where_they_are_written(text: str) -> None:
    is_told(text, 0, "the project has no", EMPTY)


def test_a_tag_rule_means_the_same_every_day() -> None:
    def rule(text: str) -> Query:
        return parse_rule(TagRule(id="t", title=title("标", "T"), query=text), PROJECT)

    assert rule("brand:lanstone likes>5").tree == And((*_LANSTONE.parts, Range("likes", 6, None)))  # type: ignore[union-attr]
    for text in ("a tag:complaint", "a within:7d", "saved:week", "a duplicate:folded", "saved:once"):
        with pytest.raises(QueryError):
            rule(text)


def test_saved_searches_may_lie_in_one_another_a_while() -> None:
    chain = tuple(
        SavedQuery(id=f"q{n}", title=title(f"q{n}", f"q{n}"), query=f"x{n} saved:q{n + 1}" if n < 12 else "x")
        for n in range(13)
    )
    project = replace(EMPTY, queries=chain)
    assert parse("saved:q4", project).tree == parse("x4 x5 x6 x7 x8 x9 x10 x11 x").tree
    with pytest.raises(QueryError, match="nested too deep"):
        parse("saved:q0", project)
