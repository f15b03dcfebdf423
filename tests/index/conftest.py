from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from index.elastic import ElasticStore
from index.elastic.server import read_address
from index.sqlite import SqliteStore
from index.store import Store
from tests.elastic import NEWEST, OTHER, elastic_stores

ELASTIC = [
    pytest.param("elastic_store", marks=pytest.mark.elasticsearch, id="elasticsearch"),
    pytest.param("other_elastic_store", marks=pytest.mark.elasticsearch, id="elasticsearch-other"),
]
STORES = [pytest.param("sqlite_store", id="sqlite"), *ELASTIC]


@pytest.fixture(scope="session")
def elastic_address() -> Iterator[str]:
    yield from elastic_stores(NEWEST)


@pytest.fixture(scope="session")
def other_elastic_address() -> Iterator[str]:
    yield from elastic_stores(OTHER)


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = SqliteStore(tmp_path_factory.mktemp("sqlite") / "store.sqlite")
    yield store
    store.close()


@pytest.fixture(scope="module")
def elastic_store(elastic_address: str) -> Iterator[Store]:
    yield from _opened(elastic_address)


@pytest.fixture(scope="module")
def other_elastic_store(other_elastic_address: str) -> Iterator[Store]:
    yield from _opened(other_elastic_address)


def _opened(address: str) -> Iterator[Store]:
    with closing(ElasticStore(read_address(address))) as store:
        store.expunged_within_s = 0  # that no byte is left is a test of its own, and takes half a minute
        yield store


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Each store in turn, empty."""
    found: Store = request.getfixturevalue(request.param)
    found.clear()
    return found
