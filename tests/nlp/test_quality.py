"""Quality gates: no score may fall by more than a point below `baseline.json` unnoticed.

The first gate reads sentences written for it. The second reads rows of the data folder where there is
one; the shipped models learned from those rows, so it guards against decay and says nothing of accuracy
(`benchmarks/nlp_accuracy.py` does, with models that have not seen its rows).

`python -m tests.nlp.test_quality` writes the baseline anew.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.models import Annotation, Kind, Post
from nlp.annotate import Annotator
from nlp.train import data

HERE = Path(__file__).parent
BASELINE = HERE / "baseline.json"
ROWS = 400  # of each set
TIERS = {"off": "", "unsure": ", both tiers"}  # what the second tier reads: what its gate is called


def written(tier: str) -> dict[str, float]:
    """Shares of the written sentences read as their writer meant them."""
    annotator = Annotator(second_tier=tier)
    sample = tomllib.loads((HERE / "sample.toml").read_text("utf-8"))
    aspects = sample.pop("aspects")
    scores = {}
    for group, classes in sample.items():
        told = [(text, label) for label, texts in classes.items() for text in texts]
        posts = [
            Post(id=f"x:{at}", platform="x", kind=Kind.POST, text=text) for at, (text, _) in enumerate(told)
        ]
        pairs = zip(annotator.annotate(posts), told, strict=True)
        scores[f"written {group}"] = sum(_said(group, found) == label for found, (_, label) in pairs) / len(
            told
        )
    for domain, classes in aspects.items():
        told = [(text, label) for label, texts in classes.items() for text in texts]
        right = sum(
            label
            in {f"{each.aspect}={each.polarity}" for each in annotator.read(text, domain=domain).aspects}
            for text, label in told
        )
        scores[f"written aspects {domain}"] = right / len(told)
    return scores


def _said(group: str, found: Annotation) -> str:
    assert found.sentiment is not None
    assert found.emotion is not None
    if group == "intent":
        return found.intent or "none"
    return found.emotion.label if group == "emotion" else found.sentiment.label


def remembered(tier: str) -> dict[str, float]:
    """Accuracy on rows of the data folder, by set."""
    annotator = Annotator(second_tier=tier)
    scores = {}
    for origin, rows in _sets():
        posts = [
            Post(id=f"x:{at}", platform="x", kind=Kind.POST, text=row.text) for at, row in enumerate(rows)
        ]
        right = 0
        for found, row in zip(annotator.annotate(posts), rows, strict=True):
            assert found.sentiment is not None
            assert found.emotion is not None
            if origin in ("usual", "virus"):
                right += found.emotion.label == row.label
            else:
                right += (found.sentiment.score > 0) == (row.label == "positive")
        scores[origin] = right / len(rows)
    for name, rows in (("car", data.cars()), ("cosmetics", data.makeup())):
        part = data.split(rows).test[:ROWS]
        said = [
            {(each.aspect, each.polarity) for each in annotator.read(row.text, domain=name).aspects}
            for row in part
        ]
        right = sum(len(found & row.extra.items()) for found, row in zip(said, part, strict=True))
        scores[name] = 2 * right / sum(len(f) + len(row.extra) for f, row in zip(said, part, strict=True))
    return scores


def _sets() -> Iterator[tuple[str, list[data.Row]]]:
    test = data.split([*data.polarity(), *data.emotion()]).test
    for origin in ("weibo100k", "weibo2018", "hotel", "waimai", "shopping", "usual", "virus"):
        yield origin, [row for row in test if row.origin == origin][:ROWS]


def check(scores: dict[str, float], gate: str) -> None:
    baseline = json.loads(BASELINE.read_text("utf-8"))[gate]
    fallen = {
        name: (score, baseline[name]) for name, score in scores.items() if score < baseline[name] - 0.01
    }
    assert not fallen, f"fell by more than a point (now, before): {fallen}"
    assert set(scores) == set(baseline)


def test_the_sample_is_large_and_says_nothing_twice() -> None:
    texts: list[str] = []

    def walk(part: dict[str, Any] | list[str]) -> None:
        for each in part.values() if isinstance(part, dict) else ():
            walk(each)
        texts.extend(part if isinstance(part, list) else ())

    walk(tomllib.loads((HERE / "sample.toml").read_text("utf-8")))
    assert len(texts) == len(set(texts)) >= 200


@pytest.mark.parametrize(("tier", "gate"), TIERS.items())
def test_written_sentences_are_read_no_worse(tier: str, gate: str) -> None:
    check(written(tier), f"written{gate}")


@pytest.mark.slow
@pytest.mark.parametrize(("tier", "gate"), TIERS.items())
def test_known_rows_are_read_no_worse(tier: str, gate: str) -> None:
    try:
        data.folder()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    check(remembered(tier), f"remembered{gate}")


if __name__ == "__main__":
    found = {
        f"{name}{gate}": measure(tier)
        for name, measure in (("written", written), ("remembered", remembered))
        for tier, gate in TIERS.items()
    }
    BASELINE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
