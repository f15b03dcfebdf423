"""The portal spider over real HTTP, against the world's truth: every article, every comment, every parent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from core.models import Kind, Post
from replica.server import Replica
from replica.world.model import World
from replica.world.portals import PORTALS, publish
from tests.crawlers.forums.stand_in import Crawled, run
from tests.sites import NOW, serve

CLOCK = NOW.isoformat()
# what is asked of each portal; Toutiao has no lists, and Changyan's sites are given by their pages
NAMES = [portal.name for portal in PORTALS]
LISTS = {portal.name: portal.name for portal in PORTALS if portal.name not in ("toutiao", "changyan")}
LISTS["changyan"] = "https://www.nanwan.example/"


@pytest.fixture(scope="module")
def world() -> World:
    return publish(World(now=NOW, posts=[]), size=0.5)


@pytest.fixture
def replica(world: World) -> Iterator[Replica]:
    with serve(world) as running:
        yield running


def truth(world: World, portal: str) -> dict[str, Post]:
    return {post.id: post for post in world.posts if post.id.startswith(f"portal:{portal}:")}


def asked(world: World, *portals: str) -> dict[str, object]:
    """Arguments for all of some portals: their lists, or the addresses of their articles."""
    lists = [LISTS[portal] for portal in portals if portal in LISTS]
    urls = [
        post.url
        for portal in portals
        if portal not in LISTS
        for post in truth(world, portal).values()
        if post.kind is Kind.ARTICLE
    ]
    return {**({"lists": lists} if lists else {}), **({"url": urls} if urls else {})}


def crawl(replica: Replica, folder: Path, arguments: Mapping[str, object]) -> Crawled:
    return run("portal", arguments, folder=folder, proxy=replica.proxy, now=CLOCK)


def differing(found: Mapping[str, Post], known: Mapping[str, Post]) -> list[str]:
    """Ids of what is missing, was invented, or says something else than the truth."""
    fields = ("text", "published_at", "root_id", "parent_id", "region")
    wrong = [
        f"{key} {name}: {getattr(found[key], name)!r} is not {getattr(known[key], name)!r}"
        for key in found.keys() & known.keys()
        for name in fields
        if getattr(found[key], name) != getattr(known[key], name)
    ]
    return [*wrong, *sorted(found.keys() ^ known.keys())]


@pytest.fixture(scope="module")
def everything(world: World, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """One crawl of all portals."""
    with serve(world) as running:
        return crawl(running, tmp_path_factory.mktemp("portals"), asked(world, *NAMES))


def of(portal: str, posts: Mapping[str, Post]) -> dict[str, Post]:
    return {key: post for key, post in posts.items() if key.startswith(f"portal:{portal}:")}


@pytest.mark.parametrize("portal", NAMES)
def test_every_article_comment_and_parent_of_a_portal_comes_once(
    everything: Crawled, world: World, portal: str
) -> None:
    found, known = of(portal, everything.posts), truth(world, portal)
    assert differing(found, known) == []
    for post in found.values():
        assert (post.author is None) == (known[post.id].author is None)
        if post.kind is Kind.COMMENT:
            assert post.parent_confidence == 1.0
            assert post.author is None or not post.author.public


def test_a_whole_crawl_lands_each_post_once_and_reaches_what_the_sites_promise(
    everything: Crawled, world: World
) -> None:
    assert everything.report.run.posts == len(everything.posts)
    assert everything.reasons == {None}
    short = [line for line in everything.report.coverage if line.expected not in (line.got, None)]
    assert short == []


def test_lists_stop_where_older_articles_begin(replica: Replica, world: World, tmp_path: Path) -> None:
    arguments = {"lists": "sina;netease", "since": "6d", "until": "2026-11-20", "comments": False}
    crawled = crawl(replica, tmp_path, arguments)
    known = {
        post.id
        for name in ("sina", "netease")
        for post in truth(world, name).values()
        if post.kind is Kind.ARTICLE
        and "2026-11-15T12" <= str(post.published_at).replace(" ", "T") < "2026-11-19T16"
    }
    assert crawled.posts.keys() == known
    assert known


def test_a_list_that_repeats_itself_is_noticed(replica: Replica, tmp_path: Path) -> None:
    replica.faults.on("list_repeats")
    crawled = crawl(replica, tmp_path, {"lists": "sina", "comments": False})
    assert crawled.slice("list:sina:2509").because == "repeated_page"
    assert len(crawled.posts) == 5
    assert (
        sum(served.host == "feed.mix.sina.com.cn" and "page=" in served.query for served in replica.log) == 2
    )


def test_a_list_cut_by_the_number_of_pages_says_so(replica: Replica, tmp_path: Path) -> None:
    crawled = crawl(replica, tmp_path, {"lists": "thepaper", "comments": False, "max_pages": 1})
    assert crawled.slice("list:thepaper:25950").because == "max_pages"
    assert len(crawled.posts) == 5


def test_whatever_script_stands_around_the_json_it_is_read(
    replica: Replica, world: World, tmp_path: Path
) -> None:
    switch = replica.faults.on("jsonp_prefix")
    crawled = crawl(replica, tmp_path, asked(world, *NAMES))
    for portal in NAMES:
        assert differing(of(portal, crawled.posts), truth(world, portal)) == []
    assert switch.struck


def test_a_reader_without_a_nickname_is_known_by_the_number_alone(
    replica: Replica, world: World, tmp_path: Path
) -> None:
    switch = replica.faults.on("missing_nickname", share=0.5)
    crawled = crawl(replica, tmp_path, asked(world, "netease"))
    known = truth(world, "netease")
    assert differing(crawled.posts, known) == []
    nameless = {key for key, post in known.items() if post.author and switch.takes(key)}
    for key in nameless:
        author = crawled.posts[key].author
        if known[key].kind is Kind.COMMENT:
            assert author is not None
            assert author.id is not None
            assert author.name is None
    assert nameless


def test_a_chain_with_hidden_levels_names_an_ancestor_and_says_it_is_not_sure(
    replica: Replica, world: World, tmp_path: Path
) -> None:
    replica.faults.on("hidden_levels")
    crawled = crawl(replica, tmp_path, asked(world, "netease"))
    known = truth(world, "netease")
    assert crawled.posts.keys() == known.keys()
    unsure = {post.id for post in crawled.posts.values() if (post.parent_confidence or 1.0) < 1.0}
    wrong = {key for key, post in crawled.posts.items() if post.parent_id != known[key].parent_id}
    assert wrong
    assert wrong <= unsure, "a parent that is wrong was never called sure"


def test_comments_taken_away_are_counted_as_withheld(replica: Replica, world: World, tmp_path: Path) -> None:
    switch = replica.faults.on("comments_taken", share=0.3)
    crawled = crawl(replica, tmp_path, asked(world, "netease"))
    known = truth(world, "netease")
    gone = {key for key, post in known.items() if post.kind is Kind.COMMENT and switch.takes(key)}
    assert gone
    assert crawled.posts.keys() == known.keys() - gone
    assert crawled.reasons == {None, "withheld"}
    lines = [line for line in crawled.report.coverage if line.slice.startswith("comments:")]
    assert sum((line.expected or 0) - line.got for line in lines) == len(gone)


def test_a_wanted_signature_is_told_and_never_forged(replica: Replica, world: World, tmp_path: Path) -> None:
    replica.faults.on("signature_wanted")
    crawled = crawl(replica, tmp_path, asked(world, "toutiao"))
    assert {post.kind for post in crawled.posts.values()} == {Kind.ARTICLE}
    assert crawled.reasons == {None, "signature_wanted"}


def test_gbk_pages_under_a_header_that_claims_utf_8_read_well(
    replica: Replica, world: World, tmp_path: Path
) -> None:
    replica.faults.on("wrong_charset", route="www.nanwan.example/*")
    crawled = crawl(replica, tmp_path, asked(world, "changyan"))
    assert differing(crawled.posts, truth(world, "changyan")) == []


def test_a_page_in_place_of_comments_is_named_and_never_no_comments(replica: Replica, tmp_path: Path) -> None:
    replica.faults.on("html_for_json", route="comment.sina.com.cn/*")
    crawled = crawl(replica, tmp_path, {"lists": "sina"})
    assert {post.kind for post in crawled.posts.values()} == {Kind.ARTICLE}
    assert {line.because for line in crawled.report.coverage if line.slice.startswith("comments:")} == {
        "not_json"
    }


def test_an_article_that_is_gone_is_told(replica: Replica, tmp_path: Path) -> None:
    url = "https://news.sina.com.cn/c/2026-11-01/doc-igonefo1234567.shtml"
    crawled = crawl(replica, tmp_path, {"url": url})
    line = crawled.slice("article:sina:gonefo1234567")
    assert (line.expected, line.got, line.because) == (1, 0, "gone")
