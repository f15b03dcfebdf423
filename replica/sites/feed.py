"""News and blog hosts: feeds of their newest articles, and the articles' pages.

RSS gives summaries alone, as most news sites do; Atom and JSON Feed carry the whole text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.models import Post
from replica.exchange import Answer, Request, html_answer, json_answer, not_found, redirect, text_answer
from replica.shelf import Shelf
from replica.sites.feed_page import article_page, home_page
from replica.ties import native, published
from replica.world.model import Article, Site

LISTED = 100  # articles a feed holds
BEIJING = ZoneInfo("Asia/Shanghai")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Story = tuple[Post, Article]


class Feed:
    """One host with feeds."""

    def __init__(self, shelf: Shelf, site: Site) -> None:
        self._site = site
        self._shelf = shelf
        self._feeds: dict[str, Callable[[list[Story], Request], Answer]] = {
            "/feed.xml": self._rss,
            "/atom.xml": self._atom,
            "/feed.json": self._json,
        }

    @property
    def hosts(self) -> tuple[str, ...]:
        return (self._site.host,)

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return text_answer(
                f"User-agent: *\nDisallow: /admin/\nSitemap: https://{self._site.host}/sitemap.xml\n"
            )
        out = self._shelf.articles(self._site.host)
        path = request.path.removeprefix("/moved")
        if build := self._feeds.get(path):
            return _troubled(request) or _unless_seen(build(out[:LISTED], request), request)
        if request.path == "/sitemap.xml":
            return self._sitemap(out)
        if request.path == "/":
            return home_page(self._site, out[:LISTED])
        found = self._shelf.kept(f"paths:{self._site.host}", self._by_path).get(request.path)
        return article_page(self._site, *found) if found else not_found()

    def _by_path(self) -> dict[str, Story]:
        return {urlsplit(post.url or "").path: (post, a) for post, a in self._shelf.articles(self._site.host)}

    def _rss(self, stories: list[Story], request: Request) -> Answer:
        items = "".join(
            f"<item>\n<title>{escape(article.title)}</title>\n{_link(post, request)}"
            f"<pubDate>{_rfc(published(post), request)}</pubDate>\n"
            f"<dc:creator>{escape(_writer(post))}</dc:creator>\n{_categories(article)}"
            f"<description><![CDATA[<p>{escape(article.summary, quote=False)}</p>]]></description>\n</item>\n"
            for post, article in stories
        )
        site = self._site
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
            f"<title>{escape(site.title)}</title>\n<link>https://{site.host}/</link>\n"
            f'<atom:link href="https://{site.host}/feed.xml" rel="self" type="application/rss+xml" />\n'
            f"<description>{escape(site.description)}</description>\n<language>zh-cn</language>\n{items}"
            "</channel>\n</rss>\n"
        )
        return text_answer(_spoiled(xml, request), kind="application/rss+xml")

    def _atom(self, stories: list[Story], request: Request) -> Answer:
        bare = "no_timezone" in request.faults
        entries = "".join(
            f"<entry>\n<title>{escape(article.title)}</title>\n"
            f'<link rel="alternate" type="text/html" href="{escape(post.url or "")}"/>\n'
            f"<id>{escape(post.url or '')}</id>\n<published>{_iso(published(post), bare=bare)}</published>\n"
            f"<updated>{_iso(published(post), bare=bare)}</updated>\n"
            f"<author><name>{escape(_writer(post))}</name></author>\n"
            f'<summary type="text">{escape(article.summary)}</summary>\n'
            f'<content type="html">{escape(_paragraphs(article))}</content>\n</entry>\n'
            for post, article in stories
        )
        site = self._site
        newest = _iso(published(stories[0][0]), bare=bare) if stories else _iso(request.now, bare=bare)
        xml = (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">\n'
            f"<title>{escape(site.title)}</title>\n<id>https://{site.host}/</id>\n"
            f'<link rel="self" href="https://{site.host}/atom.xml"/>\n<updated>{newest}</updated>\n'
            f"{entries}</feed>\n"
        )
        return text_answer(xml, kind="application/atom+xml")

    def _json(self, stories: list[Story], request: Request) -> Answer:
        bare = "no_timezone" in request.faults
        items: list[dict[str, Any]] = [
            {
                "id": post.url,
                "url": post.url,
                "title": article.title,
                "summary": article.summary,
                "content_html": _paragraphs(article),
                "date_published": _iso(published(post), bare=bare),
                "authors": [{"name": _writer(post)}],
                "tags": list(article.tags),
            }
            for post, article in stories
        ]
        site = self._site
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": site.title,
            "home_page_url": f"https://{site.host}/",
            "feed_url": f"https://{site.host}/feed.json",
            "description": site.description,
            "language": "zh-CN",
            "items": items,
        }
        return json_answer(feed).with_header("content-type", "application/feed+json; charset=utf-8")

    def _sitemap(self, stories: list[Story]) -> Answer:
        rows = "".join(
            f"<url><loc>{escape(post.url or '')}</loc><lastmod>{_iso(published(post))}</lastmod></url>\n"
            for post, _ in stories
        )
        xml = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
            f"{rows}</urlset>\n"
        )
        return text_answer(xml, kind="application/xml")


def _troubled(request: Request) -> Answer | None:
    """A feed that is there no more, or for good somewhere else."""
    if "feed_gone" in request.faults:
        return html_answer("<html><head><title>410 Gone</title></head></html>", 410)
    if "feed_moved" in request.faults and not request.path.startswith("/moved"):
        return redirect(f"https://{request.host}/moved{request.path}", 301)
    return None


def _link(post: Post, request: Request) -> str:
    """The article's address and GUID; some feeds write both anew each time."""
    url = escape(post.url or "")
    if changed := request.faults.get("guid_changed"):
        mark = changed.struck
        return (
            f"<link>{url}?utm_source=rss{mark}</link>\n"
            f'<guid isPermaLink="false">{native(post.id)}-{mark}</guid>\n'
        )
    return f'<link>{url}</link>\n<guid isPermaLink="true">{url}</guid>\n'


