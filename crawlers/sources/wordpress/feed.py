"""A site's feeds, where its API is closed: articles by page, and the newest comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from parsel import Selector

from core.counts import read_count
from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import mentions_of, topics_of
from core.times import read_time
from crawlers.reading.charset import decode
from crawlers.reading.markup import drop_namespaces, without_wrong_references
from crawlers.reading.zones import CHINA
from crawlers.sources.wordpress.body import PARSER, Page, link_of, read_body

_POST = re.compile(r"[?&]p=(\d+)")
_COMMENT = re.compile(r"#comment-(\d+)")


def read_feed(body: bytes, *, site: str, fetched_at: datetime) -> Page | None:
    """The articles of an RSS feed of WordPress; None for what is no such feed.

    The number stands in the guid; one without it cannot be told from others and counts as unread.
    """
    items = _items(body)
    if items is None:
        return None
    found = [_article(item, site, fetched_at) for item in items]
    posts = tuple(post for post in found if post is not None)
    return Page(posts=posts, came=len(items), unread=len(items) - len(posts))


def read_comment_feed(
    body: bytes, *, site: str, articles: Mapping[str, int], fetched_at: datetime
) -> Page | None:
    """The newest comments; `articles` are numbers by address, without which the article stays unknown.

    A feed does not say which comment is answered.
    """
    items = _items(body)
    if items is None:
        return None
    found = [_comment(item, site, articles, fetched_at) for item in items]
    posts = tuple(post for post in found if post is not None)
    return Page(posts=posts, came=len(items), unread=len(items) - len(posts))


def _items(body: bytes) -> list[Selector] | None:
    text, _ = decode(body)
    start = text.find("<rss", 0, 2000)
    if start < 0:
        return None
    # without the prolog, whose charset is settled
    selector = Selector(text=without_wrong_references(text[start:]), type="xml")
    drop_namespaces(selector)
    return list(selector.xpath("//channel/item"))


def _article(item: Selector, site: str, now: datetime) -> Post | None:
    found = _POST.search(_text(item, "guid"))
    if found is None:
        return None
    body = read_body(_text(item, "encoded") or _text(item, "description"), site)
    text = f"{_text(item, 'title')}\n{body.text}".strip()
    own = post_id("wordpress", site, f"p{found[1]}")
    # <comments> is the address of the comments, and <slash:comments> their number
    numbers = [part for part in item.xpath("./comments/text()").getall() if part.strip().isdecimal()]
    return Post(
        id=own,
        platform="wordpress",
        kind=Kind.ARTICLE,
        text=text,
        author=_writer(item),
        published_at=_time(item, now),
        root_id=own,
        thread_id=own,
        engagement=Engagement(comments=read_count(numbers[0]).value if numbers else None),
        topics=topics_of(text),
        mentions=mentions_of(text),
        urls=body.urls,
        media=body.media,
        url=link_of(_text(item, "link")),
        fetched_at=now,
        parser_version=PARSER,
    )


def _comment(item: Selector, site: str, articles: Mapping[str, int], now: datetime) -> Post | None:
    link = _text(item, "link")
    found = _COMMENT.search(_text(item, "guid")) or _COMMENT.search(link)
    if found is None:
        return None
    number = articles.get(link.split("#")[0])
    told = _POST.search(_text(item, "guid"))
    article = number if number is not None else told[1] if told else None
    root = post_id("wordpress", site, f"p{article}") if article is not None else None
    body = read_body(_text(item, "encoded") or _text(item, "description"), site)
    return Post(
        id=post_id("wordpress", site, f"c{found[1]}"),
        platform="wordpress",
        kind=Kind.COMMENT,
        text=body.text,
        author=_writer(item),
        published_at=_time(item, now),
        root_id=root,
        thread_id=root,
        topics=topics_of(body.text),
        mentions=mentions_of(body.text),
        urls=body.urls,
        media=body.media,
        url=link_of(link),
        fetched_at=now,
        parser_version=PARSER,
    )


def _writer(item: Selector) -> Author | None:
    name = _text(item, "creator")
    return Author(name=name) if name else None


def _time(item: Selector, now: datetime) -> datetime | None:
    moment = read_time(_text(item, "pubDate"), now=now, zone=CHINA)
    return moment.at if moment else None


def _text(item: Selector, name: str) -> str:
    return "".join(item.xpath(f"./{name}[1]/text()").getall()).strip()
