"""An article's page: the post it completes, and where its comments are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from core.models import Post
from core.texts import html_to_text, mentions_of
from crawlers.reading.article import Article, read_article, with_title
from crawlers.sources.portal.lists import author_of, read_moment
from crawlers.sources.portal.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The comments of one article; `ids` are what its portal's comment API wants to know."""

    site: str
    post_id: str
    ids: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`post` is completed by what the page says; `part` is the text of this page alone."""

    post: Post
    part: str
    next_url: str | None
    thread: Thread | None  # None where the page does not say where its comments are


def read_page(html: str, site: Site, post: Post) -> Page:
    """An article's page. What a list said of title, time and medium goes before what the page says."""
    url = post.url or ""
    article = read_article(html, url=url)
    title = post.text.partition("\n")[0] or _title(article, html, site)
    completed = replace(
        post,
        text=title,
        published_at=post.published_at or _moment(html, site, post.fetched_at),
        author=post.author or author_of(site, url, _find(site.medium, html)),
    )
    return Page(
        post=completed, part=article.text, next_url=article.next_url, thread=_thread(html, site, completed)
    )


def whole(post: Post, parts: list[str]) -> Post:
    """The post with the text of all its pages below its title."""
    text = with_title(post.text, "\n".join(filter(None, parts)))
    return replace(post, text=text, mentions=mentions_of(text))


def _title(article: Article, html: str, site: Site) -> str:
    """The article's title, else the page's, without the portal's own name behind it."""
    title = article.title or html_to_text(_find("<title[^>]*>([^<]*)", html) or "")
    return re.sub(rf"\s*[_|-]\s*{re.escape(site.title.zh)}.*$", "", title, flags=re.DOTALL)


def _moment(html: str, site: Site, fetched_at: datetime | None) -> datetime | None:
    written = _find(site.published, html)
    return read_moment(written, now=fetched_at) if written and fetched_at else None


def _find(pattern: str, html: str) -> str | None:
    """The first group that matched."""
    found = re.search(pattern, html) if pattern else None
    return next((group for group in found.groups() if group), None) if found else None


def _thread(html: str, site: Site, post: Post) -> Thread | None:
    if site.comments is None:
        return None
    known = {"id": post.id.rpartition(":")[2], "url": post.url or ""}
    ids: dict[str, str] = {}
    for name, pattern in site.comments.ids.items():
        value = _find(pattern, html) or _default(site.comments.defaults, name, known)
        if value is None:
            return None
        ids[name] = value
    return Thread(site=site.name, post_id=post.id, ids={**known, **ids})


def _default(defaults: Mapping[str, str], name: str, known: Mapping[str, str]) -> str | None:
    return defaults[name].format_map(known) if name in defaults else None
