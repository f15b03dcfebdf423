"""A project whose queries call things by name, and what the tests of queries share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import QueryError
from core.project import EMPTY, AccountList, Brand, Product, Project, SavedQuery, TagRule, Title
from index.query import Literal, parse

NOW = datetime(2026, 11, 8, 12, tzinfo=UTC)


def word(text: str) -> Literal:
    return Literal(text)


def phrase(text: str) -> Literal:
    return Literal(text, quoted=True)


A, B, C = word("a"), word("b"), word("c")


def title(zh: str, en: str) -> Title:
    return Title(zh=zh, en=en)


PROJECT = replace(
    EMPTY,
    brands=(
        Brand(
            id="lanstone",
            title=title("澜石", "Lanstone Motors"),
            names=("澜石", "Lanstone"),
            exclude=("澜石街道",),
            products=(Product(id="s7", names=("澜石S7", "小石头"), exclude=("小石头妈妈",)),),
        ),
        Brand(id="twin", title=title("双子", "Twin"), names=("双子", "石头"), exclude=()),
        Brand(id="other", title=title("别家", "Other"), names=("石头", "别家")),
    ),
    queries=(
        SavedQuery(id="brakes", title=title("刹车问题", "Brake trouble"), query="brand:lanstone (a OR b)"),
        SavedQuery(id="week", title=title("本周", "This week"), query="within:7d saved:brakes"),
        SavedQuery(id="once", title=title("不重复", "Once"), query="a duplicate:folded"),
        SavedQuery(id="egg", title=title("蛋", "Egg"), query="saved:hen"),
        SavedQuery(id="hen", title=title("鸡", "Hen"), query="saved:egg"),
        SavedQuery(id="open", title=title("没写完", "Open"), query="(a"),
        SavedQuery(id="empty", title=title("空", "Empty"), query=" "),
    ),
    lists=(
        AccountList(id="dealers", title=title("经销商", "Dealers"), accounts=("@甲店", "乙店", "weibo:p-1")),
    ),
    tags=(TagRule(id="complaint", title=title("投诉", "Complaint"), query="a"),),
)


def is_told(text: str, position: int, said: str, project: Project) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, project, now=NOW)
    assert caught.value.position == position
    assert caught.value.query == text
    assert said in str(caught.value)
    assert caught.value.zh != str(caught.value)
    assert caught.value.exit_code == 2
