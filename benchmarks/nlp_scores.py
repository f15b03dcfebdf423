"""Scores of what was read beside what is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score

from nlp.train import data


def surest(gold: np.ndarray, said: np.ndarray, sure: np.ndarray) -> float:
    """Accuracy of the 70 % that are surest."""
    return float((gold == said)[np.argsort(-sure)[: int(len(sure) * 0.7)]].mean())


def macro(gold: Sequence[object] | np.ndarray, said: Sequence[object] | np.ndarray) -> float:
    return float(f1_score(list(gold), list(said), average="macro"))


def polarity_f1(rows: Sequence[data.Row], opinions: Sequence[dict[str, str]]) -> float:
    """Macro-F1 of the polarity of labelled aspects that were found."""
    told = [
        (polarity, said[aspect])
        for row, said in zip(rows, opinions, strict=True)
        for aspect, polarity in row.extra.items()
        if aspect in said
    ]
    return macro([gold for gold, _ in told], [said for _, said in told])


def pair_f1(rows: Sequence[data.Row], opinions: Sequence[dict[str, str]]) -> float:
    """Micro-F1 of (aspect, polarity)."""
    right = sum(len(row.extra.items() & said.items()) for row, said in zip(rows, opinions, strict=True))
    total = sum(len(row.extra) + len(said) for row, said in zip(rows, opinions, strict=True))
    return 2 * right / total


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten equal-width bins (Naeini et al. 2015)."""
    bins = np.minimum((sure * 10).astype(int), 9)
    return float(
        sum(
            abs(sure[bins == at].mean() - right[bins == at].mean()) * (bins == at).mean()
            for at in range(10)
            if (bins == at).any()
        )
    )
