"""Taking posts out, so that no byte of them is left in the files of the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import StoreAway
from index.elastic import state
from index.elastic.bulk import Operation
from index.elastic.indices import Indices
from index.elastic.paging import posts_of
from index.elastic.schema import document_id
from index.elastic.server import told

_PAGE = 1_000


def erase(indices: Indices, ids: Sequence[str]) -> int:
    """As `index.store.Store.erase`.

    Elasticsearch marks what is deleted and drops it when it merges the segment: the segments that hold
    such marks are merged at once, and the write-ahead log, which holds the documents, too, is emptied.
    """
    indices.ensure()
    wanted = [document_id(post_id) for post_id in dict.fromkeys(ids)]
    hits = list(posts_of(indices, wanted, ("body.post.author.id",)))
    names = [document_id(state.REFUSED, key) for key in wanted]
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
        places = {hit["_index"] for hit in hits}
        _expunge(indices, sorted(places | {indices.state}))
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


def _expunge(indices: Indices, places: Sequence[str]) -> None:
    names = ",".join(places)
    indices.client.indices.flush(index=names, force=True, wait_if_ongoing=True)
    answer = indices.client.options(request_timeout=3_600).indices.forcemerge(
        index=names, only_expunge_deletes=True, flush=True
    )
    if answer["_shards"]["failed"]:
        raise StoreAway(
            f"{indices.address}: the posts are gone from every search, but some files still hold bytes of them;"
            " erase again when the whole cluster answers"
        )
