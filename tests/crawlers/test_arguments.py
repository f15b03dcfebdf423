"""Spider arguments come as text and leave as what they mean, or with a clear word."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import UsageError
from crawlers import registry

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEIBO = registry.source("weibo")


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("hot", "true", True),
        ("hot", "是", True),
        ("hot", "0", False),
        ("hot", True, True),
        ("search", "青禾E5;  下雪；#省考#", ("青禾E5", "下雪", "#省考#")),
        ("search", ["青禾E5", "下雪"], ("青禾E5", "下雪")),
        ("search", "下雪;下雪", ("下雪",)),
        ("since", "2026-11-21", datetime(2026, 11, 20, 16, tzinfo=UTC)),
        ("since", "2026-11-21T09:00", datetime(2026, 11, 21, 1, tzinfo=UTC)),
        ("since", "2026-11-21T09:00:00Z", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("since", "30d", datetime(2026, 10, 22, 12, tzinfo=UTC)),
        ("since", "12h", datetime(2026, 11, 21, 0, tzinfo=UTC)),
        ("since", "2周", datetime(2026, 11, 7, 12, tzinfo=UTC)),
        ("depth", "comments, reposts", ("comments", "reposts")),
        ("depth", "", ()),
        ("max_pages", "3", 3),
    ],
)
def test_a_value_is_read(name: str, given: object, value: object) -> None:
    assert WEIBO.read({name: given}, now=NOW) == {name: value}


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("hot", "maybe", "wants true or false"),
        ("search", " ; ", "is empty"),
        ("search", "@/nowhere/at/all", "is not a file"),
        ("since", "yesterday", "a span like 30d"),
        ("depth", "coments", "choose of comments, reposts, longtext, profile"),
        ("max_pages", "-1", "whole number"),
        ("seeds", "/nowhere/at/all", "is not a file"),
        ("query", "x", "known are hot, search"),
    ],
)
def test_a_wrong_value_says_what_is_accepted(name: str, given: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        WEIBO.read({name: given})
    assert told in str(caught.value)


def test_a_file_of_values(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeff#! a remark\n#省考#\n\n 下雪 \n", "utf-8")
    assert WEIBO.read({"search": f"@{path}"}) == {"search": ("#省考#", "下雪")}
