"""A team's own packs beside its project file: what is read of them, and how their faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ProjectError, UsageError
from core.project import EMPTY, Title, load, read_pack, shipped_packs

PETS = """zh = "宠物食品"
en = "Pet food"
signs = ["猫粮", "狗粮"]
aspects = [
    { id = "适口性", en = "palatability", words = ["爱吃", "不吃"] },
    { id = "stool", zh = "便便", en = "stool", words = ["软便", "拉稀"] },
]
"""
PROJECT = """[project]
id = "p"
title = { zh = "甲", en = "A" }
[[brand]]
id = "b"
title = { zh = "喵粮", en = "Miao" }
names = ["喵粮"]
domain = "pets"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "packs").mkdir()
    (tmp_path / "p.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "packs" / "pets.toml").write_text(PETS, "utf-8")
    return tmp_path / "p.toml"


def test_a_project_reads_with_the_packs_beside_it(path: Path) -> None:
    project = load(path)
    assert project.domains == (*shipped_packs(), "pets")
    pack = project.pack("pets")
    assert (pack.title, pack.trained, pack.weights) == (Title(zh="宠物食品", en="Pet food"), False, None)
    assert [(one.id, one.title.zh, one.title.en) for one in pack.aspects] == [
        ("适口性", "适口性", "palatability"),
        ("stool", "便便", "stool"),
    ]
    assert project.aspect_title("stool").of("zh") == "便便"
    assert project.aspects_called("Palatability") == ("适口性",)
    assert project.aspects_called("便便") == ("stool",)
    assert project.aspect_title("屏幕").of("en") == "screen"


def test_packs_belong_to_the_project_that_has_them(path: Path) -> None:
    load(path)
    assert "pets" not in EMPTY.domains
    assert EMPTY.aspects_called("palatability") == ()
    with pytest.raises(UsageError, match="domain 'pets' has no aspect pack; known are camera, car"):
        EMPTY.pack("pets")


def test_a_domain_nobody_has_names_all_there_are(path: Path) -> None:
    path.write_text(PROJECT.replace('"pets"', '"cats"'), "utf-8")
    with pytest.raises(
        ProjectError, match=r"domain .cats. is unknown; known are camera, car, .*shampoo, pets"
    ):
        load(path)


ASPECT = '{ id = "适口性", en = "palatability", words = ["爱吃"] }'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("pets", "zh = ", "is not valid TOML"),
        ("pets", 'en = "P"\naspects = []', "the pack: the field zh is missing"),
        ("pets", 'zh = "甲"\nen = " "\naspects = []', "fill in zh and en"),
        ("pets", 'zh = "甲"\nen = "P"\naspects = []', "a pack wants an aspect"),
        (
            "pets",
            f'zh = "甲"\nen = "P"\nmodel = true\naspects = [{ASPECT}]',
            "unknown field 'model'; known are zh",
        ),
        ("pets", f'zh = "甲"\nen = "P"\nsigns = "猫"\naspects = [{ASPECT}]', "the field signs wants a list"),
        (
            "pets",
            'zh = "甲"\nen = "P"\naspects = [{ id = "a", en = "a" }]',
            "aspect number 1: the field words",
        ),
        (
            "pets",
            'zh = "甲"\nen = "P"\naspects = [{ id = "a", en = "a", words = ["b"], weight = 2 }]',
            "aspect number 1: unknown field 'weight'; known are id, en, words, zh",
        ),
        (
            "pets",
            'zh = "甲"\nen = "P"\naspects = [{ id = "a:b", en = "a", words = ["b"] }]',
            "aspect id 'a:b'",
        ),
        (
            "pets",
            'zh = "甲"\nen = "P"\naspects = [{ id = "Ab", en = "a", words = ["b"] }]',
            "write its id 'ab'",
        ),
        ("pets", 'zh = "甲"\nen = "P"\naspects = [{ id = "a", en = "", words = ["b"] }]', "fill in en"),
        ("pets", 'zh = "甲"\nen = "P"\naspects = [{ id = "a", en = "a", words = [] }]', "has no words"),
        (
            "pets",
            'zh = "甲"\nen = "P"\naspects = [{ id = "a", en = "a", words = ["！"] }]',
            "cannot be looked for",
        ),
        ("pets", f'zh = "甲"\nen = "P"\naspects = [{ASPECT}, {ASPECT}]', "two aspects have the id '适口性'"),
        (
            "pets",
            'zh = "甲"\nen = "P"\naspects = [{ id = "屏幕", en = "display", words = ["屏"] }]',
            "aspect '屏幕' is called 屏幕 and screen in the pack phone",
        ),
        ("car", PETS, "'car' is a pack that ships"),
        ("Pets", PETS, "'Pets' cannot name a pack"),
    ],
)
def test_faults_name_the_file_and_what_to_do(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ProjectError) as caught:
        read_pack(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert told in str(caught.value)


def test_an_aspect_is_called_the_same_in_two_packs_of_a_team(path: Path) -> None:
    other = path.parent / "packs" / "toys.toml"
    other.write_text(PETS.replace("palatability", "taste"), "utf-8")
    with pytest.raises(ProjectError, match="called 适口性 and palatability in the pack pets"):
        load(path)
    other.write_text(PETS, "utf-8")
    assert load(path).domains[-2:] == ("pets", "toys")


def test_weights_beside_a_pack_make_it_a_model(path: Path) -> None:
    weights = path.parent / "packs" / "pets.npz"
    weights.touch()
    pack = load(path).pack("pets")
    assert (pack.trained, pack.weights) == (True, str(weights))
