"""The aspect packs' heads and the term head.

Labelled opinions are few, so what the large heads know (polarity, neutrality, emotions, and a polarity
of car owners' own tags) goes in as a handful of dense columns. The files keep
their coefficients apart; `nlp.stored` folds them into the n-gram weights when it loads a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

from core.project import Pack
from nlp.aspect_words import AspectWords
from nlp.aspects import POLARITIES
from nlp.clauses import around, clauses, locate
from nlp.finding import margins_of
from nlp.heads import Head, Knowledge
from nlp.space import F32, Space
from nlp.train import data, fit

I64 = NDArray[np.int64]
_NEVER = -100.0  # a margin below all others
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
    learned, tuned = (fit.matrix([row.text for row in rows], space) for rows in (train, dev))
    weights, bias = weigh(learned, told(train, classes))
    facts = thresholds(tuned @ weights + bias, told(dev, classes))
    both = sparse.csr_array(sparse.vstack([learned, tuned], format="csr"))
    weights, bias = weigh(both, told([*train, *dev], classes))
    return Head(classes, weights, bias, facts)


def told(rows: Sequence[data.Row], classes: Sequence[str]) -> NDArray[np.bool_]:
    """(D, K) which aspects the rows speak of."""
    return np.array([[aspect in row.extra for aspect in classes] for row in rows])


def weigh(matrix: sparse.csr_array, gold: NDArray[np.bool_]) -> tuple[F32, F32]:
    """(terms, K) weights and (K,) biases that tell which aspects a text speaks of."""
    pairs = []
    for column in gold.T:
        odds = np.sqrt(np.abs(fit.log_odds(matrix, column)))
        pairs.append(fit.svm(matrix, column, cost=0.5, scale=odds))
    return np.stack([pair[0] for pair in pairs], axis=1), np.array([pair[1] for pair in pairs], np.float32)


def thresholds(margins: F32, gold: NDArray[np.bool_]) -> dict[str, Any]:
    """The line with the best F1 over all aspects, and how sure a margin is, of rows not learned from."""
    scored = [(_f1(margins > line, gold), -abs(line), line) for line in np.arange(-0.6, 0.3, 0.05)]
    line = float(max(scored)[2])
    return {"lines": [line] * gold.shape[1], "platt": list(fit.platt(margins.ravel(), gold.ravel()))}


def _f1(said: NDArray[np.bool_], gold: NDArray[np.bool_]) -> float:
    return float(2 * (said & gold).sum() / max(said.sum() + gold.sum(), 1))


def reader(
    train: list[data.Row], dev: list[data.Row], space: Space, known: Knowledge, found: Head, pack: Pack
) -> Head:
    """Polarity of (text, aspect): margins of the whole text, of the aspect's clause, an offset an aspect."""
    words = AspectWords(pack)
    learned, tuned = (Opinions.of(rows, space, found, words) for rows in (train, dev))
    margins = learned.learn(known).margins(tuned, known)
    head = Opinions.of([*train, *dev], space, found, words).learn(known).head
    return calibrated(head, margins, tuned.labels)


@dataclass(frozen=True, slots=True)
class Opinions:
    """N labelled opinions. texts : (N,) the number of each one's text; whole, near : (N, terms) the text, and the
    clause that speaks most for the aspect."""

    classes: tuple[str, ...]
    texts: I64
    aspects: I64
    labels: I64
    whole: sparse.csr_array
    near: sparse.csr_array

    @staticmethod
    def of(rows: list[data.Row], space: Space, found: Head, words: AspectWords) -> Opinions:
        """The opinions of some rows, their clauses as the finder chooses them."""
        numbers, aspects, labels = _opinions(rows, found.classes)
        views = _views(rows, numbers, aspects, space, found, words)
        return Opinions(found.classes, numbers, aspects, labels, *views)

    def where(self, mask: NDArray[np.bool_]) -> Opinions:
        """The opinions a mask keeps."""
        kept = np.flatnonzero(mask)
        return Opinions(
            self.classes,
            self.texts[kept],
            self.aspects[kept],
            self.labels[kept],
            self.whole[kept],
            self.near[kept],
        )

    def learn(self, known: Knowledge) -> Learned:
        """The head of these opinions."""
        marks = _one_hot(self.aspects, len(self.classes))
        model = _svm([self.whole, self.near], known, marks, self.labels, cost=0.1, weights="balanced")
        head, offsets = _parts(model, ("text", "clause"), self.whole.shape[1], len(known.bias))
        head.facts["aspects"] = dict(zip(self.classes, offsets.tolist(), strict=True))
        return Learned(head, offsets)


