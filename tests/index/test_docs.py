"""What the pages on the query language show is what happens."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from core import project as projects
from core.errors import QueryError
from core.models import AnnotatedPost, Annotation, Engagement, Kind, Post
from core.records import from_json
from index.matching import matches
from index.query import explain, parse
from index.query.bounds import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from index.query.choices import CHOICES
from index.query.fields import NAMES
from index.query.linting import COMMON, COUNTED, NEARLY_ALL, lint
from index.query.nearness import DISTANCE, MAX_DISTANCE, MAX_PAIRS
from index.reference import ReferenceStore
from index.store import Batch
from nlp.segment import words

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("query.md", "query.zh.md")
NOW = datetime(2026, 11, 8, tzinfo=UTC)


def _text(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


class Row(NamedTuple):
    """A line of a table below its heading, under the part of the page it stands in."""

    part: int
    cells: list[str]


def _rows(page: str) -> Iterator[Row]:
    part = 0
    previous = ""
    for line in _text(page).splitlines():
        part += line.startswith("## ")
        if line.startswith("|---"):
            previous = "body"
        elif not line.startswith("|"):
            previous = ""
        elif previous == "body":
            yield Row(part, [cell.strip() for cell in line.strip().strip("|").split(" | ")])


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _block(page: str, kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", _text(page), re.DOTALL)
    assert found is not None
    return found[1]


PROJECT = projects.parse(tomllib.loads(_block(PAGES[0], "toml")))
SAMPLE = from_json(_block(PAGES[0], "json"), AnnotatedPost)
STRANGER = AnnotatedPost(
    post=Post(id="a:2", platform="feed", kind=Kind.POST, text="", engagement=Engagement(reposts=5_000)),
    annotation=Annotation(),
)
# The parts of the pages, in order.
WORDS, JOINTS, NEAR, WHOLE, FIELDS, PROJECTS, BEFORE = range(1, 8)


def _post(text: str) -> AnnotatedPost:
    post = Post(id="a:1", platform="weibo", kind=Kind.POST, text=text)
    return AnnotatedPost(post=post, annotation=Annotation(words=tuple(words(text))))


def _said_of_texts() -> Iterator[tuple[str, str, bool]]:
    for page in PAGES:
        for part, cells in _rows(page):
            if part in (WORDS, JOINTS, NEAR, WHOLE):
                for query in _quoted(cells[0]):
                    yield from ((query, text, True) for text in cells[1].split(" · "))
                    yield from ((query, text, False) for text in cells[2].split(" · "))


@pytest.mark.parametrize(("query", "text", "found"), dict.fromkeys(_said_of_texts()))
def test_what_is_said_of_texts_is_so(query: str, text: str, found: bool) -> None:
    parsed = parse(query)
    assert parsed.text == query
    assert matches(parsed.tree, _post(text)) is found


def _examples() -> list[str]:
    fields = [cells[3] for page in PAGES for part, cells in _rows(page) if part == FIELDS]
    return [example for cell in fields for example in _quoted(cell)]


@pytest.mark.parametrize("example", dict.fromkeys(_examples()))
def test_every_example_of_a_field_finds_the_post_shown(example: str) -> None:
    query = parse(example, PROJECT, now=NOW)
    assert matches(query.tree, SAMPLE)
    assert not matches(query.tree, STRANGER)
    assert explain(query, "zh") != explain(query, "en")


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_show_the_same_project_and_post(page: str) -> None:
    assert projects.parse(tomllib.loads(_block(page, "toml"))) == PROJECT
    assert from_json(_block(page, "json"), AnnotatedPost) == SAMPLE
    assert timedelta(0) < NOW - (SAMPLE.post.published_at or NOW) < timedelta(days=4)


@pytest.mark.parametrize("page", PAGES)
def test_what_the_project_calls_by_name(page: str) -> None:
    rows = [cells for part, cells in _rows(page) if part == PROJECTS]
    assert len(rows) == 5
    for short, long in rows:
        written_out = parse(_quoted(long)[0], PROJECT).tree
        found = parse(_quoted(short)[0], PROJECT).tree
        posts = [SAMPLE, *map(_post, ("澜石", "澜石街道", "小石头制动广告", "Lanstone刹车", ""))]
        assert [matches(found, post) for post in posts] == [matches(written_out, post) for post in posts]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_told_before_it_runs(page: str) -> None:
    rows = [cells for part, cells in _rows(page) if part == BEFORE]
    explained = [cells for cells in rows if len(cells) == 2 and cells[0].startswith("`")]
    assert len(explained) == 3
    for query, said in explained:
        language = "zh" if page == "query.zh.md" else "en"
        assert explain(parse(_quoted(query)[0], PROJECT), language) == said
    remarks = [cells for cells in rows if not cells[0].startswith("`")]
    assert len(remarks) == 11
    store = ReferenceStore()
    store.write(
        Batch(
            [
                AnnotatedPost(
                    post=Post(
                        id=f"a:{n}",
                        platform="weibo",
                        kind=Kind.POST,
                        text="广告" + "刹车" * (n < 5) + "制动" * (n == 9),
                    ),
                    annotation=Annotation(),
                )
                for n in range(30)
            ]
        )
    )
    for code, _, example in remarks:
        text = _quoted(example)[0] if example else " OR ".join(f"词{n}" for n in range(COUNTED + 1))
        assert code in {remark.code for remark in lint(text, PROJECT, store)}


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_between_the_tables_are_queries(page: str) -> None:
    prose = re.sub(r"```.*?```|^\|[^\n]*$", "", _text(page), flags=re.DOTALL | re.MULTILINE)
    examples = [example for example in _quoted(prose) if ":" in example and not example.endswith(":")]
    assert len(examples) > 10
    for example in examples:
        parse(example, PROJECT, now=NOW)


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_complete(page: str) -> None:
    text = _text(page)
    rows = [cells for part, cells in _rows(page) if part == FIELDS]
    assert len(rows) == len(NAMES)
    for english, chinese in NAMES.items():
        names = [f"`{english}:`", f"`{chinese}:`"]
        row = next(cells for cells in rows if sorted(cells[:2]) == sorted(names))
        for value, spellings in CHOICES.get(english, {}).items():
            assert (value if page == "query.md" else spellings[0]) in re.split(r", |、", row[2])
    bounds = (f"{MAX_LENGTH:,}", f"{MAX_TERMS:,}", MAX_DEPTH, MAX_PAIRS, DISTANCE, MAX_DISTANCE, COUNTED)
    assert all(str(bound) in text for bound in bounds)
    assert f"{NEARLY_ALL:.0%}".replace("%", " %") in text
    assert f"{COMMON:.0%}".replace("%", " %") in text


@pytest.mark.parametrize("page", PAGES)
def test_the_error_shown_is_the_error_given(page: str) -> None:
    query, shown = re.findall(r"tingfeng search '(.*)'\n(.*)\n", _text(page))[0]
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert shown == (caught.value.zh if page == "query.zh.md" else str(caught.value))


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ('"刹车 异响"', "刹车\n异响", True),
        ("❤", "好❤️", True),
        ("澜石", "澜\u200b石", True),
        ("5.1", "第5、1个", False),
        ("-after:2026-11-01", "没有时间", True),
        ("-likes:>100", "没有点赞数", True),
        ("-sentiment:negative", "没有情感", True),
    ],
)
def test_what_the_pages_say_besides_is_so(query: str, text: str, found: bool) -> None:
    assert matches(parse(query).tree, _post(text)) is found
