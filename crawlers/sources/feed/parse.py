"""A feed to posts of kind article. Ids are ``feed:`` and 16 hex digits of the SHA-1 of the canonical link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from parsel import Selector

from core.ids import post_id
from core.models import Author, Kind, Post
from core.texts import html_to_text, mentions_of
from crawlers.reading.article import Article, read_article, text_of, with_title
from crawlers.reading.charset import decode
from crawlers.reading.links import absolute, canonical, digest
from crawlers.reading.unreadable import Unreadable, read_json
from crawlers.soundness import possible
from crawlers.sources.feed.dates import read_date
from crawlers.sources.feed.entry import Entry, Problem
from crawlers.sources.feed.jsonfeed import is_json_feed, read_json_feed
from crawlers.sources.feed.xmlfeed import looks_like_xml_feed, read_xml_feed
from crawlers.workbench.cases import Reader

PARSER = "feed-1"
_CHINA = ZoneInfo("Asia/Shanghai")
_AHEAD = timedelta(minutes=10)
_PICTURES = "img[src]:not([height='1']):not([width='1'])"  # one pixel counts readers
_MEDIA_COMPANY = 3  # Weibo's code of a verified medium: an organisation, not a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article. `title` is the head of the post's text, kept apart for when the full text comes."""

    post: Post
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """`broken`: None, broken_feed or truncated_feed. `ahead` counts dates after the fetch: a wrong zone."""

    title: str
    items: tuple[Item, ...]
    broken: str | None = None
    ahead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator knows of a feed.

    `zone` is where its dates without a zone are at home, `override` where all of them are, whatever they say.
    `publisher` is the organisation behind it: the author of articles that name nobody.
    """

    zone: ZoneInfo = _CHINA
    override: ZoneInfo | None = None
    publisher: str | None = None


DEFAULTS = Settings()


def is_feed(body: bytes) -> bool:
    """Whether a body is a feed at first sight: RSS, Atom or JSON Feed."""
    if not _is_json(body):
        return looks_like_xml_feed(body)
    try:
        return is_json_feed(_json(body))
    except Problem:
        return False


def read_feed(
    body: bytes,
    *,
    url: str,
    fetched_at: datetime,
    content_type: str | None = None,
    settings: Settings = DEFAULTS,
) -> Feed:
    """The articles of a feed; raises `Problem` for a body that is none."""
    broken = None
    if _is_json(body):
        title, entries = read_json_feed(_json(body))
    else:
        title, entries, broken = read_xml_feed(body, url=url, content_type=content_type)
    items: dict[str, Item] = {}
    for entry in entries:
        item = _item(entry, url=url, fetched_at=fetched_at, settings=settings)
        if item.post.text:
            items.setdefault(item.post.id, item)
    moments = [item.post.published_at for item in items.values()]
    return Feed(
        title=title,
        items=tuple(items.values()),
        broken=broken,
        ahead=sum(moment is not None and moment > fetched_at + _AHEAD for moment in moments),
    )


def with_article(item: Item, articles: list[Article]) -> Post:
    """The post with the text of its pages, where that is more than the feed gave."""
    body = "\n".join(article.text for article in articles if article.text)
    text = with_title(item.title, body)
    if len(text) <= len(item.post.text):
        return item.post
    return replace(item.post, text=text, mentions=mentions_of(text))


def _item(entry: Entry, *, url: str, fetched_at: datetime, settings: Settings) -> Item:
    title = " ".join(html_to_text(entry.title).split())
    body = text_of(entry.html) if entry.html else text_of(entry.plain or "")
    link = absolute(url, entry.link)
    text = with_title(title, body)
    images = (
        Selector(text=entry.html, type="html").css("img[src]:not([height='1']):not([width='1'])")
        if entry.html
        else []
    )
    post = Post(
        id=post_id("feed", _native(entry, link, url)),
        platform="feed",
        kind=Kind.ARTICLE,
        text=text,
        author=_author(entry, link or url, settings),
        published_at=possible(
            read_date(entry.date, now=fetched_at, zone=settings.zone, override=settings.override), fetched_at
        ),
        topics=entry.tags,
        mentions=mentions_of(text),
        urls=_links(entry, link or url),
        media=("image",) * len(images) + tuple(kind for kind in entry.media if kind != "image" or not images),
        url=link,
        fetched_at=fetched_at,
        parser_version=PARSER,
    )
    return Item(post=post, title=title)


def _native(entry: Entry, link: str | None, url: str) -> str:
    """The link names the article; a GUID may change when it is edited and serves only without a link."""
    if link is not None:
        return digest(canonical(link))
    host = urlsplit(url).hostname or ""
    return digest(f"{host}|{entry.guid or entry.title + (entry.html or entry.plain or '')}")


def _author(entry: Entry, url: str, settings: Settings) -> Author | None:
    if settings.publisher and entry.author in (None, settings.publisher):
        host = (urlsplit(url).hostname or "").lower()
        return Author(id=post_id("feed", host), name=settings.publisher, verified_type=_MEDIA_COMPANY)
    return Author(name=entry.author) if entry.author else None


def _links(entry: Entry, url: str) -> tuple[str, ...]:
    """Addresses of other sites the article points at."""
    if not entry.html:
        return ()
    host = urlsplit(url).hostname
    found = (
        absolute(url, href) for href in Selector(text=entry.html, type="html").css("a::attr(href)").getall()
    )
    return tuple(dict.fromkeys(link for link in found if link and urlsplit(link).hostname != host))


def _is_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{"


def _json(body: bytes) -> object:
    try:
        return read_json(body.removeprefix(b"\xef\xbb\xbf"))
    except Unreadable as error:
        raise Problem("not_feed", str(error)) from error


READERS: dict[str, Reader] = {
    "feed": lambda body, url, fetched_at: read_feed(body, url=url, fetched_at=fetched_at),
    "gmt_is_local": lambda body, url, fetched_at: read_feed(
        body, url=url, fetched_at=fetched_at, settings=Settings(override=_CHINA)
    ),
    "article": lambda body, url, fetched_at: read_article(decode(body)[0], url=url),
}
