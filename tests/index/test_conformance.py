"""Both stores give exactly the reference's posts, counts and histograms."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import AnnotatedPost
from index.query import parse
from index.reference import ReferenceStore
from index.store import Batch, Sort, Store
from tests.index.made import ZONES, collections, queries


def _agree(store: Store, reference: Store, text: str, zone: str) -> None:
    query = parse(text)
    assert store.count(query) == reference.count(query)
    for sort in Sort:
        assert store.search(query, sort=sort, limit=100) == reference.search(query, sort=sort, limit=100)
    assert store.search(query, limit=2, offset=1) == reference.search(query, limit=2, offset=1)
    assert list(store.scan(query)) == list(reference.scan(query))
    for facet in (None, "platform", "sentiment"):
        assert store.histogram(query, by=facet, zone=zone) == reference.histogram(query, by=facet, zone=zone)


def _compare(store: Store, batches: list[list[AnnotatedPost]], asked: list[str], zone: str) -> None:
    store.clear()
    reference = ReferenceStore()
    for posts in batches:
        assert store.write(Batch(posts)) == reference.write(Batch(posts))
    for text in ["", *asked]:
        _agree(store, reference, text, zone)
    for root_id in ("p:0", "p:99", "t:1"):
        assert store.cascade(root_id) == reference.cascade(root_id)
    wanted = [f"p:{number}" for number in range(12, -1, -1)]
    assert store.get(wanted) == reference.get(wanted)
    assert [store.series(post_id) for post_id in wanted] == [reference.series(post_id) for post_id in wanted]
    keys = ["weibo:p-01", "discuz:p-02", "nobody"]
    assert store.authors(keys) == reference.authors(keys)


_batches = st.lists(collections(), min_size=1, max_size=3)
_asked = st.lists(queries, min_size=4, max_size=12)


@given(batches=_batches, asked=_asked, zone=st.sampled_from(ZONES))
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_sqlite_answers_as_the_reference_does(
    sqlite_store: Store, batches: list[list[AnnotatedPost]], asked: list[str], zone: str
) -> None:
    _compare(sqlite_store, batches, asked, zone)


@pytest.mark.elasticsearch
@given(batches=_batches, asked=_asked, zone=st.sampled_from(ZONES))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_elasticsearch_answers_as_the_reference_does(
    elastic_store: Store, batches: list[list[AnnotatedPost]], asked: list[str], zone: str
) -> None:
    _compare(elastic_store, batches, asked, zone)
