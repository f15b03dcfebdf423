"""The aspect packs' heads and the term head.

Labelled opinions are few, so what the large heads know (polarity, neutrality, emotions, and a polarity
of car owners' own tags) goes in as a handful of dense columns. The files keep
their coefficients apart; `nlp.model` folds them into the n-gram weights when it loads a head.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

from nlp.aspects import POLARITIES
from nlp.clauses import around, clauses, locate
from nlp.model import Head, Knowledge
from nlp.space import F32, Space
from nlp.train import data, fit

I64 = NDArray[np.int64]
VIEWS = ("clause", "left", "right", "term", "near")  # of a term, as `nlp.clauses.around` gives them


def owners_tags(space: Space) -> Head:
    """Polarity of car owners' snippets by the site's own tags: what praise and blame of a car sound like."""
    seen: dict[str, set[str]] = {}
    for row in data.table("autohome_koubei_tags/koubei_tags.csv.xz"):
        seen.setdefault(row["text"], set()).add(row["polarity"])
    told = [(text, "1" in signs) for text, signs in sorted(seen.items()) if signs in ({"1"}, {"0"})]
    # every second praise is enough: blame is the rare side
    told = [pair for at, pair in enumerate(told) if not pair[1] or at % 2]
    matrix = fit.matrix([text for text, _ in told], space)
    positive = np.array([good for _, good in told])
    weights, bias = fit.svm(matrix, positive, cost=0.3, weights="balanced")
    return Head(("owners",), weights[:, None], np.array([bias], np.float32))


def finder(train: list[data.Row], dev: list[data.Row], space: Space) -> Head:
    """One margin an aspect, with the line that gives the best F1 on `dev`."""
    classes = tuple(sorted({aspect for row in train for aspect in row.extra}))
    weights, bias = _find(train, space, classes)
    margins = fit.matrix([row.text for row in dev], space) @ weights + bias
    gold = np.array([[aspect in row.extra for aspect in classes] for row in dev])
    scored = [(_f1(margins > line, gold), -abs(line), line) for line in np.arange(-0.6, 0.3, 0.05)]
    line = float(max(scored)[2])
    a, b = fit.platt(margins.ravel(), gold.ravel())
    weights, bias = _find([*train, *dev], space, classes)
    return Head(classes, weights, bias, {"lines": [line] * len(classes), "platt": [a, b]})


def _find(rows: list[data.Row], space: Space, classes: tuple[str, ...]) -> tuple[F32, F32]:
    matrix = fit.matrix([row.text for row in rows], space)
    pairs = []
    for aspect in classes:
        told = np.array([aspect in row.extra for row in rows])
        odds = np.sqrt(np.abs(fit.log_odds(matrix, told)))
        pairs.append(fit.svm(matrix, told, cost=0.5, scale=odds))
    return np.stack([pair[0] for pair in pairs], axis=1), np.array([pair[1] for pair in pairs], np.float32)


def _f1(said: NDArray[np.bool_], gold: NDArray[np.bool_]) -> float:
    return float(2 * (said & gold).sum() / max(said.sum() + gold.sum(), 1))


def reader(train: list[data.Row], dev: list[data.Row], space: Space, known: Knowledge, found: Head) -> Head:
    """Polarity of (text, aspect): margins of the whole text, of the aspect's clause, an offset an aspect."""
    head, offsets = _read(train, space, known, found)
    rows, aspects, labels = _opinions(dev, found.classes)
    whole, near = _views(dev, rows, aspects, space, found)
    folded = known.fold(head)
    margins = whole @ folded.weights[:, :3] + near @ folded.weights[:, 3:] + folded.bias + offsets[aspects]
    return _calibrated(_read([*train, *dev], space, known, found)[0], margins, labels)


def _read(rows: list[data.Row], space: Space, known: Knowledge, found: Head) -> tuple[Head, F32]:
    numbers, aspects, labels = _opinions(rows, found.classes)
    views = _views(rows, numbers, aspects, space, found)
    marks = _one_hot(aspects, len(found.classes))
    model = _svm(views, known, marks, labels, cost=0.1, weights="balanced")
    head, offsets = _parts(model, ("text", "clause"), space.terms, len(known.bias))
    head.facts["aspects"] = dict(zip(found.classes, offsets.tolist(), strict=True))
    return head, offsets


