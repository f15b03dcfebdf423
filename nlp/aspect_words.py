"""The words of a pack's aspects, found in texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from core.project import Pack
from nlp.match import Phrases
from nlp.space import F32

_HALF = re.compile("[\ud800-\udfff]")


class AspectWords:
    """Finds what people write who speak of the aspects of one pack."""

    def __init__(self, pack: Pack) -> None:
        self.ids = [aspect.id for aspect in pack.aspects]
        self._phrases = Phrases()
        for number, aspect in enumerate(pack.aspects):
            for word in aspect.words:
                self._phrases.add(word, number)
        self._phrases.build()

    def find(self, text: str) -> list[tuple[int, int, list[int]]]:
        """(begin, end, numbers of the aspects) of every word in a text."""
        return self._phrases.find(_lower(text))

    def hits(self, texts: Sequence[str], aspects: Sequence[str]) -> F32:
        """(N, K) 1 where a text holds a word of an aspect, else 0."""
        found = np.zeros((len(texts), len(self.ids)), dtype=np.float32)
        for row, text in enumerate(texts):
            for _, _, owners in self.find(text):
                found[row, owners] = 1
        return found[:, [self.ids.index(aspect) for aspect in aspects]]


def _lower(text: str) -> str:
    """Lower case of the same length, half characters blanked: the automaton takes whole ones only."""
    text = _HALF.sub(" ", text)
    lower = text.lower()
    return lower if len(lower) == len(text) else text
