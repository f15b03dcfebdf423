"""Joining the tiers: how the encoder and the linear heads are pooled, and where one need not ask.

Both are asked about the tuning part, from which neither has learned: the linear heads that are asked are made
for this alone, since those that ship learn from everything once they are calibrated. The numbers go into the
encoder's card, with the scores on the test part of heads that have seen the tuning part but not that.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import f1_score

from nlp.annotate import Annotator
from nlp.aspects import POLARITIES
from nlp.clauses import units
from nlp.clean import EMOTICON
from nlp.encoder import CARD, F64, Encoder, prepared
from nlp.heads import Head
from nlp.joining import SecondReading, logs, neutral_sides
from nlp.model import Models
from nlp.train import data, heads
from nlp.train.build import build
from nlp.train.composed import composed
from nlp.turns import turned

log = logging.getLogger("nlp.train.encoder_join")
STRIPPED = "weibo100k stripped"
REVIEWS = ("hotel", "waimai", "shopping")
POWERS = (0.0, 0.15, 0.3, 0.45, 0.6)  # how much rare classes are weighed up in the fit
GATES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 1.1)
MOST = 6_000  # rows of a set that are asked about
LOST = 0.0015  # of a score, that a gate may cost
# gates that are not fitted. Joined, rare polarities of aspects that were found gain what whole pairs lose: the
# linear heads read them alone. Where a turn may decide a text, the linear heads are as sure when they are wrong.
SET = {"opinions-car": 0.0, "opinions-cosmetics": 0.0, "turned": 1.1}
COMPOSED = 300  # sentences that were put together; about as many of people's have a turn
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Told:
    """What both tiers say of the rows of one task.

    first : (N, K) log-probabilities of the linear head, log-odds where a row may have several labels;
    second : (N, K) logits; gold : (N,) classes or (N, K) flags; sure : (N,) confidence of the linear head.
    """

    first: F64
    second: F64
    gold: NDArray[Any]
    sure: F64
    origins: NDArray[np.str_]
    line: float = 0.0  # what the linear head itself calls found

    @property
    def multiple(self) -> bool:
        return self.gold.ndim == 2

    def scores(self, joint: dict[str, Any], gate: float = 1.1) -> F64:
        """(N, K) z; below 1.1 the linear head's own where it is surer than the gate."""
        z: F64 = joint["fast"] * self.first + joint["encoder"] * self.second + np.array(joint["offsets"])
        return np.where((self.sure < gate)[:, None], z, self.alone)

    @property
    def alone(self) -> F64:
        """(N, K) z of the linear head alone."""
        return self.first - self.line

    def of(self, rows: NDArray[np.bool_]) -> Told:
        """The rows of a mask."""
        return replace(
            self,
            first=self.first[rows],
            second=self.second[rows],
            gold=self.gold[rows],
            sure=self.sure[rows],
            origins=self.origins[rows],
        )


class Listener(SecondReading):
    """Stands where the second reading stands, writes down what it is asked, and shows every labelled aspect."""

    def __init__(self, encoder: Encoder, golds: Sequence[dict[str, str]]) -> None:
        super().__init__(encoder, np.ones(len(golds), dtype=bool))
        self._heard, self._golds = encoder, golds
        self.found: list[tuple[F64, F64, NDArray[Any]]] = []
        self.read: list[tuple[F64, F64, NDArray[Any]]] = []

    def polarities(
        self, task: str, first: F64, texts: Sequence[str], terms: Sequence[str], owners: Sequence[int]
    ) -> tuple[I64, F64]:
        inputs = [(prepared(text), prepared(term)) for text, term in zip(texts, terms, strict=True)]
        gold = [POLARITIES.index(self._golds[at][term]) for at, term in zip(owners, terms, strict=True)]
        self.read.append((first.copy(), self._heard.logits("opinion", inputs), np.array(gold)))
        return np.zeros(0, dtype=np.int64), first[:0]

    def aspects(
        self, domain: str, first: F64, texts: Sequence[str], owners: Sequence[int]
    ) -> tuple[I64, F64]:
        classes = self._heard.outputs[domain]
        flags = np.array([[name in self._golds[at] for name in classes] for at in owners])
        logits = self._heard.logits(domain, [(prepared(text), None) for text in texts])
        self.found.append((first.copy(), logits, flags))
        return np.arange(len(first)), flags.astype(np.float64)


