"""The servers for tests that need a real Elasticsearch, by their addresses in the environment:

- ``TINGFENG_TEST_ES=http://127.0.0.1:9201``: the newest version (``.ci/elasticsearch start``)
- ``TINGFENG_TEST_ES_OTHER=http://127.0.0.1:9202``: the oldest one supported
- ``TINGFENG_TEST_ES_CLUSTER=1``: three nodes may be started on this machine, and killed

What is missing skips its tests; with ``TINGFENG_REQUIRE_ES=1`` it fails them. Each session works under a
prefix of its own and removes it.
"""

from __future__ import annotations

import os
import subprocess
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from index.elastic import ElasticStore
from index.elastic.server import read_address

SCRIPT = Path(__file__).parents[1] / ".ci" / "elasticsearch"
NEWEST, OTHER, CLUSTER = "TINGFENG_TEST_ES", "TINGFENG_TEST_ES_OTHER", "TINGFENG_TEST_ES_CLUSTER"
_HINTS = {
    NEWEST: "needs a real Elasticsearch: .ci/elasticsearch start, then TINGFENG_TEST_ES=http://127.0.0.1:9201",
    OTHER: "needs a second Elasticsearch: TINGFENG_ES_PORT=9202 .ci/elasticsearch start oldest, then"
    " TINGFENG_TEST_ES_OTHER=http://127.0.0.1:9202",
    CLUSTER: "starts three nodes of Elasticsearch on this machine: TINGFENG_TEST_ES_CLUSTER=1",
}


def missing(name: str, why: str = "") -> NoReturn:
    """Skips the test, or fails it where servers are required."""
    message = _HINTS[name] + why
    if os.environ.get("TINGFENG_REQUIRE_ES") == "1":
        pytest.fail(message)
    pytest.skip(message)


def server(name: str = NEWEST) -> str:
    """The server's address; skips or fails the test where there is none."""
    url = os.environ.get(name, "").rstrip("/")
    if not url:
        missing(name)
    if not _answers(url):
        missing(name, f" ({url} does not answer)")
    return url


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/_cluster/health", timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        return error.code == 401  # there, with security on
    except OSError:
        return False


def elastic_stores(name: str = NEWEST) -> Iterator[str]:
    """For fixtures: an address with a prefix of its own, emptied from the server afterwards."""
    address = f"{server(name)}/tingfeng-test-{uuid.uuid4().hex[:12]}"
    try:
        yield address
    finally:
        store = ElasticStore(read_address(address))
        store.drop()
        store.close()


class Cluster:
    """Three nodes on this machine that can be killed one by one."""

    def __init__(self) -> None:
        self.address = _script("cluster", "start")

    def kill(self, node: int) -> None:
        """Ends a node as a lost machine does: at once, with nothing said."""
        _script("cluster", "kill", str(node))

    def resume(self, node: int) -> None:
        """Starts it again; returns when the whole cluster is in order."""
        _script("cluster", "resume", str(node))

    def stop(self) -> None:
        _script("cluster", "stop")


def _script(*arguments: str) -> str:
    environ = {name: value for name, value in os.environ.items() if name != "TINGFENG_ES_PORT"}
    done = subprocess.run(
        [SCRIPT, *arguments], check=False, capture_output=True, text=True, timeout=600, env=environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def clusters() -> Iterator[Cluster]:
    """For fixtures: a cluster, stopped afterwards."""
    if os.environ.get(CLUSTER) != "1":
        missing(CLUSTER)
    cluster = Cluster()
    try:
        yield cluster
    finally:
        cluster.stop()
