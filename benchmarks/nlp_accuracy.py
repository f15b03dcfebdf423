"""Accuracy of the language room beside plain TF-IDF + LinearSVC, trained and measured in one run.

    python -m benchmarks.nlp_accuracy [--models FOLDER]

Both learn from the training part of the repo's own split (by normalised text over all sets) and are
measured on its test part; ours by `Annotator.read`/`annotate`, as `tingfeng annotate -` would answer, by the
linear heads alone and with the encoder where its files are there.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import tempfile
import time
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from benchmarks.nlp_scores import calibration_error, macro, pair_f1, polarity_f1, surest
from core.models import Annotation, Kind, Post
from nlp.annotate import Annotator
from nlp.model import MODELS, Models
from nlp.segment import Segmenter
from nlp.train import data
from nlp.train.build import build
from nlp.train.heads import SIGNS

INTENT = Path(__file__).parents[1] / "tests/nlp/intent.toml"
EMOTICON = re.compile(r"\[[^\[\]\s]{1,8}\]")
Scores = dict[str, float]


def stripped(text: str) -> str:
    """A text without its bracketed emoticons."""
    return EMOTICON.sub("", text)


def ours(models: Models, tier: str) -> Scores:
    """The scores of models trained without the test part, the second tier "off" or asked where "unsure"."""
    annotator = Annotator(models=models, second_tier=tier)

    def read(texts: Sequence[str]) -> list[Annotation]:
        return annotator.annotate(
            [Post(id=str(at), platform="text", kind=Kind.POST, text=text) for at, text in enumerate(texts)]
        )

    scores: Scores = {}
    for name, rows in _polar().items():
        found = read([stripped(row.text) if name == "weibo100k stripped" else row.text for row in rows])
        gold = np.array([SIGNS[row.label] for row in rows])
        felt = [each.sentiment for each in found if each.sentiment]
        said = np.array([1 if each.score > 0 else -1 for each in felt])
        sure = np.array([each.confidence for each in felt])
        scores[name] = macro(gold, said)
        scores[f"{name}: surest 70 %, accuracy"] = surest(gold, said, sure)
        scores[f"{name}: calibration error"] = calibration_error(sure, gold == said)
        scores[f"{name}: called neutral"] = float(np.mean([each.label == "neutral" for each in felt]))
    for name, rows in _emotional().items():
        said = np.array([each.emotion.label for each in read([row.text for row in rows]) if each.emotion])
        scores[name] = macro([row.label for row in rows], said)
    for name, rows in _packs().items():
        opinions = [
            {each.aspect: each.polarity for each in annotator.read(row.text, domain=name).aspects}
            for row in rows
        ]
        scores[f"{name} pair"] = pair_f1(rows, opinions)
        scores[f"{name} polarity (aspects found)"] = polarity_f1(rows, opinions)
    for name, rows in _terms().items():
        labels = [
            annotator.read(row.text, domain=name, aspect_terms=[row.extra[0]]).aspects[0].polarity
            for row in rows
        ]
        scores[f"{name} term"] = float(np.mean([a == row.label for a, row in zip(labels, rows, strict=True)]))
    return scores


def plain() -> Scores:
    """The same tasks by the textbook recipe, one model a set."""
    general = data.split([*data.polarity(), *data.emotion()])
    train = [*general.train, *general.dev]
    scores: Scores = {}
    for name, rows in _polar().items():
        change: Callable[[str], str] = stripped if name == "weibo100k stripped" else str
        own = [row for row in train if row.origin == rows[0].origin and SIGNS[row.label]]
        margins = _margins([change(row.text) for row in own], [SIGNS[row.label] for row in own])
        found = margins([change(row.text) for row in rows])
        gold, said = np.array([SIGNS[row.label] for row in rows]), np.where(found > 0, 1, -1)
        scores[name] = macro(gold, said)
        scores[f"{name}: surest 70 %, accuracy"] = surest(gold, said, np.abs(found))
    for name, rows in _emotional().items():
        own = [row for row in train if row.origin == rows[0].origin]
        predict = _fit([row.text for row in own], [row.label for row in own])
        scores[name] = macro([row.label for row in rows], predict([row.text for row in rows]))
    for name, rows in _packs().items():
        split = data.split(data.cars() if name == "car" else data.makeup())
        opinions = _plain_pack([*split.train, *split.dev], rows)
        scores[f"{name} pair"] = pair_f1(rows, opinions)
        scores[f"{name} polarity (aspects found)"] = polarity_f1(rows, opinions)
    split = data.split(data.terms())
    for name, rows in _terms().items():
        own = [row for row in [*split.train, *split.dev] if row.origin == name]
        predict = _fit([f"{row.extra[0]} {row.text}" for row in own], [row.label for row in own])
        said = predict([f"{row.extra[0]} {row.text}" for row in rows])
        scores[f"{name} term"] = float(np.mean(said == np.array([row.label for row in rows])))
    return scores


def stages(annotator: Annotator) -> tuple[Scores, Scores]:
    """Purchase stages of the invented posts the rules were not tuned on: the rules, and a plain classifier.

    The plain one learns from the table that the rules grew with.
    """
    table = tomllib.loads(INTENT.read_text("utf-8"))
    known, fresh = _told(table), _told(table["fresh"])
    predict = _fit([text for text, _ in known], [stage for _, stage in known])
    texts = [text for text, _ in fresh]
    gold = [stage for _, stage in fresh]
    return (
        _found(gold, [annotator.read(text).intent or "none" for text in texts]),
        _found(gold, list(predict(texts))),
    )


def _told(table: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        *((text, stage) for stage, texts in table["stages"].items() for text in texts),
        *((text, "none") for texts in table["none"].values() for text in texts),
    ]


def _found(gold: Sequence[str], said: Sequence[str]) -> Scores:
    right = sum(a == b != "none" for a, b in zip(gold, said, strict=True))
    return {
        "purchase stage: precision": right / max(1, sum(b != "none" for b in said)),
        "purchase stage: recall": right / sum(a != "none" for a in gold),
    }


def _plain_pack(train: list[data.Row], rows: list[data.Row]) -> list[dict[str, str]]:
    """One classifier an aspect; polarity over the text with the aspect's name before each half."""
    classes = sorted({aspect for row in train for aspect in row.extra})
    union = _union().fit([_normal(row.text) for row in train])
    left, right = (union.transform([_normal(row.text) for row in part]) for part in (train, rows))
    said = np.stack(
        [LinearSVC().fit(left, [name in row.extra for row in train]).predict(right) for name in classes],
        axis=1,
    )
    told = [(f"{aspect} {row.text}", polarity) for row in train for aspect, polarity in row.extra.items()]
    predict = _fit([text for text, _ in told], [polarity for _, polarity in told])
    opinions = []
    for row, flags in zip(rows, said, strict=True):
        found = [classes[at] for at in np.flatnonzero(flags)]
        read = predict([f"{aspect} {row.text}" for aspect in found]) if found else np.array([])
        opinions.append(dict(zip(found, read, strict=True)))
    return opinions


