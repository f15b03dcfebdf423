"""What is known beside the posts: marks, runs, coverage, hot lists, profiles, refused documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from core.models import AnnotatedPost, Author, Run
from core.records import from_builtins
from index.elastic.bulk import Operation
from index.elastic.indices import Indices
from index.elastic.schema import document_id, field_value
from index.elastic.server import told
from index.facets import micros
from index.store import Batch, Mark
from index.store.merge import profile
from index.store.plan import profiles

Record = TypeVar("Record")
REFUSED = "refused"
_READ = 2_000  # documents asked for at once


@dataclass(frozen=True, slots=True)
class Profiles:
    """The accounts a batch tells of, and what the server had of them."""

    told: Mapping[str, Author]
    stored: Mapping[str, Author]


def look_up(indices: Indices, batch: Batch) -> Profiles:
    """The accounts of a batch."""
    told_of = profiles(batch.posts, batch.authors)
    return Profiles(told_of, authors(indices, told_of))


def operations(
    indices: Indices,
    batch: Batch,
    accounts: Profiles,
    newest: Callable[[Mapping[str, Author]], Mapping[str, Author]] = lambda stored: stored,
) -> tuple[list[Operation], dict[str, Author]]:
    """What a batch tells beside its posts and its mark, and the profiles that say more than the stored ones.

    `newest` knows what was written of them since they were looked up.
    """
    state = indices.state
    news = _news(accounts.told, newest(accounts.stored))
    found = [
        _record(state, "author", (key,), author, key=field_value("account", key))
        for key, author in news.items()
    ]
    found += [
        _record(state, "run", (run.id,), run, key=run.id, at=micros(run.started_at)) for run in batch.runs
    ]
    found += [
        _record(state, "coverage", (item.run_id or "", item.source, item.slice), item, key=item.run_id or "")
        for item in batch.coverage
    ]
    found += [
        _record(
            state, "hot", (str(micros(entry.at)), entry.platform, entry.title), entry, at=micros(entry.at)
        )
        for entry in batch.hot
    ]
    return found, news


def _record(state: str, kind: str, parts: tuple[str, ...], record: object, **fields: Any) -> Operation:
    document = {"kind": kind, **fields, "body": record}
    return Operation(state, document_id(kind, *parts), document)


def mark(indices: Indices, where: Mark) -> Operation:
    """How far a landing file was read."""
    document = {"kind": "mark", "key": where.run_id, "offset": where.offset}
    return Operation(indices.state, document_id("mark", where.run_id), document)


def refused(
    indices: Indices, items: Mapping[str, AnnotatedPost], reasons: Mapping[str, str]
) -> list[Operation]:
    """Posts the server will not take, by document id, kept aside with the reason."""
    return [
        Operation(
            indices.state,
            document_id(REFUSED, key),
            {"kind": REFUSED, "key": key, "body": {"reason": reason, "post": items[key]}},
        )
        for key, reason in reasons.items()
    ]


def records(indices: Indices, kind: str, record: type[Record], *conditions: dict[str, Any]) -> list[Record]:
    """Every record of a kind."""
    query = {"bool": {"filter": [{"term": {"kind": kind}}, *conditions]}}
    hits = indices.stream(indices.state, query, source=["body"])
    return [from_builtins(hit["_source"]["body"], record) for hit in hits]


def runs(indices: Indices) -> list[Run]:
    """Newest first."""
    found = sorted(records(indices, "run", Run), key=lambda run: run.id)
    return sorted(found, key=lambda run: run.started_at, reverse=True)


def authors(indices: Indices, ids: Iterable[str]) -> dict[str, Author]:
    """The stored profiles of these accounts, as last written, refreshed or not."""
    names = [document_id("author", key) for key in dict.fromkeys(ids)]
    found: dict[str, Author] = {}
    for start in range(0, len(names), _READ):
        with told(indices.address):
            answer = indices.client.mget(
                index=indices.state, ids=names[start : start + _READ], source=["body"]
            )
        for one in answer["docs"]:
            if one.get("found"):
                author = from_builtins(one["_source"]["body"], Author)
                found[author.id or ""] = author
    return found


def _news(told_of: Mapping[str, Author], stored: Mapping[str, Author]) -> dict[str, Author]:
    """The profiles that say more than the stored ones."""
    found: dict[str, Author] = {}
    for key, author in told_of.items():
        known = stored.get(key)
        merged = author if known is None else profile(author, known)
        if merged != known:
            found[key] = merged
    return found
