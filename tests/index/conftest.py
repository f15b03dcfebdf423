from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.sqlite import SqliteStore
from index.store import Store


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = SqliteStore(tmp_path_factory.mktemp("sqlite") / "store.sqlite")
    yield store
    store.close()
