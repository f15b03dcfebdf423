"""The learned part of voices: what the words of a text say where no rule speaks, and which words say it.

A person's post called spam is the worst error, so a voice other than organic needs a probability of its line
(`rules/voice.toml`), reckoned at the base rates stated there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models import Voice
from core.texts import own_text
from nlp.features import Grams
from nlp.heads import Head
from nlp.priors import at_rates
from nlp.ranking import words_shown
from nlp.space import F32, Space
from nlp.voice import heard_rules

SHOWN = 3  # words of a reason
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """A voice the words speak for, surely enough to be said, with the words that pulled most."""

    voice: Voice
    probability: float
    words: tuple[str, ...]


class Hearing:
    """A voice head over its space."""

    def __init__(self, head: Head, space: Space) -> None:
        self._space = space
        self._head = head
        self._voices = (Voice.ORGANIC, *map(Voice, self._head.classes))
        told = heard_rules()
        self._rates = [told["rates"][voice] for voice in self._voices]
        self._lines = np.array([told["lines"].get(voice, 0.0) for voice in self._voices])

    def shares(self, margins: F32) -> F64:
        """(D, 5) probabilities at the stated base rates, organic first, of (D, 4) margins over it."""
        scores = np.zeros((len(margins), len(self._voices)))
        scores[:, 1:] = self._head.facts["factor"] * margins + np.array(self._head.facts["offsets"])
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        found = grown / grown.sum(axis=1, keepdims=True)
        return at_rates(found, self._head.facts["learned"], self._rates)

    def said(self, shares: F64) -> NDArray[np.int64]:
        """(D,) the likeliest voices where they reach their lines, else 0, the organic one."""
        best = shares.argmax(axis=1)
        return np.where(shares.max(axis=1) >= self._lines[best], best, 0)

    def read(self, margins: F32, grams: Grams, raw: Sequence[str]) -> list[Heard | None]:
        """What is heard in each text by its (D, 4) margins; None where it is a person's, or nothing is sure enough.

        A bare repost says nothing of its own, so nothing is heard in it. The tokens of `grams` have their emoticons written out.
        """
        found = self.shares(margins)
        best, sure = self.said(found), found.max(axis=1)
        said = np.array([at for at in np.flatnonzero(best > 0).tolist() if own_text(raw[at])], dtype=np.int64)
        out: list[Heard | None] = [None] * len(raw)
        for at, words in zip(said.tolist(), self._words(said, best[said] - 1, grams, raw), strict=True):
            out[at] = Heard(self._voices[best[at]], round(float(sure[at]), 3), words)
        return out

    def _words(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], grams: Grams, raw: Sequence[str]
    ) -> list[tuple[str, ...]]:
        """For each of these texts the words that pulled most towards its voice, as they stand in it."""
        sizes = np.diff(grams.word_rows)[rows]
        begins = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        tokens = np.arange(begins[-1]) + np.repeat(grams.word_rows[rows] - begins[:-1], sizes)
        pulls = self._pulls(tokens, np.repeat(columns, sizes), grams)
        spelled = [grams.tokens[token] for token in tokens.tolist()]
        texts = [raw[row] for row in rows.tolist()]
        return words_shown(np.repeat(np.arange(len(rows)), sizes), pulls, spelled, texts, SHOWN, 3 * SHOWN)

    def _pulls(self, tokens: NDArray[np.int64], columns: NDArray[np.int64], grams: Grams) -> F32:
        """How far each token pulls towards a column's voice: itself and as characters."""
        width = len(self._space.chars.idf)
        terms = self._space.words.ids[grams.words[tokens, 0]]
        pull = np.where(
            terms >= 0, self._head.weights[width + terms, columns] * self._space.words.idf[terms], 0
        )
        starts, ends = grams.spans[tokens, 0], grams.spans[tokens, 1]
        lengths = np.minimum(ends - starts, grams.chars.shape[1])
        same = self._space.chars.ids[grams.chars[starts, lengths - 1]]
        of_chars = np.where(same >= 0, self._head.weights[same, columns] * self._space.chars.idf[same], 0)
        out: F32 = (pull + of_chars).astype(np.float32)
        return out
