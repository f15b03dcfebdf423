"""The annotator's promises: one annotation a post, the same alone as in a batch, and no input that breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Annotation, Kind, Post
from core.project import Project, Title, Words
from core.records import from_json, to_json
from nlp.annotate import Annotator

LABELS = {"positive", "neutral", "negative"}
EMOTIONS = {"angry", "fear", "happy", "neutral", "sad", "surprise"}


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return Annotator()


def test_words_of_the_project_stay_whole_and_stop_words_are_no_keywords() -> None:
    text = "他说鸿蒙座舱很火就是打Call的意思，展開全文"
    plain = Annotator().read(text)
    words = Words(keep=("鸿蒙座舱", "打call"), stop=("展开全文",))
    taught = Annotator(Project(id="p", title=Title(zh="甲", en="A"), words=words)).read(text)
    assert not {"鸿蒙座舱", "打call", "展开全文"} & set(plain.words)
    assert {"鸿蒙座舱", "打call", "展开全文"} <= set(taught.words)
    assert "鸿蒙座舱" in taught.keywords
    assert "展开全文" not in taught.keywords


def check(found: Annotation) -> None:
    assert found.sentiment is not None
    assert found.sentiment.label in LABELS
    assert -1 <= found.sentiment.score <= 1
    assert 0 <= found.sentiment.confidence <= 1
    assert found.emotion is not None
    assert found.emotion.label in EMOTIONS
    assert set(found.emotion.scores) == EMOTIONS
    assert sum(found.emotion.scores.values()) == pytest.approx(1, abs=0.01)
    assert found.voice is not None
    assert found.lang
    assert found.duplicate_group is None
    assert len(found.keywords) <= 5
    assert found.models


HOSTILE = [
    "",
    " ",
    "\x00\x00",
    "\ud800\udfff",
    "😀😀👨‍👩‍👧❤️",
    "[爱你]" * 50,
    "\u202e\u200b\u200d\ufeff",
    "[[[[[[]]]]]]",
    "<script>alert(1)</script>",
    "&amp;&lt;&#x41;&#99999999;",
    "@" * 500,
    "//@" * 500,
    "#" * 500,
    "http://" + "a" * 5000,
    "مرحبا สวัสดี नमस्ते 안녕하세요 Здравствуйте",
    "ﷺ" * 200,
    "e\u0301" * 300,
    "\U000f0001\U000ffffd\x1e",
    "哈" * 20_000,
    "a" * 20_000,
    "，" * 5000,
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_is_answered(annotator: Annotator, number: int) -> None:
    for domain in (None, "car", "phone"):
        check(annotator.read(HOSTILE[number], domain=domain))
    check(annotator.read(HOSTILE[number], aspect_terms=["甲", "", "哈"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_batch_gives_each_post_what_it_gets_alone(texts: list[str]) -> None:
    annotator = shared()
    posts = [
        Post(id=f"x:{at}", platform="x", kind=Kind.POST, text=text)
        for at, text in enumerate([*texts, *HOSTILE[:14]])
    ]
    together = annotator.annotate(posts)
    assert len(together) == len(posts)
    for post, found in zip(posts, together, strict=True):
        check(found)
        assert found.words == annotator.annotate([post])[0].words


_kept: list[Annotator] = []


def shared() -> Annotator:
    if not _kept:
        _kept.append(Annotator())
    return _kept[0]


def test_an_annotation_survives_json(annotator: Annotator) -> None:
    found = annotator.read("这台车的油耗太高了，不过外观很好看[赞]")
    assert from_json(to_json(found), Annotation) == found


def test_a_text_that_says_nothing_is_neutral_without_confidence(annotator: Annotator) -> None:
    sentiment = annotator.read("").sentiment
    assert sentiment is not None
    assert (sentiment.label, sentiment.score, sentiment.confidence) == ("neutral", 0, 0)


def test_evidence_stands_in_the_text_and_keywords_among_the_words(annotator: Annotator) -> None:
    text = "客服态度太差了，退货还要扣运费，再也不来[怒]"
    found = annotator.read(text)
    assert found.sentiment is not None
    assert found.sentiment.label == "negative"
    assert found.sentiment.evidence
    assert all(word in text for word in found.sentiment.evidence)
    assert set(found.keywords) <= set(found.words)


def test_words_that_join_and_point_are_no_evidence(annotator: Annotator) -> None:
    found = annotator.read("这车的油耗太高了，我是再也不买了")
    assert found.sentiment is not None
    assert found.sentiment.evidence
    assert not {"的", "了", "我", "是"} & set(found.sentiment.evidence)


@pytest.mark.parametrize("text", ["好看//@甲:[哈哈]", "好看//@甲:真好看[哈哈]"])
def test_where_the_chain_begins_is_no_word(annotator: Annotator, text: str) -> None:
    assert annotator.read(text).words == ("好看", "[哈哈]")


def test_words_and_keywords_are_ones_own(annotator: Annotator) -> None:
    found = annotator.read("同感//@甲:面包机烤出来的吐司特别香")
    assert found.words == ("同感",)
    assert "面包机" not in found.keywords


def test_a_megabyte_is_read(annotator: Annotator) -> None:
    check(annotator.read("这台车的后排空间很大。" * 90_000))