@dataclass(frozen=True, slots=True)
class Learned:
    """A head of opinions before it is calibrated, and what it adds for each aspect."""

    head: Head
    offsets: F32

    def margins(self, asked: Opinions, known: Knowledge) -> F32:
        """(N, 3) the margins of opinions."""
        folded = known.fold(self.head)
        weights = folded.weights
        out: F32 = asked.whole @ weights[:, :3] + asked.near @ weights[:, 3:] + folded.bias
        return out + self.offsets[asked.aspects]


def terms(train: list[data.Row], dev: list[data.Row], space: Space, known: Knowledge) -> Head:
    """Polarity of a term by five views of its surroundings, an offset a domain."""
    head, offsets = _term(train, space, known)
    folded = known.fold(head)
    margins = folded.bias + offsets[[data.DOMAINS.index(row.origin) for row in dev]]
    for number, view in enumerate(_around(dev, space)):
        margins = margins + view @ folded.weights[:, 3 * number : 3 * number + 3]
    labels = np.array([POLARITIES.index(row.label) for row in dev])
    return calibrated(_term([*train, *dev], space, known)[0], margins, labels)


def _term(rows: list[data.Row], space: Space, known: Knowledge) -> tuple[Head, F32]:
    marks = _one_hot(np.array([data.DOMAINS.index(row.origin) for row in rows]), len(data.DOMAINS))
    labels = np.array([POLARITIES.index(row.label) for row in rows])
    model = _svm(_around(rows, space), known, marks, labels, cost=0.3, weights=None)
    head, offsets = _parts(model, VIEWS, space.terms, len(known.bias))
    head.facts["domains"] = dict(zip(data.DOMAINS, offsets.tolist(), strict=True))
    head.facts["domains"]["any"] = offsets.mean(axis=0).tolist()
    return head, offsets


def calibrated(head: Head, margins: F32, labels: I64) -> Head:
    """The head with the temperature of margins of opinions not learned from."""
    head.facts["factor"], head.facts["offsets"] = fit.temperature(margins, labels)
    return head


def _opinions(rows: list[data.Row], classes: tuple[str, ...]) -> tuple[I64, I64, I64]:
    found = [
        (number, classes.index(aspect), POLARITIES.index(polarity))
        for number, row in enumerate(rows)
        for aspect, polarity in row.extra.items()
        if aspect in classes
    ]
    columns = np.array(found, dtype=np.int64).T
    return columns[0], columns[1], columns[2]


def _views(
    rows: list[data.Row], numbers: I64, aspects: I64, space: Space, found: Head, words: AspectWords
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """The matrix of each opinion's text and of the clause that speaks most for its aspect."""
    pieces = [[row.text[part.begin : part.end] for part in clauses(row.text)] for row in rows]
    begins = np.concatenate(([0], np.cumsum([len(parts) for parts in pieces])))
    flat = [piece for parts in pieces for piece in parts]
    detail = fit.matrix(flat, space)
    margins = margins_of(found, detail, flat, words)
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
    coefficients, intercepts = _three(model)
    found = coefficients.T.astype(np.float32)
    ngrams = np.hstack([found[at * terms : (at + 1) * terms] for at in range(len(views))])
    rest = found[len(views) * terms :]
    dense = rest[: len(views) * width].reshape(len(views), width, -1)
    names = tuple(f"{view}:{polarity}" for view in views for polarity in POLARITIES)
    head = Head(names, ngrams, intercepts.astype(np.float32), {"dense": dense.tolist()})
    return head, rest[len(views) * width :]


def _three(model: LinearSVC) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients and intercepts of the three polarities; one that no row had never wins."""
    fitted = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one plane stands for both sides
        fitted = np.concatenate((-fitted[0], fitted[0])), np.concatenate((-fitted[1], fitted[1]))
    coefficients = np.zeros((len(POLARITIES), fitted[0].shape[1]))
    intercepts = np.full(len(POLARITIES), _NEVER)
    coefficients[model.classes_], intercepts[model.classes_] = fitted
    return coefficients, intercepts
