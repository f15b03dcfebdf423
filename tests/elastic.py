"""The server for tests that need a real Elasticsearch: ``TINGFENG_TEST_ES=http://127.0.0.1:9201``.

Without it they are skipped; with ``TINGFENG_REQUIRE_ES=1`` its absence is a failure. Each session works
under a prefix of its own and removes it.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from index.elastic import ElasticStore
from index.elastic.server import read_address

_HINT = "needs a real Elasticsearch: .ci/elasticsearch start, then TINGFENG_TEST_ES=http://127.0.0.1:9201"


def server() -> str:
    """The server's address; skips or fails the test where there is none."""
    url = os.environ.get("TINGFENG_TEST_ES", "").rstrip("/")
    if url and _answers(url):
        return url
    message = f"{_HINT} ({url} does not answer)" if url else _HINT
    if os.environ.get("TINGFENG_REQUIRE_ES") == "1":
        pytest.fail(message)
    pytest.skip(message)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/_cluster/health", timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return error.code == 401  # there, with security on
    except OSError:
        return False


def elastic_stores() -> Iterator[str]:
    """For fixtures: an address with a prefix of its own, emptied from the server afterwards."""
    address = f"{server()}/tingfeng-test-{uuid.uuid4().hex[:12]}"
    try:
        yield address
    finally:
        store = ElasticStore(read_address(address))
        store.drop()
        store.close()
