"""What a click on a facet does to a query's text: one condition more or less, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from core.errors import UsageError
from index.query import parse
from index.query.tree import all_of
from tests.web.conftest import PROJECT
from web.refining import added, conditions, spelled, without

read = partial(parse, project=PROJECT, now=datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "clause", "expected"),
    [
        ("", "kind:post", "kind:post"),
        ("  ", "kind:post", "kind:post"),
        ("刹车", "sentiment:negative", "刹车 sentiment:negative"),
        ("刹车 异响", "-kind:post", "刹车 异响 -kind:post"),
        ("刹车 OR 异响", "kind:post", "(刹车 OR 异响) kind:post"),
        ("(刹车 OR 异响)", "kind:post", "(刹车 OR 异响) kind:post"),
        ("a OR b c", "kind:post", "(a OR b c) kind:post"),
        ("NOT (a OR b)", "kind:post", "NOT (a OR b) kind:post"),
        ("刹车 kind:post", "kind:post", "刹车 kind:post"),
        ("C# 教程", 'topic:"c#"', 'C# 教程\ntopic:"c#"'),
        ("brand:lanshi", "saved:brakes", "brand:lanshi saved:brakes"),
        ("刹车", "after:2026-11-01 before:2026-11-02", "刹车 after:2026-11-01 before:2026-11-02"),
        ("刹车", "duplicate:folded", "刹车 duplicate:folded"),
    ],
)
def test_a_clause_more(text: str, clause: str, expected: str) -> None:
    whole = added(read(text), text, clause)
    assert whole == expected
    assert read(whole).tree == all_of([read(text).tree, read(clause).tree])


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("刹车 sentiment:negative", "sentiment:negative", "刹车"),
        ("sentiment:negative 刹车", "sentiment:negative", "刹车"),
        ("刹车 sentiment:negative 异响", "sentiment:negative", "刹车 异响"),
        ("sentiment:negative AND 刹车", "sentiment:negative", "刹车"),
        ("刹车 AND sentiment:negative", "sentiment:negative", "刹车"),
        ("刹车 AND sentiment:negative AND 异响", "sentiment:negative", "刹车 AND 异响"),
        ("刹车 -kind:post", "-kind:post", "刹车"),
        ("刹车 NOT kind:post 异响", "-kind:post", "刹车 异响"),
        ("刹车 AND NOT kind:post", "-kind:post", "刹车"),
        ("kind:post", "kind:post", ""),
        ("-kind:post", "-kind:post", ""),
        ("(刹车 OR 异响) kind:post", "kind:post", "(刹车 OR 异响)"),
        ("(kind:post) 刹车", "kind:post", "刹车"),
        ("刹车 (kind:post 异响)", "kind:post", "刹车 (异响)"),
        ('刹车 region:"广东 深圳"', 'region:"广东 深圳"', "刹车"),
        ("刹车 likes:>100 within:7d", "within:7d", "刹车 likes:>100"),
        ("刹车 duplicate:folded", "duplicate:folded", "刹车"),
        ("刹车 kind:reply", "kind:post", "刹车 kind:reply"),
    ],
)
def test_a_condition_less(text: str, key: str, expected: str) -> None:
    assert without(read(text), text, key, read) == expected


def test_what_stands_under_an_or_binds_nothing_and_is_not_taken_out() -> None:
    text = "kind:post OR 刹车"
    assert conditions(read(text)) == ()
    assert without(read(text), text, "kind:post", read) == text


def test_what_is_wrapped_up_is_cut_out_whole() -> None:
    text = "刹车 NOT (NOT kind:post) ((-kind:reply)) AND (-(lang:zh))"
    for one in conditions(read(text)):
        rest = without(read(text), text, one.key, read)
        assert {left.key for left in conditions(read(rest))} == {
            left.key for left in conditions(read(text)) if left != one
        }


def test_a_cut_that_would_change_the_rest_is_refused() -> None:
    typed = read("刹车 kind:post")
    with pytest.raises(UsageError, match="edit the query"):
        without(typed, "刹车 kind:post OR 异响", "kind:post", read)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("platform", "weibo"), ("region", "广东 深圳"), ("topic", "澜石刹车"), ("topic", "a (b) OR c"), ("author", "weibo:p-12ab"),
        ("topic", "c#"), ("keyword", "-x"), ("keyword", "a*"), ("topic", 'say "hi"'), ("aspect", "刹车"),
        ("topic", "“引”"), ("client", "iphone 15, pro"), ("keyword", "note:x"), ("source", "bbs.example.org"), ("topic", "<b>x</b>"),
    ],
)  # fmt: skip
def test_every_value_can_be_asked_for(field: str, value: str) -> None:
    clause = spelled(field, value)
    assert clause is not None
    node = read(clause).tree
    assert (node.field, node.value) == (field, read(f"{field}:「{value}」").tree.value)  # type: ignore[union-attr]


def test_what_no_quotes_hold_is_not_asked_for() -> None:
    assert spelled("topic", '"」』') is None
