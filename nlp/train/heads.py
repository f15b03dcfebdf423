"""The heads every post is read with: polarity, neutrality and the six emotions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.model import Head
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
    def signs(self) -> NDArray[np.int64]:
        return np.array([SIGNS[row.label] for row in self.rows])

    def where(self, mask: NDArray[np.bool_]) -> Corpus:
        """The rows a mask keeps."""
        return Corpus([self.rows[at] for at in np.flatnonzero(mask)], self.matrix[np.flatnonzero(mask)])


def corpus(rows: list[data.Row], space: Space, *, dropout: bool = False) -> Corpus:
    """Rows as a corpus; with `dropout` those with emoticons come a second time without them."""
    matrix = fit.matrix([row.text for row in rows], space)
    if not dropout:
        return Corpus(rows, matrix)
    again = [row for row in rows if row.origin in DROPPED and "[" in row.text]
    bare = fit.matrix([row.text for row in again], space, emoticons=False)
    return Corpus([*rows, *again], sparse.csr_array(sparse.vstack([matrix, bare], format="csr")))


def polarity(train: Corpus, dev: Corpus) -> Head:
    """One margin: above 0 positive. Calibrated on `dev`."""
    told = train.where(train.signs != 0)
    odds = fit.log_odds(told.matrix, told.signs > 0)
    weights, bias = fit.svm(told.matrix, told.signs > 0, cost=0.1, scale=odds)
    return _binary("polarity", weights, bias, dev.where(dev.signs != 0), 1)


def neutral(train: Corpus, dev: Corpus) -> Head:
    """One margin: above 0 the post takes no side. Surprise is left out: it can be either."""
    told = train.where(train.labels != "surprise")
    weights, bias = fit.svm(told.matrix, told.signs == 0, cost=0.1)
    return _binary("neutral", weights, bias, dev.where(dev.labels != "surprise"), 0)


def _binary(name: str, weights: F32, bias: float, dev: Corpus, sign: int) -> Head:
    margins = dev.matrix @ weights + bias
    a, b = fit.platt(margins, dev.signs == sign)
    return Head((name,), weights[:, None], np.array([bias], np.float32), {"platt": [a, b]})


def emotion(train: Corpus, dev: Corpus) -> Head:
    """Six one-against-rest margins, rare emotions weighed up."""
    pairs = [
        fit.svm(train.matrix, train.labels == name, cost=0.3, weights={True: _weight(train.labels, name)})
        for name in data.EMOTIONS
    ]
    weights = np.stack([pair[0] for pair in pairs], axis=1)
    bias = np.array([pair[1] for pair in pairs], dtype=np.float32)
    margins = dev.matrix @ weights + bias
    factor, offsets = fit.temperature(margins, np.searchsorted(data.EMOTIONS, dev.labels))
    return Head(data.EMOTIONS, weights, bias, {"factor": factor, "offsets": offsets})


def _weight(labels: NDArray[np.str_], name: str) -> float:
    """How much more a row of a rare class weighs: the square root of the balance."""
    return float(np.sqrt((labels != name).sum() / max((labels == name).sum(), 1)))
