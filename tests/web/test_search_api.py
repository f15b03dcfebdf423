"""The search as JSON: what the page shows, bounded, with a sentence for what cannot be answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.home import Home
from index.query import parse
from index.store import Sort, Store
from tests.web.conftest import PROJECT, ROOT
from web.app import create_app


@pytest.fixture(scope="module")
def client(filled: tuple[Home, Store]) -> Iterator[TestClient]:
    home, store = filled
    with TestClient(create_app(home, store, PROJECT)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("search?q=刹车", {"query", "total", "posts", "cursor"}),
        ("count?q=刹车", {"query", "count"}),
        ("histogram?q=刹车&by=sentiment", {"query", "by", "interval", "zone", "buckets"}),
        ("facets?q=刹车", {"query", "posts", "authors", "values", "counters"}),
        ("words?q=刹车", {"query", "against", "words", "n", "rest", "measure", "effect", "note"}),
        (f"similar?post={ROOT}", {"post", "posts"}),
        ("clusters?q=澜石&k=3", {"query", "clusters", "n", "total", "method", "note"}),
        ("lint?q=a OR b c", {"query", "remarks"}),
        ("explain?q=刹车", {"query", "zh", "en", "sorts"}),
        ("preview?q=刹车 -抽奖", {"query", "since", "until", "posts", "count", "parts", "uncounted", "hits"}),
    ],
)
def test_each_question_has_its_answer(client: TestClient, path: str, keys: set[str]) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 200
    assert set(answer.json()) == keys


def test_a_page_says_where_the_words_stand_and_what_a_hit_stands_for(client: TestClient) -> None:
    params = {"q": "太吓人了", "fold": True, "highlights": True}
    post = max(
        client.get("/api/search", params=params).json()["posts"], key=lambda post: post["spread"]["posts"]
    )
    assert [post["text"][start:end] for start, end in post["highlights"]] == ["太吓人了"]
    assert post["found_by"] == ["literal"]
    assert post["spread"]["posts"] > 1
    assert post["spread"]["platforms"] == ["weibo"]
    (bare,) = client.get("/api/search", params={"q": "太吓人了", "limit": 1}).json()["posts"]
    assert not {"highlights", "found_by", "spread"} & set(bare)


@pytest.mark.parametrize("sort", list(Sort))
def test_the_cursor_goes_through_all_of_a_result(
    client: TestClient, filled: tuple[Home, Store], sort: Sort
) -> None:
    ids: list[str] = []
    cursor: str | None = None
    while True:
        params = {"q": "澜石", "sort": sort, "limit": 40} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/search", params=params).json()
        ids += [post["id"] for post in page["posts"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert ids == [item.post.id for item in filled[1].search(parse("澜石"), sort=sort, limit=1000).items]


def test_empty_spans_are_kept_unless_told_otherwise(client: TestClient) -> None:
    whole = client.get("/api/histogram?q=澜石&interval=hour").json()["buckets"]
    some = client.get("/api/histogram?q=澜石&interval=hour&empty=false").json()["buckets"]
    assert [bucket for bucket in whole if bucket["count"]] == some
    assert len(whole) > len(some)


def test_since_and_until_bound_every_answer(client: TestClient) -> None:
    for path in ("count?", "facets?", "preview?", "search?"):
        told = client.get(f"/api/{path}since=1999-01-01&until=1999-02-01").json()
        assert 0 in (told.get("count"), told.get("posts"), told.get("total")), path


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("search?q=(", "holds nothing"),
        ("search?limit=0", "limit 0 is not from 1 to 1000"),
        ("search?limit=1001", "limit 1001 is not from 1 to 1000"),
        ("search?offset=-1", "offset -1 is not from 0"),
        ("search?cursor=x", "begin with the first page"),
        ("search?sort=best", "sort"),
        ("search?since=soon", "'soon' is not a date"),
        ("count?q=platfrom:weibo", "did you mean platform:"),
        ("histogram?by=mood", "cannot be counted by 'mood'"),
        ("histogram?interval=year", "interval"),
        ("facets?fields=mood", "cannot be counted by 'mood'"),
        ("facets?counters=stars", "no counter is called 'stars'"),
        ("facets?limit=5000", "is not from 1 to"),
        ("words?limit=0", "is not from 1 to"),
        ("words?against=(", "holds nothing"),
        ("similar?post=weibo:none", "is not in the store"),
        ("similar", "post"),
        ("clusters?k=1", "k 1 is not from 2 to 30"),
        ("preview?examples=1000", "is not from 0 to"),
        ("lint?q=(", "holds nothing"),
        ("explain?q=(", "holds nothing"),
        ("export", "kind"),
    ],
)
def test_what_cannot_be_answered_says_why(client: TestClient, path: str, sentence: str) -> None:
    answer = client.get(f"/api/{path}", headers={"accept-language": "en"})
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert (
        client.get(f"/api/{path}", headers={"accept-language": "zh"}).json()["error"]
        != answer.json()["error"]
    )
