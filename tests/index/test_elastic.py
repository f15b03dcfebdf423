"""What the Elasticsearch store alone promises: plain words for every refusal, whole documents, one schema."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import wait
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from core.errors import StoreAway, TingfengError, UsageError
from core.models import Author, Engagement
from index.elastic import ElasticStore
from index.elastic.bulk import Bulk, Operation, Outcome
from index.elastic.documents import Document, fields
from index.elastic.health import examine
from index.elastic.schema import VERSION, document_id
from index.elastic.server import Address, connect, read_address
from index.facets import micros
from index.query import parse
from index.reference import ReferenceStore
from index.store import Batch, Mark, Written
from tests.index.test_stores import AT, found, item

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
    client, index = own.indices.client, own.indices.posts
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
    source = own.indices.client.get(index=f"{own.indices.posts}-2026.11", id="weibo:1")["_source"]
    assert {"lit", "words"}.isdisjoint(source)
    assert source["body"]["post"]["engagement"]["likes"] == 5


@pytest.mark.elasticsearch
def test_an_index_of_another_version_is_told(own: ElasticStore) -> None:
    own.indices.client.indices.put_mapping(index=own.indices.state, meta={"version": 1})
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


class Once(Bulk):
    """Refuses the batch that holds a post; the requests of others go out."""

    def write(self, operations: Iterable[Operation]) -> Outcome:
        asked = list(operations)
        if any(one.id == "weibo:1" for one in asked):
            raise StoreAway("gone; run again when it is back")
        return super().write(asked)


@pytest.mark.elasticsearch
@pytest.mark.parametrize("failed_before", [False, True])
def test_a_batch_that_fails_lets_none_behind_it_be_marked(own: ElasticStore, failed_before: bool) -> None:
    url = own.address.rpartition("/")[0]
    with closing(ElasticStore(read_address(own.address))) as store:
        store.indices.bulk = Once(store.indices.client, Address(url))
        answers = []
        for n in (1, 2):
            answers.append(store.submit(Batch([item(f"weibo:{n}")], mark=Mark("r", n))))
            if failed_before:
                wait(answers)
        for answer in answers:
            with pytest.raises(StoreAway, match="run again"):
                answer.result()
        assert store.marks() == {}
        assert store.write(Batch([item("weibo:3")], mark=Mark("r", 3))) == Written(1, 0)
        assert store.marks() == {"r": 3}


@pytest.mark.elasticsearch
def test_batches_under_way_say_what_they_would_one_by_one(own: ElasticStore) -> None:
    """Posts and accounts that come again, while what they said before may not be stored yet."""
    one_by_one = ReferenceStore()

    def batch(number: int) -> Batch:
        who = Author(id="weibo:9", name=f"名{number}", followers=number if number % 3 == 0 else None)
        posts = [
            item(f"weibo:{number % 4 * 100 + n}", region=f"r{number}", author=who, fetched_at=AT)
            for n in range(60)
        ]
        return Batch(posts, mark=Mark("r", number))

    answers = [(own.submit(batch(number)), one_by_one.write(batch(number))) for number in range(8)]
    assert [answer.result() for answer, _ in answers] == [expected for _, expected in answers]
    own.flush()
    assert own.marks() == one_by_one.marks()
    assert own.authors(["weibo:9"]) == one_by_one.authors(["weibo:9"])
    assert {one.post.id: one for one in own.scan(parse(""))} == one_by_one.posts


@pytest.mark.elasticsearch
def test_a_post_the_server_will_never_take_is_kept_aside(own: ElasticStore) -> None:
    sick = item("weibo:2", engagement=Engagement(likes=2**63))
    written = own.write(Batch([item("weibo:1"), sick, item("weibo:3")], mark=Mark("r", 1)))
    assert written == Written(new=2, updated=0, refused=1)
    assert found(own, "刹车") == ["weibo:1", "weibo:3"]
    assert own.marks() == {"r": 1}
    told = {what: (ok, said) for what, ok, said in examine(own)}
    ok, said = told["refused posts"]
    assert not ok
    assert "weibo:2" in said
    assert "likes" in said
    own.write(Batch([item("weibo:2")]))
    assert {what: ok for what, ok, _ in examine(own)}["refused posts"]


@pytest.mark.elasticsearch
def test_an_index_that_takes_nothing_is_no_matter_of_the_posts(own: ElasticStore) -> None:
    sick = [item(f"weibo:{n}", engagement=Engagement(likes=2**63)) for n in range(30)]
    with pytest.raises(StoreAway, match="takes no document"):
        own.write(Batch(sick, mark=Mark("r", 1)))
    assert own.marks() == {}


@pytest.mark.elasticsearch
def test_posts_lie_by_the_month_behind_one_alias(own: ElasticStore) -> None:
    times = [None, AT, AT.replace(day=2), AT.replace(year=1990), AT.replace(year=1)]
    own.write(Batch([item(f"weibo:{n}", published_at=at) for n, at in enumerate(times)]))
    own.flush()
    hits = own.indices.search(own.indices.posts, size=10)["hits"]["hits"]
    places = {hit["_id"]: hit["_index"].removeprefix(f"{own.indices.posts}-") for hit in hits}
    assert places == {
        "weibo:0": "unknown",
        "weibo:1": "2026.11",
        "weibo:2": "2026.11",
        "weibo:3": "1990.11",
        "weibo:4": "unknown",
    }
    templates = own.indices.client.indices.get_index_template(name=own.indices.posts)
    assert templates["index_templates"][0]["index_template"]["version"] == VERSION


@pytest.mark.elasticsearch
def test_what_a_kill_left_twice_becomes_one_again(own: ElasticStore) -> None:
    """Killed between the write to the new month and the removal from the old."""
    own.write(Batch([item("weibo:1", published_at=None, engagement=Engagement(likes=1))]))
    later = item("weibo:1", published_at=AT, fetched_at=AT.replace(month=12), engagement=Engagement(likes=2))
    client, posts = own.indices.client, own.indices.posts
    document = Document(later, {micros(AT.replace(month=12)): later.post.engagement}, None)
    Bulk(client, own.indices.address).write(
        [Operation(f"{posts}-2026.11", "weibo:1", fields(document), "create")]
    )
    with closing(ElasticStore(read_address(own.address))) as next_:
        assert next_.count(parse("")) == 2
        assert next_.write(Batch([later])) == Written(0, 0)
        assert next_.get(["weibo:1"]) == [later]
        assert next_.count(parse("")) == 1
        assert [one.engagement.likes for one in next_.series("weibo:1")] == [1, 2]


@pytest.mark.elasticsearch
def test_no_deleted_document_is_left_in_the_files(own: ElasticStore) -> None:
    posts = [item(f"weibo:{n}", author=Author(id=f"weibo:p-{n}")) for n in range(200)]
    own.write(Batch(posts))
    own.write(
        Batch([item("weibo:7", "别的", fetched_at=AT.replace(year=2027), author=Author(id="weibo:p-7"))])
    )
    own.write(Batch([item("weibo:7", published_at=None)]))
    own.flush()
    assert own.erase(["weibo:7"]) == 1
    for name in (own.indices.posts, own.indices.state):
        stats = own.indices.client.indices.stats(index=name, metric=["docs", "translog"])["_all"]["primaries"]
        assert stats["docs"]["deleted"] == 0
        assert stats["translog"]["operations"] == 0
