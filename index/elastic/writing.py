"""Writing a batch: posts with what was learnt with them, the mark last.

Elasticsearch has no transactions. A process killed on the way leaves a batch half written and no mark,
so ingest reads the batch again and writes the same documents under the same ids.

A post lies in the index of its month. Where its time becomes known, or another, it is written to the
new month first and taken from the old one then, so that a kill between leaves it twice, never not at
all; whoever writes it next sees both and leaves one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from typing import Any, Protocol

import msgspec

from core.errors import StoreAway
from core.models import AnnotatedPost, Author, Engagement
from index.elastic import state
from index.elastic.bulk import Operation, Outcome
from index.elastic.documents import SOURCE, Document, fields, prepare, read, read_drafts
from index.elastic.indices import Indices
from index.elastic.schema import document_id, month
from index.elastic.server import told
from index.facets import at_of, micros
from index.store import Batch, Written
from index.store.merge import merge
from index.store.plan import Plan, founders, plan, snapshots

Hit = dict[str, Any]  # as the server answers it

_READ = 2_000  # documents asked for at once
_ROUNDS = 5  # of merging again when another process wrote the same post meanwhile
_BROKEN = 10  # documents of which none is taken speak of the index, not of themselves


@dataclass(frozen=True, slots=True)
class Copy:
    """A stored document, where it lies and the version it was read at."""

    document: Document
    index: str
    version: tuple[int, int]


class Turn(Protocol):
    """A batch's place among those under way (`index.elastic.pipeline`)."""

    requested: threading.Event
    profiles: Mapping[str, Author]

    def begin(self) -> None:
        """Waits until the requests of earlier batches are out."""

    def follow(self) -> None:
        """Waits until earlier batches are acknowledged; raises what was wrong with them."""

    def newest(self, stored: Mapping[str, Author]) -> dict[str, Author]:
        """Profiles as looked up, with what earlier batches wrote of them meanwhile."""


def write_batch(
    indices: Indices,
    batch: Batch,
    turn: Turn,
    lookup: Future[list[Hit]],
    profiles: Future[state.Profiles],
) -> Written:
    """Everything of `batch`, whole documents, acknowledged by the server."""

    def learnt() -> Iterator[Operation]:
        """What goes last, in the requests of the posts: it may be written over what earlier batches wrote."""
        turn.requested.set()
        turn.follow()
        operations, turn.profiles = state.operations(indices, batch, profiles.result(), turn.newest)
        yield from operations

    try:
        with told(indices.address):
            written = _write_posts(indices, batch, turn, lookup, learnt())
            if batch.mark is not None:
                indices.bulk.write([state.mark(indices, batch.mark)])
    finally:
        indices.written({})
    return written


def _write_posts(
    indices: Indices, batch: Batch, turn: Turn, lookup: Future[list[Hit]], learnt: Iterator[Operation]
) -> Written:
    left = list(batch.posts)
    drafts = _drafts(batch)
    new: set[str] = set()
    updated: set[str] = set()
    refused: dict[str, str] = {}
    for number in range(_ROUNDS):
        copies = _read(lookup.result()) if number == 0 else find(indices, {item.post.id for item in left})
        stored = {key: _joined(found) for key, found in copies.items()}
        todo = plan(left, {key: document.item for key, document in stored.items()})
        new |= todo.new.keys()
        updated |= todo.changed - new
        places = _places(indices, left, todo, stored)
        documents = _documents([item for item in left if _whole(item, stored, drafts)], todo, stored)
        turn.begin()
        outcome = _settle(indices, places, documents, copies, drafts, learnt)
        refused |= outcome.refused
        left = [item for item in left if document_id(item.post.id) in outcome.conflicts]
        if not left:
            _keep_aside(indices, batch.posts, refused)
            bad = {item.post.id for item in batch.posts if document_id(item.post.id) in refused}
            return Written(new=len(new - bad), updated=len(updated - bad), refused=len(bad))
        # A conflict is another writer's, or our own first try whose answer was lost: in both cases the
        # stored post is read again, and merging tells whether anything is left to write.
        indices.written({})
        indices.refresh()
    raise StoreAway(
        f"Elasticsearch at {indices.address.url}: other writers keep changing the same posts;"
        " nothing was lost, run again when they are done"
    )


def _drafts(batch: Batch) -> dict[str, msgspec.Raw]:
    """What is to be sent of posts that are new and stand in the batch once, by id."""
    made = read_drafts(prepare(batch.posts) if batch.prepared is None else batch.prepared)
    begun = founders(batch.posts)
    times = Counter(item.post.id for item in batch.posts)
    return {
        (key := item.post.id): draft.finished(key, item.annotation.duplicate_group, begun.get(key))
        for item, draft in zip(batch.posts, made, strict=True)
        if times[item.post.id] == 1
    }


def _whole(item: AnnotatedPost, stored: Mapping[str, Document], drafts: Mapping[str, msgspec.Raw]) -> bool:
    """Whether a document is to be made of this post: its draft will not do."""
    return item.post.id in stored or item.post.id not in drafts


