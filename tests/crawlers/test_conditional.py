"""A list that has not changed is asked for conditionally, is not sent again, and is told as unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.home import Home
from crawlers.state.engine import open_state
from crawlers.state.validators import Validator, Validators
from replica.identity import LOGIN_SUB
from replica.server import Replica
from tests.crawlers.crawling import Crawled, run
from tests.sites import serve, small_world

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WORLD = small_world()
SITE = WORLD.sites[0]
FEED = f"http://{SITE.host}/feed.xml"


def crawl(replica: Replica, folder: Path, **arguments: str) -> Crawled:
    return run(replica, folder, {"url": FEED, **arguments}, source="feed", login=False)


def statuses(replica: Replica) -> list[int]:
    return [entry.status for entry in replica.log if entry.path == "/feed.xml"]


def test_an_unchanged_feed_is_not_sent_again_and_not_told_as_empty(tmp_path: Path) -> None:
    with serve() as replica:
        first = crawl(replica, tmp_path)
        again = crawl(replica, tmp_path)
        assert statuses(replica) == [200, 304]
    assert first.posts
    line = again.coverage("feed:")
    assert (line.got, line.because) == (0, "unchanged")
    assert again.report.run.outcome == "finished"
    assert again.report.run.blocks == ()


def test_what_was_not_all_taken_is_sent_again(tmp_path: Path) -> None:
    with serve() as replica:
        crawl(replica, tmp_path, max_items="1")
        crawl(replica, tmp_path, max_items="1")
        assert statuses(replica) == [200, 200], "there was more than one article"


def test_another_question_is_sent_its_answer(tmp_path: Path) -> None:
    with serve() as replica:
        crawl(replica, tmp_path)
        crawl(replica, tmp_path, fulltext="true")
        assert statuses(replica) == [200, 200]


def test_a_feed_that_changed_is_sent(tmp_path: Path) -> None:
    with serve() as replica:
        crawl(replica, tmp_path)
        replica.faults.on("truncated_feed", route=f"{SITE.host}/feed.xml")
        crawl(replica, tmp_path)
        replica.faults.off("truncated_feed")
        assert crawl(replica, tmp_path).coverage("feed:").because == "unchanged"


def test_what_nobody_asks_for_any_more_is_forgotten(tmp_path: Path) -> None:
    one, other = Validator('"a"', None), Validator(None, "Sat, 21 Nov 2026 12:00:00 GMT")
    with open_state(Home(tmp_path)) as state:
        kept = Validators(state)
        kept.keep({b"1" * 16: one}, NOW)
        kept.keep({b"2" * 16: other}, NOW + timedelta(days=61))
        assert kept.get(b"1" * 16) is None
        assert kept.get(b"2" * 16) == other


def test_the_cache_for_who_writes_a_parser_holds_public_pages_and_no_cookie(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    settings = {"HTTPCACHE_ENABLED": "1", "HTTPCACHE_DIR": str(cache)}
    with serve() as replica:
        asked = {"hot": True, "search": "蛋挞", "users": "9900000002"}
        first = run(replica, tmp_path, asked, **settings)
        requests = len(replica.log)
        again = run(replica, tmp_path, {"hot": True}, **settings)
        assert len(replica.log) == requests, "nothing was asked of the site"
        visitors = list(replica.passport._domains)
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert not [value for value in (LOGIN_SUB, *visitors) if value.encode() in path.read_bytes()]
    assert len(again.hot) == len(first.hot)