def _union() -> FeatureUnion:
    words = TfidfVectorizer(
        tokenizer=_segmenter.cut, token_pattern=None, ngram_range=(1, 2), sublinear_tf=True, min_df=2
    )
    chars = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2)
    return FeatureUnion([("words", words), ("chars", chars)])


_segmenter = Segmenter()


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"@[\w\-]+", "@", re.sub(r"https?://\S+", " ", text))


Answers = Callable[[Sequence[str]], np.ndarray]


def _fit(texts: Sequence[str], labels: Sequence[object]) -> Answers:
    """What tells the labels of texts."""
    return _learned(texts, labels, "predict")


def _margins(texts: Sequence[str], labels: Sequence[object]) -> Answers:
    """What tells how far texts are on the larger label's side of two."""
    return _learned(texts, labels, "decision_function")


def _learned(texts: Sequence[str], labels: Sequence[object], asked: str) -> Answers:
    union = _union()
    model = LinearSVC(C=1.0, random_state=0)
    model.fit(union.fit_transform([_normal(text) for text in texts]), labels)
    answer = getattr(model, asked)
    return lambda rows: np.asarray(answer(union.transform([_normal(text) for text in rows])))


def _polar() -> dict[str, list[data.Row]]:
    test = data.split([*data.polarity(), *data.emotion()]).test
    by = {
        name: [row for row in test if row.origin == name]
        for name in ("weibo2018", "hotel", "waimai", "shopping")
    }
    emoticons = [row for row in test if row.origin == "weibo100k"]
    return {"weibo100k with emoticons": emoticons, "weibo100k stripped": emoticons, **by}


def _emotional() -> dict[str, list[data.Row]]:
    test = data.split([*data.polarity(), *data.emotion()]).test
    return {f"emotion {name}": [row for row in test if row.origin == name] for name in ("usual", "virus")}


def _packs() -> dict[str, list[data.Row]]:
    return {"car": data.split(data.cars()).test, "cosmetics": data.split(data.makeup()).test}


def _terms() -> dict[str, list[data.Row]]:
    test = data.split(data.terms()).test
    return {name: [row for row in test if row.origin == name] for name in data.DOMAINS}


def measured(models: Path | None) -> dict[str, Scores]:
    """The scores of "plain", of the "fast" tier and of "both", which is empty without the encoder's files.

    `models` is a folder of models trained with ``--held-out``; else they are trained now.
    """
    with tempfile.TemporaryDirectory() as folder:
        if models is None:
            models = Path(folder)
            build(models, held_out=True)
        held = Models(models).beside(MODELS)
        fast = ours(held, "off")
        both = ours(held, "unsure") if held.encoder() else {}
        staged, staged_plainly = stages(Annotator(models=held, second_tier="off"))
    return {"plain": plain() | staged_plainly, "fast": fast | staged, "both": both}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models", type=Path, help="models trained with --held-out; else they are trained now"
    )
    parser.add_argument("--json", type=Path, help="also write the scores there")
    arguments = parser.parse_args()
    started = time.perf_counter()
    scores = measured(arguments.models)
    print(f"{'task':42} {'plain':>7} {'fast':>7} {'both':>7}")
    for name in scores["fast"]:
        cells = (scores[column].get(name) for column in scores)
        print(f"{name:42} " + " ".join(f"{'':7}" if cell is None else f"{cell:7.4f}" for cell in cells))
    print(f"Python {platform.python_version()}, {time.perf_counter() - started:.0f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(scores, indent=1), "utf-8")


if __name__ == "__main__":
    main()
