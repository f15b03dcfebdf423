"""A store in memory with the posts of a test."""

from __future__ import annotations

from collections.abc import Iterable

from core.models import AnnotatedPost, Coverage, HotEntry
from index.reference import ReferenceStore
from index.store import Batch


def stored(
    rows: Iterable[AnnotatedPost], *, coverage: Iterable[Coverage] = (), hot: Iterable[HotEntry] = ()
) -> ReferenceStore:
    store = ReferenceStore()
    store.write(Batch(posts=list(rows), coverage=list(coverage), hot=list(hot)))
    return store