def _spoiled(xml: str, request: Request) -> str:
    """XML as careless programs write it: a remark before the prolog, bare ampersands, HTML's entities."""
    if "bozo_feed" not in request.faults:
        return xml
    return "<!-- cached -->\n" + xml.replace("</title>", "&nbsp;</title>").replace("zh-cn", "zh-cn & en")


def _unless_seen(answer: Answer, request: Request) -> Answer:
    """304 for whoever has this very feed already."""
    tag = f'"{hashlib.blake2b(answer.body, digest_size=8).hexdigest()}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(status=304, headers=(("etag", tag),))
    return answer.with_header("etag", tag)


def _paragraphs(article: Article) -> str:
    return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in article.body)


def _writer(post: Post) -> str:
    return (post.author and post.author.name) or "佚名"


def _categories(article: Article) -> str:
    return "".join(f"<category>{escape(tag)}</category>\n" for tag in article.tags)


def _rfc(at: datetime, request: Request) -> str:
    """``Sat, 21 Nov 2026 19:59:33 +0800``; as many a Chinese feed without weekday and zone, or with a wrong one."""
    t = at.astimezone(BEIJING)
    if "no_timezone" in request.faults:
        return f"{t:%Y-%m-%d %H:%M:%S}"
    zone = "GMT" if "false_zone" in request.faults else "+0800"
    return f"{_DAYS[t.weekday()]}, {t.day:02d} {_MONTHS[t.month - 1]} {t.year} {t:%H:%M:%S} {zone}"


def _iso(at: datetime, *, bare: bool = False) -> str:
    t = at.astimezone(BEIJING)
    return f"{t:%Y-%m-%dT%H:%M:%S}" + ("" if bare else "+08:00")
