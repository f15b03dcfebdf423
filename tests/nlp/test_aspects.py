"""Aspect opinions: clauses, terms in order, packs by model and by words."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import UsageError
from core.project import EMPTY
from nlp.annotate import Annotator
from nlp.clauses import LONG, Span, around, clauses, locate, units
from nlp.joining import SecondReading


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return Annotator()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("一，二。三", ["一", "二", "三"]),
        ("没有标点", ["没有标点"]),
        ("，，", ["，，"]),
        ("a b\nc", ["a", "b", "c"]),
        ("", [""]),
    ],
)
def test_clauses(text: str, pieces: list[str]) -> None:
    assert [text[span.begin : span.end] for span in clauses(text)] == pieces


def test_units_are_whole_sentences_and_never_long() -> None:
    assert units("短") == [Span(0, 1)]
    text = ("这句话有十个字左右吧。" * 30) + "没" * 1000
    found = units(text)
    assert all(0 < span.end - span.begin <= LONG for span in found)
    assert sum(text[span.begin : span.end].count("没") for span in found) == 1000


def test_a_terms_surroundings() -> None:
    span, views = around("屏幕好，电池很不耐用啊。", "电池", 4)
    assert (span, views[:4]) == (Span(4, 11), ("电池很不耐用啊", "", "很不耐用啊", "电池"))
    assert around("没有它", "电池", None)[0] == Span(0, 3)


@pytest.mark.parametrize(
    ("text", "term", "offset", "place"),
    [("甲乙甲", "甲", 2, 2), ("甲乙", "乙", 0, 1), ("甲", "丙", None, None), ("Wifi差", "wifi", None, 0)],
)
def test_where_a_term_stands(text: str, term: str, offset: int | None, place: int | None) -> None:
    assert locate(text, term, offset) == place


def test_terms_come_back_one_for_one_in_order(annotator: Annotator) -> None:
    text = "屏幕很清晰，但是电池不耐用"
    terms = ["电池", "屏幕", "没有的词", "电池"]
    found = annotator.read(text, domain="phone", aspect_terms=terms).aspects
    assert [opinion.target for opinion in found] == terms
    assert [opinion.polarity for opinion in found[:2]] == ["negative", "positive"]
    assert found[0] == found[3]
    assert found[0].evidence == "但是电池不耐用"
    assert annotator.read(text, aspect_terms=[]).aspects == ()


@pytest.mark.parametrize(
    ("domain", "text", "aspect", "polarity"),
    [
        ("car", "油耗太高了，开不起", "油耗", "negative"),
        ("car", "后排空间很宽敞，坐着特别舒服", "空间", "positive"),
        ("cosmetics", "味道太刺鼻了，受不了", "气味", "negative"),
        ("cosmetics", "物流很快，第二天就到了", "物流", "positive"),
        ("phone", "充电很慢，等得着急", "电池", "negative"),
        ("camera", "对焦又快又准", "对焦", "positive"),
        ("notebook", "风扇噪音太大", "散热", "negative"),
        ("shampoo", "泡沫丰富，洗完很清爽", "泡沫", "positive"),
        ("hotel", "房间很干净，就是隔音太差", "睡眠", "negative"),
        ("delivery", "骑手送得很快，餐盒漏了", "包装", "negative"),
    ],
)
def test_a_domains_opinions(annotator: Annotator, domain: str, text: str, aspect: str, polarity: str) -> None:
    found = annotator.read(text, domain=domain).aspects
    said = {opinion.aspect: opinion for opinion in found}
    assert said[aspect].polarity == polarity
    assert said[aspect].evidence in text
    assert 0 <= said[aspect].confidence <= 1
    assert all(EMPTY.pack(domain).aspect(opinion.aspect) for opinion in found)


def test_without_a_domain_the_words_decide(annotator: Annotator) -> None:
    assert annotator.read("这台轿车发动机的油耗太高了").aspects
    assert annotator.read("今天下雨，不想出门").aspects == ()


def test_an_aspect_has_one_title_whatever_the_pack() -> None:
    for found in EMPTY.all_packs:
        for aspect in found.aspects:
            assert EMPTY.aspect_title(aspect.id) == aspect.title, (found.id, aspect.id)
            assert aspect.title.en.isascii()
    assert EMPTY.aspect_title("屏幕").of("en") == "screen"
    assert EMPTY.aspect_title("没有的").of("en") == "没有的"


def test_an_unknown_domain_names_those_there_are(annotator: Annotator) -> None:
    with pytest.raises(UsageError, match="car, cosmetics"):
        annotator.read("甲", domain="ship")


def test_every_trained_packs_aspects_are_the_models() -> None:
    from nlp.model import shipped

    for found in EMPTY.all_packs:
        if found.trained:
            assert {aspect.id for aspect in found.aspects} == set(
                shipped().head(f"aspects-{found.id}").classes
            )


def test_texts_of_several_domains_are_read_as_each_is_alone(annotator: Annotator) -> None:
    told = {
        "油耗高，座椅也不舒服": "car",
        "屏幕很清晰，但是电池不耐用": "phone",
        "房间很干净，早餐太差": "hotel",
        "物流很快，味道好闻，价格有点贵": "cosmetics",
        "电池发烫": "phone",
        "没什么可说的": "hotel",
    }

    def alone(texts: int) -> SecondReading:
        return SecondReading(None, np.zeros(texts, dtype=bool))

    together = annotator.opinions.read_all(list(told), list(told.values()), alone(len(told)))
    each = [annotator.opinions.read([text], domain, alone(1))[0] for text, domain in told.items()]
    assert together == each
    assert [bool(opinions) for opinions in each] == [True, True, True, True, True, False]
