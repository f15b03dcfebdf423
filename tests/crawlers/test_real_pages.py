"""Pages that people saved from the real sites are read whole; they lie outside the repository."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.models import Kind, Post
from crawlers import registry
from crawlers.sources.douban import parse as douban
from crawlers.sources.tieba import parse as tieba
from crawlers.sources.weibo.parse import parse_wap_comments, parse_wap_timeline

DATA = Path(os.environ.get("TINGFENG_DATA") or Path(__file__).parents[3] / "shared" / "data")
PAGES = DATA / "spider_html_fixtures"
pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason="no real pages: set TINGFENG_DATA to their folder")


def page(name: str) -> str:
    return gzip.decompress((PAGES / f"{name}.html.gz").read_bytes()).decode("utf-8")


def lacking(source: str, posts: Iterable[Post]) -> Counter[str]:
    """How many of the posts lack each promised field."""
    found: Counter[str] = Counter()
    for post in posts:
        for name in registry.source(source).promised:
            value: object = post
            for part in name.split("."):
                value = getattr(value, part, None)
            found[name] += value is None or value == ""
    return +found


def test_a_list_of_tieba_of_2024_in_its_comment() -> None:
    now = datetime(2024, 8, 10, 4, 0, tzinfo=UTC)
    listing = tieba.read_listing(page("MediaCrawler__tieba_note_list"), fetched_at=now)
    assert (len(listing.rows), listing.page, listing.more, listing.unread) == (48, 1, True, 0)
    assert len({row.tid for row in listing.rows}) == 48
    for row in listing.rows:
        assert row.title
        assert row.replies is not None
        assert row.first_pid
        assert row.published
        assert row.last_reply
        assert now - timedelta(days=30) < row.last_reply.at < now
        assert row.published.at <= row.last_reply.at + timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "pages", "replies", "kinds", "still_below"),
    [
        ("note_detail", 13, 786, {"thread": 1, "reply": 29}, 326),
        ("note_comments", 4, 251, {"thread": 1, "reply": 29, "comment": 16}, 58),
    ],
)
def test_a_thread_of_tieba_of_2024_with_replies_below_floors(
    name: str, pages: int, replies: int, kinds: dict[str, int], still_below: int
) -> None:
    now = datetime(2024, 8, 10, 4, 0, tzinfo=UTC)
    url = "https://tieba.baidu.com/p/1"  # a number that stands for the real one
    found = tieba.read_thread(page(f"MediaCrawler__{name}"), url=url, fetched_at=now)
    assert (found.page, found.pages, found.replies, found.unread) == (1, pages, replies, 0)
    assert Counter(post.kind.value for post in found.posts) == kinds
    assert sum(found.below.values()) == still_below
    assert len({post.id for post in found.posts}) == len(found.posts)
    spoken = [post for post in found.posts if post.text]
    assert len(found.posts) - len(spoken) <= 2  # floors of a picture or a face alone
    assert not lacking("tieba", spoken)
    floors = [post for post in found.posts if post.kind is not Kind.COMMENT]
    assert floors[0].kind is Kind.THREAD
    assert floors[0].text.startswith(found.title)
    assert [post.floor for post in floors] == sorted({post.floor for post in floors if post.floor})
    assert all(post.region and post.published_at for post in floors)
    parents = {post.id for post in found.posts}
    assert all(post.parent_id in parents for post in found.posts if post.kind is Kind.COMMENT)


def test_a_list_of_a_douban_group_of_2016() -> None:
    now = datetime(2016, 8, 31, 0, 0, tzinfo=UTC)
    listing = douban.read_listing(page("douban-group-spider__group_test"), fetched_at=now)
    assert (len(listing.rows), listing.page, listing.pages, listing.more, listing.unread) == (
        25,
        1,
        14125,
        True,
        0,
    )
    assert all(row.title and row.replies is not None and row.last_reply for row in listing.rows)
    assert len({row.topic for row in listing.rows}) == 25
    assert not any(row.pinned for row in listing.rows)
    assert all(row.last_reply.at.year == 2016 for row in listing.rows if row.last_reply)


def test_a_topic_of_a_douban_group_of_2016_with_a_hundred_replies() -> None:
    now = datetime(2016, 9, 10, 0, 0, tzinfo=UTC)
    found = douban.read_topic(page("douban-group-spider__content_test"), topic=1, fetched_at=now)
    assert (found.page, found.pages, found.unread, found.gone) == (1, 2, 0, ())
    assert Counter(post.kind.value for post in found.posts) == {"thread": 1, "reply": 100}
    assert len({post.id for post in found.posts}) == 101
    assert lacking("douban", found.posts) == {"author.name": 5}  # accounts that were closed
    opening = found.posts[0]
    assert opening.text.startswith(found.title)
    assert not found.title.endswith("...")
    assert len(opening.text) > 400
    assert opening.media.count("image") >= 8
    assert all(post.author and post.author.id and post.author.id[7:].isdecimal() for post in found.posts)
    times = [post.published_at for post in found.posts if post.published_at]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("name", "roots"), [("a4437630", 1), ("4957814a", 1), ("2f62165f", 1), ("d486235d", 5)]
)
def test_timelines_of_weibo_cn_of_2020(name: str, roots: int) -> None:
    now = datetime(2020, 6, 18, 10, 0, tzinfo=UTC)
    (path,) = PAGES.glob(f"weiboSpider__{name}*.html.gz")
    found = parse_wap_timeline(gzip.decompress(path.read_bytes()), now)
    assert (found.listed, len(found.statuses), len(found.roots), found.pages) == (10, 10, roots, 117)
    posts = [status.post for status in found.statuses]
    assert not lacking("weibo", posts)
    assert len({post.id for post in posts}) == 10
    assert [post.published_at for post in posts] == sorted(
        (post.published_at for post in posts if post.published_at), reverse=True
    )
    assert sum(post.kind is Kind.REPOST for post in posts) == roots
    assert all(post.root_id for post in posts if post.kind is Kind.REPOST)
    assert all(not post.text.endswith("[]") and "赞[" not in post.text for post in posts)
    assert all(post.author and (post.author.followers or 0) > 70_000_000 for post in posts)


def test_comments_of_weibo_cn_of_2020() -> None:
    (path,) = PAGES.glob("weiboSpider__4d5ed0a3*.html.gz")
    found = parse_wap_comments(gzip.decompress(path.read_bytes()), datetime(2026, 11, 21, tzinfo=UTC))
    assert (len(found.posts), found.pages) == (12, None)
    assert len({post.root_id for post in found.posts}) == 1
    assert all(post.author and post.author.id and post.published_at and post.text for post in found.posts)
