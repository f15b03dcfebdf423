"""A page of a feed service, or an article's page, to articles; all pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from core.ids import post_id
from core.models import Author, Gone, Post
from crawlers.reading.charset import decode
from crawlers.sources.feed.parse import read_feed
from crawlers.sources.wechat.addresses import article_id
from crawlers.sources.wechat.page import PARSER, read_page
from crawlers.workbench.cases import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFeed:
    """`bare` are ids of articles of which the service gives the title alone; `newest_at` is of any article."""

    posts: tuple[Post, ...]
    bare: tuple[str, ...]
    newest_at: datetime | None
    broken: str | None


def read_account(
    body: bytes, *, url: str, account: str, fetched_at: datetime, content_type: str | None = None
) -> AccountFeed:
    """A page of an account's feed, or of all accounts' (``all``); raises `Unreadable` for what is no feed."""
    feed = read_feed(body, url=url, fetched_at=fetched_at, content_type=content_type)
    posts, bare = [], []
    for item in feed.items:
        post = item.post
        if post.url is None:
            continue
        named = replace(
            post,
            id=article_id(post.url),
            platform="wechat",
            author=_author(post.author, account, feed.title),
            parser_version=PARSER,
        )
        posts.append(named)
        if post.text == item.title:
            bare.append(named.id)
    moments = [post.published_at for post in posts if post.published_at is not None]
    return AccountFeed(
        posts=tuple(posts), bare=tuple(bare), newest_at=max(moments, default=None), broken=feed.broken
    )


def is_stale(feed: AccountFeed, *, now: datetime, days: int) -> bool:
    """Whether the newest article is older than that: the service has lost its login, or the account is silent."""
    return feed.newest_at is not None and now - feed.newest_at > timedelta(days=days)


def read_article(
    body: bytes, *, url: str, fetched_at: datetime, content_type: str | None = None
) -> Post | Gone:
    """An article's page; raises `Unreadable`."""
    return read_page(decode(body, content_type=content_type)[0], url=url, fetched_at=fetched_at)


def _author(named: Author | None, account: str, title: str) -> Author | None:
    """Of one account's feed its title; in that of all the name an article carries, if it does."""
    if account == "all":
        return Author(name=named.name) if named else None
    return Author(id=post_id("wechat", account), name=title or None)


READERS: dict[str, Reader] = {
    "account": lambda body, url, fetched_at: read_account(
        body,
        url=url,
        account=url.rpartition("/")[2].partition("?")[0].removesuffix(".json"),
        fetched_at=fetched_at,
    ),
    "article": lambda body, url, fetched_at: read_article(body, url=url, fetched_at=fetched_at),
}
