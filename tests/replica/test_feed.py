"""Feeds in three formats and the pages of their articles, read by the libraries people read them with."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import feedparser
import pytest
import trafilatura

from core.models import Post
from replica.server import Replica
from replica.world.model import World
from tests.sites import get

HOST = "news.example"


def truth(world: World) -> list[Post]:
    posts = [post for post in world.posts if (post.url or "").startswith(f"https://{HOST}/")]
    return sorted(posts, key=lambda post: post.published_at or datetime.min.replace(tzinfo=UTC), reverse=True)


@pytest.mark.parametrize("path", ["/feed.xml", "/atom.xml"])
def test_xml_feeds_list_the_articles_newest_first(replica: Replica, world: World, path: str) -> None:
    page = get(replica.proxy, f"http://{HOST}{path}")
    feed = feedparser.parse(
        io.BytesIO(page.body), response_headers={"content-type": page.headers["content-type"]}
    )
    assert not feed.bozo
    posts = truth(world)
    assert [entry.link for entry in feed.entries] == [post.url for post in posts]
    times = [datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in feed.entries]
    assert times == [post.published_at for post in posts]
    assert feed.entries[0].author == "记者甲"
    assert feed.entries[0].title == world.articles[posts[0].id].title


def test_a_json_feed(replica: Replica, world: World) -> None:
    page = get(replica.proxy, f"http://{HOST}/feed.json")
    feed = json.loads(page.body)
    assert page.headers["content-type"].startswith("application/feed+json")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["url"] for item in feed["items"]] == [post.url for post in truth(world)]
    assert feed["items"][0]["date_published"] == "2026-11-21T19:00:00+08:00"


def test_whoever_has_the_feed_already_gets_304(replica: Replica) -> None:
    url = f"http://{HOST}/feed.xml"
    tag = get(replica.proxy, url).headers["etag"]
    again = get(replica.proxy, url, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def test_an_article_reads_whole_without_what_surrounds_it(replica: Replica, world: World) -> None:
    post = truth(world)[0]
    page = get(replica.proxy, (post.url or "").replace("https:", "http:")).text()
    found = trafilatura.bare_extraction(
        page, with_metadata=True, favor_precision=True, include_comments=False
    )
    article = world.articles[post.id]
    lines = found.text.split("\n")
    assert [line for line in lines if line != article.title] == list(article.body)
    assert found.title == article.title
    assert found.author == "记者甲"
    assert "版权所有" not in found.text


def test_the_front_page_names_the_feeds(replica: Replica) -> None:
    page = get(replica.proxy, f"http://{HOST}/").text()
    assert 'type="application/rss+xml" href="/feed.xml"' in page
    assert 'type="application/feed+json" href="/feed.json"' in page


def test_an_article_that_is_not_there(replica: Replica) -> None:
    assert get(replica.proxy, f"http://{HOST}/2020/1.html").status == 404
