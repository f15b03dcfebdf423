"""Aspect opinions: what a text says of which side of a thing, and the clause that says it.

A trained pack finds aspects in the whole text, then the clause that speaks most for each; polarity is
read from both. A pack without a model finds aspects by their words and reads the polarity around the
word, as is done for terms the caller names. Where the linear heads are unsure, a second reading may join
theirs (`nlp.joining`); the clause shown is always theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

from core.models import AspectOpinion
from core.project import Pack, Project
from nlp.aspect_words import AspectWords
from nlp.clauses import Span, around, clauses, locate, units, wide
from nlp.clean import clean
from nlp.features import grams
from nlp.feeling import shares
from nlp.finding import best, find, force, margins_of
from nlp.heads import Head, PackHeads
from nlp.joining import SecondReading
from nlp.match import Names, brands_of, products_of
from nlp.model import Models
from nlp.own import load_own
from nlp.segment import Segmenter
from nlp.space import BATCH, F32

POLARITIES = ("negative", "neutral", "positive")


class Opinions:
    """Reads aspect opinions for one project's annotator."""

    def __init__(self, models: Models, segmenter: Segmenter, names: Names, project: Project) -> None:
        self._models, self._segmenter, self._names = models, segmenter, names
        self._project = project
        self._space = models.space()
        self._own = {own.id: load_own(Path(own.weights), own, models) for own in project.packs if own.weights}
        self._words: dict[str, AspectWords] = {}

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
        return self.read_all(texts, [domain] * len(texts), second, forced=forced)

    def read_all(
        self, texts: Sequence[str], domains: Sequence[str], second: SecondReading, *, forced: bool = False
    ) -> list[tuple[AspectOpinion, ...]]:
        """For each text its opinions by the pack of its own domain, as `read` finds them.

        Texts of all packs without a model are read together.
        """
        packs = {domain: self._project.pack(domain) for domain in dict.fromkeys(domains)}
        rows_of: dict[str, list[int]] = {}
        for at, domain in enumerate(domains):
            rows_of.setdefault(domain if packs[domain].trained else "", []).append(at)
        out: list[tuple[AspectOpinion, ...]] = [()] * len(texts)
        for trained, rows in rows_of.items():
            some, part = [texts[at] for at in rows], second.part(rows)
            found = (
                self._by_model(some, packs[trained], part, forced)
                if trained
                else self._by_words(some, [packs[domains[at]] for at in rows], part)
            )
            for at, opinions in zip(rows, found, strict=True):
                out[at] = opinions
        return out

    def terms(
        self, text: str, terms: Sequence[str], domain: str | None, second: SecondReading
    ) -> tuple[AspectOpinion, ...]:
        """One opinion for each term, in order; an aspect of a trained pack may be named as a term too."""
        chosen = self._project.pack(domain) if domain is not None else None
        places = [(text, term, locate(text, term)) for term in terms]
        lost = [term for _, term, place in places if place is None]
        named = self._named(text, chosen, lost, second)
        places = [place for place in places if place[1] not in named]
        every = [0] * len(places)
        read = iter(self._around(places, [domain] * len(places), second, every) if places else ())
        return tuple(
            AspectOpinion(
                aspect=self._aspect_of(term, chosen),
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
        self, text: str, chosen: Pack | None, terms: Sequence[str], second: SecondReading
    ) -> dict[str, tuple[str, float, str]]:
        """(polarity, confidence, clause) of terms that are aspects of a trained pack, whatever the wording."""
        if chosen is None or not chosen.trained:
            return {}
        heads = self._heads(chosen)
        finder, reader = heads.finder, heads.reader
        wanted = [term for term in terms if term in finder.classes]
        if not wanted:
            return {}
        shown = [text[span.begin : span.end] for span in clauses(text)]
        of_text, of_clause = heads.views
        detail, whole = self.matrix(shown), self.matrix([text]) @ of_text
        found = margins_of(finder, detail, shown, self._words_of(chosen))[
            :, [finder.classes.index(term) for term in wanted]
        ].argmax(axis=0)
        offsets = np.array([reader.facts["aspects"][term] for term in wanted])
        margins = whole + (detail @ of_clause)[found] + reader.bias + offsets
        texts, rows = [text] * len(wanted), [0] * len(wanted)
        read = self._polarities(f"opinions-{chosen.id}", reader, margins, second, texts, wanted, rows)
        return {
            term: (polarity, sure, shown[at].strip())
            for term, (polarity, sure), at in zip(wanted, read, found.tolist(), strict=True)
        }

    def _around(
        self,
        places: Sequence[tuple[str, str, int | None]],
        domains: Sequence[str | None],
        second: SecondReading,
        owners: Sequence[int],
    ) -> list[tuple[str, float, str]]:
        """(polarity, confidence, clause) of terms at places of texts; `owners` are the texts' numbers.

        `domains` : what each text is about, as the reader was taught it.
        """
        reader = self._models.head("terms")
        spans, views = zip(*(around(*place) for place in places), strict=True)
        offsets = reader.facts["domains"]
        of_domains = [offsets.get(domain, offsets["any"]) for domain in domains]
        margins = reader.bias + np.array(of_domains, dtype=np.float32)
        weights = self._models.views("terms")
        # one matrix of all views takes half as long as five small ones
        matrix = self.matrix([of_place[number] for number in range(len(weights)) for of_place in views])
        for number, of_view in enumerate(weights):
            margins += matrix[number * len(places) : (number + 1) * len(places)] @ of_view
        texts = [wide(*place) for place in places]
        read = self._polarities(
            "terms", reader, margins, second, texts, [term for _, term, _ in places], owners
        )
        return [
            (polarity, sure, text[span.begin : span.end].strip())
            for (text, _, _), span, (polarity, sure) in zip(places, spans, read, strict=True)
        ]

    def _polarities(
        self,
        task: str,
        head: Head,
        margins: F32,
        second: SecondReading,
        texts: Sequence[str],
        terms: Sequence[str],
        owners: Sequence[int],
    ) -> list[tuple[str, float]]:
        """(polarity, confidence) of each row of `margins`, read again where the `head` of a task is unsure."""
        sure = shares(margins, head)
        labels = margins.argmax(axis=1)
        again, joined = second.polarities(task, sure, texts, terms, owners)
        sure[again], labels[again] = joined, joined.argmax(axis=1)
        return [
            (POLARITIES[label], round(float(sure[at, label]), 4)) for at, label in enumerate(labels.tolist())
        ]

    def _heads(self, chosen: Pack) -> PackHeads:
        """What a trained pack is read with."""
        return self._own[chosen.id] if chosen.id in self._own else self._models.pack_heads(chosen.id)

    def _words_of(self, chosen: Pack) -> AspectWords:
        if chosen.id not in self._words:
            self._words[chosen.id] = AspectWords(chosen)
        return self._words[chosen.id]

    def _aspect_of(self, term: str, chosen: Pack | None) -> str:
        """The pack's aspect whose words the term holds, else the term itself."""
        if chosen is None or chosen.aspect(term):
            return term
        found = self._words_of(chosen).find(term)
        return chosen.aspects[found[0][2][0]].id if found else term

    def _by_words(
        self, texts: Sequence[str], packs: Sequence[Pack], second: SecondReading
    ) -> list[tuple[AspectOpinion, ...]]:
        """The opinions around the words of each text's pack."""
        places: list[tuple[str, str, int | None]] = []
        keys: list[tuple[int, int]] = []
        for number, (text, pack) in enumerate(zip(texts, packs, strict=True)):
            seen: set[int] = set()
            for begin, end, owners in self._words_of(pack).find(text):
                for owner in owners:
                    if owner not in seen:
                        seen.add(owner)
                        places.append((text, text[begin:end], begin))
                        keys.append((number, owner))
        out: list[list[AspectOpinion]] = [[] for _ in texts]
        if places:
            numbers = [number for number, _ in keys]
            read = self._around(places, [packs[number].id for number in numbers], second, numbers)
            targets = self._targets([shown for _, _, shown in read])
            for (number, owner), (polarity, sure, shown), target in zip(keys, read, targets, strict=True):
                out[number].append(
                    AspectOpinion(
                        aspect=packs[number].aspects[owner].id,
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
        heads = self._heads(chosen)
        finder, reader = heads.finder, heads.reader
        owners, spans = _flat([units(text) for text in texts])
        pieces = [texts[at][span.begin : span.end] for at, span in zip(owners, spans, strict=True)]
        matrix = self.matrix(pieces)
        words = self._words_of(chosen)
        margins = margins_of(finder, matrix, pieces, words)
        wanted, sure = find(chosen.id, finder, margins, pieces, owners, second)
        if forced:
            force(wanted, sure, np.array(owners), len(texts))
        speaking = np.flatnonzero(wanted.any(axis=1)).tolist()
        if not speaking:
            return [()] * len(texts)
        homes, parts = _flat([clauses(pieces[at]) for at in speaking])
        shown = [pieces[speaking[at]][part.begin : part.end] for at, part in zip(homes, parts, strict=True)]
        detail = self.matrix(shown)
        near = margins_of(finder, detail, shown, words)
        found = best(sure, wanted, speaking, np.array(homes), near, owners)
        # one opinion an aspect and text: of several pieces the surest speaks
        flat = [(text, entry) for text, entries in found.items() for entry in entries.values()]
        rows = np.array([entry.unit for _, entry in flat]), np.array([entry.clause for _, entry in flat])
        of_text, of_clause = heads.views
        whole, clause = matrix @ of_text, detail @ of_clause
        names = [finder.classes[entry.aspect] for _, entry in flat]
        offsets = np.array([reader.facts["aspects"][name] for name in names])
        polarities = self._polarities(
            f"opinions-{chosen.id}",
            reader,
            whole[rows[0]] + clause[rows[1]] + reader.bias + offsets,
            second,
            [pieces[entry.unit] for _, entry in flat],
            names,
            [text for text, _ in flat],
        )
        evidence = [shown[entry.clause] for _, entry in flat]
        told: list[list[AspectOpinion]] = [[] for _ in texts]
        for (text, entry), name, (polarity, certain), target, said in zip(
            flat, names, polarities, self._targets(evidence), evidence, strict=True
        ):
            told[text].append(
                AspectOpinion(
                    aspect=name,
                    target=target,
                    polarity=polarity,
                    confidence=round(certain * entry.sure, 4),
                    evidence=said.strip(),
                )
            )
        return list(map(tuple, told))


def _flat(nested: Sequence[Sequence[Span]]) -> tuple[list[int], list[Span]]:
    """Spans of several texts as one list, with the number of the text each is of."""
    owners = [at for at, spans in enumerate(nested) for _ in spans]
    return owners, [span for spans in nested for span in spans]