def _settle(
    indices: Indices,
    places: Mapping[str, str],
    documents: Mapping[str, Document],
    copies: Mapping[str, Sequence[Copy]],
    drafts: Mapping[str, msgspec.Raw],
    more: Iterable[Operation],
) -> Outcome:
    """Leaves one copy of the post of each id in `places`, there, as in `documents` or else `drafts`; writes `more`."""
    indices.provide(set(places.values()))

    def writes() -> Iterator[Operation]:
        # Month by month: a request then has few indices to write to, and each of them few requests.
        for key in sorted(places, key=places.__getitem__):
            place, document = places[key], documents.get(key)
            if document is None:
                yield Operation(place, document_id(key), drafts[key], "create")
                continue
            home = next((copy for copy in copies.get(key, ()) if copy.index == place), None)
            if home is None:
                yield Operation(place, document_id(key), fields(document), "create")
            elif home.document != document:
                yield Operation(place, document_id(key), fields(document), "index", home.version)

    outcome = indices.bulk.write(chain(writes(), more))
    failed = outcome.conflicts | outcome.refused.keys()
    settled = {name: key for key in places if (name := document_id(key)) not in failed}
    leftovers = [
        Operation(copy.index, name, None, "delete", copy.version)
        for name, key in settled.items()
        for copy in copies.get(key, ())
        if copy.index != places[key]
    ]
    if leftovers:
        outcome.conflicts |= indices.bulk.write(leftovers).conflicts
    indices.written({name: places[key] for name, key in settled.items()})
    return outcome


def _keep_aside(indices: Indices, posts: Sequence[AnnotatedPost], refused: Mapping[str, str]) -> None:
    if not refused:
        return
    items = {document_id(item.post.id): item for item in posts}
    if len(refused) >= max(_BROKEN, len(items)) or not refused.keys() <= items.keys():
        raise StoreAway(
            f"Elasticsearch at {indices.address.url} takes no document ({next(iter(refused.values()))});"
            " nothing was lost: run tingfeng doctor"
        )
    indices.bulk.write(state.refused(indices, items, refused))


def _joined(copies: Sequence[Copy]) -> Document:
    """What the copies of one post say together; there is more than one only after a kill."""

    def both(one: Document, other: Document) -> Document:
        return Document(
            item=merge(one.item, other.item),
            series={**one.series, **other.series},
            begun_with=one.begun_with or other.begun_with,
        )

    return reduce(both, (copy.document for copy in copies))


def _places(
    indices: Indices, posts: Sequence[AnnotatedPost], todo: Plan, stored: Mapping[str, Document]
) -> dict[str, str]:
    """The index each post of the batch is to lie in, by id."""
    return {
        key: month(indices.posts, at_of(_planned(key, todo, stored).post))
        for key in {item.post.id: None for item in posts}
    }


def _planned(key: str, todo: Plan, stored: Mapping[str, Document]) -> AnnotatedPost:
    return todo.new.get(key) or todo.known.get(key) or stored[key].item


def _documents(
    posts: Sequence[AnnotatedPost], todo: Plan, stored: Mapping[str, Document]
) -> dict[str, Document]:
    """What each of these posts is to look like, by id."""
    series: dict[str, dict[int, Engagement]] = {}
    for (key, at), seen in snapshots(posts).items():
        series.setdefault(key, {})[micros(at)] = seen
    begun = founders(posts)
    found: dict[str, Document] = {}
    for key in {item.post.id: None for item in posts}:
        old = stored.get(key)
        found[key] = Document(
            item=_planned(key, todo, stored),
            series={**(old.series if old else {}), **series.get(key, {})},
            begun_with=old.begun_with if old and old.begun_with is not None else begun.get(key),
        )
    return found


def find(indices: Indices, ids: Iterable[str]) -> dict[str, list[Copy]]:
    """Every copy of the posts of these ids, those this process wrote last as they were written last."""
    return _read(look_up(indices, ids))


def _read(hits: Iterable[Hit]) -> dict[str, list[Copy]]:
    found: dict[str, list[Copy]] = {}
    for hit in hits:
        copy = Copy(read(hit["_source"]), hit["_index"], (hit["_seq_no"], hit["_primary_term"]))
        found.setdefault(copy.document.item.post.id, []).append(copy)
    return found


def look_up(indices: Indices, ids: Iterable[str]) -> list[Hit]:
    """What the server has of the posts of these ids, and what this process wrote last."""
    keys = [document_id(post_id) for post_id in ids]
    fresh = dict(indices.fresh)
    return [
        *_hits(indices, [key for key in keys if key not in fresh]),
        *_written(indices, {key: fresh[key] for key in keys if key in fresh}),
    ]


def _hits(indices: Indices, keys: Sequence[str]) -> Iterator[Hit]:
    for start in range(0, len(keys), _READ):
        answer = indices.search(
            indices.posts,
            refreshed=False,
            query={"ids": {"values": keys[start : start + _READ]}},
            size=10_000,
            sort=["_doc"],
            source=list(SOURCE),
            seq_no_primary_term=True,
            track_total_hits=False,
        )
        yield from answer["hits"]["hits"]


def _written(indices: Indices, places: Mapping[str, str]) -> Iterator[Hit]:
    asked = [{"_index": place, "_id": key, "_source": list(SOURCE)} for key, place in places.items()]
    for start in range(0, len(asked), _READ):
        answer = indices.client.mget(docs=asked[start : start + _READ])
        yield from (found for found in answer["docs"] if found.get("found"))
