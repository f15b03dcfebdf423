from __future__ import annotations

import re
from importlib.resources import files
from random import Random

import pytest

from replica.world.grammar import Teller, library, read_book

# slots that the code fills
CONTEXT = {
    "car", "rival", "item", "rivalitem", "brandname", "town", "friend", "friend2", "good1", "good2", "bad1", "bad2",
    "beauty_win", "beauty_lose",
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("一", {"一"}),
        ("{甲|乙}丙", {"甲丙", "乙丙"}),
        ("{甲{一|二}|乙}", {"甲一", "甲二", "乙"}),
        ("好{啊|}", {"好啊", "好"}),
        ("<2-4>天", {"2天", "3天", "4天"}),
        ("<name>说", {"小陈说"}),
        ("<other>", {"他", "她"}),
        ("a|b", {"a|b"}),
        ("一\\n二", {"一\n二"}),
        (">_<", {">_<"}),
    ],
)
def test_a_line_gives_all_it_says_and_nothing_else(line: str, wanted: set[str]) -> None:
    teller = Teller(Random(1), read_book(f"[line]\n{line}\n[other]\n他\n她"))
    assert {teller.say("line", {"name": "小陈"}) for _ in range(60)} == wanted


def test_a_decimal_range_has_one_decimal() -> None:
    assert re.fullmatch(r"[34]\.\d", Teller(Random(1), read_book("[x]\n<3.5-4.4>")).say("x"))


def test_a_section_is_gone_through_before_a_line_comes_again() -> None:
    teller = Teller(Random(1), read_book("[x]\n; a remark\n一\n二\n三"))
    assert {teller.say("x") for _ in range(3)} == {"一", "二", "三"}


@pytest.mark.parametrize(("text", "why"), [("一", "before the first"), ("[x]\n{一", "not closed")])
def test_a_broken_book_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_book(text)


def test_an_unknown_section_is_named() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        Teller(Random(1), {}).say("nowhere")


def test_every_slot_of_the_books_can_be_filled() -> None:
    known = CONTEXT | set(library())
    for path in files("replica.world").joinpath("text").iterdir():
        for line in path.read_text("utf-8").splitlines():
            if not line.startswith(";"):
                missing = set(re.findall(r"<([a-z][a-z0-9_.]*)>", line)) - known
                assert not missing, (path.name, line)


def test_the_books_are_rich() -> None:
    assert sum(len(fragments) for fragments in library().values()) > 1800
