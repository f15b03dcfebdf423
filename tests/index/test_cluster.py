"""A cluster of three loses a node: nothing acknowledged is lost, nothing is doubled, questions go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from index.elastic import ElasticStore
from index.elastic.health import examine
from index.elastic.server import read_address
from index.query import parse
from index.store import Batch, Mark, Sort, Written
from tests.elastic import Cluster, clusters
from tests.index.test_stores import AT, item

BATCHES, SIZE = 40, 250
pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    yield from clusters()


def _batch(number: int) -> Batch:
    posts = [
        item(f"weibo:{n}", published_at=AT + timedelta(days=n % 60))
        for n in range(number * SIZE, (number + 1) * SIZE)
    ]
    return Batch(posts, mark=Mark("run", number))


def test_a_node_is_lost_during_ingest_and_another_during_questions(cluster: Cluster) -> None:
    with closing(ElasticStore(read_address(f"{cluster.address}/tingfeng-test"))) as store:
        store.clear()
        _ingest_through_a_loss(store, cluster)
        cluster.resume(1)
        assert [ok for _, ok, _ in examine(store)] == [True] * 6
        _ask_through_a_loss(store, cluster)


def _ingest_through_a_loss(store: ElasticStore, cluster: Cluster) -> None:
    """Node 1, which the client asks first, is killed while batches are under way."""
    killer = threading.Thread(target=cluster.kill, args=(1,))
    acknowledged = Written(0, 0)
    for number in range(BATCHES):
        if number == BATCHES // 4:
            killer.start()
        written = store.write(_batch(number))
        acknowledged = Written(acknowledged.new + written.new, acknowledged.updated + written.updated)
    killer.join()
    assert acknowledged == Written(BATCHES * SIZE, 0)
    assert store.marks() == {"run": BATCHES - 1}
    assert store.count(parse("刹车")) == BATCHES * SIZE
    assert len({one.post.id for one in store.scan(parse(""))}) == BATCHES * SIZE
    told = {what: (ok, said) for what, ok, said in examine(store)}
    assert told["server"][1].startswith("Elasticsearch")
    # written again, as after a kill of ingest itself: nothing is new
    assert store.write(_batch(BATCHES // 4)) == Written(0, 0)


def _ask_through_a_loss(store: ElasticStore, cluster: Cluster) -> None:
    query = parse("刹车")
    killer = threading.Thread(target=cluster.kill, args=(2,))
    asked = 0
    while asked < 200 or killer.is_alive():
        if asked == 50:
            killer.start()
        assert store.count(query) == BATCHES * SIZE
        assert len(store.search(query, sort=Sort.RELEVANT, limit=5).items) == 5
        assert sum(bucket.count for bucket in store.histogram(query)) == BATCHES * SIZE
        asked += 1
    killer.join()
    assert sum(1 for _ in store.scan(query)) == BATCHES * SIZE
    cluster_told = {what: (ok, said) for what, ok, said in examine(store)}["cluster"]
    assert cluster_told == (True, "green, 2 nodes") or "all posts are there" in cluster_told[1]
