"""Words reach the project file; what else stands there stays as its team wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ProjectError, UsageError
from core.project import load
from core.project_file import add_alias, note_word

WRITTEN = """# whose file this is
[project]
id = "p"   # short
title = { zh = "甲", en = "A" }

[[brand]]
id = "Stone"
title = { zh = "澜石", en = "Lanstone" }
names = [
    "澜石",      # the full name
    "Lanstone",
]

[[query]]
id = "brakes"
title = { zh = "刹车", en = "Brakes" }
query = '刹车'   # in single quotes
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "p.toml"
    path.write_text(WRITTEN, "utf-8")
    path.chmod(0o640)
    return path


def test_a_word_is_kept_stopped_or_rejected_and_stands_on_one_list(path: Path) -> None:
    note_word(path, "栓扣", "rejected")
    note_word(path, "内卷", "keep")
    note_word(path, "内卷", "keep")
    note_word(path, "网页链接", "stop")
    project = note_word(path, "栓扣", "keep")
    assert project == load(path)
    assert (project.words.keep, project.words.stop, project.words.rejected) == (
        ("内卷", "栓扣"),
        ("网页链接",),
        (),
    )
    assert project.words.whole == ("内卷", "栓扣", "网页链接")


def test_an_alias_is_one_more_name_of_its_brand(path: Path) -> None:
    note_word(path, "小石头", "rejected")
    project = add_alias(path, "小石头", "stone")
    assert project.brands[0].names == ("澜石", "Lanstone", "小石头")
    assert project.words.rejected == ()
    assert add_alias(path, "小石头", "Stone") == project


def test_everything_else_stays_to_the_letter(path: Path) -> None:
    add_alias(path, "小石头", "Stone")
    note_word(path, "内卷", "keep")
    lines = path.read_text("utf-8").splitlines()
    assert [line for line in WRITTEN.splitlines() if line not in lines] == []
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("word", "brand", "told"),
    [
        ("小石头", "rock", "The project has no brand 'rock'; it has: Stone."),
        ('"', "Stone", "cannot be searched for"),
    ],
)
def test_what_cannot_be_written_changes_nothing(path: Path, word: str, brand: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        add_alias(path, word, brand)
    assert path.read_text("utf-8") == WRITTEN


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        note_word(tmp_path / "none.toml", "内卷", "keep")
    broken = tmp_path / "broken.toml"
    broken.write_text("[project", "utf-8")
    with pytest.raises(ProjectError, match="is not valid TOML"):
        note_word(broken, "内卷", "keep")


def test_the_table_of_words_is_read_strictly(path: Path) -> None:
    for text, told in (
        ('[words]\nkept = ["内卷"]\n', r"\[words\]: unknown field 'kept'"),
        ('[words]\nkeep = "内卷"\n', r"\[words\]: the field keep wants a list"),
    ):
        path.write_text(WRITTEN + text, "utf-8")
        with pytest.raises(ProjectError, match=told):
            load(path)