def hear(part: str, models: Models, encoder: Encoder) -> dict[str, Told]:
    """What both tiers say of the rows of a part, by task."""
    annotator = Annotator(models=models, second_tier="off")
    told = _felt(getattr(data.split([*data.polarity(), *data.emotion()]), part), annotator, encoder)
    for domain, rows in (("car", data.cars()), ("cosmetics", data.makeup())):
        # pieces of longer texts have no labels of their own
        whole = [row for row in getattr(data.split(rows), part) if len(units(row.text)) == 1]
        listener = Listener(encoder, [row.extra for row in whole])
        annotator.opinions.read([row.text for row in whole], domain, listener)
        told[f"aspects-{domain}"] = _multiple(listener.found, models.head(f"aspects-{domain}"))
        told[f"opinions-{domain}"] = _single(listener.read, ["all"] * len(listener.read))
    heard, origins = [], []
    for row in getattr(data.split(data.terms()), part):
        listener = Listener(encoder, [{row.extra[0]: row.label}])
        annotator.opinions.terms(row.text, [row.extra[0]], row.origin, listener)
        heard += listener.read
        origins += [row.origin] * len(listener.read)
    told["terms"] = _single(heard, origins)
    return told


def _felt(rows: Sequence[data.Row], annotator: Annotator, encoder: Encoder) -> dict[str, Told]:
    order = np.random.default_rng(0).permutation(len(rows)).tolist()
    sets = {name: [rows[at] for at in order if rows[at].origin == name] for name in heads.DROPPED + REVIEWS}
    rows = [row for found in sets.values() for row in found[:MOST]]
    rows += composed(rows, seed=len(rows))[:COMPOSED]
    bare = [row for row in rows if row.origin == "weibo100k"]
    texts = [row.text for row in rows] + [EMOTICON.sub("", row.text) for row in bare]
    origins = np.array([row.origin for row in rows] + [STRIPPED] * len(bare))
    labels = np.array([row.label for row in [*rows, *bare]])
    signs = np.array([heads.SIGNS[label] for label in labels])
    felt = annotator.feeling.read(annotator.opinions.matrix(texts))
    inputs = [(prepared(text), None) for text in texts]
    logits = {head: encoder.logits(head, inputs) for head in ("polarity", "emotion")}
    emotional = np.isin(origins, ("usual", "virus"))
    polar = np.stack((1 - felt.positive, felt.positive), axis=1)
    neutral = np.stack((1 - felt.neutral, felt.neutral), axis=1)
    second = neutral_sides(logits["emotion"], data.EMOTIONS.index("neutral"))
    emotions = np.searchsorted(data.EMOTIONS, labels)

    def told(first: F64, other: F64, gold: NDArray[Any], sets: NDArray[np.str_] = origins) -> Told:
        return Told(logs(first), other, gold, first.max(axis=1), sets)

    by_people = origins != "composed"
    everything = np.full(len(texts), "all")
    polarity = told(polar, logits["polarity"], (signs > 0).astype(np.int64))
    turns = replace(polarity, origins=np.where(by_people, "people's", "composed"))
    neutral_told = told(neutral, second, (signs == 0).astype(np.int64), everything)
    return {
        "polarity": polarity.of(by_people & (signs != 0)),
        "turned": turns.of(turned(texts) & (signs != 0)),
        "neutral": neutral_told.of(by_people & (labels != "surprise")),
        "emotion": told(felt.emotions, logits["emotion"], emotions).of(emotional),
    }


def _single(heard: Sequence[tuple[F64, F64, NDArray[Any]]], origins: Sequence[str]) -> Told:
    first, second, gold = (np.concatenate(parts) for parts in zip(*heard, strict=True))
    names = np.repeat(np.array(origins), [len(parts[0]) for parts in heard])
    return Told(logs(first), second, gold, first.max(axis=1), names)


def _multiple(heard: Sequence[tuple[F64, F64, NDArray[Any]]], finder: Head) -> Told:
    first, second, gold = (np.concatenate(parts) for parts in zip(*heard, strict=True))
    sure = np.maximum(first, 1 - first).min(axis=1)
    a, b = finder.facts["platt"]
    line = a * finder.facts["lines"][0] + b
    return Told(logs(first) - logs(1 - first), second, gold, sure, np.array(["all"] * len(first)), line)


def fit(told: Told, power: float = 0.0) -> dict[str, Any]:
    """The numbers that make the labels likeliest, sets weighed alike, rare classes by `power`."""
    width = told.first.shape[1]
    _, of, sizes = np.unique(told.origins, return_inverse=True, return_counts=True)
    weights = sizes[of] ** -0.5
    if not told.multiple:
        weights = weights * np.bincount(told.gold, minlength=width)[told.gold] ** -power
    weights = weights / weights.sum()

    def loss(at: F64) -> float:
        z = at[0] * told.first + at[1] * told.second + at[2:]
        if told.multiple:
            lost = np.logaddexp(0, np.where(told.gold, -z, z)).sum(axis=1)
        else:
            lost = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(z)), told.gold]
        return float((weights * lost).sum() + 1e-3 * (at[2:] ** 2).sum())

    bounds = [(0, None)] * 2 + [(None, None)] * width  # nobody is believed the contrary of what they say
    start = np.concatenate(([0.5, 0.5], np.zeros(width)))
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return {
        "fast": float(found[0]),
        "encoder": float(found[1]),
        "offsets": [float(each) for each in found[2:]],
    }


