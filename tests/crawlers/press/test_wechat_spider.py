"""The WeChat spider over real HTTP: the operator's feed service, single articles, and what stands in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from core.landing import read_landing
from core.models import Gone, Post
from replica.server import Replica
from replica.sites.wechat import SERVICE
from replica.world.model import World
from replica.world.portals import OFFICIAL, publish
from tests.crawlers.crawling import ONE_BY_ONE
from tests.crawlers.forums.stand_in import Crawled, run
from tests.sites import NOW, serve

CLOCK = NOW.isoformat()
ASKED = {"service": f"http://{SERVICE}"}
NUMBERS = ";".join(account.number for account in OFFICIAL)
ALLOWED = "the operator may read these public pages"


@pytest.fixture(scope="module")
def world() -> World:
    return publish(World(now=NOW, posts=[]), size=3.0)


@pytest.fixture
def replica(world: World) -> Iterator[Replica]:
    with serve(world) as running:
        yield running


@pytest.fixture
def known(world: World) -> dict[str, Post]:
    return {post.id: post for post in world.posts if post.platform == "wechat"}


def crawl(replica: Replica, folder: Path, arguments: Mapping[str, object], **settings: str) -> Crawled:
    return run("wechat", arguments, folder=folder, proxy=replica.proxy, now=CLOCK, **settings)


def gone(folder: Path) -> dict[str, str]:
    """Reasons by id of what a crawl found to have gone."""
    records = (
        r for path in folder.glob("landing/*.zst") for frame in read_landing(path) for r in frame.records
    )
    return {record.id: record.reason for record in records if isinstance(record, Gone)}


def said(posts: Mapping[str, Post]) -> dict[str, tuple[object, ...]]:
    return {key: (post.text, post.published_at, post.url, len(post.media)) for key, post in posts.items()}


@pytest.mark.parametrize("style", ["wewe-rss", "we-mp-rss"])
def test_every_article_of_the_accounts_comes_from_the_feed_service(
    replica: Replica, known: Mapping[str, Post], tmp_path: Path, style: str
) -> None:
    crawled = crawl(replica, tmp_path, {**ASKED, "accounts": NUMBERS, "style": style})
    assert said(crawled.posts) == said(known)
    assert crawled.report.run.posts == len(known)
    assert crawled.reasons == {None}
    for line in crawled.report.coverage:
        assert line.got == line.expected
    assert all(served.host == SERVICE for served in replica.log), "WeChat itself was not asked"
    authors = {post.author.id for post in crawled.posts.values() if post.author}
    assert len(authors) == len(OFFICIAL)


def test_since_ends_the_walk(replica: Replica, known: Mapping[str, Post], tmp_path: Path) -> None:
    crawled = crawl(replica, tmp_path, {**ASKED, "since": "5d"})
    expected = {
        key for key, post in known.items() if post.published_at and (NOW - post.published_at).days < 5
    }
    assert crawled.posts.keys() == expected
    assert sum(served.path.startswith("/feeds/") for served in replica.log) < 3


def test_a_service_that_lost_its_login_raises_the_alarm(replica: Replica, tmp_path: Path) -> None:
    replica.faults.on("feed_stale")
    crawled = crawl(replica, tmp_path, {**ASKED, "since": "2d"})
    line = crawled.slice("account:all")
    assert (line.got, line.because) == (0, "stale_feed")
    assert "log in to the feed service again" in crawled.log


def test_titles_alone_are_filled_from_the_articles_pages(
    replica: Replica, known: Mapping[str, Post], tmp_path: Path
) -> None:
    replica.faults.on("bare_feed")
    arguments = {**ASKED, "accounts": OFFICIAL[0].number, "since": "5d"}
    forbidden = crawl(replica, tmp_path / "1", {**arguments, "fulltext": True})
    assert forbidden.slice(f"account:{OFFICIAL[0].number}").because == "robots"
    assert all("\n" not in post.text for post in forbidden.posts.values()), "the titles were kept"
    assert not any(served.path.startswith("/s/") for served in replica.log), (
        "however many waited for robots.txt"
    )
    allowed = crawl(
        replica, tmp_path / "2", {**arguments, "fulltext": True}, TINGFENG_ROBOTS_OVERRIDE=ALLOWED
    )
    assert forbidden.posts.keys() == allowed.posts.keys()
    assert said(allowed.posts) == said({key: known[key] for key in allowed.posts})


def test_single_articles_and_picture_posts(
    replica: Replica, known: Mapping[str, Post], tmp_path: Path
) -> None:
    picture = next(post for post in known.values() if "\n" not in post.text)
    article = next(post for post in known.values() if "\n" in post.text)
    shared = f"{article.url}?scene=1&from=timeline#rd"
    crawled = crawl(replica, tmp_path, {"url": [picture.url, shared]}, TINGFENG_ROBOTS_OVERRIDE=ALLOWED)
    assert said(crawled.posts) == said({post.id: post for post in (picture, article)})
    assert crawled.posts[picture.id].media == ("image",) * 4


def test_deleted_articles_are_gone_and_not_empty(
    replica: Replica, known: Mapping[str, Post], tmp_path: Path
) -> None:
    switch = replica.faults.on("article_taken", share=0.5)
    some = dict(list(known.items())[:7])
    crawled = crawl(
        replica, tmp_path, {"url": [post.url for post in some.values()]}, TINGFENG_ROBOTS_OVERRIDE=ALLOWED
    )
    taken = {key for key in some if switch.takes(key)}
    assert taken
    assert gone(tmp_path) == dict.fromkeys(taken, "author")
    assert crawled.posts.keys() == some.keys() - taken
    assert {line.because for line in crawled.report.coverage} == {None, "gone"}


def test_the_check_of_the_environment_ends_the_run(
    replica: Replica, known: Mapping[str, Post], tmp_path: Path
) -> None:
    replica.faults.on("environment_check")
    urls = [post.url for post in known.values()][:3]
    crawled = crawl(replica, tmp_path, {"url": urls}, TINGFENG_ROBOTS_OVERRIDE=ALLOWED, **ONE_BY_ONE)
    assert crawled.report.run.blocks == ("captcha",)
    assert crawled.report.run.outcome == "blocked"
    assert crawled.posts == {}
    assert sum(served.path.startswith("/s/") for served in replica.log) == 1, "nothing was asked after it"
