"""Whole documents, one schema, batches under way, posts set aside, indices by the month."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import wait
from contextlib import closing

import pytest

from core.errors import StoreAway, UsageError
from core.models import Author, Engagement
from index.elastic import ElasticStore
from index.elastic.bulk import Bulk, Operation, Outcome
from index.elastic.documents import Document, fields
from index.elastic.health import examine
from index.elastic.schema import VERSION
from index.elastic.server import Address, read_address
from index.facets import micros
from index.query import parse
from index.reference import ReferenceStore
from index.store import Batch, Mark, Written
from tests.index.test_stores import AT, found, item


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
