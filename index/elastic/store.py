"""The store itself: questions to the server, answers as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta

from core.models import AnnotatedPost, Author, Coverage, HotEntry, Run
from core.records import from_builtins
from index.elastic import counting, erasing, paging, state
from index.elastic.compiling import compile_tree
from index.elastic.documents import SOURCE, prepare, read
from index.elastic.indices import Indices
from index.elastic.paging import EPOCH, OLDEST, post
from index.elastic.pipeline import Pipeline
from index.elastic.schema import document_id
from index.elastic.server import Address
from index.facets import NUMBERS, micros
from index.query import Query
from index.store import (
    Batch,
    Bucket,
    Interval,
    Page,
    Prepare,
    Snapshot,
    Sort,
    Summary,
    Written,
    facet_named,
    read_zone,
)


class ElasticStore:
    """A store on an Elasticsearch server.

    Any number of processes may read and write; a post written twice at once is merged again.
    """

    def __init__(self, address: Address) -> None:
        self.address = str(address)
        self.indices = Indices(address)
        self._pipeline = Pipeline(self.indices)
        self.expunged_within_s = 120.0  # how long `erase` may wait for the server to let go of bytes

    # --- writing

    def preparing(self) -> Prepare:
        return prepare

    def submit(self, batch: Batch) -> Future[Written]:
        return self._pipeline.submit(batch)

    def write(self, batch: Batch) -> Written:
        return self.submit(batch).result()

    def flush(self) -> None:
        self._pipeline.drain()
        self.indices.ensure()
        self.indices.refresh()

    def erase(self, ids: Sequence[str], *, accounts: Sequence[str] = ()) -> int:
        return erasing.erase(self.indices, ids, accounts, within_s=self.expunged_within_s)

    def clear(self) -> None:
        self.indices.forget()
        self.indices.ensure()

    def drop(self) -> None:
        """Removes everything of this prefix from the server, the indices too; tests clean up with it."""
        self.indices.forget()

    def close(self) -> None:
        self._pipeline.close()
        self.indices.client.close()

    # --- posts

    def search(
        self,
        query: Query,
        *,
        sort: Sort = Sort.NEWEST,
        limit: int = 20,
        offset: int = 0,
        after: str | None = None,
    ) -> Page:
        return paging.search(self.indices, query, sort=sort, limit=limit, offset=offset, after=after)

    def get(self, ids: Sequence[str]) -> list[AnnotatedPost]:
        names = [document_id(post_id) for post_id in dict.fromkeys(ids)]
        found = [post(hit) for hit in paging.posts_of(self.indices, names)]
        by_id = {item.post.id: item for item in found}
        return [by_id[post_id] for post_id in ids if post_id in by_id]

    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        hits = self.indices.stream(self.indices.posts, compile_tree(query.tree), sort=OLDEST, source=["body"])
        for hit in hits:
            yield post(hit)

    def cascade(self, root_id: str) -> list[AnnotatedPost]:
        root = document_id(root_id)
        members = [{"term": {field: {"value": root}}} for field in ("id", "root", "thread")]
        query = {"bool": {"filter": [{"bool": {"should": members, "minimum_should_match": 1}}]}}
        hits = self.indices.stream(self.indices.posts, query, sort=OLDEST, source=["body"])
        return [post(hit) for hit in hits]

    def series(self, post_id: str) -> list[Snapshot]:
        return [
            Snapshot(at=EPOCH + timedelta(microseconds=at), engagement=seen)
            for hit in paging.posts_of(self.indices, [document_id(post_id)], SOURCE)
            for at, seen in sorted(read(hit["_source"]).series.items())
        ]

    def founders(self) -> Iterator[tuple[str, bytes]]:
        hits = self.indices.stream(
            self.indices.posts, {"term": {"begins": True}}, source=["body.post.id", "begun_with"]
        )
        for hit in hits:
            source = hit["_source"]
            yield source["body"]["post"]["id"], from_builtins(source["begun_with"], bytes)

    # --- numbers

    def count(self, query: Query) -> int:
        return counting.count(self.indices, query)

    def counts(self, queries: Sequence[Query]) -> list[int]:
        return counting.count_each(self.indices, [query.tree for query in queries])

    def histogram(
        self,
        query: Query,
        *,
        by: str | None = None,
        interval: Interval = Interval.DAY,
        zone: str = "Asia/Shanghai",
    ) -> list[Bucket]:
        facet = None if by is None else facet_named(by)
        return counting.histogram(self.indices, query, by=facet, interval=interval, clock=read_zone(zone))

    def summary(
        self,
        query: Query,
        fields: Sequence[str] = (),
        *,
        counters: Sequence[str] = tuple(NUMBERS),
        limit: int = 10,
    ) -> Summary:
        return counting.summary(self.indices, query, [facet_named(name) for name in fields], counters, limit)

    def tally(self, query: Query, field: str, values: Sequence[str]) -> dict[str, int]:
        return counting.tally(self.indices, query, field, values)

    # --- what is known beside the posts

    def marks(self) -> dict[str, int]:
        hits = self.indices.stream(self.indices.state, {"term": {"kind": "mark"}})
        return {hit["_source"]["key"]: hit["_source"]["offset"] for hit in hits}

    def runs(self) -> list[Run]:
        return state.runs(self.indices)

    def coverage(self, run_id: str | None = None) -> list[Coverage]:
        conditions = [] if run_id is None else [{"term": {"key": run_id}}]
        found = state.records(self.indices, "coverage", Coverage, *conditions)
        return sorted(found, key=lambda item: (item.run_id or "", item.source, item.slice))

    def hot(self, *, since: datetime | None = None, until: datetime | None = None) -> list[HotEntry]:
        bounds = {
            name: micros(moment) for name, moment in (("gte", since), ("lt", until)) if moment is not None
        }
        conditions = [{"range": {"at": bounds}}] if bounds else []
        found = state.records(self.indices, "hot", HotEntry, *conditions)
        return sorted(found, key=lambda e: (e.at, e.rank is None, e.rank or 0, e.platform, e.title))

    def authors(self, ids: Iterable[str]) -> dict[str, Author]:
        self.indices.ensure()
        return state.authors(self.indices, ids)
