"""Aspect opinions: what a text says of which side of a thing, and the clause that says it.

A trained pack finds aspects in the whole text, then the clause that speaks most for each; polarity is
read from both. A pack without a model finds aspects by their words and reads the polarity around the
word, as is done for terms the caller names. Where the linear heads are unsure, a second reading may join
theirs (`nlp.joining`); the clause shown is always theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy import sparse

from core.models import AspectOpinion
from nlp.clauses import Span, around, clauses, locate, units, wide
from nlp.clean import clean
from nlp.features import grams
from nlp.feeling import shares
from nlp.finding import best, find, force
from nlp.joining import SecondReading
from nlp.match import Names, Phrases, brands_of, products_of
from nlp.model import Models
from nlp.pack import Pack, pack
from nlp.segment import Segmenter
from nlp.space import BATCH, F32

_HALF = re.compile("[\ud800-\udfff]")
POLARITIES = ("negative", "neutral", "positive")


class Opinions:
    """Reads aspect opinions for one project's annotator."""

    def __init__(self, models: Models, segmenter: Segmenter, names: Names) -> None:
        self._models, self._segmenter, self._names = models, segmenter, names
        self._space = models.space()

    def matrix(self, texts: Sequence[str]) -> sparse.csr_array:
        """(D, terms) of pieces of raw text."""
        parts = []
        for start in range(0, len(texts), BATCH):
            cleaned = clean(texts[start : start + BATCH])
            parts.append(self._space.matrix(cleaned, grams(cleaned, self._segmenter.cut)))
        return sparse.csr_array(sparse.vstack(parts, format="csr")) if len(parts) > 1 else parts[0]

    def read(
        self,
        texts: Sequence[str],
        domain: str,
        second: SecondReading,
        *,
        forced: bool = False,
    ) -> list[tuple[AspectOpinion, ...]]:
        """For each text its opinions by the pack of `domain`, one an aspect, in the pack's order.

        With `forced` a text that shows no aspect surely still gets its likeliest: the caller knows it has one.
        """
        chosen = pack(domain)
        if chosen.trained:
            return self._by_model(texts, chosen, second, forced)
        return self._by_words(texts, chosen, second)

    def terms(
        self, text: str, terms: Sequence[str], domain: str | None, second: SecondReading
    ) -> tuple[AspectOpinion, ...]:
        """One opinion for each term, in order; an aspect of a trained pack may be named as a term too."""
        if domain is not None:
            pack(domain)
        places = [(text, term, locate(text, term)) for term in terms]
        lost = [term for _, term, place in places if place is None]
        named = self._named(text, domain, lost, second)
        places = [place for place in places if place[1] not in named]
        read = iter(self._around(places, domain, second, [0] * len(places)) if places else ())
        return tuple(
            AspectOpinion(
                aspect=_aspect_of(term, domain),
                target=term,
                polarity=polarity,
                confidence=sure,
                evidence=shown,
            )
            for term, (polarity, sure, shown) in (
                (term, named[term] if term in named else next(read)) for term in terms
            )
        )

    def _named(
        self, text: str, domain: str | None, terms: Sequence[str], second: SecondReading
    ) -> dict[str, tuple[str, float, str]]:
        """(polarity, confidence, clause) of terms that are aspects of a trained pack, whatever the wording."""
        if domain is None or not pack(domain).trained:
            return {}
        finder, reader = self._models.head(f"aspects-{domain}"), self._models.head(f"opinions-{domain}")
        wanted = [term for term in terms if term in finder.classes]
        if not wanted:
            return {}
        shown = [text[span.begin : span.end] for span in clauses(text)]
        of_text, of_clause = self._models.views(f"opinions-{domain}")
        detail, whole = self.matrix(shown), self.matrix([text]) @ of_text
        found = finder.margins(detail)[:, [finder.classes.index(term) for term in wanted]].argmax(axis=0)
        offsets = np.array([reader.facts["aspects"][term] for term in wanted])
        margins = whole + (detail @ of_clause)[found] + reader.bias + offsets
        texts, rows = [text] * len(wanted), [0] * len(wanted)
        read = self._polarities(f"opinions-{domain}", margins, second, texts, wanted, rows)
        return {
            term: (polarity, sure, shown[at].strip())
            for term, (polarity, sure), at in zip(wanted, read, found.tolist(), strict=True)
        }

    def _around(
        self,
        places: Sequence[tuple[str, str, int | None]],
        domain: str | None,
        second: SecondReading,
        owners: Sequence[int],
    ) -> list[tuple[str, float, str]]:
        """(polarity, confidence, clause) of terms at places of texts; `owners` are the texts' numbers."""
        reader = self._models.head("terms")
        spans, views = zip(*(around(*place) for place in places), strict=True)
        offsets = reader.facts["domains"]
        margins = reader.bias + np.array(offsets.get(domain, offsets["any"]), dtype=np.float32)
        margins = np.repeat(margins[None, :], len(places), axis=0)
        weights = self._models.views("terms")
        # one matrix of all views takes half as long as five small ones
        matrix = self.matrix([of_place[number] for number in range(len(weights)) for of_place in views])
        for number, of_view in enumerate(weights):
            margins += matrix[number * len(places) : (number + 1) * len(places)] @ of_view
        texts = [wide(*place) for place in places]
        read = self._polarities("terms", margins, second, texts, [term for _, term, _ in places], owners)
        return [
            (polarity, sure, text[span.begin : span.end].strip())
            for (text, _, _), span, (polarity, sure) in zip(places, spans, read, strict=True)
        ]

    def _polarities(
        self,
        task: str,
        margins: F32,
        second: SecondReading,
        texts: Sequence[str],
        terms: Sequence[str],
        owners: Sequence[int],
    ) -> list[tuple[str, float]]:
        """(polarity, confidence) of each row of `margins`, read again where the head `task` is unsure."""
        sure = shares(margins, self._models.head(task))
        labels = margins.argmax(axis=1)
        again, joined = second.polarities(task, sure, texts, terms, owners)
        sure[again], labels[again] = joined, joined.argmax(axis=1)
        return [
            (POLARITIES[label], round(float(sure[at, label]), 4)) for at, label in enumerate(labels.tolist())
        ]

    def _by_words(
        self, texts: Sequence[str], chosen: Pack, second: SecondReading
    ) -> list[tuple[AspectOpinion, ...]]:
        words = _words_of(chosen.id)
        places: list[tuple[str, str, int | None]] = []
        keys: list[tuple[int, int]] = []
        for number, text in enumerate(texts):
            seen: set[int] = set()
            for begin, end, owners in words.find(_lower(text)):
                for owner in owners:
                    if owner not in seen:
                        seen.add(owner)
                        places.append((text, text[begin:end], begin))
                        keys.append((number, owner))
        out: list[list[AspectOpinion]] = [[] for _ in texts]
        if places:
            read = self._around(places, chosen.id, second, [number for number, _ in keys])
            targets = self._targets([shown for _, _, shown in read])
            for (number, owner), (polarity, sure, shown), target in zip(keys, read, targets, strict=True):
                out[number].append(
                    AspectOpinion(
                        aspect=chosen.aspects[owner].id,
                        target=target,
                        polarity=polarity,
                        confidence=sure,
                        evidence=shown,
                    )
                )
        return [tuple(found) for found in out]

    def _targets(self, pieces: Sequence[str]) -> list[str | None]:
        """The product, else the brand, each clause names first: its id."""
        cleaned = clean(pieces)
        lengths = np.fromiter(map(len, cleaned.texts), dtype=np.int64, count=len(cleaned.texts)) + 1
        rows = np.concatenate(([0], np.cumsum(lengths)))
        hits = self._names.find(cleaned, rows)
        return [next(iter((*products_of(hit), *brands_of(hit))), None) for hit in hits]

    def _by_model(
        self, texts: Sequence[str], chosen: Pack, second: SecondReading, forced: bool
    ) -> list[tuple[AspectOpinion, ...]]:
        finder, reader = self._models.head(f"aspects-{chosen.id}"), self._models.head(f"opinions-{chosen.id}")
        owners, spans = _flat([units(text) for text in texts])
        pieces = [texts[at][span.begin : span.end] for at, span in zip(owners, spans, strict=True)]
        matrix = self.matrix(pieces)
        wanted, sure = find(chosen.id, finder, finder.margins(matrix), pieces, owners, second)
        if forced:
            force(wanted, sure, np.array(owners), len(texts))
        speaking = np.flatnonzero(wanted.any(axis=1)).tolist()
        out: list[tuple[AspectOpinion, ...]] = [() for _ in texts]
        if not speaking:
            return out
        homes, parts = _flat([clauses(pieces[at]) for at in speaking])
        shown = [pieces[speaking[at]][part.begin : part.end] for at, part in zip(homes, parts, strict=True)]
        detail = self.matrix(shown)
        found = best(sure, wanted, speaking, np.array(homes), finder.margins(detail), owners)
        # one opinion an aspect and text: of several pieces the surest speaks
        flat = [(text, entry) for text, entries in found.items() for entry in entries.values()]
        rows = np.array([entry.unit for _, entry in flat]), np.array([entry.clause for _, entry in flat])
        of_text, of_clause = self._models.views(f"opinions-{chosen.id}")
        whole, near = matrix @ of_text, detail @ of_clause
        names = [finder.classes[entry.aspect] for _, entry in flat]
        offsets = np.array([reader.facts["aspects"][name] for name in names])
        polarities = self._polarities(
            f"opinions-{chosen.id}",
            whole[rows[0]] + near[rows[1]] + reader.bias + offsets,
            second,
            [pieces[entry.unit] for _, entry in flat],
            names,
            [text for text, _ in flat],
        )
        targets = self._targets([shown[entry.clause] for _, entry in flat])
        lists: dict[int, list[AspectOpinion]] = {}
        for (text, entry), (polarity, certain), target in zip(flat, polarities, targets, strict=True):
            lists.setdefault(text, []).append(
                AspectOpinion(
                    aspect=finder.classes[entry.aspect],
                    target=target,
                    polarity=polarity,
                    confidence=round(certain * entry.sure, 4),
                    evidence=shown[entry.clause].strip(),
                )
            )
        for text, opinions in lists.items():
            out[text] = tuple(opinions)
        return out


def _flat(nested: Sequence[Sequence[Span]]) -> tuple[list[int], list[Span]]:
    """Spans of several texts as one list, with the number of the text each is of."""
    owners = [at for at, spans in enumerate(nested) for _ in spans]
    return owners, [span for spans in nested for span in spans]


def _lower(text: str) -> str:
    """Lower case of the same length, half characters blanked: the automaton takes whole ones only."""
    text = _HALF.sub(" ", text)
    lower = text.lower()
    return lower if len(lower) == len(text) else text


@cache
def _words_of(domain: str) -> Phrases:
    words = Phrases()
    for number, aspect in enumerate(pack(domain).aspects):
        for word in aspect.words:
            words.add(word, number)
    words.build()
    return words


def _aspect_of(term: str, domain: str | None) -> str:
    """The pack's aspect whose words the term holds, else the term itself."""
    if domain is None:
        return term
    chosen = pack(domain)
    if chosen.aspect(term):
        return term
    found = _words_of(domain).find(_lower(term))
    return chosen.aspects[found[0][2][0]].id if found else term
