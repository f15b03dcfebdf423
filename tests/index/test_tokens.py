"""The tokens, and that a phrase of them is a substring of the canonical text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.texts import fold
from index.tokens import Spelling, canonical, literal, pattern, words
from tests.index.made import texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("小米SU7", "小米su7"),
        ("小米  SU7", "小米 su7"),
        ("ＩＰＨＯＮＥ　１５", "iphone 15"),
        (" Apple\n\tWatch\r\n", "apple watch"),
        ("不错，推荐！", "不错,推荐!"),
        ("3.5寸", "3.5寸"),
        ("後來", "后来"),
        ("Wi-Fi C++", "wi-fi c++"),
        ("好❤️", "好❤"),
        ("👨‍👩‍👧", "👨👩👧"),
        ("澜\u200b石", "澜石"),
        ("澜\x00石", "澜 石"),
        ("#澜石刹车#", "#澜石刹车#"),
        ("", ""),
        (" \u200b\n", ""),
    ],
)
def test_canonical(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("屏幕亮度", "屏幕 幕亮 亮度 度"),
        ("好", "好"),
        ("小米 SU7！", "小米 米 su u7 7! !"),
        ("a b", "a b"),
        ("", ""),
    ],
)
def test_literal(text: str, expected: str) -> None:
    assert literal(text) == expected


@pytest.mark.parametrize(
    ("text", "tokens", "is_open"),
    [
        ("屏幕", ("屏幕",), False),
        ("屏", ("屏",), True),
        ("性价比", ("性价", "价比"), False),
        ("小米 7", ("小米", "米", "7"), True),
        ("iPhone 15", ("ip", "ph", "ho", "on", "ne", "e", "15"), False),
        (" 好 ", ("好",), True),
        (" ", (), False),
    ],
)
def test_pattern(text: str, tokens: tuple[str, ...], is_open: bool) -> None:
    found = pattern(text)
    assert (found.tokens, found.open) == (tokens, is_open)


def _obvious(text: str) -> str:
    """`canonical` character by character, as its docstring says it."""
    out = ""
    for character in fold(text):
        if character in "\u200b\u200d\ufe0f":
            continue
        if not character.isspace():
            out += character
        elif out and out[-1] != " ":
            out += " "
    return out.rstrip(" ")


_any_text = texts | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Mn", "Cn"]), max_size=12
)


@given(_any_text)
def test_canonical_is_what_its_words_say(text: str) -> None:
    assert canonical(text) == _obvious(text)


def _contains(tokens: list[str], wanted: tuple[str, ...], is_open: bool) -> bool:
    for start in range(len(tokens) - len(wanted) + 1):
        here = tokens[start : start + len(wanted)]
        last = here[-1].startswith(wanted[-1]) if is_open else here[-1] == wanted[-1]
        if last and here[:-1] == list(wanted[:-1]):
            return True
    return False


@given(_any_text, _any_text)
def test_a_phrase_of_tokens_is_a_substring(text: str, phrase: str) -> None:
    wanted = pattern(phrase)
    if wanted.tokens:
        found = _contains(literal(text).split(" "), wanted.tokens, wanted.open)
        assert found == (canonical(phrase) in canonical(text))


@given(texts, st.integers(0, 12), st.integers(1, 12))
def test_every_part_of_a_text_is_found_in_it(text: str, start: int, length: int) -> None:
    assert canonical(text[start : start + length]) in canonical(text)


@given(st.text())
def test_tokens_are_split_by_spaces_alone(text: str) -> None:
    tokens = literal(text).split()
    assert all(1 <= len(token) <= 2 for token in tokens)
    assert literal(text) == " ".join(tokens)
    assert len(tokens) == len(canonical(text).replace(" ", ""))


def test_words_are_folded_and_bare() -> None:
    assert (
        words(("小米", "SU7", "，", "3.5", "Apple Watch", "後", "😂", "..."))
        == "小米 su7 3.5 applewatch 后 😂"
    )


@given(st.lists(st.lists(_any_text, max_size=4), max_size=4))
def test_many_posts_are_spelled_as_each_is(told: list[list[str]]) -> None:
    spelling = Spelling()
    for _ in range(2):  # a second time from memory
        assert spelling.words(told) == list(map(words, told))
