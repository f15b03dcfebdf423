"""Brands and products a text counts for: names, exclusions, and ambiguous names by their context."""

from __future__ import annotations

import pytest

from core.project import Brand, Product, Project, Title
from nlp.annotate import Annotator

PROJECT = Project(
    id="p",
    title=Title(zh="试", en="Try"),
    brands=(
        Brand(
            id="lark",
            title=Title(zh="云雀", en="Lark"),
            names=("云雀", "Lark"),
            exclude=("云雀花园", "只云雀"),
            products=(Product(id="lark-e7", names=("云雀E7", "E7"), exclude=("BE7",)),),
            domain="car",
        ),
        Brand(
            id="yuzu", title=Title(zh="青柚日记", en="Yuzu"), names=("青柚日记", "青柚"), domain="cosmetics"
        ),
        Brand(id="rival", title=Title(zh="对手", en="Rival"), names=("雀花园",), competitor=True),
        Brand(
            id="pear",
            title=Title(zh="香梨", en="Pear"),
            names=("香梨手机", "香梨S9"),
            ambiguous=("香梨", "pear"),
            context=("手机", "发布会", "系统", "充电"),
            exclude=("香梨树",),
        ),
    ),
)


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return Annotator(PROJECT)


@pytest.mark.parametrize(
    ("text", "brands", "products"),
    [
        ("云雀新车不错", ("lark",), ()),
        ("云雀E7和青柚日记", ("lark", "yuzu"), ("lark-e7",)),
        ("雲雀新车", ("lark",), ()),
        ("ＬＡＲＫ出新车了", ("lark",), ()),
        ("skylark is a bird", ("lark",), ()),  # as a literal query finds it: exclude what it is not
        ("Lark's new car", ("lark",), ()),
        ("去云雀花园散步", ("rival",), ()),
        ("一只云雀飞过", (), ()),
        ("去云雀花园看云雀的车", ("rival",), ()),  # an exclusion holds for the whole text
        ("BE7 不是它", (), ()),
        ("我的E7很好", ("lark",), ("lark-e7",)),
        ("@云雀汽车 出来说句话", ("lark",), ()),
        ("看 https://lark.example/new", ("lark",), ()),
        ("云\u200b雀新车", ("lark",), ()),
        ("香梨真甜，买了两斤", (), ()),
        ("香梨的充电越来越快", ("pear",), ()),
        ("PEAR 開發佈會了 發布會見", ("pear",), ()),
        ("香梨S9 到手", ("pear",), ()),
        ("香梨树下充电", (), ()),
        ("手机发布会", (), ()),
        ("充电的青柚和香梨", ("yuzu", "pear"), ()),
        ("没有品牌", (), ()),
        ("", (), ()),
    ],
)
def test_names_in_a_text(
    annotator: Annotator, text: str, brands: tuple[str, ...], products: tuple[str, ...]
) -> None:
    found = annotator.read(text)
    assert (found.brands, found.products) == (brands, products)


def test_a_brand_chooses_the_pack_and_is_the_target(annotator: Annotator) -> None:
    found = annotator.read("云雀E7的油耗太高了，后排空间倒是很大")
    said = {opinion.aspect: opinion for opinion in found.aspects}
    assert said["油耗"].polarity == "negative"
    assert said["油耗"].target == "lark-e7"
    assert said["油耗"].evidence == "云雀E7的油耗太高了"
