"""Fitting: the space of a corpus, linear weights, and calibration on rows not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.svm import LinearSVC

from nlp.clean import clean
from nlp.features import SLOT_BITS, grams
from nlp.segment import Segmenter
from nlp.space import F32, MOST, Block, Space

STEP = 1000  # texts a batch
I64 = NDArray[np.int64]
_segmenter = Segmenter()


def fit_space(texts: Sequence[str], *, least: int = 3) -> Space:
    """The n-grams that stand in at least `least` texts, with their idf."""
    seen = [np.zeros(1 << SLOT_BITS, dtype=np.int64) for _ in range(2)]
    for start in range(0, len(texts), STEP):
        found = grams(clean(texts[start : start + STEP]), _segmenter.cut)
        for total, slots, begins in (
            (seen[0], found.chars, found.char_rows),
            (seen[1], found.words, found.word_rows),
        ):
            rows = np.repeat(np.arange(len(begins) - 1), np.diff(begins))[:, None]
            pairs = np.unique((rows << SLOT_BITS | slots)[slots >= 0])
            total += np.bincount(pairs & ((1 << SLOT_BITS) - 1), minlength=1 << SLOT_BITS)
    return Space(*(_block(total, len(texts), least) for total in seen))


def _block(seen: I64, texts: int, least: int) -> Block:
    kept = np.flatnonzero(seen >= least)
    if len(kept) > MOST:
        kept = np.sort(kept[np.argsort(-seen[kept], kind="stable")[:MOST]])
    idf = np.log((1 + texts) / (1 + seen[kept])) + 1
    return Block.of(kept, (np.rint(idf * 16) / 16).astype(np.float32))


def matrix(texts: Sequence[str], space: Space, *, emoticons: bool = True) -> sparse.csr_array:
    """(D, terms) of raw texts, as the annotator makes it."""
    parts = []
    for start in range(0, len(texts), STEP):
        cleaned = clean(texts[start : start + STEP], emoticons=emoticons)
        parts.append(space.matrix(cleaned, grams(cleaned, _segmenter.cut)))
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def log_odds(matrix: sparse.csr_array, positive: NDArray[np.bool_]) -> F32:
    """(terms,) ln of how much likelier a term is among the positive rows, counts smoothed by one."""
    present = matrix.copy()
    present.data = np.ones_like(present.data)
    for_it = np.asarray(present[positive].sum(axis=0)).ravel() + 1
    against = np.asarray(present[~positive].sum(axis=0)).ravel() + 1
    odds: F32 = np.log((for_it / for_it.sum()) / (against / against.sum())).astype(np.float32)
    return odds


def linear(matrix: Any, labels: NDArray[Any], cost: float, weights: Any = None) -> LinearSVC:
    """A fitted linear SVM (Fan et al. 2008)."""
    rows = sparse.csr_matrix(matrix, dtype=np.float32)
    # scipy widens the indices of a wide stack; the solver takes 32 bits
    rows.indices, rows.indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)
    return LinearSVC(C=cost, class_weight=weights, max_iter=4000, random_state=0).fit(rows, labels)


def svm(
    matrix: sparse.csr_array,
    positive: NDArray[np.bool_],
    *,
    cost: float,
    scale: F32 | None = None,
    weights: Any = None,
) -> tuple[F32, float]:
    """Weights and bias of a linear SVM; with `scale` = `log_odds` it is the NB-SVM of Wang & Manning 2012."""
    model = linear(matrix if scale is None else matrix @ sparse.diags_array(scale), positive, cost, weights)
    found = model.coef_.ravel().astype(np.float32)
    return (found if scale is None else found * scale), float(model.intercept_[0])


def platt(margins: NDArray[Any], right: NDArray[np.bool_]) -> tuple[float, float]:
    """(a, b) of P = 1 / (1 + exp(-(a·margin + b))) (Platt 1999), by maximum likelihood.

    Targets are a little short of 0 and 1 as Platt has them, or margins that part the rows wholly had no scale.
    """
    sides = right.sum(), (~right).sum()
    target = np.where(right, (sides[0] + 1) / (sides[0] + 2), 1 / (sides[1] + 2))

    def loss(at: NDArray[np.float64]) -> float:
        z = at[0] * margins + at[1]
        return float((target * np.logaddexp(0, -z) + (1 - target) * np.logaddexp(0, z)).mean())

    best = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead")
    return float(best.x[0]), float(best.x[1])


def temperature(margins: NDArray[Any], labels: I64) -> tuple[float, list[float]]:
    """The factor and the class offsets that make softmax(factor · margins + offsets) likeliest."""
    classes = margins.shape[1]

    def loss(at: NDArray[np.float64]) -> float:
        z = at[0] * margins + at[1:]
        return float((np.logaddexp.reduce(z, axis=1) - z[np.arange(len(z)), labels]).mean())

    best = minimize(loss, np.concatenate(([2.0], np.zeros(classes))), method="L-BFGS-B")
    return float(best.x[0]), [float(value) for value in best.x[1:]]
