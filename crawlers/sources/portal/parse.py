"""What each kind of page of a portal holds; all pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from core.models import Post
from crawlers.reading.charset import decode
from crawlers.reading.jsonp import read_jsonp
from crawlers.sources.portal.comments import APIS
from crawlers.sources.portal.comments.page import Ask, CommentPage
from crawlers.sources.portal.lists import listed, read_links, read_rows
from crawlers.sources.portal.page import Page, Thread, read_page
from crawlers.sources.portal.sites import Site, site_of, sites
from crawlers.workbench.cases import Reader


def read_json_list(body: bytes, site: Site, *, fetched_at: datetime) -> tuple[Post, ...]:
    """The articles of a list in JSON; raises `Unreadable` where the rows are not where the site's data says."""
    if site.lists is None:
        raise ValueError(f"{site.name} has no lists")
    return read_rows(read_jsonp(body), site, site.lists, fetched_at=fetched_at)


def read_html_list(
    body: bytes, site: Site, *, url: str, fetched_at: datetime, content_type: str | None = None
) -> tuple[Post, ...]:
    """The articles of the site that a page of HTML links to."""
    return read_links(decode(body, content_type=content_type)[0], site, url=url, fetched_at=fetched_at)


def read_article_page(body: bytes, site: Site, post: Post, *, content_type: str | None = None) -> Page:
    """The page of an article that `post` is known of."""
    return read_page(decode(body, content_type=content_type)[0], site, post)


def read_comments(body: bytes, thread: Thread, ask: Ask, *, fetched_at: datetime) -> CommentPage:
    """A page of comments; raises `NotJson` for what is no JSON, and KeyError for a site without comments."""
    comments = sites()[thread.site].comments
    if comments is None:
        raise KeyError(thread.site)
    return APIS[comments.api](read_jsonp(body), thread, ask, comments.size, fetched_at)


def bare(url: str, site: Site, *, fetched_at: datetime) -> Post:
    """An article of which only the address is known."""
    post = listed(site, url, title="", at=None, medium=None, fetched_at=fetched_at)
    assert post is not None, "the site was found by this address"
    return post


def _list_case(name: str) -> Reader:
    site = sites()[name]
    if site.lists is not None and site.lists.rows is not None:
        return lambda body, url, fetched_at: read_json_list(body, site, fetched_at=fetched_at)
    return lambda body, url, fetched_at: read_html_list(body, site, url=url, fetched_at=fetched_at)


def _comments_case(site: str) -> Reader:
    def read(body: bytes, url: str, fetched_at: datetime) -> CommentPage:
        query = parse_qs(urlsplit(url).query)
        thread = Thread(site=site, post_id=f"portal:{site}:1", ids={"url": "https://news.example/1.html"})
        return read_comments(body, thread, _asked(query), fetched_at=fetched_at)

    return read


def _asked(query: Mapping[str, list[str]]) -> Ask:
    """The step of a recorded case, told by its address as the step itself cannot be seen in it."""
    first = {name: values[0] for name, values in query.items()}
    return Ask(step=first.get("step", "list"), page=int(first.get("page", 1)), parent=first.get("parent", ""))


READERS: dict[str, Reader] = {
    "article": lambda body, url, fetched_at: read_article_page(
        body, site_of(url), bare(url, site_of(url), fetched_at=fetched_at)
    ),
    **{f"{name}_list": _list_case(name) for name in sites()},
    **{f"{name}_comments": _comments_case(name) for name in sites()},
}
