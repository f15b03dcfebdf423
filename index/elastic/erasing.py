"""Taking posts out, so that no byte of them is left in the files of the server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import StoreAway
from core.models import Coverage
from index.elastic import state
from index.elastic.bulk import Operation
from index.elastic.indices import Indices
from index.elastic.paging import posts_of
from index.elastic.schema import document_id
from index.elastic.server import told
from index.store.plan import naming

_PAGE = 1_000


def erase(indices: Indices, ids: Sequence[str], accounts: Sequence[str], *, within_s: float) -> int:
    """As `index.store.Store.erase`.

    Elasticsearch only marks what is deleted or replaced, keeps it for copies that lag behind (it looks
    after them every 30 seconds), and drops it when it merges the segment. So this waits for the copies,
    at most `within_s` seconds (0: not at all), then has every segment with such marks merged. The
    write-ahead log, which holds the documents, too, is emptied before.
    """
    indices.ensure()
    wanted = [document_id(post_id) for post_id in dict.fromkeys(ids)]
    hits = list(posts_of(indices, wanted, ("body.post.author.id",)))
    names = [document_id(state.REFUSED, key) for key in wanted]
    names += [document_id("author", account) for account in accounts]
    slices = state.records(indices, "coverage", Coverage) if accounts else []
    names += [
        document_id("coverage", one.run_id or "", one.source, one.slice) for one in naming(slices, accounts)
    ]
    gone = [Operation(hit["_index"], hit["_id"], None, "delete") for hit in hits]
    with told(indices.address):
        indices.bulk.write(gone)
        indices.written({})
        indices.refresh()
        lone = _without_posts(indices, {author for hit in hits if (author := _author(hit))})
        names += [document_id("author", author) for author in lone]
        indices.bulk.write(Operation(indices.state, name, None, "delete") for name in names)
        indices.written({})
        indices.refresh()
        _expunge(indices, within_s)
    return len({hit["_id"] for hit in hits})


def _author(hit: dict[str, Any]) -> str | None:
    post = hit["_source"].get("body", {}).get("post", {})
    found: str | None = (post.get("author") or {}).get("id")
    return found


def _without_posts(indices: Indices, authors: set[str]) -> Iterator[str]:
    """Those of these accounts that no post is left of."""
    names = sorted(authors)
    for start in range(0, len(names), _PAGE):
        asked = names[start : start + _PAGE]
        terms = {"field": "account", "include": asked, "size": len(asked), "shard_size": len(asked)}
        answer = indices.search(
            indices.posts, size=0, track_total_hits=False, aggs={"left": {"terms": terms}}
        )
        left = {bucket["key"] for bucket in answer["aggregations"]["left"]["buckets"]}
        yield from (name for name in asked if name not in left)


def _expunge(indices: Indices, within_s: float) -> None:
    """In every index: a post whose time became known left an older version in another."""
    client = indices.client
    stats = client.indices.stats(index=f"{indices.posts},{indices.state}", metric=["docs"])["indices"]
    names = sorted(name for name, one in stats.items() if one["total"]["docs"]["deleted"])
    if not names:
        return
    client.indices.flush(index=names, force=True, wait_if_ongoing=True)
    until = {key: newest for key, (newest, _) in _kept(indices, names).items()}
    deadline = time.monotonic() + within_s
    while within_s and any(kept <= until.get(key, -1) for key, (_, kept) in _kept(indices, names).items()):
        if time.monotonic() > deadline:
            raise _unfinished(indices)
        time.sleep(0.5)
    answer = client.options(request_timeout=3_600).indices.forcemerge(
        index=names, only_expunge_deletes=True, flush=True
    )
    if answer["_shards"]["failed"]:
        raise _unfinished(indices)


def _kept(indices: Indices, names: Sequence[str]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """The last change of each copy of each shard, and the first one that is still kept for other copies."""
    stats = indices.client.indices.stats(index=names, level="shards", metric=["docs"])["indices"]
    return {
        (name, shard, copy["routing"]["node"]): (
            copy["seq_no"]["max_seq_no"],
            min(lease["retaining_seq_no"] for lease in copy["retention_leases"]["leases"]),
        )
        for name, one in stats.items()
        for shard, copies in one["shards"].items()
        for copy in copies
    }


def _unfinished(indices: Indices) -> StoreAway:
    return StoreAway(
        f"{indices.address}: the posts are gone from every search, but some files still hold bytes of them;"
        " erase them again when the whole cluster answers"
    )
