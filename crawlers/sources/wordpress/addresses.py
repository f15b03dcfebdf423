"""The addresses of a WordPress site, with and without permalinks."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

WAYS = ("pretty", "plain")
"""How the API is asked: ``/wp-json/wp/v2/…``, or ``/?rest_route=/wp/v2/…`` where there are no permalinks."""

_FIELDS = {
    "posts": "id,date_gmt,modified_gmt,link,title,content,author,comment_status,_links,_embedded",
    "comments": "id,post,parent,author,author_name,date_gmt,content,link,type,status",
}


def site_of(base: str) -> str:
    """What names the site in ids: its host, and its folder where it has one."""
    parts = urlsplit(base)
    return f"{(parts.hostname or '').lower()}{parts.path.rstrip('/')}"


def api_url(
    base: str,
    what: str,
    *,
    way: str,
    page: int,
    per_page: int,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str | None = None,
    posts: str | None = None,
) -> str:
    """A page of ``posts`` or ``comments``, the newest first; `posts` limits comments to those of some posts."""
    asked: dict[str, str | int] = {"per_page": per_page, "page": page, "orderby": "date", "order": "desc"}
    asked |= {"after": _iso(since)} if since else {}
    asked |= {"before": _iso(until)} if until else {}
    asked |= {"search": search} if search else {}
    asked |= {"post": posts} if posts else {}
    asked |= {"_embed": "author,wp:term"} if what == "posts" else {}
    asked["_fields"] = _FIELDS[what]
    query = urlencode(asked, safe=",:")
    if way == "plain":
        return f"{base}/?rest_route=/wp/v2/{what}&{query}"
    return f"{base}/wp-json/wp/v2/{what}?{query}"


def feed_url(base: str, page: int) -> str:
    """A page of the feed of articles."""
    return f"{base}/feed/" + (f"?paged={page}" if page > 1 else "")


def comments_feed_url(base: str) -> str:
    """The feed of the newest comments, which has one page."""
    return f"{base}/comments/feed/"


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
