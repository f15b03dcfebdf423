"""Learning a team's own pack from rows it labelled, and how well that reads beside the pack's words.

What is learned is what the packs that ship learned: a linear head that finds aspects, one that reads their polarity.
Rows are few, so thresholds and calibration come from margins of rows left out in turn (cross-fitting), and the words
of the pack are rows, too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import UsageError
from core.project import Pack, Project
from nlp.annotate import Annotator
from nlp.aspect_words import AspectWords
from nlp.heads import Head
from nlp.joining import SecondReading
from nlp.model import Models, shipped
from nlp.own import save_own
from nlp.train import data, fit, opinions

LEAST_ROWS = 500
LEAST_OPINIONS = 10  # of an aspect, and of a polarity that is used
_HELD_BACK = 3  # texts in ten
_FOLDS = 5
_WORD = np.float32(1.0)  # length of a word of the pack beside a text's n-grams
_RESAMPLED = 1000
Said = dict[str, str]  # aspect: polarity


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of counts, with the interval that holds it in 19 of 20 samples of such texts (None: nothing counted)."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How some texts were read: aspects found, aspects with their polarity ("pairs"), and how many of those found have
    the right polarity."""

    aspects: tuple[Figure, Figure, Figure]  # precision, recall, F1
    pairs: tuple[Figure, Figure, Figure]
    polarity: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What labelled rows taught: both readings of the texts held back, and heads learned from all rows.

    gain : what the F1 of pairs gains over the words; by_aspect : (labelled, F1 of pairs by words, and learned).
    """

    pack: Pack
    rows: int
    texts: int
    held_back: int
    by_words: Scores
    learned: Scores
    gain: Figure
    by_aspect: dict[str, tuple[int, float | None, float | None]]
    finder: Head
    reader: Head

    @property
    def helps(self) -> bool:
        """Whether it reads better than the words, chance aside."""
        return self.gain.low is not None and self.gain.low > 0


def check_rows(rows: Sequence[tuple[str, Said]], pack: Pack) -> None:
    """Raises `UsageError` where these labelled texts are too few to learn from, saying what to label next."""
    count = sum(max(1, len(said)) for _, said in rows)
    if count < LEAST_ROWS:
        raise UsageError(
            f"{count} labelled rows are too few to learn from; label {LEAST_ROWS} at least, or read by words"
        )
    of_aspect = Counter(aspect for _, said in rows for aspect in said)
    for aspect in pack.aspects:
        if of_aspect[aspect.id] < LEAST_OPINIONS:
            raise UsageError(
                f"aspect {aspect.id!r} has {of_aspect[aspect.id]} labelled rows; label {LEAST_OPINIONS} at least,"
                " or take it out of the pack"
            )
    of_side = Counter(polarity for _, said in rows for polarity in said.values())
    for polarity, found in sorted(of_side.items()):
        if found < LEAST_OPINIONS:
            raise UsageError(
                f"only {found} rows are {polarity}; label {LEAST_OPINIONS} at least, or leave those rows out"
            )
    if len(of_side) < 2:
        raise UsageError("all rows are of one polarity; label praise and blame, both")


def learn(
    rows: Sequence[tuple[str, Said]], pack: Pack, project: Project, models: Models | None = None
) -> Lesson:
    """Learns a pack from labelled texts (each once, with what is said of its aspects), and measures it.

    Three texts in ten are held back, chosen by their digests; the same rows give the same lesson in any order.
    Raises `UsageError` where they are too few (`check_rows`).
    """
    check_rows(rows, pack)
    models = models or shipped()
    told = _spread([data.Row(pack.id, text, "", said) for text, said in rows])
    kept = [row for at, row in enumerate(told) if at % 10 < _HELD_BACK]
    taught = [row for at, row in enumerate(told) if at % 10 >= _HELD_BACK]
    texts = [row.text for row in kept]
    by_words = read_by(replace(pack, trained=False, weights=None), texts, project, models)
    with TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.npz"
        save_own(weights, *fit_heads(taught, pack, models), models)
        learned = read_by(replace(pack, trained=True, weights=str(weights)), texts, project, models)
    gold = [row.extra for row in kept]
    finder, reader = fit_heads(told, pack, models)
    return Lesson(
        pack=pack,
        rows=sum(max(1, len(said)) for _, said in rows),
        texts=len(told),
        held_back=len(kept),
        by_words=measure(gold, by_words),
        learned=measure(gold, learned),
        gain=_gain(gold, by_words, learned),
        by_aspect={
            aspect.id: (
                sum(aspect.id in said for said in gold),
                _f1(gold, by_words, aspect.id),
                _f1(gold, learned, aspect.id),
            )
            for aspect in pack.aspects
        },
        finder=finder,
        reader=reader,
    )


def read_by(pack: Pack, texts: Sequence[str], project: Project, models: Models) -> list[Said]:
    """What a pack reads in texts that are known to be about its domain, by both tiers where the project has two."""
    others = tuple(other for other in project.packs if other.id != pack.id)
    annotator = Annotator(replace(project, packs=(*others, pack)), models)
    twice = np.full(len(texts), project.language.second_tier != "off")
    found = annotator.opinions.read(texts, pack.id, SecondReading(annotator.encoder, twice))
    return [{one.aspect: one.polarity for one in each} for each in found]


# --- Fitting -----------------------------------------------------------------------------------------


def fit_heads(rows: list[data.Row], pack: Pack, models: Models) -> tuple[Head, Head]:
    """The finder and the polarity head of a pack."""
    space, known = models.space(), models.knowledge()
    classes = tuple(aspect.id for aspect in pack.aspects)
    seeds = [data.Row(pack.id, word, "", {one.id: ""}) for one in pack.aspects for word in one.words]
    words = AspectWords(pack)
    texts = [row.text for row in [*rows, *seeds]]
    hits = words.hits(texts, classes) * _WORD
    plain = fit.matrix(texts, space)
    matrix = sparse.csr_array(sparse.hstack([plain, sparse.csr_array(hits)], format="csr"))
    gold = opinions.told([*rows, *seeds], classes)
    own = np.arange(len(gold)) < len(rows)
    margins = np.zeros((len(rows), len(classes)), dtype=np.float32)
    for left_out in _folds(len(rows)):
        learned = own.copy()
        learned[: len(rows)] &= ~left_out
        learned |= ~own
        weights, bias = opinions.weigh(matrix[learned], gold[learned])
        margins[left_out] = matrix[: len(rows)][left_out] @ weights + bias
    facts = opinions.thresholds(margins, gold[own])
    weights, bias = opinions.weigh(matrix, gold)
    facts["words"] = (weights[space.terms :] * _WORD).tolist()
    finder = Head(classes, weights[: space.terms], bias, facts)
    said = opinions.Opinions.of(rows, space, finder, words)
    read = np.zeros((len(said.labels), 3), dtype=np.float32)
    for left_out in _folds(len(rows)):
        asked = left_out[said.texts]
        read[asked] = said.where(~asked).learn(known).margins(said.where(asked), known)
    return finder, opinions.calibrated(said.learn(known).head, read, said.labels)


def _folds(rows: int) -> Iterator[NDArray[np.bool_]]:
    return (np.arange(rows) % _FOLDS == fold for fold in range(_FOLDS))


def _spread(rows: list[data.Row]) -> list[data.Row]:
    """The rows in an order of which every n-th is a fair sample: by the rarest aspect each has, then by digest."""
    counts = Counter(aspect for row in rows for aspect in row.extra)

    def place(row: data.Row) -> tuple[int, str, str]:
        rarest = min(row.extra, key=lambda aspect: (counts[aspect], aspect), default="")
        digest = hashlib.blake2b(row.text.encode("utf-8", "replace"), digest_size=8).hexdigest()
        return counts[rarest], rarest, digest

    return sorted(rows, key=place)


# --- Measuring ---------------------------------------------------------------------------------------


def measure(gold: Sequence[Said], said: Sequence[Said]) -> Scores:
    """How texts were read; intervals by resampling texts (B. Efron 1979), always the same ones."""
    found = np.array([len(a.keys() & b.keys()) for a, b in zip(gold, said, strict=True)])
    right = np.array([len(a.items() & b.items()) for a, b in zip(gold, said, strict=True)])
    labelled, named = np.array(list(map(len, gold))), np.array(list(map(len, said)))
    return Scores(
        aspects=_three(found, named, labelled),
        pairs=_three(right, named, labelled),
        polarity=_share(right, found),
    )


def _three(right: fit.I64, said: fit.I64, gold: fit.I64) -> tuple[Figure, Figure, Figure]:
    return _share(right, said), _share(right, gold), _share(2 * right, said + gold)


def _share(part: fit.I64, whole: fit.I64) -> Figure:
    drawn = _drawn(len(part))
    shares = part[drawn].sum(axis=1) / np.maximum(whole[drawn].sum(axis=1), 1)
    return _figure(float(part.sum() / whole.sum()) if whole.sum() else None, shares)


def _gain(gold: Sequence[Said], before: Sequence[Said], after: Sequence[Said]) -> Figure:
    """What the F1 of pairs gains, both readings of the same resampled texts compared."""
    drawn = _drawn(len(gold))
    values, samples = [], []
    for said in (before, after):
        right = np.array([2 * len(a.items() & b.items()) for a, b in zip(gold, said, strict=True)])
        both = np.array([len(a) + len(b) for a, b in zip(gold, said, strict=True)])
        values.append(right.sum() / max(both.sum(), 1))
        samples.append(right[drawn].sum(axis=1) / np.maximum(both[drawn].sum(axis=1), 1))
    return _figure(float(values[1] - values[0]), samples[1] - samples[0])


def _drawn(texts: int) -> fit.I64:
    return np.random.default_rng(0).integers(texts, size=(_RESAMPLED, texts))


def _figure(value: float | None, samples: NDArray[np.float64]) -> Figure:
    if value is None:
        return Figure(None, None, None)
    low, high = np.quantile(samples, (0.025, 0.975)).tolist()
    return Figure(value, low, high)


def _f1(gold: Sequence[Said], said: Sequence[Said], aspect: str) -> float | None:
    right = sum(aspect in a and a[aspect] == b.get(aspect) for a, b in zip(gold, said, strict=True))
    both = sum((aspect in a) + (aspect in b) for a, b in zip(gold, said, strict=True))
    return 2 * right / both if both else None
