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

from nlp.aspects import POLARITIES, VIEWS
from nlp.clauses import around, clauses, locate
from nlp.model import Head, Knowledge
from nlp.space import F32, Space
from nlp.train import data, fit

I64 = NDArray[np.int64]


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
    matrix = fit.matrix([row.text for row in train], space)
    pairs = []
    for aspect in classes:
        told = np.array([aspect in row.extra for row in train])
        odds = np.sqrt(np.abs(fit.log_odds(matrix, told)))
        pairs.append(fit.svm(matrix, told, cost=0.5, scale=odds))
    weights = np.stack([pair[0] for pair in pairs], axis=1)
    bias = np.array([pair[1] for pair in pairs], dtype=np.float32)
    margins = fit.matrix([row.text for row in dev], space) @ weights + bias
    gold = np.array([[aspect in row.extra for aspect in classes] for row in dev])
    scored = [(_f1(margins > line, gold), -abs(line), line) for line in np.arange(-0.6, 0.3, 0.05)]
    line = float(max(scored)[2])
    a, b = fit.platt(margins.ravel(), gold.ravel())
    return Head(classes, weights, bias, {"lines": [line] * len(classes), "platt": [a, b]})


def _f1(said: NDArray[np.bool_], gold: NDArray[np.bool_]) -> float:
    return float(2 * (said & gold).sum() / max(said.sum() + gold.sum(), 1))


def reader(train: list[data.Row], dev: list[data.Row], space: Space, known: Knowledge, found: Head) -> Head:
    """Polarity of (text, aspect): margins of the whole text, of the aspect's clause, an offset an aspect."""
    classes = found.classes
    rows, aspects, labels = _opinions(train, classes)
    whole, near = _views(train, rows, aspects, space, found)
    marks = _one_hot(aspects, len(classes))
    model = _svm([whole, near], known, marks, labels, cost=0.1, weights="balanced")
    head, offsets = _parts(model, ("text", "clause"), space.terms, len(known.bias))
    head.facts["aspects"] = dict(zip(classes, offsets.tolist(), strict=True))
    rows, aspects, labels = _opinions(dev, classes)
    whole, near = _views(dev, rows, aspects, space, found)
    folded = known.fold(head)
    margins = whole @ folded.weights[:, :3] + near @ folded.weights[:, 3:] + folded.bias + offsets[aspects]
    return _calibrated(head, margins, labels)


def terms(train: list[data.Row], dev: list[data.Row], space: Space, known: Knowledge) -> Head:
    """Polarity of a term by five views of its surroundings, an offset a domain."""
    views = _around(train, space)
    marks = _one_hot(np.array([data.DOMAINS.index(row.origin) for row in train]), len(data.DOMAINS))
    labels = np.array([POLARITIES.index(row.label) for row in train])
    model = _svm(views, known, marks, labels, cost=0.3, weights=None)
    head, offsets = _parts(model, ("clause", "left", "right", "term", "near"), space.terms, len(known.bias))
    head.facts["domains"] = dict(zip(data.DOMAINS, offsets.tolist(), strict=True))
    head.facts["domains"]["any"] = offsets.mean(axis=0).tolist()
    folded = known.fold(head)
    margins = folded.bias + offsets[[data.DOMAINS.index(row.origin) for row in dev]]
    for number, view in enumerate(_around(dev, space)):
        margins = margins + view @ folded.weights[:, 3 * number : 3 * number + 3]
    return _calibrated(head, margins, np.array([POLARITIES.index(row.label) for row in dev]))


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
    return [fit.matrix([views[number] for views in found], space) for number in range(VIEWS)]


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
    joined = sparse.csr_matrix(sparse.hstack(columns, format="csr"), dtype=np.float32)
    # scipy widens the indices of a wide stack; the solver takes 32 bits
    joined.indices, joined.indptr = joined.indices.astype(np.int32), joined.indptr.astype(np.int32)
    return LinearSVC(C=cost, class_weight=weights, max_iter=4000, random_state=0).fit(joined, labels)


def _parts(model: LinearSVC, views: Sequence[str], terms: int, width: int) -> tuple[Head, F32]:
    """The fitted head, dense coefficients among its facts, and the (marks, 3) offsets."""
    found = model.coef_.T.astype(np.float32)
    ngrams = np.hstack([found[at * terms : (at + 1) * terms] for at in range(len(views))])
    rest = found[len(views) * terms :]
    dense = rest[: len(views) * width].reshape(len(views), width, -1)
    names = tuple(f"{view}:{polarity}" for view in views for polarity in POLARITIES)
    head = Head(names, ngrams, model.intercept_.astype(np.float32), {"dense": dense.tolist()})
    return head, rest[len(views) * width :]
