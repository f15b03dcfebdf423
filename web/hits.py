"""A post as a hit: what was found of it marked, what is long cut around the finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.models import AnnotatedPost
from index import facets
from index.query import Query
from index.results.alignment import Span
from index.results.highlighting import highlight
from index.store import Hit, Spread
from web.refining import spelled

LONG = 420  # characters of a text that is shown whole
_LEAD = 60  # of them before the first finding


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """`excerpt` stands for the whole `pieces` of a long text until it is opened; `copies` finds its group."""

    item: AnnotatedPost
    pieces: tuple[Piece, ...]
    excerpt: tuple[Piece, ...] | None = None
    found_by: tuple[str, ...] = ()
    spread: Spread | None = None
    copies: str | None = None


def shown(query: Query, hits: Iterable[Hit]) -> list[Shown]:
    """The hits of a query as they are shown."""
    found = []
    for hit in hits:
        marks = highlight(query, hit.item)
        text = hit.item.post.text
        found.append(
            Shown(
                hit.item,
                pieces(text, marks.spans),
                excerpt(text, marks.spans),
                marks.found_by,
                hit.spread,
                spelled("duplicate", facets.group(hit.item)),
            )
        )
    return found


def plain(items: Iterable[AnnotatedPost]) -> list[Shown]:
    """Posts that no query found."""
    return [Shown(item, pieces(item.post.text, ()), excerpt(item.post.text, ())) for item in items]


def pieces(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> tuple[Piece, ...]:
    """The text from `start` to `end`, cut where marks begin and end."""
    end = len(text) if end is None else end
    cut, at = [], start
    for first, last in spans:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        if first > at:
            cut.append(Piece(text[at:first], found=False))
        cut.append(Piece(text[first:last], found=True))
        at = last
    if at < end:
        cut.append(Piece(text[at:end], found=False))
    return tuple(cut)


def excerpt(text: str, spans: Sequence[Span]) -> tuple[Piece, ...] | None:
    """The part of a long text around the first mark; None of a text that is short."""
    if len(text) <= LONG:
        return None
    first = spans[0][0] if spans else 0
    start = max(0, min(first - _LEAD, len(text) - LONG))
    return pieces(text, spans, start, start + LONG)
