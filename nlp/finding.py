"""Which aspects of a trained pack a text speaks of, and where it shows best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from nlp.aspect_words import AspectWords
from nlp.encoder import F64
from nlp.heads import Head
from nlp.joining import SecondReading
from nlp.space import F32


@dataclass(frozen=True, slots=True)
class Found:
    """An aspect of a text: how sure, and the clause that shows it best."""

    aspect: int
    sure: float
    unit: int
    clause: int


def margins_of(finder: Head, matrix: sparse.csr_array, pieces: Sequence[str], words: AspectWords) -> F32:
    """(N, K) the finder's margins of N pieces; a team's own pack has learned what its words add to them."""
    margins = finder.margins(matrix)
    added = finder.facts.get("words")
    if added is not None:
        margins = margins + words.hits(pieces, finder.classes) @ np.array(added, dtype=np.float32)
    return margins


def find(
    domain: str,
    finder: Head,
    margins: F32,
    pieces: Sequence[str],
    owners: Sequence[int],
    second: SecondReading,
) -> tuple[NDArray[np.bool_], F64]:
    """(N, K) which aspects N pieces speak of, and how sure that is, read again where the finder is unsure."""
    a, b = finder.facts["platt"]
    sure: F64 = expit(a * margins.astype(np.float64) + b)
    wanted = margins > np.array(finder.facts["lines"])
    again, joined = second.aspects(domain, sure, pieces, owners)
    sure[again], wanted[again] = joined, joined > 0.5
    return wanted, sure


def best(
    sure: F64,
    wanted: NDArray[np.bool_],
    speaking: Sequence[int],
    homes: NDArray[np.int64],
    detail: F32,
    owners: Sequence[int],
) -> dict[int, dict[int, Found]]:
    """For each text, for each aspect wanted in it, the piece and clause that show it best."""
    found: dict[int, dict[int, Found]] = {}
    begins = np.searchsorted(homes, np.arange(len(speaking) + 1))
    for number, unit in enumerate(speaking):
        text = owners[unit]
        for aspect in np.flatnonzero(wanted[unit]).tolist():
            here = float(sure[unit, aspect])
            held = found.setdefault(text, {}).get(aspect)
            if held is None or here > held.sure:
                start, stop = int(begins[number]), int(begins[number + 1])
                clause = start + int(detail[start:stop, aspect].argmax())
                found[text][aspect] = Found(aspect, here, unit, clause)
    return {text: dict(sorted(entries.items())) for text, entries in found.items()}


def force(wanted: NDArray[np.bool_], sure: F64, owners: NDArray[np.int64], texts: int) -> None:
    """Give every text without an aspect its likeliest one."""
    for text in range(texts):
        rows = np.flatnonzero(owners == text)
        if len(rows) and not wanted[rows].any():
            row, aspect = np.unravel_index(int(sure[rows].argmax()), (len(rows), sure.shape[1]))
            wanted[rows[row], aspect] = True
