"""The purchase stage: precision and recall over a table of invented posts that grows."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from nlp.annotate import Annotator

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "intent.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("cases", "precision", "recall"),
    [(TABLE, 0.97, 0.95), (TABLE["fresh"], 0.80, 0.60)],
    ids=["table", "fresh"],
)
def test_stages_and_what_is_none(cases: dict[str, Any], precision: float, recall: float) -> None:
    annotator = Annotator()
    told = right = 0
    wrong = []
    posts = [(text, stage) for stage, texts in cases["stages"].items() for text in texts]
    for text, stage in [*posts, *((text, None) for texts in cases["none"].values() for text in texts)]:
        read = annotator.read(text).intent
        told += read is not None
        right += read is not None and read == stage
        if read != stage:
            wrong.append((text, stage, read))
    print(f"precision {right / told:.3f}, recall {right / len(posts):.3f}", *wrong, sep="\n")
    assert right / told >= precision
    assert right / len(posts) >= recall
