"""A team's own pack: learned the same from the same rows, and its weights tell what they were learned for."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import UsageError
from core.project import EMPTY, Aspect, Pack, Title
from nlp.annotate import Annotator
from nlp.heads import Head
from nlp.model import shipped
from nlp.own import load_own, save_own, version_of
from nlp.train import data
from nlp.train.own import LEAST_ROWS, check_rows, fit_heads, learn, measure

PACK = Pack(
    "pets",
    Title(zh="宠物", en="Pets"),
    False,
    (),
    (
        Aspect("适口性", Title(zh="适口性", en="palatability"), ("爱吃",)),
        Aspect("包装", Title(zh="包装", en="packaging"), ("包装",)),
    ),
)
SAID = {
    ("适口性", "positive"): ("特别爱吃", "一口气吃光了", "天天舔盆"),
    ("适口性", "negative"): ("闻都不闻", "一口没动", "全剩在碗里"),
    ("包装", "positive"): ("包装很结实", "袋子密封得好"),
    ("包装", "negative"): ("包装破了", "袋子漏气"),
}


def rows(count: int) -> list[data.Row]:
    draw = random.Random(3)
    found = []
    for number in range(count):
        (aspect, polarity), words = draw.choice(list(SAID.items()))
        found.append(data.Row("pets", f"第{number}袋，{draw.choice(words)}", "", {aspect: polarity}))
    return found


@pytest.fixture(scope="module")
def heads() -> tuple[Head, Head]:
    return fit_heads(rows(80), PACK, shipped())


def test_two_polarities_are_enough_to_learn_from(heads: tuple[Head, Head], tmp_path: Path) -> None:
    path = tmp_path / "pets.npz"
    save_own(path, *heads, shipped())
    learned = replace(PACK, trained=True, weights=str(path))
    annotator = Annotator(replace(EMPTY, packs=(learned,)), second_tier="off")
    for text, aspect, polarity in (
        ("猫一口没动", "适口性", "negative"),
        ("袋子密封得好", "包装", "positive"),
    ):
        found = annotator.read(text, domain="pets")
        assert [(one.aspect, one.polarity) for one in found.aspects] == [(aspect, polarity)]
    assert found.models["aspects"] == version_of(learned) != version_of(PACK)


def test_the_same_rows_give_the_same_weights(heads: tuple[Head, Head], tmp_path: Path) -> None:
    again = fit_heads(rows(80), PACK, shipped())
    for path, pair in ((tmp_path / "a.npz", heads), (tmp_path / "b.npz", again)):
        save_own(path, *pair, shipped())
    with np.load(tmp_path / "a.npz") as one, np.load(tmp_path / "b.npz") as other:
        assert {name: array.tobytes() for name, array in one.items()} == {
            name: array.tobytes() for name, array in other.items()
        }


def test_weights_learned_for_something_else_are_refused(heads: tuple[Head, Head], tmp_path: Path) -> None:
    path = tmp_path / "pets.npz"
    save_own(path, *heads, shipped())
    with pytest.raises(UsageError, match="learned for other aspects than those of the pack"):
        load_own(path, replace(PACK, aspects=PACK.aspects[:1]), shipped())
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UsageError, match="holds no weights of a pack; learn it again"):
        load_own(path, PACK, shipped())


def test_a_pack_of_another_project_is_unknown() -> None:
    mine = Annotator(replace(EMPTY, packs=(PACK,)), second_tier="off")
    assert [one.aspect for one in mine.read("猫很爱吃", domain="pets").aspects] == ["适口性"]
    with pytest.raises(UsageError, match="domain 'pets' has no aspect pack"):
        Annotator(second_tier="off").read("猫很爱吃", domain="pets")


FULL = [(row.text, row.extra) for row in rows(LEAST_ROWS)]


@pytest.mark.parametrize(
    ("labelled", "told"),
    [
        (FULL[:-1], f"{LEAST_ROWS - 1} labelled rows are too few"),
        ([(text, {"包装": side}) for text, said in FULL for side in said.values()], "aspect '适口性' has 0"),
        ([*FULL, ("甲", {"包装": "neutral"})], "only 1 rows are neutral; label 10 at least"),
        ([(text, dict.fromkeys(said, "positive")) for text, said in FULL], "all rows are of one polarity"),
    ],
)
def test_too_little_to_learn_from_says_what_to_label(
    labelled: list[tuple[str, dict[str, str]]], told: str
) -> None:
    check_rows(FULL, PACK)
    with pytest.raises(UsageError, match=told):
        check_rows(labelled, PACK)
    with pytest.raises(UsageError, match=told):
        learn(labelled, PACK, EMPTY)


def test_figures_and_their_intervals() -> None:
    gold = [{"适口性": "positive"}, {"包装": "negative"}, {"适口性": "negative", "包装": "positive"}] * 20
    same = measure(gold, gold)
    assert [figure.value for figure in (*same.aspects, *same.pairs, same.polarity)] == [1.0] * 7
    assert (same.pairs[2].low, same.pairs[2].high) == (1.0, 1.0)
    blamed = [dict.fromkeys(said, "negative") for said in gold]
    half = measure(gold, blamed)
    assert (half.aspects[2].value, half.pairs[2].value, half.polarity.value) == (1.0, 0.5, 0.5)
    assert half.pairs[2].low is not None
    assert half.pairs[2].low < 0.5 < (half.pairs[2].high or 0)
    none = measure(gold, [{}] * len(gold))
    assert (none.aspects[0].value, none.aspects[1].value, none.polarity.value) == (None, 0.0, None)
