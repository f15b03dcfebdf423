"""Sentences are translated whole; a word that stands in one is left as its owner wrote it."""

from __future__ import annotations

import pytest

from core.language import translate

CASES = {
    "does not exist": "不存在",
    "posts.csv does not exist; give a file that is there": "posts.csv 不存在；请给一个存在的文件",
    # hot and text are headings of tables too
    "there is no source 'hot'; known are text": "没有来源 'hot'；已有 text",
    "a.toml: [[brand]] number 2: the field text wants a list": "a.toml: 第 2 个 [[brand]]：字段 text 应为列表",
    "nobody wrote this one down": "nobody wrote this one down",
}


@pytest.mark.parametrize("english", CASES)
def test_translate(english: str) -> None:
    assert translate(english, "zh") == CASES[english]
    assert translate(english, "en") == english
