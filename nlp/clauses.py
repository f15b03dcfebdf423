"""Where a text's clauses are, and what stands around a term."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STOP = re.compile(r"[，。！？；,!?;\s…~～、]+")
_SENTENCE = re.compile(r"[。！？!?；;\n]+")
LONG = 120  # characters a model reads at once: its training sentences are shorter
_NEAR, _FAR = 12, 20


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: `text[begin:end]`."""

    begin: int
    end: int


def clauses(text: str) -> list[Span]:
    """The pieces between punctuation and blanks; the whole text where it has none."""
    return _pieces(text, _STOP) or [Span(0, len(text))]


def units(text: str) -> list[Span]:
    """The text itself up to `LONG` characters, else runs of whole sentences no longer than that.

    A sentence that is longer is cut at `LONG`: a post without punctuation must not stall anything.
    """
    if len(text) <= LONG:
        return [Span(0, len(text))]
    out: list[Span] = []
    for sentence in _pieces(text, _SENTENCE):
        for begin in range(sentence.begin, sentence.end, LONG):
            end = min(begin + LONG, sentence.end)
            if out and end - out[-1].begin <= LONG:
                out[-1] = Span(out[-1].begin, end)
            else:
                out.append(Span(begin, end))
    return out


def _pieces(text: str, stop: re.Pattern[str]) -> list[Span]:
    found, begin = [], 0
    for match in stop.finditer(text):
        if match.start() > begin:
            found.append(Span(begin, match.start()))
        begin = match.end()
    if begin < len(text):
        found.append(Span(begin, len(text)))
    return found


def locate(text: str, term: str, offset: int | None = None) -> int | None:
    """Where a term stands: at `offset` if it does, else its first occurrence; None where it has none."""
    if offset is not None and text.startswith(term, offset):
        return offset
    found = text.find(term)
    if found < 0:
        found = text.lower().find(term.lower())
    return found if found >= 0 else None


def around(text: str, term: str, begin: int | None) -> tuple[Span, tuple[str, ...]]:
    """The clause a term stands in, and five views: clause, left of it, right of it, the term, its neighbourhood.

    Without a place (`begin` None) the clause is the whole text.
    """
    if begin is None:
        return Span(0, len(text)), (text[:LONG], "", "", term, text[:LONG])
    end = begin + len(term)
    start, stop = 0, len(text)
    # only the neighbourhood is searched: a long text costs no more than a short one
    low = max(0, begin - LONG)
    for match in _STOP.finditer(text, low, begin):
        start = match.end()
    if match_after := _STOP.search(text, end):
        stop = match_after.start()
    start, stop = max(start, low), min(stop, end + LONG)
    views = (
        text[start:stop],
        text[max(start, begin - _NEAR) : begin],
        text[end : min(stop, end + _NEAR + 2)],
        term,
        text[max(0, start - _FAR) : stop + _FAR],
    )
    return Span(start, stop), views


def wide(text: str, term: str, begin: int | None) -> str:
    """What a model that reads whole sentences is given: the term with half of `LONG` on each side."""
    if begin is None:
        return text[:LONG]
    return text[max(0, begin - LONG // 2) : begin + len(term) + LONG // 2]
