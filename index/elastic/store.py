"""The store itself: questions to the server, answers as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from core.errors import StoreAway
from core.models import AnnotatedPost, Author, Coverage, HotEntry, Run
from core.records import from_builtins
from index.elastic.compiling import compile_tree
from index.elastic.documents import SOURCE, read
from index.elastic.indices import Indices
from index.elastic.schema import document_id
from index.elastic.server import Address, told
from index.elastic.writing import authors, documents, write_batch
from index.facets import micros
from index.query import Query
from index.store import Batch, Bucket, Snapshot, Sort, Written, facet_named, read_zone

Record = TypeVar("Record")
_NEWEST = {"at": {"order": "desc", "missing": "_last"}}
_SORTS: dict[Sort, list[dict[str, Any]]] = {
    Sort.NEWEST: [_NEWEST, {"id": "asc"}],
    Sort.ENGAGED: [{"engagement": "desc"}, _NEWEST, {"id": "asc"}],
}
_OLDEST = [{"at": {"order": "asc", "missing": "_last"}}, {"id": "asc"}]
_WINDOW = 10_000  # results the server pages through without a scan
_BUCKETS = 5_000  # asked for at once
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ElasticStore:
    """A store on an Elasticsearch server.

    Any number of processes may read and write; a post written twice at once is merged again.
    """

    def __init__(self, address: Address) -> None:
        self.address = str(address)
        self._indices = Indices(address)

    # --- writing

    def write(self, batch: Batch) -> Written:
        return write_batch(self._indices, batch)

    def flush(self) -> None:
        self._indices.ensure()
        self._indices.refresh()

    def clear(self) -> None:
        self._indices.forget()
        self._indices.ensure()

    def drop(self) -> None:
        """Removes everything of this prefix from the server, the indices too; tests clean up with it."""
        self._indices.forget()

    def close(self) -> None:
        self._indices.client.close()

    # --- reading

    def search(
        self, query: Query, *, sort: Sort = Sort.NEWEST, limit: int = 20, offset: int = 0
    ) -> list[AnnotatedPost]:
        limit, offset = max(limit, 0), max(offset, 0)
        if offset + limit > _WINDOW:
            return self._far(query, sort, limit, offset)
        answer = self._indices.search(
            self._indices.posts,
            query=compile_tree(query.tree),
            sort=_SORTS[sort],
            size=limit,
            from_=offset,
            source=["body"],
            track_total_hits=False,
        )
        return [_post(hit) for hit in answer["hits"]["hits"]]

    def _far(self, query: Query, sort: Sort, limit: int, offset: int) -> list[AnnotatedPost]:
        """A page beyond what the server pages through."""
        found: list[AnnotatedPost] = []
        if limit:
            for number, hit in enumerate(self._hits(compile_tree(query.tree), _SORTS[sort])):
                if number >= offset:
                    found.append(_post(hit))
                if len(found) == limit:
                    break
        return found

    def count(self, query: Query) -> int:
        self._indices.ensure()
        self._indices.refresh()
        with told(self._indices.address):
            answer = self._indices.client.count(index=self._indices.posts, query=compile_tree(query.tree))
        if answer["_shards"]["failed"]:
            raise StoreAway(f"{self.address}: some of the index does not answer; run again when it is back")
        total: int = answer["count"]
        return total

    def histogram(self, query: Query, *, by: str | None = None, zone: str = "Asia/Shanghai") -> list[Bucket]:
        facet, clock = facet_named(by), read_zone(zone)
        found = []
        for bucket in self._buckets(query, facet, zone):
            start = _EPOCH + timedelta(milliseconds=bucket["key"]["day"])
            found.append(
                Bucket(
                    day=start.astimezone(clock).date().isoformat(),
                    value=bucket["key"].get("value"),
                    count=bucket["doc_count"],
                )
            )
        return sorted(found, key=lambda one: (one.day, one.value is None, one.value or ""))

    def _buckets(self, query: Query, facet: str | None, zone: str) -> Iterator[dict[str, Any]]:
        day = {"date_histogram": {"field": "published_at", "calendar_interval": "day", "time_zone": zone}}
        sources: list[dict[str, Any]] = [{"day": day}]
        if facet is not None:
            sources.append({"value": {"terms": {"field": facet, "missing_bucket": True}}})
        composite: dict[str, Any] = {"size": _BUCKETS, "sources": sources}
        while True:
            answer = self._indices.search(
                self._indices.posts,
                query=compile_tree(query.tree),
                size=0,
                aggs={"days": {"composite": composite}},
                track_total_hits=False,
            )
            days = answer["aggregations"]["days"]
            yield from days["buckets"]
            if "after_key" not in days or len(days["buckets"]) < _BUCKETS:
                return
            composite["after"] = days["after_key"]

    def _hits(self, query: dict[str, Any], sort: Sequence[Any]) -> Iterator[dict[str, Any]]:
        return self._indices.stream(self._indices.posts, query, sort=sort, source=["body"])

    def scan(self, query: Query) -> Iterator[AnnotatedPost]:
        for hit in self._hits(compile_tree(query.tree), _OLDEST):
            yield _post(hit)

    def cascade(self, root_id: str) -> list[AnnotatedPost]:
        fields = ("id", "root_id", "thread_id")
        members = [{"term": {field: {"value": root_id}}} for field in fields]
        query = {"bool": {"should": members, "minimum_should_match": 1}}
        return [_post(hit) for hit in self._hits({"bool": {"filter": [query]}}, _OLDEST)]

    def get(self, ids: Sequence[str]) -> list[AnnotatedPost]:
        self._indices.ensure()
        wanted = [document_id(post_id) for post_id in dict.fromkeys(ids)]
        found = [_post(one) for one in documents(self._indices, self._indices.posts, wanted)]
        by_id = {item.post.id: item for item in found}
        return [by_id[post_id] for post_id in ids if post_id in by_id]

    def founders(self) -> Iterator[tuple[str, bytes]]:
        hits = self._indices.stream(
            self._indices.posts, {"term": {"begins": True}}, source=["id", "begun_with"]
        )
        for hit in hits:
            yield hit["_source"]["id"], from_builtins(hit["_source"]["begun_with"], bytes)

    def _state(self, kind: str, record: type[Record], *conditions: dict[str, Any]) -> list[Record]:
        query = {"bool": {"filter": [{"term": {"kind": kind}}, *conditions]}}
        hits = self._indices.stream(self._indices.state, query, source=["body"])
        return [from_builtins(hit["_source"]["body"], record) for hit in hits]

    def series(self, post_id: str) -> list[Snapshot]:
        self._indices.ensure()
        return [
            Snapshot(at=_EPOCH + timedelta(microseconds=at), engagement=seen)
            for one in documents(self._indices, self._indices.posts, [document_id(post_id)], SOURCE)
            for at, seen in sorted(read(one["_source"]).series.items())
        ]

    def marks(self) -> dict[str, int]:
        hits = self._indices.stream(self._indices.state, {"term": {"kind": "mark"}})
        return {hit["_source"]["key"]: hit["_source"]["offset"] for hit in hits}

    def runs(self) -> list[Run]:
        found = sorted(self._state("run", Run), key=lambda run: run.id)
        return sorted(found, key=lambda run: run.started_at, reverse=True)

    def coverage(self, run_id: str | None = None) -> list[Coverage]:
        conditions = [] if run_id is None else [{"term": {"key": run_id}}]
        found = self._state("coverage", Coverage, *conditions)
        return sorted(found, key=lambda item: (item.run_id or "", item.source, item.slice))

    def hot(self, *, since: datetime | None = None, until: datetime | None = None) -> list[HotEntry]:
        bounds = {
            name: micros(moment) for name, moment in (("gte", since), ("lt", until)) if moment is not None
        }
        found = self._state("hot", HotEntry, *([{"range": {"at": bounds}}] if bounds else []))
        return sorted(found, key=lambda e: (e.at, e.rank is None, e.rank or 0, e.platform, e.title))

    def authors(self, ids: Iterable[str]) -> dict[str, Author]:
        self._indices.ensure()
        return authors(self._indices, ids)


def _post(hit: dict[str, Any]) -> AnnotatedPost:
    return from_builtins(hit["_source"]["body"], AnnotatedPost)
