"""What was collected against robots.txt is said on every page, with the operator's reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from core.home import Home
from core.landing import LandingWriter
from core.models import Kind, Post, Run
from core.pseudonyms import Pseudonyms, load_key
from index.address import open_store
from index.ingest.ingesting import ingest
from tests.web.conftest import PROJECT
from web.app import create_app

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAGES = (
    "/",
    "/search",
    "/search?q=澜石",
    "/topics",
    "/kol",
    "/sources",
    "/runs",
    "/brand/lanshi",
    "/nowhere",
)


def land(home: Home, name: str, robots: str, at: datetime) -> None:
    run = Run(id=name, source="weibo", asked={}, started_at=at, robots=robots)
    with LandingWriter(home, name, Pseudonyms(load_key(home.key)), 100_000) as landing:
        landing.run(run)
        landing.post(Post(id=f"weibo:{name}", platform="weibo", kind=Kind.POST, text="澜石", published_at=at))
        landing.run(replace(run, ended_at=at, outcome="finished", posts=1))


@pytest.mark.parametrize("override", [True, False])
def test_every_page_tells_of_an_override_where_there_was_one(tmp_path: Path, override: bool) -> None:
    home = Home(tmp_path)
    reasons = ["contract 7 <b>with the site</b>", "contract 8 with the site"]
    for number, reason in enumerate(reasons):
        policy = f"override: {reason}" if override else "obey"
        land(home, f"run-{number}", policy, NOW + timedelta(days=number))
    store = open_store(None, home)
    ingest(home, store, PROJECT, workers=0)
    with TestClient(create_app(home, store, PROJECT)) as site:
        for page in PAGES:
            told = site.get(page, params={"lang": "en"} if "?" not in page else None).text
            assert ("contract 8 with the site" in told) is override, page
            assert "contract 7" not in told or page == "/runs", "the latest reason holds"
            assert "<b>with the site" not in told
    store.close()
