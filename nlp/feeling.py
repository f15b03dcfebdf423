"""Sentiment and emotion of a batch: margins of the heads to labels, scores and the words behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.models import Emotion, Sentiment
from nlp.features import Grams
from nlp.heads import Head
from nlp.model import Models
from nlp.ranking import words_shown
from nlp.space import F32, Terms

# of the neutral head's probability. Lower than a half: reviews, which always take a side, make up most of what it
# was calibrated on, so of other dry statements it says less than it should (tuning part of posts: F1 .759 for .724)
NEUTRAL_LINE = 0.3
SHOWN = 3  # evidence words a post
LABELS = ("negative", "neutral", "positive")
HEADS = ("polarity", "kinds", "neutral", "emotion")
# a head that is read in the same product, where there is one: the fifth costs little beside four
VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Feelings:
    """Columns over D texts: positive and neutral probabilities, (D, 6) emotion probabilities.

    `empty` marks texts without a single known term: nothing is known of them. `voices` are the (D, 4) margins of the
    voice head (`nlp.hearing`), None without one.
    """

    positive: NDArray[np.float64]
    neutral: NDArray[np.float64]
    emotions: NDArray[np.float64]
    empty: NDArray[np.bool_]
    voices: F32 | None = None


class Feeling:
    """The polarity, kind, neutral, emotion and voice heads, evaluated as one matrix product."""

    def __init__(self, models: Models) -> None:
        space = models.space()
        names = (*HEADS, VOICE) if models.has(VOICE) else HEADS
        self._weights = models.stacked(names)
        parts = [models.head(name) for name in names]
        self._polarity, self._kinds, self._neutral, self._emotion = parts[: len(HEADS)]
        self.names = self._emotion.classes
        self._bias: F32 = np.concatenate([part.bias for part in parts])
        self._edges = np.cumsum([len(part.classes) for part in parts])[:-1]
        # for showing words one polarity is enough: the shared one with the mean of the kinds'
        shared = self._polarity.weights[:, 0] + self._polarity.weights[:, 1:].mean(axis=1)
        width = len(space.chars.idf)
        # an entry's contribution needs its idf too: the matrix holds it, a token has to be told
        # at their end, where the term -1 looks, nothing
        self._char_pull = np.append(shared[:width] * space.chars.idf, np.float32(0))
        self._word_pull = np.append(shared[width:] * space.words.idf, np.float32(0))

    def read(self, matrix: sparse.csr_array) -> Feelings:
        """The probabilities of each row."""
        margins = matrix @ self._weights + self._bias
        polar, kinds, neutral, emotion, *voices = np.split(margins, self._edges, axis=1)
        return Feelings(
            _probability(mixed(polar, kinds, self._kinds), self._polarity),
            _probability(neutral[:, 0], self._neutral),
            shares(emotion, self._emotion),
            np.diff(matrix.indptr) == 0,
            *voices,
        )

    def pulls(self, grams: Grams, known: Terms) -> F32:
        """(W,) how far each word pulls towards positive: itself, with its neighbour, and as characters.

        known : the terms of `grams`.
        """
        words = self._word_pull.take(known.words, mode="wrap")
        pull = words[:, 0] + words[:, 1]
        pull[1:] += words[:-1, 1]
        lengths = np.minimum(grams.spans[:, 1] - grams.spans[:, 0], known.chars.shape[1])
        same = known.chars[grams.spans[:, 0], lengths - 1]
        out: F32 = pull + self._char_pull.take(same, mode="wrap")
        return out


def _probability(margins: F32, of: Head) -> NDArray[np.float64]:
    a, b = of.facts["platt"]
    out: NDArray[np.float64] = 1 / (1 + np.exp(-(a * margins.astype(np.float64) + b)))
    return out


def shares(margins: F32, of: Head) -> NDArray[np.float64]:
    """(D, K) calibrated probabilities of a head's classes."""
    scores = of.facts["factor"] * margins.astype(np.float64) + np.array(of.facts["offsets"])
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: NDArray[np.float64] = grown / grown.sum(axis=1, keepdims=True)
    return out


def mixed(polar: F32, kinds: F32, of: Head) -> F32:
    """(D,) the shared margin (column 0 of `polar`) and what each kind adds, by the kinds' probabilities."""
    out: F32 = polar[:, 0] + (polar[:, 1:] * shares(kinds, of)).sum(axis=1).astype(np.float32)
    return out


def sentiments(feelings: Feelings, evidence: Sequence[tuple[str, ...]]) -> list[Sentiment]:
    """One `Sentiment` a text. `confidence` is that of the label: of the side taken, or of taking none."""
    neutral = (feelings.neutral > NEUTRAL_LINE) | feelings.empty
    positive = feelings.positive > 0.5
    labels = np.where(neutral, 1, np.where(positive, 2, 0)).tolist()
    told = ~feelings.empty
    scores = ((2 * feelings.positive - 1) * (1 - feelings.neutral) * told + 0.0).round(4).tolist()
    side = np.maximum(feelings.positive, 1 - feelings.positive)
    sure = (np.where(neutral, feelings.neutral, side) * told).round(4).tolist()
    return [
        Sentiment(label=LABELS[label], score=score, confidence=confidence, evidence=words)
        for label, score, confidence, words in zip(labels, scores, sure, evidence, strict=True)
    ]


def emotions(feelings: Feelings, names: tuple[str, ...]) -> list[Emotion]:
    """One `Emotion` a text, with the probability of each."""
    labels = feelings.emotions.argmax(axis=1).tolist()
    return [
        Emotion(label=names[label], scores=dict(zip(names, row, strict=True)))
        for label, row in zip(labels, feelings.emotions.round(4).tolist(), strict=True)
    ]


def evidence(pulls: F32, feelings: Feelings, grams: Grams, raw: Sequence[str]) -> list[tuple[str, ...]]:
    """For each text the words that pulled its way most, as they stand in the raw text; () for neutral.

    The tokens of `grams` have their emoticons written out.
    """
    sign = np.where(feelings.positive > 0.5, 1, -1) * (feelings.neutral <= NEUTRAL_LINE)
    counts = np.diff(grams.word_rows)
    rows = np.repeat(np.arange(len(counts)), counts)
    towards = pulls * sign.astype(np.float32)[rows]
    return words_shown(rows, towards, grams.tokens, raw, SHOWN, 2 * SHOWN)
