"""What the pages on the query language show is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import QueryError
from core.models import AnnotatedPost, Annotation, Kind, Post
from index.query import parse
from index.query.fields import KINDS, NAMES, SENTIMENTS
from index.query.parsing import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from index.reference import matches

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("query.md", "query.zh.md")


def _examples(page: str) -> list[str]:
    """The first cells of the tables of words and operators, and the last of the fields'."""
    cells: list[str] = []
    for line in (DOCS / page).read_text("utf-8").splitlines():
        if line.startswith("| `"):
            row = [cell.strip() for cell in line.strip("|").split(" | ")]
            cells.append(row[-1] if len(row) == 4 else row[0])
    return [example for cell in cells for example in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("example", [example for page in PAGES for example in _examples(page)])
def test_every_example_is_a_query(example: str) -> None:
    assert parse(example).text == example


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_complete(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    assert len(_examples(page)) >= 18
    for english, chinese in NAMES.items():
        assert f"`{english}:`" in text
        assert f"`{chinese}:`" in text
    for value in (*dict.fromkeys(KINDS.values()), *dict.fromkeys(SENTIMENTS.values())):
        assert page == "query.zh.md" or value in text
    assert all(str(bound) in text for bound in (f"{MAX_LENGTH:,}", f"{MAX_TERMS:,}", MAX_DEPTH))


@pytest.mark.parametrize("page", PAGES)
def test_the_error_shown_is_the_error_given(page: str) -> None:
    query, shown = re.findall(r"tingfeng search '(.*)'\n(.*)\n", (DOCS / page).read_text("utf-8"))[0]
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert shown == (caught.value.zh if page == "query.zh.md" else str(caught.value))


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("刹车", "急刹车了", True),
        ("贵", "太贵了", True),
        ('"刹车 异响"', "刹车\n异响", True),
        ('"刹车 异响"', "刹车有异响", False),
        ('"刹车，异响"', "刹车,异响", True),
        ('"刹车，异响"', "刹车、异响", False),
        ("❤", "好❤️", True),
        ("ＩＰＨＯＮＥ", "我的iphone", True),
        ("後來", "后来呢", True),
        ("小米SU7", "小米 SU7 到了", False),
        ("5.1", "第5、1个", False),
        ("C#", "学C#", True),
        ("C#", "学C", False),
        ("澜石", "澜\u200b石", True),
        ("苹果、华为", "华为和苹果", True),
        ("-after:2026-11-01", "没有时间", True),
        ("-sentiment:negative", "没有情感", True),
    ],
)
def test_what_the_pages_say_of_words_is_so(query: str, text: str, found: bool) -> None:
    post = Post(id="a", platform="weibo", kind=Kind.POST, text=text)
    assert matches(parse(query).tree, AnnotatedPost(post=post, annotation=Annotation())) is found