def score(told: Told, z: F64) -> float:
    """Mean over the sets of macro-F1; micro-F1 of several labels; macro-F1 and accuracy halved for opinions."""
    if told.multiple:
        said = z > 0
        return float(2 * (said & told.gold).sum() / max(1, said.sum() + told.gold.sum()))
    said = z.argmax(axis=1)
    found = []
    for name in sorted(set(told.origins.tolist())):
        rows = told.origins == name
        found.append(f1_score(told.gold[rows], said[rows], average="macro"))
    mean = float(np.mean(found))
    return (mean + float((said == told.gold).mean())) / 2 if z.shape[1] == len(POLARITIES) else mean


def best(told: Told) -> dict[str, Any]:
    """The joint of the weighing that scores best; of several labels the line moved to the best F1."""
    if told.multiple:
        joint = fit(told)
        z = told.scores(joint)
        shift = max(np.arange(-1.5, 1.55, 0.1).tolist(), key=lambda by: (score(told, z + by), -abs(by)))
        return joint | {"offsets": [each + shift for each in joint["offsets"]]}
    if told.first.shape[1] == 2:  # two classes are about even: calibration comes first
        return fit(told)
    joints = [fit(told, power) for power in POWERS]
    return max(joints, key=lambda joint: score(told, told.scores(joint)))


def gate(told: Told, joint: dict[str, Any]) -> float:
    """The lowest confidence of the linear head that may pass without a loss to speak of."""
    whole = score(told, told.scores(joint))
    return next(each for each in GATES if score(told, told.scores(joint, each)) >= whole - LOST)


def measure(told: dict[str, Told], card: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """By task and set: each tier alone, joined for all, joined below the gates; and how many are asked."""
    out: dict[str, dict[str, dict[str, float]]] = {}
    for task, each in told.items():
        joint, line = card["combine"][task], card["gates"][task]
        ways = {
            "fast": each.alone,
            "encoder": each.second,
            "joined": each.scores(joint),
            "gated": each.scores(joint, line),
        }
        out[task] = {}
        for name in sorted(set(each.origins.tolist())):
            rows = each.origins == name
            part = each.of(rows)
            found = {
                f"{way}{kind}": value
                for way, z in ways.items()
                for kind, value in _figures(part, z[rows]).items()
            }
            found["asked"] = float((part.sure < line).mean())
            out[task][name] = {key: round(value, 4) for key, value in found.items()}
    return out


def _figures(told: Told, z: F64) -> dict[str, float]:
    if told.multiple:
        return {" F1": score(told, z)}
    said = z.argmax(axis=1)
    right = said == told.gold
    shares = np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None]).max(axis=1)
    bins = np.minimum((shares * 10).astype(int), 9)
    error = sum(abs(float((shares - right)[bins == at].sum())) for at in range(10)) / len(z)
    surest = right[np.argsort(-shares, kind="stable")[: int(len(z) * 0.7)]]
    return {
        " F1": float(f1_score(told.gold, said, average="macro")),
        " accuracy": float(right.mean()),
        " surest": float(surest.mean()),
        " error": float(error),
    }


def join(folder: Path, work: Path, card: dict[str, Any]) -> None:
    """Fit the encoder of a folder to the linear heads and write its card, `combine`, `gates` and `scores` added.

    The linear heads are made in `work`, unless they are there.
    """
    blind, held = work / "blind", work / "held"
    for path, choice in ((blind, {"blind": True}), (held, {"held_out": True})):
        if not (path / "terms.npz").is_file():
            build(path, **choice)
    path = folder / CARD
    path.write_text(_text(card | {"combine": {}, "gates": {}}), "utf-8")
    encoder = Encoder(folder)
    dev = hear("dev", Models(blind), encoder)
    card = card | {"combine": {task: best(told) for task, told in dev.items()}}
    card["gates"] = {
        task: SET[task] if task in SET else gate(told, card["combine"][task]) for task, told in dev.items()
    }
    log.info("fitted: %s", measure(dev, card))
    card["scores"] = measure(hear("test", Models(held), encoder), card)
    path.write_text(_text(card), "utf-8")


def _text(card: dict[str, Any]) -> str:
    return json.dumps(card, ensure_ascii=False, indent=1) + "\n"
