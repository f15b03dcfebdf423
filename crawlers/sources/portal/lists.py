"""Lists of articles, JSON or HTML, to posts that hold what the list knows: address, title, time, medium."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from parsel import Selector

from core.ids import post_id
from core.models import Author, Kind, Post
from core.texts import html_to_text
from core.times import read_time
from crawlers.reading.links import absolute, digest
from crawlers.reading.unreadable import Unreadable
from crawlers.reading.zones import CHINA
from crawlers.sources.portal.sites import Lists, Site

PARSER = "portal-1"
_MEDIA_COMPANY = 3  # Weibo's code of a verified medium: an organisation, not a person
_AMERICAN = re.compile(r"(\d{2})/(\d{2})/(\d{4})(?= |$)")  # NetEase's lists: 11/21/2026 19:59:33


def read_rows(document: Any, site: Site, lists: Lists, *, fetched_at: datetime) -> tuple[Post, ...]:
    """The articles of a JSON list, each once; raises `Unreadable` where the rows are not where they were."""
    at: Any = document
    for step in filter(None, (lists.rows or "").split(".")):
        at = at.get(step) if isinstance(at, dict) else None
    if not isinstance(at, list):
        raise Unreadable(f"{site.name}: no list of articles at {lists.rows or 'the top'}")
    return _single(_row(row, site, lists, fetched_at) for row in at if isinstance(row, dict))


def read_links(html: str, site: Site, *, url: str, fetched_at: datetime) -> tuple[Post, ...]:
    """The articles an HTML page links to, each once; of two links the one with words counts."""
    found: dict[str, Post] = {}
    for link in Selector(text=html or "<html/>", type="html").css("a[href]"):
        target = absolute(url, link.attrib["href"])
        if target is None or site.native(target) is None:
            continue
        title = " ".join("".join(link.xpath(".//text()").getall()).split())
        post = listed(site, target, title=title, at=None, medium=None, fetched_at=fetched_at)
        if post is not None and (post.id not in found or not found[post.id].text):
            found[post.id] = post
    return tuple(found.values())


def listed(
    site: Site, url: str, *, title: str, at: datetime | None, medium: str | None, fetched_at: datetime
) -> Post | None:
    """What is known of an article before its page is read; None where the address is no article's."""
    native = site.native(url)
    if native is None:
        return None
    return Post(
        id=post_id("portal", site.name, native),
        platform="portal",
        kind=Kind.ARTICLE,
        text=title,
        author=author_of(site, url, medium),
        published_at=at,
        url=url,
        fetched_at=fetched_at,
        parser_version=PARSER,
    )


def author_of(site: Site, url: str, medium: str | None) -> Author | None:
    """The medium an article names: an organisation on the portal's press hosts, else anybody's account."""
    name = html_to_text(medium or "")
    if not name:
        return None
    if site.is_press(url):
        return Author(id=post_id("portal", site.name, digest(name)), name=name, verified_type=_MEDIA_COMPANY)
    return Author(name=name)


def read_moment(written: Any, *, now: datetime) -> datetime | None:
    """The UTC time a portal means; a time without a zone is China's."""
    if isinstance(written, str):
        written = _AMERICAN.sub(r"\3-\1-\2", written.strip())
    found = read_time(written, now=now, zone=CHINA) if isinstance(written, str | int) else None
    return found.at if found else None


def _single(posts: Iterator[Post | None]) -> tuple[Post, ...]:
    found: dict[str, Post] = {}
    for post in posts:
        if post is not None:
            found.setdefault(post.id, post)
    return tuple(found.values())


def _row(row: Mapping[str, Any], site: Site, lists: Lists, fetched_at: datetime) -> Post | None:
    url = lists.link.format_map(_Known(row)) if "{" in lists.link else str(row.get(lists.link) or "")
    target = absolute(lists.first.url, url)
    if target is None:
        return None
    return listed(
        site,
        target,
        title=" ".join(html_to_text(str(row.get(lists.title) or "")).split()),
        at=read_moment(row.get(lists.at), now=fetched_at) if lists.at else None,
        medium=str(row.get(lists.medium) or "") if lists.medium else None,
        fetched_at=fetched_at,
    )


class _Known(dict[str, Any]):
    """A row whose absent fields are empty, so that its address is no article's."""

    def __missing__(self, key: str) -> str:
        return ""
