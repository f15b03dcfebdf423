"""The language of a post, by script and small tables."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from nlp.language import UNKNOWN, language, languages

SENTENCES = [
    (tag, text)
    for tag, texts in tomllib.loads((Path(__file__).parent / "languages.toml").read_text("utf-8")).items()
    for text in texts
]


@pytest.mark.parametrize(("tag", "text"), SENTENCES)
def test_a_sentence_is_of_its_language(tag: str, text: str) -> None:
    assert language(text) == tag


def test_there_are_many() -> None:
    assert len(SENTENCES) >= 40
    assert len({tag for tag, _ in SENTENCES}) >= 25


def test_a_text_reads_alike_alone_and_in_any_batch() -> None:
    order = random.Random(3).sample(SENTENCES, len(SENTENCES))
    assert languages([text for _, text in order]) == [tag for tag, _ in order]
    assert languages([]) == []


@pytest.mark.parametrize("text", ["\ud800", "\x00\n\r", "\U0010ffff" * 3, "\u202e\u200b", "\ufdd0"])
def test_what_is_no_text_is_of_no_language(text: str) -> None:
    assert languages([text, "你好吗", text]) == [UNKNOWN, "zh", UNKNOWN]


def test_a_long_text_costs_no_more_than_its_length() -> None:
    assert language("the cat and the dog " * 50_000) == "en"
    assert language("好" * 1_000_000) == "zh"
