"""A store under a prefix of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from index.elastic import ElasticStore
from index.elastic.server import read_address


@pytest.fixture
def own(elastic_address: str) -> Iterator[ElasticStore]:
    """A store under a prefix of its own, removed afterwards."""
    with closing(ElasticStore(read_address(f"{elastic_address}-own"))) as store:
        store.clear()
        yield store
        store.drop()
