"""Writing annotated posts into Elasticsearch beside `helpers.parallel_bulk` of the same documents.

    TINGFENG_TEST_ES=http://127.0.0.1:9201 python -m benchmarks.elastic_ingest [--rows 60000]

Slices of posts in turns, each writer under a prefix of its own, with the same template and the same months. Ours
looks for what is there, finishes the documents that ingest's workers make of posts, writes them and those of accounts,
and a mark. The plain writer (2 threads, chunks of 2,000, 8 MB) is given the same documents finished: as bytes, and as
the dicts one would have at hand.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import msgspec
from elasticsearch import helpers

from benchmarks.measuring import goal, median, table, timed
from benchmarks.posts_data import bare, batches
from core.models import AnnotatedPost
from index.elastic import ElasticStore, state
from index.elastic.bulk import Operation
from index.elastic.documents import Document, fields, prepare
from index.elastic.schema import document_id, month
from index.elastic.server import read_address
from index.facets import at_of, micros
from index.ingest.ingesting import UNDER_WAY
from index.store import Batch, Mark, Written
from index.store.plan import founders, snapshots

_TURN = 5  # batches a writer has before the next one's turn
_GOAL = 0.9


@dataclass(slots=True)
class Ours:
    """The store, as ingest uses it."""

    store: ElasticStore
    name: str = "ours"
    rates: list[float] = field(default_factory=list)

    def prepared(self, posts: list[AnnotatedPost]) -> Batch:
        self.store.indices.provide({month(self.store.indices.posts, at_of(item.post)) for item in posts})
        return Batch(posts, mark=Mark("run", len(self.rates)), prepared=prepare(bare(posts)))

    def write(self, prepared: list[Batch]) -> None:
        under_way: deque[Future[Written]] = deque()
        for batch in prepared:
            under_way.append(self.store.submit(batch))
            if len(under_way) > UNDER_WAY:
                under_way.popleft().result()
        for answer in under_way:
            answer.result()


@dataclass(slots=True)
class Plain:
    """`helpers.parallel_bulk` of the documents ours writes."""

    store: ElasticStore
    name: str
    as_bytes: bool
    rates: list[float] = field(default_factory=list)

    def prepared(self, posts: list[AnnotatedPost]) -> list[dict[str, Any]]:
        documents = list(self._documents(posts))
        self.store.indices.provide({month(self.store.indices.posts, at_of(item.post)) for item in posts})
        return documents

    def _documents(self, posts: list[AnnotatedPost]) -> Iterator[dict[str, Any]]:
        indices = self.store.indices
        begun = founders(posts)
        seen = snapshots(posts)
        for item in posts:
            at = item.post.fetched_at
            series = {micros(at): seen[item.post.id, at]} if at and (item.post.id, at) in seen else {}
            document = fields(Document(item, series, begun.get(item.post.id)))
            place = month(indices.posts, at_of(item.post))
            yield self._action(Operation(place, document_id(item.post.id), document, "create"))
        batch = Batch(posts)
        yield from map(self._action, state.operations(indices, batch, state.look_up(indices, batch))[0])

    def _action(self, operation: Operation) -> dict[str, Any]:
        head = {operation.action: {"_index": operation.index, "_id": operation.id}}
        encode = msgspec.json.encode if self.as_bytes else partial(msgspec.to_builtins, str_keys=True)
        return {"head": head, "source": encode(operation.document)}

    def write(self, prepared: list[list[dict[str, Any]]]) -> None:
        deque(
            helpers.parallel_bulk(
                self.store.indices.client,
                chain.from_iterable(prepared),
                thread_count=2,
                chunk_size=2_000,
                max_chunk_bytes=8_000_000,
                expand_action_callback=_expanded,
            ),
            maxlen=0,
        )


def _expanded(action: Any) -> tuple[dict[str, Any], Any]:
    return action["head"], action["source"]


def _slices(rows: int) -> Iterator[list[list[AnnotatedPost]]]:
    source = batches(rows)
    while slice_ := [batch for _, batch in zip(range(_TURN), source, strict=False)]:
        yield slice_


def measure(writers: list[Ours | Plain], slices: Iterable[list[list[AnnotatedPost]]]) -> None:
    """Every writer writes every slice; who comes first changes from slice to slice."""
    for number, slice_ in enumerate(slices):
        posts = sum(map(len, slice_))
        for at in range(len(writers)):
            writer = writers[(number + at) % len(writers)]
            prepared: list[Any] = [writer.prepared(batch) for batch in slice_]
            took, _ = timed(lambda writer=writer, prepared=prepared: writer.write(prepared))  # type: ignore[misc]
            writer.rates.append(posts / took * 1000)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=60_000)
    rows = parser.parse_args().rows
    address = os.environ.get("TINGFENG_TEST_ES")
    if not address:
        sys.exit("name a server: TINGFENG_TEST_ES=http://127.0.0.1:9201 (.ci/elasticsearch start)")
    stores = [ElasticStore(read_address(f"{address}/bench-{number}")) for number in range(3)]
    ours = Ours(stores[0])
    plain = Plain(stores[1], "parallel_bulk of bytes", as_bytes=True)
    dicts = Plain(stores[2], "parallel_bulk of dicts", as_bytes=False)
    try:
        for store in stores:
            store.clear()
        measure([ours, plain, dicts], _slices(rows))
        table(
            ("writer", "posts/s", "ours / it"),
            [
                (one.name, f"{median(one.rates):,.0f}", f"{median(ours.rates) / median(one.rates):.2f}")
                for one in (ours, plain, dicts)
            ],
        )
        ratio = median(ours.rates) / median(plain.rates)
        goal("posts/s, ours / parallel_bulk of the same bytes", f"{ratio:.2f} (goal {_GOAL})", ratio >= _GOAL)
    finally:
        for store in stores:
            with closing(store):
                store.drop()


if __name__ == "__main__":
    main()