def terms(train: list[data.Row], dev: list[data.Row], space: Space, known: Knowledge) -> Head:
    """Polarity of a term by five views of its surroundings, an offset a domain."""
    head, offsets = _term(train, space, known)
    folded = known.fold(head)
    margins = folded.bias + offsets[[data.DOMAINS.index(row.origin) for row in dev]]
    for number, view in enumerate(_around(dev, space)):
        margins = margins + view @ folded.weights[:, 3 * number : 3 * number + 3]
    labels = np.array([POLARITIES.index(row.label) for row in dev])
    return _calibrated(_term([*train, *dev], space, known)[0], margins, labels)


def _term(rows: list[data.Row], space: Space, known: Knowledge) -> tuple[Head, F32]:
    marks = _one_hot(np.array([data.DOMAINS.index(row.origin) for row in rows]), len(data.DOMAINS))
    labels = np.array([POLARITIES.index(row.label) for row in rows])
    model = _svm(_around(rows, space), known, marks, labels, cost=0.3, weights=None)
    head, offsets = _parts(model, VIEWS, space.terms, len(known.bias))
    head.facts["domains"] = dict(zip(data.DOMAINS, offsets.tolist(), strict=True))
    head.facts["domains"]["any"] = offsets.mean(axis=0).tolist()
    return head, offsets


def _calibrated(head: Head, margins: F32, labels: I64) -> Head:
    head.facts["factor"], head.facts["offsets"] = fit.temperature(margins, labels)
    return head


def _opinions(rows: list[data.Row], classes: tuple[str, ...]) -> tuple[I64, I64, I64]:
    told = [
        (number, classes.index(aspect), POLARITIES.index(polarity))
        for number, row in enumerate(rows)
        for aspect, polarity in row.extra.items()
        if aspect in classes
    ]
    columns = np.array(told, dtype=np.int64).T
    return columns[0], columns[1], columns[2]


def _views(
    rows: list[data.Row], numbers: I64, aspects: I64, space: Space, found: Head
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """The matrix of each opinion's text and of the clause that speaks most for its aspect."""
    pieces = [[row.text[part.begin : part.end] for part in clauses(row.text)] for row in rows]
    begins = np.concatenate(([0], np.cumsum([len(parts) for parts in pieces])))
    detail = fit.matrix([piece for parts in pieces for piece in parts], space)
    margins = found.margins(detail)
    best = [
        int(begins[row] + margins[begins[row] : begins[row + 1], aspect].argmax())
        for row, aspect in zip(numbers.tolist(), aspects.tolist(), strict=True)
    ]
    whole = fit.matrix([row.text for row in rows], space)
    return whole[numbers], detail[best]


def _around(rows: list[data.Row], space: Space) -> list[sparse.csr_array]:
    found = [around(row.text, row.extra[0], locate(row.text, *row.extra))[1] for row in rows]
    return [fit.matrix([views[number] for views in found], space) for number in range(len(VIEWS))]


def _one_hot(numbers: I64, width: int) -> sparse.csr_array:
    ones = np.ones(len(numbers), dtype=np.float32)
    return sparse.csr_array((ones, (np.arange(len(numbers)), numbers)), shape=(len(numbers), width))


def _svm(
    views: Sequence[sparse.csr_array],
    known: Knowledge,
    marks: sparse.csr_array,
    labels: I64,
    *,
    cost: float,
    weights: str | None,
) -> LinearSVC:
    columns = [*views, *(sparse.csr_array(known.columns(view)) for view in views), marks]
    return fit.linear(sparse.hstack(columns, format="csr"), labels, cost, weights)


def _parts(model: LinearSVC, views: Sequence[str], terms: int, width: int) -> tuple[Head, F32]:
    """The fitted head, dense coefficients among its facts, and the (marks, 3) offsets."""
    found = model.coef_.T.astype(np.float32)
    ngrams = np.hstack([found[at * terms : (at + 1) * terms] for at in range(len(views))])
    rest = found[len(views) * terms :]
    dense = rest[: len(views) * width].reshape(len(views), width, -1)
    names = tuple(f"{view}:{polarity}" for view in views for polarity in POLARITIES)
    head = Head(names, ngrams, model.intercept_.astype(np.float32), {"dense": dense.tolist()})
    return head, rest[len(views) * width :]
