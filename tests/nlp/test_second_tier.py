"""The second tier: whom it reads, how its answer is joined to the first, and that nothing else moves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import TingfengError
from core.models import Annotation, Kind, Post
from core.project import Brand, Product, Project, Reading, Title
from nlp.annotate import Annotator
from nlp.clean import clean
from nlp.encoder import CARD, GRAPH, TOKENIZER, Encoder, prepared
from nlp.features import grams
from nlp.feeling import NEUTRAL_LINE, Feeling, Feelings
from nlp.model import MODELS, Models, shipped
from tests.nlp.small_encoder import logits, made
from tests.nlp.test_annotate import HOSTILE, check

ALWAYS, NEVER = 1.1, 0.0
FEELINGS: dict[str, Any] = {
    "polarity": {"fast": 0.5, "encoder": 0.7, "offsets": [0.1, -0.2]},
    "neutral": {"fast": 0.8, "encoder": 0.3, "offsets": [0.0, 0.4]},
    "emotion": {"fast": 0.6, "encoder": 0.9, "offsets": [0.0, 0.1, 0.2, 0.0, -0.1, 0.0]},
}
OPINIONS = {
    task: {"fast": 0.5, "encoder": 0.7, "offsets": [0.3, 0.0, -0.3]}
    for task in ("terms", "opinions-car", "opinions-cosmetics")
}
FINDERS: dict[str, Any] = {
    f"aspects-{domain}": {"fast": 0.6, "encoder": 0.8, "offsets": [-0.5] * size}
    for domain, size in (("car", 10), ("cosmetics", 13))
}
TEXTS = (
    "这车的油耗很好，空间不小",
    "今天的天气是很好的[爱你]",
    "客服很差，我不会再来了",
    "一天一天的，不好不差",
    "同感//@甲:车的空间大",
    "屏幕很大，电池不好。" * 30,
)
PROJECT = Project(
    id="p",
    title=Title(zh="甲", en="A"),
    brands=(
        Brand(
            id="b", title=Title(zh="乙", en="B"), names=("澜石",), products=(Product(id="s7", names=("S7",)),)
        ),
    ),
)


def posts(texts: list[str]) -> list[Post]:
    return [Post(id=f"x:{at}", platform="x", kind=Kind.POST, text=text) for at, text in enumerate(texts)]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Models]:
    """Models with a small encoder; the same arguments give the same models."""
    known: dict[float, Models] = {}

    def models(gate: float) -> Models:
        if gate not in known:
            folder = tmp_path_factory.mktemp("models")
            known[gate] = made(folder, gate=gate, combine=FEELINGS | OPINIONS | FINDERS)
        return known[gate]

    return models


@pytest.fixture(scope="module")
def first() -> Annotator:
    """The linear heads alone."""
    return Annotator(second_tier="off")


@pytest.fixture(scope="module")
def both(make: Callable[..., Models]) -> Annotator:
    """Asks the encoder about everything."""
    return Annotator(models=make(ALWAYS), second_tier="unsure")


def anew(models: Models) -> Models:
    """The same with an encoder that remembers nothing."""
    encoder = models.encoder()
    assert encoder is not None
    return shipped().beside(encoder.folder)


def feelings(annotator: Annotator, text: str) -> Feelings:
    cleaned = clean([text])
    return Feeling(shipped()).read(annotator.space.matrix(cleaned, grams(cleaned, annotator.segmenter.cut)))


def joined(task: dict[str, Any], shares: np.ndarray, second: np.ndarray) -> np.ndarray:
    z = task["fast"] * np.log(shares) + task["encoder"] * second + np.array(task["offsets"])
    return np.exp(z) / np.exp(z).sum()


def test_a_sure_text_keeps_its_first_answer(first: Annotator, make: Callable[..., Models]) -> None:
    both = Annotator(models=make(NEVER))
    for text in TEXTS:
        for domain in (None, "car", "cosmetics", "phone"):
            found = both.read(text, domain=domain)
            assert found == first.read(text, domain=domain)
            assert found.models["language"].startswith("linear-")
            assert "encoder" not in found.models["language"]
    assert both.encoder is not None
    assert both.encoder.runs == 0


@pytest.mark.parametrize("text", TEXTS)
def test_feelings_are_joined_as_reckoned_by_hand(first: Annotator, both: Annotator, text: str) -> None:
    told = feelings(first, text)
    given = prepared(text)
    found = both.read(text)
    pairs = [np.array([1 - each[0], each[0]]) for each in (told.positive, told.neutral)]
    emotions = logits("emotion", given)
    neutral = 3
    sides = np.array([np.log(np.exp(np.delete(emotions, neutral)).sum()), emotions[neutral]])
    positive = joined(FEELINGS["polarity"], pairs[0], logits("polarity", given))[1]
    none = joined(FEELINGS["neutral"], pairs[1], sides)[1]
    felt = joined(FEELINGS["emotion"], told.emotions[0], emotions)
    assert found.sentiment is not None
    assert found.emotion is not None
    label = "neutral" if none > NEUTRAL_LINE else "positive" if positive > 0.5 else "negative"
    assert found.sentiment.label == label
    assert found.sentiment.score == pytest.approx((2 * positive - 1) * (1 - none), abs=2e-4)
    sure = none if none > NEUTRAL_LINE else max(positive, 1 - positive)
    assert found.sentiment.confidence == pytest.approx(sure, abs=2e-4)
    assert list(found.emotion.scores.values()) == pytest.approx(felt.tolist(), abs=2e-4)
    assert found.emotion.label == list(found.emotion.scores)[felt.argmax()]
    assert all(word in text for word in found.sentiment.evidence)
    assert found.models["language"].endswith("+encoder-small")


@pytest.mark.parametrize(("text", "asked"), [("一点也不难吃", True), ("很好", False)])
def test_a_text_that_a_turn_may_decide_is_asked_about_however_sure(
    first: Annotator, tmp_path: Path, text: str, asked: bool
) -> None:
    turn = {"fast": 0.2, "encoder": 1.5, "offsets": [0.0, 0.3]}
    models = made(tmp_path, gate=NEVER, combine=FEELINGS | {"turned": turn})
    found = Annotator(models=models, second_tier="unsure").read(text)
    told = feelings(first, text)
    sides = np.array([1 - told.positive[0], told.positive[0]])
    positive = joined(turn, sides, logits("polarity", prepared(text)))[1] if asked else sides[1]
    assert found.sentiment is not None
    assert found.sentiment.label == ("positive" if positive > 0.5 else "negative")
    assert found.sentiment.confidence == pytest.approx(max(positive, 1 - positive), abs=2e-4)
    assert ("encoder" in found.models["language"]) == asked


def test_a_term_is_joined_with_the_text_around_it(first: Annotator, both: Annotator) -> None:
    text = "我" * 100 + "屏幕很大" + "你" * 100
    told = first.read(text, aspect_terms=["屏幕"]).aspects[0]
    found = both.read(text, aspect_terms=["屏幕"]).aspects[0]
    second = logits("opinion", "我" * 60 + "屏幕很大" + "你" * 58, "屏幕")
    # the first tier tells the share of its own label alone: of the two others only the sum is known
    rest = (1 - told.confidence) / 2
    names = ("negative", "neutral", "positive")
    low = [told.confidence if name == told.polarity else 1e-6 for name in names]
    high = [told.confidence if name == told.polarity else 2 * rest for name in names]
    at = names.index(found.polarity)
    bounds = sorted(joined(OPINIONS["terms"], np.array(each), second)[at] for each in (low, high))
    assert bounds[0] - 1e-3 <= found.confidence <= bounds[1] + 1e-3
    assert (found.target, found.evidence) == (told.target, told.evidence)


def test_aspects_are_those_the_joined_reading_finds(first: Annotator, tmp_path: Path) -> None:
    names = shipped().head("aspects-car").classes
    offsets = [6.0 if name == "空间" else -6.0 for name in names]
    combine = {
        "aspects-car": {"fast": 0.0, "encoder": 0.0, "offsets": offsets},
        "opinions-car": {"fast": 0.0, "encoder": 0.0, "offsets": [2.0, 0.0, 0.0]},
    }
    found = Annotator(models=made(tmp_path, gate=ALWAYS, combine=combine)).read(
        "油耗高，动力足", domain="car"
    )
    assert [(each.aspect, each.polarity) for each in found.aspects] == [("空间", "negative")]
    share = np.exp(2) / (np.exp(2) + 2)
    assert found.aspects[0].confidence == pytest.approx(share / (1 + np.exp(-6)), abs=1e-4)
    assert found.sentiment == first.read("油耗高，动力足").sentiment


def test_a_text_is_read_alike_in_any_batch(both: Annotator, make: Callable[..., Models]) -> None:
    texts = [*TEXTS, *HOSTILE, *TEXTS]
    alone = [both.annotate(posts([text]))[0] for text in texts]
    fresh = Annotator(models=anew(make(ALWAYS)), second_tier="unsure")
    assert fresh.annotate(posts(texts[::-1])) == alone[::-1]
    assert both.annotate(posts(texts)) == alone
    assert [both.read(text) for text in texts] == alone


def test_copies_are_run_once(make: Callable[..., Models]) -> None:
    annotator = Annotator(models=anew(make(ALWAYS)), second_tier="unsure")
    assert annotator.encoder is not None
    annotator.annotate(posts(["天气很好"] * 50 + ["天气不好"] * 50))
    assert annotator.encoder.runs == 2


def asked(found: Annotation) -> bool:
    return "encoder" in found.models["language"]


@pytest.mark.parametrize(
    ("tier", "wanted", "alone"),
    [("named", [True, True, False], True), ("unsure", [True] * 3, True), ("off", [False] * 3, False)],
)
def test_the_project_says_what_is_read_again(
    make: Callable[..., Models], tier: str, wanted: list[bool], alone: bool
) -> None:
    project = Project(
        id=PROJECT.id, title=PROJECT.title, brands=PROJECT.brands, language=Reading(second_tier=tier)
    )
    annotator = Annotator(project, make(ALWAYS))
    found = annotator.annotate(posts(["澜石的空间很大", "S7很好", "天气很好"]))
    assert [asked(each) for each in found] == wanted
    assert asked(annotator.read("天气很好")) == alone


def test_without_its_files_the_first_tier_reads_alone(first: Annotator, tmp_path: Path) -> None:
    annotator = Annotator(models=shipped().beside(tmp_path))
    assert annotator.encoder is None
    for text in TEXTS:
        assert annotator.read(text) == first.read(text)


@pytest.mark.parametrize("name", [CARD, GRAPH, TOKENIZER])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    models = made(tmp_path, gate=ALWAYS, combine=FEELINGS)
    (tmp_path / name).write_bytes(b"{]")
    with pytest.raises(TingfengError, match=name):
        Annotator(models=models, second_tier="unsure").annotate(posts([TEXTS[0]]))


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_is_answered(both: Annotator, number: int) -> None:
    for domain in (None, "car", "phone"):
        check(both.read(HOSTILE[number], domain=domain))
    check(both.read(HOSTILE[number], domain="car", aspect_terms=["空间", "", "\ud800"]))


def test_a_megabyte_is_read(both: Annotator) -> None:
    check(both.read("这台车的后排空间很大" * 100_000))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        (" \ud800\u200b", ""),
        ("很好[爱你]", "很好[爱你]"),
        ("同感//@甲:車很大 https://example.org/x", "同感 // 车很大"),
        ("一" * 60 + "二" * 60, "一" * 60 + "二" * 60),
        ("一" * 60 + "中" + "二" * 60, "一" * 60 + "…" + "二" * 60),
    ],
)
def test_what_the_encoder_is_given(text: str, wanted: str) -> None:
    assert " ".join(prepared(text).split()) == wanted


def test_the_shipped_encoder_knows_the_classes_of_the_linear_heads() -> None:
    assert Encoder.there(MODELS)
    card = json.loads((MODELS / CARD).read_text("utf-8"))
    heads = {"emotion": "emotion", "car": "aspects-car", "cosmetics": "aspects-cosmetics"}
    for output, head in heads.items():
        assert tuple(card["outputs"][output]) == shipped().head(head).classes
    for task, told in card["combine"].items():
        assert len(told["offsets"]) == len(
            card["outputs"].get(task.removeprefix("aspects-"), told["offsets"])
        )
        assert 0 <= card["gates"][task] <= ALWAYS


@pytest.mark.parametrize("text", ["好", "这车油耗高，空间小[怒]", "一二三四五六七八九十" * 12])
def test_the_shipped_graph_tells_every_head_of_a_text_of_any_length(text: str) -> None:
    encoder = Encoder(MODELS)
    found = {head: encoder.logits(head, [(text, None), (text, "空间")]) for head in encoder.outputs}
    assert encoder.runs == 2
    for head, told in found.items():
        assert told.shape == (2, len(encoder.outputs[head]))
        assert np.isfinite(told).all()
        assert np.ptp(told) > 0


def test_what_ships_stays_small() -> None:
    files = list(MODELS.iterdir())
    second = sum(path.stat().st_size for path in files if path.name.startswith("encoder"))
    assert second < 25_000_000
    assert sum(path.stat().st_size for path in files) < 60_000_000
