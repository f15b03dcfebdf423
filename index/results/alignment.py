"""Where each character of a text's canonical form stands in the text as it was written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.texts import fold
from index.tokens import BLANKS, INVISIBLE, canonical

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """`form` is the canonical form of a text; `spans[i]` the part of the text its character i comes from."""

    form: str
    spans: Sequence[Span]

    def raw(self, start: int, end: int) -> Span:
        """The part of the text that a part of the form, at least one character, comes from."""
        return self.spans[start][0], self.spans[end - 1][1]


def align(text: str) -> Alignment:
    """The canonical form of a text with the way back."""
    form: list[str] = []
    spans: list[Span] = []
    for character, span in _visible(text):
        if not BLANKS.match(character):
            form.append(character)
            spans.append(span)
        elif form and form[-1] == " ":
            spans[-1] = (spans[-1][0], span[1])
        elif form:
            form.append(" ")
            spans.append(span)
    if form and form[-1] == " ":
        spans.pop()
    return Alignment(canonical(text), spans)


def _visible(text: str) -> Iterator[tuple[str, Span]]:
    for start, end in _pieces(text):
        for character in INVISIBLE.sub("", fold(text[start:end])):
            yield character, (start, end)


_SIMPLE = re.compile("[\x00-\x7f\u3000-\u303f\u4e00-\u9fff\uff00-\uff5e]")  # never one with what follows


def _pieces(text: str) -> Iterator[Span]:
    """Parts of a text that fold by themselves: a character with the marks that compose with it."""
    start = 0
    for at in range(1, len(text)):
        if _SIMPLE.match(text[at]) or _apart(text[start:at], text[at]):
            yield start, at
            start = at
    if text:
        yield start, len(text)


def _apart(piece: str, character: str) -> bool:
    if unicodedata.combining(character):
        return False
    normal = unicodedata.normalize
    return normal("NFKC", piece + character) == normal("NFKC", piece) + normal("NFKC", character)
