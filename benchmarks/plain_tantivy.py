"""tantivy over jieba words, as one would write it in an afternoon."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tantivy

from benchmarks.plain_stores import DAY_S, FACETS, ZONE_S, Asked, Days, cut, facts
from core.models import AnnotatedPost


def _schema() -> tantivy.Schema:
    made = (
        tantivy.SchemaBuilder()
        .add_text_field("id", stored=True, tokenizer_name="raw")
        .add_bytes_field("text", stored=True)
        .add_text_field("words", tokenizer_name="whitespace", index_option="position")
        .add_integer_field("at", fast=True)
        .add_integer_field("engagement", fast=True)
    )
    for name in FACETS:
        made = made.add_text_field(name, fast=True, tokenizer_name="raw")
    return made.build()


SCHEMA = _schema()


class TantivyBuilder:
    """Makes the folder of `Tantivy`."""

    def __init__(self, path: Path) -> None:
        path.mkdir()
        self._writer = tantivy.Index(SCHEMA, path=str(path)).writer(heap_size=256_000_000, num_threads=1)

    def add(self, items: Sequence[AnnotatedPost]) -> None:
        names = ("id", "text", "at", "engagement", *FACETS)
        for item in items:
            record = dict(zip(names, facts(item), strict=True))
            record |= {"text": item.post.text.encode(), "words": " ".join(item.annotation.words)}
            self._writer.add_document(tantivy.Document.from_dict(record, SCHEMA))

    def finish(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()


class Tantivy:
    """tantivy over the same words, facets as fast fields."""

    name = "tantivy"

    def __init__(self, path: Path) -> None:
        index = tantivy.Index.open(str(path))
        index.register_tokenizer(
            "whitespace", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        )
        self._searcher = index.searcher()

    def _query(self, asked: Asked) -> tantivy.Query:
        if asked.near:
            first, second, between = asked.near
            return tantivy.Query.phrase_query(SCHEMA, "words", [*cut(first), *cut(second)], slop=between)
        if asked.start:
            return tantivy.Query.regex_query(SCHEMA, "words", f"{asked.start}.*")
        must = [
            tantivy.Query.boolean_query([(tantivy.Occur.Should, _phrase(word)) for word in some])
            if len(some) > 1
            else _phrase(some[0])
            for some in asked.every
        ]
        if len(must) == 1 and not asked.none:
            return must[0]
        parts = [(tantivy.Occur.Must, part) for part in must]
        parts += [(tantivy.Occur.MustNot, _phrase(word)) for word in asked.none]
        return tantivy.Query.boolean_query(parts)

    def _first(self, query: tantivy.Query, by: str | None) -> int:
        found: Any = self._searcher.search(query, limit=20, count=True, order_by_field=by)
        for _, address in found.hits:
            self._searcher.doc(address).get_first("text")
        return int(found.count)

    def page(self, asked: Asked) -> int:
        return self._first(self._query(asked), "at")

    def facets(self, asked: Asked) -> int:
        query = self._query(asked)
        self._searcher.aggregate(query, {name: {"terms": {"field": name, "size": 10}} for name in FACETS})
        return self._first(query, "at")

    def days(self, asked: Asked) -> Days:
        moods = {"mood": {"terms": {"field": "sentiment"}}}
        by_day = {"field": "at", "interval": DAY_S, "offset": -ZONE_S % DAY_S, "min_doc_count": 1}
        found = self._searcher.aggregate(self._query(asked), {"days": {"histogram": by_day, "aggs": moods}})
        return {
            (int(bucket["key"] + ZONE_S) // DAY_S, mood["key"]): mood["doc_count"]
            for bucket in found["days"]["buckets"]
            for mood in bucket["mood"]["buckets"]
        }

    def engaged(self, asked: Asked) -> int:
        return self._first(self._query(asked), "engagement")

    def relevant(self, asked: Asked) -> int:
        return self._first(self._query(asked), None)

    def close(self) -> None:
        """It keeps files open until it is collected."""


def _phrase(text: str) -> tantivy.Query:
    words: list[str | tuple[int, str]] = [*cut(text)]
    if len(words) == 1:
        return tantivy.Query.term_query(SCHEMA, "words", words[0])
    return tantivy.Query.phrase_query(SCHEMA, "words", words)
