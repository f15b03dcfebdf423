"""Writing a batch: posts, then what was learnt with them, the mark last.

Elasticsearch has no transactions. A process killed on the way leaves a batch half written and no mark,
so ingest reads the batch again and writes the same documents under the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.errors import StoreAway
from core.models import AnnotatedPost, Author, Engagement
from core.records import from_builtins, to_builtins
from index.elastic.bulk import Operation, write
from index.elastic.documents import SOURCE, Document, fields, read
from index.elastic.indices import Indices
from index.elastic.schema import document_id
from index.elastic.server import told
from index.facets import micros
from index.merge import profile
from index.plan import Plan, founders, plan, profiles, snapshots
from index.store import Batch, Written

_READ = 1_000  # documents asked for at once
_ROUNDS = 5  # of merging again when another process wrote the same post meanwhile


def write_batch(indices: Indices, batch: Batch) -> Written:
    """Everything of `batch`, whole documents, acknowledged by the server."""
    indices.ensure()
    try:
        with told(indices.address):
            written = _write_posts(indices, batch)
            write(indices.client, indices.state, _state(indices, batch), indices.address)
            if batch.mark is not None:
                key = batch.mark.run_id
                document = {"kind": "mark", "key": key, "offset": batch.mark.offset}
                operation = Operation(document_id("mark", key), document)
                write(indices.client, indices.state, [operation], indices.address)
    finally:
        indices.written()
    return written


def _write_posts(indices: Indices, batch: Batch) -> Written:
    left = list(batch.posts)
    new: set[str] = set()
    updated: set[str] = set()
    for _ in range(_ROUNDS):
        stored, versions = _stored(indices, {item.post.id for item in left})
        todo = plan(left, {key: document.item for key, document in stored.items()})
        new |= todo.new.keys()
        updated |= todo.changed - new
        operations = [
            Operation(
                document_id(key),
                fields(document, batch.literals),
                "index" if key in stored else "create",
                versions.get(key),
            )
            for key, document in _documents(left, todo, stored).items()
            if document != stored.get(key)
        ]
        conflicts = write(indices.client, indices.posts, operations, indices.address)
        left = [item for item in left if document_id(item.post.id) in conflicts]
        if not left:
            return Written(new=len(new), updated=len(updated))
        # A conflict is another writer's, or our own first try whose answer was lost: in both cases the
        # stored post is read again, and merging tells whether anything is left to write.
    raise StoreAway(
        f"Elasticsearch at {indices.address.url}: other writers keep changing the same posts;"
        " nothing was lost, run again when they are done"
    )


def _documents(
    posts: Sequence[AnnotatedPost], todo: Plan, stored: Mapping[str, Document]
) -> dict[str, Document]:
    """What each post of the batch is to look like, by id."""
    series: dict[str, dict[int, Engagement]] = {}
    for (key, at), seen in snapshots(posts).items():
        series.setdefault(key, {})[micros(at)] = seen
    begun = founders(posts)
    found: dict[str, Document] = {}
    for key in {item.post.id: None for item in posts}:
        old = stored.get(key)
        item = todo.new.get(key) or todo.known.get(key) or stored[key].item
        found[key] = Document(
            item=item,
            series={**(old.series if old else {}), **series.get(key, {})},
            begun_with=old.begun_with if old and old.begun_with is not None else begun.get(key),
        )
    return found


def _stored(indices: Indices, ids: Iterable[str]) -> tuple[dict[str, Document], dict[str, tuple[int, int]]]:
    """The posts of these ids that are there, and the versions they were read at."""
    posts: dict[str, Document] = {}
    versions: dict[str, tuple[int, int]] = {}
    wanted = [document_id(post_id) for post_id in ids]
    for found in documents(indices, indices.posts, wanted, SOURCE):
        document = read(found["_source"])
        posts[document.item.post.id] = document
        versions[document.item.post.id] = found["_seq_no"], found["_primary_term"]
    return posts, versions


def documents(
    indices: Indices, index: str, ids: list[str], source: Sequence[str] = ("body",)
) -> Iterable[dict[str, Any]]:
    """Those of these documents that are there, as last written, refreshed or not."""
    for start in range(0, len(ids), _READ):
        with told(indices.address):
            answer = indices.client.mget(index=index, ids=ids[start : start + _READ], source=list(source))
        yield from (found for found in answer["docs"] if found.get("found"))


def _state(indices: Indices, batch: Batch) -> list[Operation]:
    found = [_record("author", (key,), author, key=key) for key, author in _authors(indices, batch).items()]
    found += [_record("run", (run.id,), run, key=run.id, at=micros(run.started_at)) for run in batch.runs]
    found += [
        _record("coverage", (item.run_id or "", item.source, item.slice), item, key=item.run_id or "")
        for item in batch.coverage
    ]
    found += [
        _record("hot", (str(micros(entry.at)), entry.platform, entry.title), entry, at=micros(entry.at))
        for entry in batch.hot
    ]
    return found


def _record(kind: str, parts: tuple[str, ...], record: object, **fields: Any) -> Operation:
    return Operation(document_id(kind, *parts), {"kind": kind, **fields, "body": to_builtins(record)})


def _authors(indices: Indices, batch: Batch) -> dict[str, Author]:
    """The profiles that say more than the stored ones."""
    told_of = profiles(batch.posts, batch.authors)
    stored = authors(indices, told_of)
    merged = {key: profile(author, stored.get(key, author)) for key, author in told_of.items()}
    return {key: author for key, author in merged.items() if author != stored.get(key)}


def authors(indices: Indices, ids: Iterable[str]) -> dict[str, Author]:
    """The stored profiles of these accounts."""
    names = [document_id("author", key) for key in ids]
    found = [
        from_builtins(one["_source"]["body"], Author) for one in documents(indices, indices.state, names)
    ]
    return {author.id: author for author in found if author.id is not None}
