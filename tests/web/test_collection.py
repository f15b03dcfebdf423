"""The pages on collection say what the ledger, the schedule and the standings say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.home import Home
from index.store import Store
from tests.web.collecting import OVERRIDE, RUN
from tests.web.conftest import PROJECT
from web.app import create_app


@pytest.fixture(scope="module")
def client(filled: tuple[Home, Store]) -> Iterator[TestClient]:
    home, store = filled
    with TestClient(create_app(home, store, PROJECT), headers={"accept-language": "en"}) as client:
        yield client


SAID = [
    ("/sources", ["captcha asked", "disabled", "published_at"]),
    (
        "/runs",
        [
            "went quiet: 1 new posts in the last day",
            "coverage fell",
            "tingfeng standing --resume weibo",
            OVERRIDE.removeprefix("override: "),
        ],
    ),
    ("/runs", [f"a run has no end, it was killed: {RUN}", "28 runs were missed in the last day"]),
    ("/runs?source=discuz", [f"it was killed: {RUN}"]),
    (f"/runs/{RUN}", ["killed", "This run left no statement of coverage."]),
    ("/schedule", ["its source is stopped until a person resumes it", "the account is on holiday"]),
    ("/schedule", ["lanshi, beiyao", "Runs missed in the last 7 days", "no schedule was awake"]),
    ("/coverage?days=30", ["weibo: the whole list", "captcha asked", "not shown by the site"]),
]


@pytest.mark.parametrize(("path", "words"), SAID)
def test_what_is_said(client: TestClient, path: str, words: list[str]) -> None:
    text = client.get(path).text
    for one in words:
        assert one in text


def test_one_source_alone(client: TestClient) -> None:
    text = client.get("/runs?source=discuz").text
    assert "went quiet" not in text
    assert "/runs/feed-" not in text
    lines = client.get("/coverage?days=30&source=discuz").text
    assert "discuz: the whole list" in lines
    assert "feed: the whole list" not in lines


def test_a_run_that_only_the_store_knows_is_there_too(client: TestClient) -> None:
    assert "/runs/weibo-test" in client.get("/runs").text
    assert "search 澜石" in client.get("/runs/weibo-test").text
