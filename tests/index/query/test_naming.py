"""One reading of names: what the annotator counts for a brand is what ``brand:`` finds, in any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import AnnotatedPost, Annotation, Kind, Post
from core.project import Brand, Product, Project, Title
from index.matching import matches
from index.query import parse
from nlp.clean import normal
from nlp.match import Naming

TITLE = Title(zh="牌", en="Make")
PROJECT = Project(
    id="p",
    title=TITLE,
    brands=(
        Brand(
            id="lark",
            title=TITLE,
            names=("云雀", "Lark", "雲 雀"),
            exclude=("云雀花园", "只云雀"),
            products=(
                Product(id="e7", names=("云雀E7", "E7"), exclude=("BE7",)),
                Product(id="air", ambiguous=("轻风",), context=("车", "lark")),
            ),
        ),
        Brand(id="garden", title=TITLE, names=("花园",), ambiguous=("雀",), context=("E7", "园")),
        Brand(id="home", title=TITLE, ambiguous=("如家",), context=("酒店", "入住"), exclude=("宾至如家",)),
    ),
)
NAMING = Naming(PROJECT)
PIECES = st.sampled_from(
    (
        *(
            "云雀",
            "雲雀",
            "云\u200b雀",
            "ＬＡＲＫ",
            "lark",
            "sky",
            "花园",
            "花園",
            "只",
            "E7",
            "B",
            "0",
            "轻风",
            "车",
        ),
        *(
            "雀",
            "园",
            "如家",
            "宾至",
            "酒店",
            "入住",
            " ",
            "\n",
            "@",
            "https://lark.cn/",
            "&amp;",
            "//@甲:",
            "[心]",
        ),
        *("\ud83d", "，", "的", "云  雀", "\u3000", "Σ", "Ｅ", "７", "é", "\u0301", "\ufdd0"),
    )
)


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_the_annotator_and_the_query_name_the_same(text: str) -> None:
    item = AnnotatedPost(
        post=Post(id="x:1", platform="x", kind=Kind.POST, text=text), annotation=Annotation()
    )
    _, (brands, products), _ = NAMING.named(list(map(normal, ["lark ", text, "花园"])))
    for field, told, known in (
        ("brand", brands, [brand.id for brand in PROJECT.brands]),
        ("product", products, [one.id for brand in PROJECT.brands for one in brand.products]),
    ):
        found = {name for name in known if matches(parse(f"{field}:{name}", PROJECT).tree, item)}
        assert set(told) == found
