"""The heads every post is read with: polarity, neutrality and the six emotions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.feeling import mixed
from nlp.heads import Head
from nlp.space import F32, Space
from nlp.train import data, fit

SIGNS = {
    "positive": 1,
    "negative": -1,
    "happy": 1,
    "angry": -1,
    "sad": -1,
    "fear": -1,
    "neutral": 0,
    "surprise": 0,
}
KINDS = ("weibo100k", "weibo2018", "ewect", "hotel", "waimai", "shopping")
DROPPED = ("weibo100k", "weibo2018", "usual", "virus")  # sets whose emoticons are dropped in a second copy


@dataclass(frozen=True, slots=True)
class Corpus:
    """Rows with their matrix."""

    rows: list[data.Row]
    matrix: sparse.csr_array

    @property
    def labels(self) -> NDArray[np.str_]:
        return np.array([row.label for row in self.rows])

    @property
    def kinds(self) -> NDArray[np.int64]:
        """The number of each row's kind of text."""
        return np.array([KINDS.index(kind(row)) for row in self.rows])

    @property
    def signs(self) -> NDArray[np.int64]:
        return np.array([SIGNS[row.label] for row in self.rows])

    def where(self, mask: NDArray[np.bool_]) -> Corpus:
        """The rows a mask keeps."""
        kept = np.flatnonzero(mask)
        return Corpus([self.rows[at] for at in kept], self.matrix[kept])

    def beside(self, other: Corpus) -> Corpus:
        """The rows of both."""
        joined = sparse.vstack([self.matrix, other.matrix], format="csr")
        return Corpus([*self.rows, *other.rows], sparse.csr_array(joined))


def kind(row: data.Row) -> str:
    """The kind of text a row is: sets that are written alike are one kind."""
    if row.origin in ("usual", "virus"):
        return "ewect"
    return "hotel" if row.extra == "酒店" else row.origin


def corpus(rows: list[data.Row], space: Space, *, dropout: bool = False) -> Corpus:
    """Rows as a corpus; with `dropout` those with emoticons come a second time without them."""
    matrix = fit.matrix([row.text for row in rows], space)
    if not dropout:
        return Corpus(rows, matrix)
    again = [row for row in rows if row.origin in DROPPED and "[" in row.text]
    bare = fit.matrix([row.text for row in again], space, emoticons=False)
    joined = sparse.csr_array(sparse.vstack([matrix, bare], format="csr"))
    return Corpus([*rows, *again], joined)


def kinds(train: Corpus, dev: Corpus) -> Head:
    """One margin for each kind of text: how people write in posts of either year, in reviews of each shop."""

    def learn(rows: Corpus) -> tuple[F32, F32]:
        pairs = [fit.svm(rows.matrix, rows.kinds == at, cost=0.1) for at in range(len(KINDS))]
        return np.stack([pair[0] for pair in pairs], axis=1), np.array(
            [pair[1] for pair in pairs], np.float32
        )

    weights, bias = learn(train)
    factor, offsets = fit.temperature(dev.matrix @ weights + bias, dev.kinds)
    weights, bias = learn(train.beside(dev))
    return Head(KINDS, weights, bias, {"factor": factor, "offsets": offsets})


def polarity(train: Corpus, dev: Corpus, kinds: Head) -> Head:
    """A margin all texts share, above 0 positive, and what each kind of text adds to it.

    Trained on features written twice, once for all and once for the row's kind (H. Daumé III 2007);
    read with the kinds' probabilities in place of the kind, so that no text needs a label of origin.
    """
    told, tuned = train.where(train.signs != 0), dev.where(dev.signs != 0)
    weights, bias = _by_kind(told)
    head = Head(("polarity", *KINDS), weights, bias)
    margins = mixed(head.margins(tuned.matrix), kinds.margins(tuned.matrix), kinds)
    head.facts["platt"] = list(fit.platt(margins, tuned.signs > 0))
    weights, bias = _by_kind(told.beside(tuned))
    return Head(head.classes, weights, bias, head.facts)


def _by_kind(rows: Corpus) -> tuple[F32, F32]:
    scale = sparse.diags_array(np.abs(fit.log_odds(rows.matrix, rows.signs > 0)) ** np.float32(0.7))
    of_kind = [sparse.diags_array((rows.kinds == at).astype(np.float32)) for at in range(len(KINDS))]
    marks = sparse.csr_array(np.eye(len(KINDS), dtype=np.float32)[rows.kinds])
    blocks = [rows.matrix @ scale, *(mask @ rows.matrix for mask in of_kind), marks]
    model = fit.linear(sparse.hstack(blocks, format="csr"), rows.signs > 0, cost=0.3)
    found, terms = model.coef_.ravel().astype(np.float32), rows.matrix.shape[1]
    weights = found[: terms * (1 + len(KINDS))].reshape(1 + len(KINDS), terms).T.copy()
    weights[:, 0] *= scale.diagonal()
    bias = np.concatenate((model.intercept_, found[terms * (1 + len(KINDS)) :])).astype(np.float32)
    return weights, bias


def neutral(train: Corpus, dev: Corpus) -> Head:
    """One margin: above 0 the post takes no side. Surprise is left out: it can be either."""
    told, tuned = train.where(train.labels != "surprise"), dev.where(dev.labels != "surprise")
    return _binary("neutral", lambda rows: fit.svm(rows.matrix, rows.signs == 0, cost=0.1), told, tuned, 0)


def _binary(
    name: str, learn: Callable[[Corpus], tuple[F32, float]], train: Corpus, dev: Corpus, sign: int
) -> Head:
    """Calibrated on `dev` by a model that has not seen it, then learned again from both."""
    weights, bias = learn(train)
    a, b = fit.platt(dev.matrix @ weights + bias, dev.signs == sign)
    weights, bias = learn(train.beside(dev))
    return Head((name,), weights[:, None], np.array([bias], np.float32), {"platt": [a, b]})


def emotion(train: Corpus, dev: Corpus) -> Head:
    """Six one-against-rest margins, rare emotions weighed up; calibrated and learned again like the rest."""
    weights, bias = _six(train)
    factor, offsets = fit.temperature(dev.matrix @ weights + bias, np.searchsorted(data.EMOTIONS, dev.labels))
    weights, bias = _six(train.beside(dev))
    return Head(data.EMOTIONS, weights, bias, {"factor": factor, "offsets": offsets})


def _six(rows: Corpus) -> tuple[F32, F32]:
    """Weights and biases of six margins, each the mean of an SVM on scaled terms and one on plain ones."""
    found = []
    for name in data.EMOTIONS:
        told = rows.labels == name
        scale = np.sqrt(np.abs(fit.log_odds(rows.matrix, told)))
        pair = (
            fit.svm(rows.matrix, told, cost=0.3, scale=scale, weights={True: _weight(told, 0.4)}),
            fit.svm(rows.matrix, told, cost=0.3, weights={True: _weight(told, 0.3)}),
        )
        found.append(((pair[0][0] + pair[1][0]) / 2, (pair[0][1] + pair[1][1]) / 2))
    bias = np.array([entry[1] for entry in found], dtype=np.float32)
    return np.stack([entry[0] for entry in found], axis=1), bias


def _weight(told: NDArray[np.bool_], power: float) -> float:
    """How much more a row of a rare class weighs: `power` 1 would balance the classes, 0 leave them be."""
    return math.pow((~told).sum() / max(told.sum(), 1), power)
