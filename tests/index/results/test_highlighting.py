"""Highlights stand in the text as written, whatever folding did to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import AnnotatedPost, Annotation, Kind, Post
from index.query import EVERYTHING, And, Equals, Literal, Near, Node, Not, Or, Prefix, Query, Word
from index.results.alignment import align
from index.results.highlighting import highlight
from index.tokens import canonical
from tests.index.made import MARKS, SIGNS, texts


def post(text: str, words: tuple[str, ...] = ()) -> AnnotatedPost:
    return AnnotatedPost(
        post=Post(id="weibo:1", platform="weibo", kind=Kind.POST, text=text),
        annotation=Annotation(words=words),
    )


def near(first: str, second: str, distance: int) -> Near:
    return Near(Literal(first), Literal(second), distance)


# tree, text, segmented words, what is marked, by which forms
CASES: list[tuple[Node, str, tuple[str, ...], list[str], tuple[str, ...]]] = [
    (Literal("刹车"), "刹车异响，急刹车", (), ["刹车", "刹车"], ("literal",)),
    (Literal("后面"), "車在後面", (), ["後面"], ("literal",)),
    (Literal("su7"), "小米ＳＵ７到了", (), ["ＳＵ７"], ("literal",)),
    (Literal("澜石"), "说澜\u200b石好", (), ["澜\u200b石"], ("literal",)),
    (Literal("刹车 异响"), "刹车 \n\u3000异响了", (), ["刹车 \n\u3000异响"], ("literal",)),
    (Literal("cafe\u0301"), "去CAFE\u0301吧", (), ["CAFE\u0301"], ("literal",)),
    (Literal("ガ"), "ｶﾞｽ", (), ["ｶﾞ"], ("literal",)),
    (Literal("m"), "五㎝", (), ["㎝"], ("literal",)),  # half of a sign is the sign
    (Literal("❤"), "好❤\ufe0f！", (), ["❤"], ("literal",)),
    (Literal("aa"), "baaab", (), ["aaa"], ("literal",)),
    (near("刹车", "异响", 2), "刹车老异响；离得很远的刹车", (), ["刹车", "异响"], ("literal",)),
    (Word(("刹车",)), "急刹车，刹车", ("急刹车", "，", "刹车"), ["刹车"], ("word",)),
    (Word(("动力", "足")), "动力  足", ("动力", "足"), ["动力  足"], ("word",)),
    (Prefix("刹"), "他刹车了", ("他", "刹车", "了"), ["刹车"], ("word",)),
    (Word(("苹果",)), "apple好", ("苹果", "好"), [], ("word",)),  # spelled otherwise: found, not marked
    (And((Literal("好"), Word(("车",)))), "好车", ("好", "车"), ["好车"], ("literal", "word")),
    (
        Or((And((Literal("好"), Literal("贵"))), Literal("车"))),
        "好车",
        (),
        ["车"],
        ("literal",),
    ),
    (Equals("platform", "weibo"), "好车", (), [], ("field",)),
    (And((Equals("platform", "weibo"), Literal("好"))), "好车", (), ["好"], ("literal",)),
    (Not(Literal("坏")), "好车", (), [], ()),
    (EVERYTHING, "好车", (), [], ()),
]


@pytest.mark.parametrize(("tree", "text", "words", "marked", "forms"), CASES)
def test_what_is_marked(
    tree: Node, text: str, words: tuple[str, ...], marked: list[str], forms: tuple[str, ...]
) -> None:
    found = highlight(Query("", tree), post(text, words))
    assert [text[start:end] for start, end in found.spans] == marked
    assert found.found_by == forms


@given(texts | st.text(max_size=20))
def test_every_character_of_the_form_has_its_place(text: str) -> None:
    aligned = align(text)
    assert aligned.form == canonical(text)
    assert len(aligned.spans) == len(aligned.form)
    assert all(0 <= start < end <= len(text) for start, end in aligned.spans)


@given(texts, st.text(alphabet=SIGNS + MARKS, min_size=1, max_size=3))
def test_what_is_marked_reads_as_what_was_asked(text: str, wanted: str) -> None:
    form = canonical(wanted)
    for start, end in highlight(Query("", Literal(wanted)), post(text)).spans if form else ():
        assert form in canonical(text[start:end])
