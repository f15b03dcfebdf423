"""Both stores give exactly the reference's posts, pages, counts and histograms."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import AnnotatedPost
from index.facets import FACETS
from index.query import Node, Query, parse
from index.reference import ReferenceStore
from index.sqlite import found
from index.store import Batch, Interval, Page, Sort, Store
from tests.index import made, trees
from tests.index.conftest import ELASTIC, STORES
from tests.index.made import ZONES

IDS = [f"p:{number}" for number in range(12, -1, -1)]


def _pages(store: Store, query: Query, sort: Sort, limit: int) -> list[Page]:
    """Every page, one behind the cursor of the other."""
    pages = [store.search(query, sort=sort, limit=limit)]
    while pages[-1].cursor is not None:
        pages.append(store.search(query, sort=sort, limit=limit, after=pages[-1].cursor))
    return pages


def _agree(store: Store, reference: Store, query: Query, zone: str, facet: str, interval: Interval) -> None:
    assert store.count(query) == reference.count(query)
    assert list(store.scan(query)) == list(reference.scan(query))
    for sort in Sort:
        whole = reference.search(query, sort=sort, limit=100)
        assert store.search(query, sort=sort, limit=100) == whole
        assert _pages(store, query, sort, 3) == _pages(reference, query, sort, 3)
        asked = {"sort": sort, "limit": 2, "offset": 1}
        page = reference.search(query, **asked)
        assert store.search(query, **asked) == page
        if page.cursor is not None:
            asked["after"] = page.cursor
            assert store.search(query, **asked) == reference.search(query, **asked)
    for by in (None, facet):
        shape = {"by": by, "interval": interval, "zone": zone}
        assert store.histogram(query, **shape) == reference.histogram(query, **shape)
    fields = [facet, "region"]
    assert store.summary(query, fields, limit=3) == reference.summary(query, fields, limit=3)
    values = ["weibo", "yes", "广东", "lanshi", "nothing"]
    assert store.tally(query, facet, values) == reference.tally(query, facet, values)


def _compare(
    store: Store,
    batches: list[list[AnnotatedPost]],
    asked: list[Query],
    shape: tuple[str, str, Interval],
    gone: list[str],
) -> None:
    store.clear()
    reference = ReferenceStore()
    for posts in batches:
        assert store.write(Batch(posts)) == reference.write(Batch(posts))
    for query in [parse(""), *asked]:
        _agree(store, reference, query, *shape)
    assert store.counts(asked) == reference.counts(asked)
    for root_id in ("p:0", "p:99", "t:1"):
        assert store.cascade(root_id) == reference.cascade(root_id)
    _same_records(store, reference)
    assert store.erase(gone) == reference.erase(gone)
    _same_records(store, reference)
    assert list(store.scan(parse(""))) == list(reference.scan(parse("")))


def _same_records(store: Store, reference: Store) -> None:
    assert store.get(IDS) == reference.get(IDS)
    assert [store.series(post_id) for post_id in IDS] == [reference.series(post_id) for post_id in IDS]
    keys = ["weibo:p-01", "discuz:p-02", "nobody"]
    assert store.authors(keys) == reference.authors(keys)
    assert sorted(store.founders()) == sorted(reference.founders())


_asked = st.lists(trees.queries | made.queries.map(parse), min_size=3, max_size=8)
_shapes = st.tuples(st.sampled_from(ZONES), st.sampled_from(sorted(FACETS)), st.sampled_from(Interval))
_gone = st.lists(st.sampled_from([*IDS, "nothing"]), max_size=6)


def _batches(
    collections: st.SearchStrategy[list[AnnotatedPost]],
) -> st.SearchStrategy[list[list[AnnotatedPost]]]:
    return st.lists(collections, min_size=1, max_size=3)


@given(
    few=st.sampled_from((found.FEW, 0)),  # a store this small would hardly ever have fewer
    batches=_batches(made.collections()),
    asked=_asked,
    shape=_shapes,
    gone=_gone,
)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_sqlite_answers_as_the_reference_does(
    sqlite_store: Store,
    few: int,
    batches: list[list[AnnotatedPost]],
    asked: list[Query],
    shape: tuple[str, str, Interval],
    gone: list[str],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(found, "FEW", few)
        _compare(sqlite_store, batches, asked, shape, gone)


@pytest.mark.parametrize("name", ELASTIC)
@given(batches=_batches(made.collections(times=made.few_months)), asked=_asked, shape=_shapes, gone=_gone)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_elasticsearch_answers_as_the_reference_does(
    request: pytest.FixtureRequest,
    name: str,
    batches: list[list[AnnotatedPost]],
    asked: list[Query],
    shape: tuple[str, str, Interval],
    gone: list[str],
) -> None:
    _compare(request.getfixturevalue(name), batches, asked, shape, gone)


TEXTS = [
    "小米车",
    "小米 车",
    "车小米",
    "车车",
    "车",
    "aaaa",
    "a a",
    "小米小米",
    "小米x小米",
    "车xx小米xx车",
    "米 小 米",
]


@pytest.mark.parametrize("name", STORES)
@given(
    texts=st.lists(st.sampled_from(TEXTS) | made.texts, min_size=6, max_size=14),
    asked=st.lists(trees.nearnesses, min_size=40, max_size=100),
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_nearness_as_the_reference_has_it(
    request: pytest.FixtureRequest, name: str, texts: list[str], asked: list[Node]
) -> None:
    """NEAR by itself and in numbers: where two sides touch, overlap, or are the same."""
    store: Store = request.getfixturevalue(name)
    store.clear()
    reference = ReferenceStore()
    batch = Batch([made.plain(f"p:{number}", text) for number, text in enumerate(texts)])
    store.write(batch)
    reference.write(batch)
    queries = [Query("", node) for node in asked]
    found = store.counts(queries)
    for node, count, wanted in zip(asked, found, reference.counts(queries), strict=True):
        assert count == wanted, node
