"""A project file: what is read of it, and how its faults are told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from core.errors import ProjectError
from core.project import Project, load, parse

HEAD = '[project]\nid = "p"\ntitle = { zh = "甲", en = "A" }\n'
TITLE = 'title = { zh = "乙", en = "B" }\n'


def _read(text: str) -> Project:
    return parse(tomllib.loads(HEAD + text))


def test_lists_tags_and_saved_searches() -> None:
    project = _read(
        f'[[list]]\nid = "dealers"\n{TITLE}accounts = ["甲店", "weibo:1"]\n'
        f'[[tag]]\nid = "complaint"\n{TITLE}query = "投诉"\nowner = "quality"\nversion = 3\n'
        f'[[tag]]\nid = "praise"\n{TITLE}query = "好评"\n'
        f'[[query]]\nid = "brakes"\n{TITLE}query = "刹车"\nowner = "lab"\n'
    )
    assert [(one.id, one.accounts) for one in project.lists] == [("dealers", ("甲店", "weibo:1"))]
    assert [(one.id, one.query, one.owner, one.version) for one in project.tags] == [
        ("complaint", "投诉", "quality", 3),
        ("praise", "好评", None, 1),
    ]
    assert [(one.id, one.query, one.owner) for one in project.queries] == [("brakes", "刹车", "lab")]
    assert project.lists[0].title.of("zh") == "乙"


def test_what_finds_a_brand_and_a_product() -> None:
    project = _read(
        f'[[brand]]\nid = "b"\n{TITLE}names = ["澜石", "Lanstone"]\nexclude = ["澜石街道"]\n'
        'products = [{ id = "s7", names = ["澜石S7", "澜石"], exclude = ["S70"] }]\n'
    )
    brand = project.brands[0]
    assert brand.query() == '("澜石" OR "Lanstone" OR "澜石S7") NOT "澜石街道" NOT "S70"'
    assert brand.products[0].query() == '("澜石S7" OR "澜石") NOT "S70"'


def test_the_second_tier_reads_what_names_a_brand_unless_the_project_says_otherwise() -> None:
    assert _read("").language.second_tier == "named"
    assert _read('[language]\nsecond_tier = "off"\n').language.second_tier == "off"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[list]]\nid = "l"\n', "[[list]] number 1: the field title is missing"),
        (f'[[list]]\nid = "l"\n{TITLE}', "[[list]] number 1: the field accounts is missing"),
        (f'[[list]]\nid = "l"\n{TITLE}accounts = []\n', "list 'l' wants accounts"),
        (f'[[list]]\nid = "l"\n{TITLE}accounts = ["@"]\n', "list 'l' wants accounts"),
        (
            f'[[list]]\nid = "l"\n{TITLE}accounts = "甲"\n',
            "[[list]] number 1: the field accounts wants a list",
        ),
        (f'[[list]]\nid = "a b"\n{TITLE}accounts = ["甲"]\n', "id 'a b'"),
        (f'[[list]]\nid = "l"\n{TITLE}members = ["甲"]\n', "[[list]] number 1: unknown field 'members'"),
        ('[list]\nid = "l"\n', "[[list]]"),
        (f'[[tag]]\nid = "t"\n{TITLE}', "[[tag]] number 1: the field query is missing"),
        (f'[[tag]]\nid = "t"\n{TITLE}query = "a"\nversion = 0\n', "tag 't': version wants a number from 1"),
        (
            f'[[tag]]\nid = "t"\n{TITLE}query = "a"\nversion = "2"\n',
            "[[tag]] number 1: the field version wants",
        ),
        (
            f'[[tag]]\nid = "t"\n{TITLE}query = "a"\n[[tag]]\nid = "T"\n{TITLE}query = "b"\n',
            "two entries of tag",
        ),
        (f'[[query]]\nid = "q"\n{TITLE}query = "a"\n' * 2, "two entries of query have the id 'q'"),
        (
            f'[[brand]]\nid = "b"\n{TITLE}names = ["b"]\nproducts = [{{ id = "x", names = [] }}]\n',
            "product 'x' has no names",
        ),
        (
            (
                f'[[brand]]\nid = "b"\n{TITLE}names = ["b"]\nproducts = [{{ id = "x", names = ["x"] }}]\n'
                f'[[brand]]\nid = "c"\n{TITLE}names = ["c"]\nproducts = [{{ id = "x", names = ["y"] }}]\n'
            ),
            "two entries of product have the id 'x'",
        ),
        (f'[[brand]]\nid = "b"\n{TITLE}names = ["a”b"]\n', "without quotation marks"),
        (f'[[brand]]\nid = "b"\n{TITLE}ambiguous = ["如家"]\n', "ambiguous names and no context"),
        (f'[[brand]]\nid = "b"\n{TITLE}names = ["b"]\ncontext = ["酒店"]\n', "context and no ambiguous"),
        (
            f'[[brand]]\nid = "b"\n{TITLE}names = ["b"]\nambiguous = ["b"]\ncontext = ["c"]\n',
            "'b' stands in names and in ambiguous",
        ),
        (
            f'[[brand]]\nid = "b"\n{TITLE}ambiguous = ["b"]\ncontext = ["a”b"]\n',
            "without quotation marks",
        ),
        ('[language]\nsecond_tier = "all"\n', "'all' is unknown; known are named, unsure, off"),
        ("[language]\nsecond_tier = 2\n", "[language]: the field second_tier wants a text"),
        ("[language]\ntier = 2\n", "[language]: unknown field 'tier'"),
        ('[[language]]\nsecond_tier = "off"\n', "begins with the line [language]"),
    ],
)
def test_faults_name_their_table(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(HEAD + text, "utf-8")
    with pytest.raises(ProjectError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert told in str(caught.value)
