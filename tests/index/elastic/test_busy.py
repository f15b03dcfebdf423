"""A server that takes less, or later, is given less, and later."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from core.errors import StoreAway
from index.elastic import ElasticStore
from index.elastic.bulk import Bulk
from index.elastic.server import Address, read_address
from index.query import parse
from index.store import Batch, Mark, Written
from tests.index.elastic.test_answers import BROKEN
from tests.index.test_stores import item


class Narrow(BaseHTTPRequestHandler):
    """Stands before a real server: says no to writes that are too large or come too soon."""

    most = 3_000  # bytes of a request it takes
    said: ClassVar[list[int]] = []
    status = 429
    behind = ""

    def do_POST(self) -> None:
        self._pass(self.rfile.read(int(self.headers["Content-Length"])))

    def do_PUT(self) -> None:
        self.do_POST()

    def do_GET(self) -> None:
        self._pass(None)

    do_HEAD = do_GET

    def _pass(self, body: bytes | None) -> None:
        writing = "/_bulk" in self.path
        if writing and len(body or b"") > self.most:
            self._answer(self.status, json.dumps(BROKEN).encode())
        else:
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            asked = urllib.request.Request(
                f"{self.behind}{self.path}", data=body, headers=headers, method=self.command
            )
            try:
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked) as answer:
                    self._answer(answer.status, answer.read(), answer.headers["Content-Type"])
            except urllib.error.HTTPError as error:
                self._answer(error.code, error.read(), error.headers["Content-Type"])
        if writing:
            self.said.append(len(body or b""))

    def _answer(self, status: int, data: bytes, kind: str = "application/vnd.elasticsearch+json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def before(url: str, *, status: int, most: int) -> Iterator[tuple[str, list[int]]]:
    """The address of such a door to `url`, and the sizes of what was written through it."""
    said: list[int] = []
    handler = type("Door", (Narrow,), {"behind": url, "status": status, "most": most, "said": said})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", said
        server.shutdown()
        thread.join()


@pytest.mark.elasticsearch
@pytest.mark.parametrize("status", [429, 503, 413])
def test_a_busy_server_is_asked_for_less_and_later(own: ElasticStore, status: int) -> None:
    url, _, prefix = own.address.rpartition("/")
    with (
        before(url, status=status, most=100_000) as (door, said),
        closing(ElasticStore(read_address(f"{door}/{prefix}"))) as store,
    ):
        waits: list[float] = []
        store.indices.bulk = Bulk(store.indices.client, Address(door), sleep=waits.append)
        assert store.write(Batch([item(f"weibo:{n}") for n in range(400)])) == Written(400, 0)
        assert store.write(Batch([item(f"weibo:{n}") for n in range(400, 500)])) == Written(100, 0)
        assert store.count(parse("刹车")) == 500
    refused = [size for size in said if size > 100_000]
    assert len(waits) == len(refused) > 0
    assert min(refused) < max(refused) / 2
    assert store.indices.bulk.pace.bytes < 200_000  # and it remembers


@pytest.mark.elasticsearch
def test_a_server_that_stays_busy_is_told_and_nothing_is_marked(own: ElasticStore) -> None:
    url, _, prefix = own.address.rpartition("/")
    with (
        before(url, status=429, most=0) as (door, said),
        closing(ElasticStore(read_address(f"{door}/{prefix}"))) as store,
    ):
        store.indices.bulk = Bulk(store.indices.client, Address(door), sleep=lambda _: None)
        with pytest.raises(StoreAway, match="overloaded or not ready"):
            store.write(Batch([item("weibo:1")], mark=Mark("r", 1)))
        assert 2 < len(said) < 20
    assert (own.count(parse("")), own.marks()) == (0, {})
