"""Where a post holds what a query asked for, and by which form it was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.models import AnnotatedPost
from core.records import post_json, to_builtins
from index.matching import matches, meetings
from index.query import And, Everything, Literal, Near, Node, Not, Or, Prefix, Query, Word
from index.results.alignment import Alignment, Span, align
from index.store import Hit
from index.tokens import canonical, words


@dataclass(frozen=True, slots=True)
class Highlights:
    """`spans` of the post's text, in code points, in order and apart.

    `found_by`: ``literal`` (a word, phrase or nearness as written), ``word`` (a segmented word: ``w:``,
    ``prefix*``), or ``field`` where a field alone found it; empty of a post that was merely not excluded.
    """

    spans: tuple[Span, ...]
    found_by: tuple[str, ...]


def highlight(query: Query, item: AnnotatedPost) -> Highlights:
    """What of a query a matching post holds; parts of an alternative that does not hold are not shown."""
    held = list(dict.fromkeys(_held(query.tree, item)))
    textual = [node for node in held if isinstance(node, Literal | Near | Word | Prefix)]
    if not textual:
        return Highlights((), ("field",) if held else ())
    whole = align(item.post.text)
    spans = [span for node in textual for span in _spans(node, item, whole)]
    forms = {"word" if isinstance(node, Word | Prefix) else "literal" for node in textual}
    return Highlights(tuple(_joined(spans)), tuple(sorted(forms)))


def _held(node: Node, item: AnnotatedPost) -> Iterator[Node]:
    """The leaves that make the post match."""
    if isinstance(node, Everything | Not) or not matches(node, item):
        return
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _held(part, item)
    else:
        yield node


def _spans(node: Node, item: AnnotatedPost, whole: Alignment) -> Iterator[Span]:
    match node:
        case Literal(text):
            wanted = canonical(text)
            at = whole.form.find(wanted) if wanted else -1
            while at >= 0:
                yield whole.raw(at, at + len(wanted))
                at = whole.form.find(wanted, at + 1)
        case Near(first, second):
            lengths = len(canonical(first.text)), len(canonical(second.text))
            for pair in meetings(node, item.post.text):
                for at, length in zip(pair, lengths, strict=True):
                    if length:
                        yield whole.raw(at, at + length)
        case Word(wanted_words):
            spoken = _placed(item, whole)
            size = len(wanted_words)
            for at in range(len(spoken) - size + 1):
                run = spoken[at : at + size]
                if tuple(word for word, _ in run) == wanted_words:
                    yield from _around([span for _, span in run])
        case Prefix(start):
            for word, span in _placed(item, whole):
                if word.startswith(start):
                    yield from _around([span])
        case _:
            return


def _around(spans: list[Span | None]) -> Iterator[Span]:
    known = [span for span in spans if span is not None]
    if known:
        yield known[0][0], known[-1][1]


def _placed(item: AnnotatedPost, whole: Alignment) -> list[tuple[str, Span | None]]:
    """The segmented words in order, each with its part of the text; None where the text is spelled otherwise."""
    solid = [at for at, character in enumerate(whole.form) if character != " "]
    text = whole.form.replace(" ", "")
    found: list[tuple[str, Span | None]] = []
    after = 0
    for word in words(item.annotation.words).split():
        at = text.find(word, after)
        if at < 0:
            found.append((word, None))
            continue
        after = at + len(word)
        found.append((word, whole.raw(solid[at], solid[after - 1] + 1)))
    return found


def _joined(spans: list[Span]) -> Iterator[Span]:
    """The spans in order, those that touch made one."""
    start = end = -1
    for first, last in sorted(spans):
        if first > end:
            if end >= 0:
                yield start, end
            start, end = first, last
        else:
            end = max(end, last)
    if end >= 0:
        yield start, end


def hit_json(hit: Hit, query: Query, *, highlights: bool = True) -> dict[str, Any]:
    """A hit as JSON has it: the post, `highlights`, `found_by`, and, of a folded query, `spread`."""
    told = post_json(hit.item)
    if highlights:
        found = highlight(query, hit.item)
        told |= {"highlights": found.spans, "found_by": found.found_by}
    return told if hit.spread is None else told | {"spread": to_builtins(hit.spread)}
