"""The second reading of a batch: what the linear heads were unsure of, read by the encoder and joined.

z = a · log-probabilities of the linear head + b · logits of the encoder + offsets, a task's own numbers, fitted on
texts that neither had learned from: a log-linear pool of the two (C. Genest & J. Zidek 1986). A text that the gate
lets pass keeps the first answer as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nlp.encoder import F64, Encoder, Input, prepared
from nlp.feeling import Feelings
from nlp.turns import turned

_LEAST = 1e-6  # of a probability, before its logarithm
I64 = NDArray[np.int64]


class SecondReading:
    """The encoder as one batch of D texts asks it.

    may : (D,) which texts it may read; asked : (D,) which it has read.
    """

    def __init__(self, encoder: Encoder | None, may: NDArray[np.bool_]) -> None:
        self._encoder = encoder if may.any() else None
        self._may = may
        self._texts = np.arange(len(may))
        self.asked = np.zeros(len(may), dtype=bool)

    def part(self, texts: Sequence[int]) -> SecondReading:
        """The same for some texts of the batch, which are numbered from 0 in it."""
        out = copy(self)
        out._texts = self._texts[list(texts)]
        return out

    def feelings(self, first: Feelings, texts: Sequence[str]) -> Feelings:
        """The feelings of the batch, joined where one of them was unsure: one pass reads all."""
        if self._encoder is None:
            return first
        told = {
            "polarity": _sides(first.positive),
            "neutral": _sides(first.neutral),
            "emotion": first.emotions,
        }
        joints = {task: joint for task, joint in self._encoder.joints.items() if task in told}
        turn = self._encoder.joints.get("turned")
        unsure = turns = turned(texts) if turn else np.zeros(len(texts), dtype=bool)
        for task, joint in joints.items():
            unsure = unsure | (told[task].max(axis=1) < joint.gate)
        rows, inputs = self._ask(unsure & ~first.empty, range(len(texts)), texts, None)
        logits = {head: self._encoder.logits(head, inputs) for head in ("polarity", "emotion")}
        logits["neutral"] = neutral_sides(
            logits["emotion"], self._encoder.outputs["emotion"].index("neutral")
        )
        for task, joint in joints.items():
            before = logs(told[task][rows])
            shares = _softmax(joint.scores(before, logits[task]))
            if turn and task == "polarity":
                shares[turns[rows]] = _softmax(turn.scores(before, logits[task]))[turns[rows]]
            told[task] = told[task].copy()
            told[task][rows] = shares
        return replace(
            first,
            positive=told["polarity"][:, 1],
            neutral=told["neutral"][:, 1],
            emotions=told["emotion"],
        )

    def polarities(
        self, task: str, first: F64, texts: Sequence[str], terms: Sequence[str], owners: Sequence[int]
    ) -> tuple[I64, F64]:
        """Which of N opinions were read again, and their (A, 3) shares.

        first : (N, 3) shares, each of a term in a piece of the text whose number `owners` says.
        """
        joint = self._encoder.joints.get(task) if self._encoder else None
        if self._encoder is None or joint is None:
            return _none(first)
        rows, inputs = self._ask(first.max(axis=1) < joint.gate, owners, texts, terms)
        logits = self._encoder.logits("opinion", inputs)
        return rows, _softmax(joint.scores(logs(first[rows]), logits))

    def aspects(
        self, domain: str, first: F64, texts: Sequence[str], owners: Sequence[int]
    ) -> tuple[I64, F64]:
        """Which of N pieces were read again, and the (A, K) probabilities of each aspect in them.

        first : (N, K) probabilities; a piece is asked about where one of them is unsure.
        """
        joint = self._encoder.joints.get(f"aspects-{domain}") if self._encoder else None
        if self._encoder is None or joint is None:
            return _none(first)
        unsure = np.maximum(first, 1 - first).min(axis=1) < joint.gate
        rows, inputs = self._ask(unsure, owners, texts, None)
        z = joint.scores(logs(first[rows]) - logs(1 - first[rows]), self._encoder.logits(domain, inputs))
        return rows, 1 / (1 + np.exp(-z))

    def _ask(
        self,
        unsure: NDArray[np.bool_],
        owners: Sequence[int],
        texts: Sequence[str],
        terms: Sequence[str] | None,
    ) -> tuple[I64, list[Input]]:
        """The rows that may be asked about and hold anything, as the encoder takes them."""
        whose = self._texts[list(owners)]
        rows: list[int] = []
        inputs: list[Input] = []
        for row in np.flatnonzero(unsure & self._may[whose]).tolist():
            if text := prepared(texts[row]):
                rows.append(row)
                inputs.append((text, prepared(terms[row]) if terms is not None else None))
        self.asked[whose[rows]] = True
        return np.array(rows, dtype=np.int64), inputs


def _none(first: F64) -> tuple[I64, F64]:
    return np.zeros(0, dtype=np.int64), first[:0]


def _sides(probability: F64) -> F64:
    return np.stack((1 - probability, probability), axis=1)


def logs(probabilities: F64) -> F64:
    """Natural logarithms, of one in a million at least."""
    out: F64 = np.log(np.maximum(probabilities, _LEAST))
    return out


def _softmax(scores: F64) -> F64:
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: F64 = grown / grown.sum(axis=1, keepdims=True)
    return out


def neutral_sides(emotions: F64, neutral: int) -> F64:
    """(D, 2) logits of taking a side and of taking none."""
    others = np.delete(emotions, neutral, axis=1)
    return np.stack((np.logaddexp.reduce(others, axis=1), emotions[:, neutral]), axis=1)
