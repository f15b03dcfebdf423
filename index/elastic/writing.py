"""Writing a batch: posts, then what was learnt with them, the mark last.

Elasticsearch has no transactions. A process killed on the way leaves a batch half written and no mark,
so ingest reads the batch again and writes the same documents under the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import StoreAway
from core.models import AnnotatedPost, Author
from core.records import from_builtins, to_builtins
from index import tokens
from index.elastic.bulk import Operation, write
from index.elastic.indices import Indices
from index.elastic.schema import document_id
from index.elastic.server import told
from index.facets import facets, micros
from index.merge import profile
from index.plan import founders, plan, profiles, snapshots
from index.store import Batch, Written

_READ = 1_000  # documents asked for at once
_ROUNDS = 5  # of merging again when another process wrote the same post meanwhile


def write_batch(indices: Indices, batch: Batch) -> Written:
    """Everything of `batch`, whole documents, acknowledged by the server."""
    indices.ensure()
    with told(indices.address):
        indices.written()
        written = _write_posts(indices, batch)
        write(indices.client, indices.state, _state(indices, batch), indices.address)
        write(indices.client, indices.state, _founders(batch), indices.address)
        if batch.mark is not None:
            key = batch.mark.run_id
            document = {"kind": "mark", "key": key, "offset": batch.mark.offset}
            operation = Operation(document_id("mark", key), document)
            write(indices.client, indices.state, [operation], indices.address)
    return written


def _write_posts(indices: Indices, batch: Batch) -> Written:
    def operation(item: AnnotatedPost, action: str, condition: tuple[int, int] | None) -> Operation:
        return Operation(document_id(item.post.id), _document(item, batch.literals), action, condition)

    left = list(batch.posts)
    new: set[str] = set()
    updated: set[str] = set()
    for _ in range(_ROUNDS):
        stored, versions = _stored(indices, {item.post.id for item in left})
        todo = plan(left, stored)
        new |= todo.new.keys()
        updated |= todo.changed - new
        operations = [
            *(operation(item, "create", None) for item in todo.new.values()),
            *(operation(item, "index", versions[key]) for key, item in todo.known.items()),
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


def _stored(
    indices: Indices, ids: Iterable[str]
) -> tuple[dict[str, AnnotatedPost], dict[str, tuple[int, int]]]:
    """The posts of these ids that are there, and the versions they were read at."""
    posts: dict[str, AnnotatedPost] = {}
    versions: dict[str, tuple[int, int]] = {}
    for found in documents(indices, indices.posts, [document_id(post_id) for post_id in ids]):
        item = from_builtins(found["_source"]["body"], AnnotatedPost)
        posts[item.post.id] = item
        versions[item.post.id] = found["_seq_no"], found["_primary_term"]
    return posts, versions


def documents(indices: Indices, index: str, ids: list[str]) -> Iterable[dict[str, Any]]:
    """Those of these documents that are there, as last written, refreshed or not."""
    for start in range(0, len(ids), _READ):
        with told(indices.address):
            answer = indices.client.mget(index=index, ids=ids[start : start + _READ], source=["body"])
        yield from (found for found in answer["docs"] if found.get("found"))


def _document(item: AnnotatedPost, literals: Mapping[str, str]) -> dict[str, Any]:
    found = facets(item)
    text = item.post.text
    document = {
        "id": item.post.id,
        "at": found.at,
        "published_at": None if found.at is None else found.at // 1000,
        "platform": found.platform,
        "kind": found.kind,
        "sentiment": found.sentiment,
        "engagement": found.engagement,
        "root_id": found.root_id,
        "thread_id": found.thread_id,
        "authors": found.authors,
        "topics": found.topics,
        "lit": literals[text] if text in literals else tokens.literal(text),
        "words": tokens.words(item.annotation.words),
        "body": item,
    }
    return {name: value for name, value in document.items() if value is not None}


def _founders(batch: Batch) -> list[Operation]:
    """Created, never overwritten: a conflict says the group is there."""
    return [
        Operation(
            document_id("founder", key),
            {"kind": "founder", "key": key, "body": {"signature": to_builtins(signature)}},
            "create",
        )
        for key, signature in founders(batch.posts).items()
    ]


def _state(indices: Indices, batch: Batch) -> list[Operation]:
    found = [
        _record("snapshot", (key, str(micros(at))), seen, key=key, at=micros(at))
        for (key, at), seen in snapshots(batch.posts).items()
    ]
    found += [_record("author", (key,), author, key=key) for key, author in _authors(indices, batch).items()]
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
