"""Tables of labelled texts and of seed words, as people make them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from core.errors import UsageError
from core.imports.labelled import read_labelled, read_seeds
from core.project import Aspect, Pack, Title

PACK = Pack(
    "pets",
    Title(zh="宠物", en="Pets"),
    False,
    (),
    (
        Aspect("适口性", Title(zh="适口性", en="Palatability"), ("爱吃",)),
        Aspect("stool", Title(zh="便便", en="stool"), ("软便",)),
    ),
)


def test_several_rows_a_text_by_id_or_title_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "文本,属性,情感\n猫爱吃,适口性,正面\n猫爱吃,便便,负面\n一般,palatability,0\n软,STOOL,-1\n路过,,\n",
        "utf-8",
    )
    found = read_labelled(path, PACK)
    assert found.texts == (
        ("猫爱吃", {"适口性": "positive", "stool": "negative"}),
        ("一般", {"适口性": "neutral"}),
        ("软", {"stool": "negative"}),
        ("路过", {}),
    )
    assert (found.rows, found.faults) == (5, ())


def test_rows_of_other_files(tmp_path: Path) -> None:
    rows = [
        {"content": "猫爱吃", "aspect": "适口性", "polarity": 1},
        {"content": "软", "aspect": "stool", "polarity": -1},
    ]
    lines = tmp_path / "rows.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    book = Workbook()
    for row in [list(rows[0]), *map(list, map(dict.values, rows))]:
        book.active.append(row)
    book.save(tmp_path / "rows.xlsx")
    assert read_labelled(lines, PACK) == read_labelled(tmp_path / "rows.xlsx", PACK)
    assert dict(read_labelled(lines, PACK).texts)["软"] == {"stool": "negative"}


def test_rows_that_cannot_be_read_are_named_and_the_others_kept(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "text,aspect,polarity\n,适口性,正面\n甲,价格,正面\n乙,适口性,很好\n丙,适口性,\n丁,,正面\n戊,适口性,正面\n戊,适口性,负面\n",
        "utf-8",
    )
    found = read_labelled(path, PACK)
    assert found.texts == (("戊", {"适口性": "positive"}),)
    assert found.faults == (
        (2, "the text is missing"),
        (3, "aspect '价格' is not in the pack"),
        (4, "polarity '很好' is unknown; write positive, neutral or negative"),
        (5, "polarity '' is unknown; write positive, neutral or negative"),
        (6, "aspect '' is not in the pack"),
        (8, "row 7 says something else of the same aspect"),
    )


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,aspect\n甲,适口性\n", "utf-8")
    with pytest.raises(
        UsageError, match="has no column polarity; it needs the columns text, aspect, polarity"
    ):
        read_labelled(path, PACK)


def test_seed_words_one_a_row_or_several_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "seeds.csv"
    path.write_text(
        "属性,词语,英文\n适口性,爱吃,palatability\n适口性,不吃、挑食,\n便便,软便;拉稀,\n空,,\n", "utf-8"
    )
    found = read_seeds(path)
    assert found.words == {"适口性": ("爱吃", "不吃", "挑食"), "便便": ("软便", "拉稀")}
    assert found.titles == {"适口性": "palatability"}
    path.write_text("aspect,word\n适口性,\n", "utf-8")
    with pytest.raises(UsageError, match="holds no seed words"):
        read_seeds(path)
