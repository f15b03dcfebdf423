"""What the Elasticsearch store alone promises: plain words for every refusal, whole documents, one schema."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from core.errors import StoreAway, TingfengError, UsageError
from core.models import Engagement
from index.elastic import ElasticStore
from index.elastic.bulk import Operation, write
from index.elastic.schema import document_id
from index.elastic.server import Address, connect, read_address
from index.query import parse
from index.store import Batch, Mark
from tests.index.test_stores import AT, found, item

BROKEN = {"error": {"root_cause": [{"type": "security_exception", "reason": "no"}]}, "status": 0}


@contextmanager
def answering(status: int, *, product: bool = True, body: str | None = None) -> Iterator[str]:
    """A server that says this to everything."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            data = (json.dumps(BROKEN) if body is None else body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if body is None else "text/html")
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


@pytest.fixture
def own(elastic_address: str) -> Iterator[ElasticStore]:
    """A store under a prefix of its own, removed afterwards."""
    with closing(ElasticStore(read_address(f"{elastic_address}-own"))) as store:
        store.clear()
        yield store
        store.drop()


@pytest.mark.elasticsearch
def test_a_read_only_index_takes_nothing_and_loses_nothing(own: ElasticStore) -> None:
    own.write(Batch([item("weibo:1")], mark=Mark("r", 1)))
    client, index = own._indices.client, f"{own._indices.posts}-000001"
    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
    batch = Batch([item("weibo:2")], mark=Mark("r", 2))
    with pytest.raises(StoreAway, match=r"takes no writes.*disk space"):
        own.write(batch)
    assert found(own, "刹车") == ["weibo:1"]
    assert own.marks() == {"r": 1}
    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None})
    assert own.write(batch).new == 1
    assert own.marks() == {"r": 2}


@pytest.mark.elasticsearch
def test_documents_are_whole_so_an_update_keeps_the_tokens(own: ElasticStore) -> None:
    own.write(Batch([item("weibo:1")]))
    later = AT.replace(year=2027)
    own.write(Batch([item("weibo:1", engagement=Engagement(likes=5), fetched_at=later)]))
    assert found(own, "石的刹") == ["weibo:1"]
    source = own._indices.client.get(index=own._indices.posts, id="weibo:1")["_source"]
    assert {"lit", "words"}.isdisjoint(source)
    assert source["body"]["post"]["engagement"]["likes"] == 5


@pytest.mark.elasticsearch
def test_an_index_of_another_version_is_told(own: ElasticStore) -> None:
    own._indices.client.indices.put_mapping(index=own._indices.state, meta={"version": 1})
    with (
        closing(ElasticStore(read_address(own.address))) as other,
        pytest.raises(UsageError, match="another version"),
    ):
        other.count(parse(""))


@pytest.mark.elasticsearch
def test_two_writers_at_once_double_nothing(own: ElasticStore) -> None:
    wrong: list[BaseException] = []

    def add(mine: int) -> None:
        try:
            with closing(ElasticStore(read_address(own.address))) as store:
                for start in range(0, 60, 20):
                    posts = [
                        item(f"weibo:{n}", fetched_at=AT.replace(day=mine + 1), region=f"r{mine}")
                        for n in range(start, start + 20)
                    ]
                    store.write(Batch(posts))
                store.flush()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=add, args=(mine,)) for mine in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    posts = list(own.scan(parse("")))
    assert [len(posts), {one.post.region for one in posts}] == [60, {"r3"}]


@pytest.mark.elasticsearch
def test_what_another_process_wrote_is_found_after_its_flush(own: ElasticStore) -> None:
    with closing(ElasticStore(read_address(own.address))) as other:
        other.write(Batch([item("weibo:1")]))
        other.flush()
    assert own.count(parse("刹车")) == 1


class Busy:
    """Refuses each document twice, then takes it; what a server under load does."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def bulk(self, *, operations: list[bytes], **_: Any) -> dict[str, Any]:
        items = []
        for lines in operations:
            key = json.loads(lines.split(b"\n")[0])["index"]["_id"]
            self.seen[key] = self.seen.get(key, 0) + 1
            refused = {"error": {"type": "es_rejected_execution_exception", "reason": "queue"}}
            items.append(
                {
                    "index": {"_id": key, "status": 201}
                    if self.seen[key] > 2
                    else {"_id": key, "status": 429, **refused}
                }
            )
        return {"errors": True, "items": items}


def test_a_busy_server_is_asked_again_later() -> None:
    busy: Any = Busy()
    waits: list[float] = []
    operations = [Operation(str(n), {"a": n}) for n in range(3)]
    assert write(busy, "i", operations, Address("http://x:1"), sleep=waits.append) == set()
    assert busy.seen == {"0": 3, "1": 3, "2": 3}
    assert waits == sorted(waits)
    assert len(waits) == 2


@pytest.mark.elasticsearch
def test_a_document_refused_for_good_is_named(own: ElasticStore) -> None:
    client: Elasticsearch = own._indices.client
    operation = Operation("weibo:1", {"unknown": 1})
    with pytest.raises(StoreAway, match=r"weibo:1.*strict_dynamic_mapping"):
        write(client, own._indices.posts, [operation], Address(own.address))
