"""Plain words for every refusal, addresses and credentials, ids that fit."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from core.errors import StoreAway, TingfengError, UsageError
from index.elastic import ElasticStore
from index.elastic.schema import document_id
from index.elastic.server import Address, connect, read_address
from index.query import parse
from index.store import Batch
from tests.index.test_stores import item

JSON = "application/vnd.elasticsearch+json;compatible-with=8"
BROKEN = {"error": {"root_cause": [{"type": "security_exception", "reason": "no"}]}, "status": 0}


@contextmanager
def answering(
    status: int, *, product: bool = True, body: str | None = None, kind: str = "text/html"
) -> Iterator[str]:
    """A server that says this to everything."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            data = (json.dumps(BROKEN) if body is None else body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if body is None else kind)
            self.send_header("Content-Length", str(len(data)))
            if product:
                self.send_header("X-Elastic-Product", "Elasticsearch")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_HEAD = _answer

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "product", "body", "kind", "said"),
    [
        (401, True, None, UsageError, "TINGFENG_ES_USER"),
        (403, True, None, UsageError, "does not allow"),
        (503, True, None, StoreAway, "nothing was lost, run again"),
        (200, False, "<html>hello</html>", UsageError, "not as Elasticsearch does"),
        (404, False, "<html>hello</html>", UsageError, "not as Elasticsearch does"),
    ],
)
def test_refusals_say_what_to_do(
    status: int, product: bool, body: str | None, kind: type[TingfengError], said: str
) -> None:
    with (
        answering(status, product=product, body=body) as url,
        closing(ElasticStore(read_address(url))) as store,
    ):
        for act in (
            lambda: store.count(parse("a")),
            lambda: store.write(Batch([item("weibo:1")])),
            store.marks,
        ):
            with pytest.raises(kind, match=said):
                act()


def test_https_where_http_is_spoken() -> None:
    with (
        answering(200) as url,
        closing(ElasticStore(read_address(url.replace("http:", "https:")))) as store,
        pytest.raises(UsageError, match="TINGFENG_ES_CA"),
    ):
        store.count(parse("a"))


def test_addresses_and_credentials() -> None:
    assert read_address("https://es.example.com/team-a") == Address("https://es.example.com:443", "team-a")
    assert read_address("http://[::1]") == Address("http://[::1]:9200")
    address = read_address("http://user:p%40ss@localhost:9201/x")
    assert (address.user, address.password) == ("user", "p@ss")
    assert "p@ss" not in str(address)
    headers = connect(address, {})._headers
    assert headers["authorization"].startswith("Basic ")
    with_key = connect(address, {"TINGFENG_ES_API_KEY": "abc"})._headers
    assert with_key["authorization"] == "ApiKey abc"
    several = read_address("https://u@a.example.com,b.example.com:9201/x")
    assert several.nodes == ["https://a.example.com:443", "https://b.example.com:9201"]
    assert read_address(str(several)) == Address(several.url, "x")
    assert len(connect(several, {}).transport.node_pool) == 2
    for wrong in (
        "http://",
        "ftp://a",
        "http://a,,b",
        "http://a:x",
        "http://a?b",
        "http://a/B",
        "http://a/x-posts",
    ):
        with pytest.raises(UsageError):
            read_address(wrong)
    with pytest.raises(UsageError, match="not https"):
        connect(address, {"TINGFENG_ES_CA": "/ca.pem"})
    with pytest.raises(UsageError):
        connect(read_address("https://localhost"), {"TINGFENG_ES_CA": "/no/such/ca.pem"})


def test_document_ids_fit() -> None:
    assert document_id("weibo:1") == "weibo:1"
    assert document_id("a", "b") != document_id("ab")
    long = [document_id("长" * 171 + end) for end in "甲乙"]
    assert len(set(long)) == 2
    assert all(len(one.encode()) <= 512 for one in long)
    for sign in "a车😀\udc00":
        most = 512 // len(sign.encode("utf-8", "surrogatepass"))
        assert [document_id(sign * n) == sign * n for n in (1, most, most + 1)] == [True, True, False]


@pytest.mark.parametrize("answer", ['{"count": 3}', '{"count": 3, "why": "\\ud83d"}'])
def test_answers_with_half_a_character_are_read(answer: str) -> None:
    with answering(200, body=answer, kind=JSON) as url:
        client = connect(read_address(url), {})
        assert client.count(index="x").body == json.loads(answer)
        client.close()
