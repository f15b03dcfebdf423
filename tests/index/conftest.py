from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.elastic import ElasticStore
from index.elastic.server import read_address
from index.sqlite import SqliteStore
from index.store import Store
from tests.elastic import elastic_stores

STORES = ["sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


@pytest.fixture(scope="session")
def elastic_address() -> Iterator[str]:
    yield from elastic_stores()


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = SqliteStore(tmp_path_factory.mktemp("sqlite") / "store.sqlite")
    yield store
    store.close()


@pytest.fixture(scope="module")
def elastic_store(elastic_address: str) -> Iterator[Store]:
    store = ElasticStore(read_address(elastic_address))
    store.expunged_within_s = 0  # that no byte is left is a test of its own, and takes half a minute
    yield store
    store.close()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Each store in turn, empty."""
    kind = {"sqlite": "sqlite_store", "elasticsearch": "elastic_store"}[request.param]
    found: Store = request.getfixturevalue(kind)
    found.clear()
    return found
