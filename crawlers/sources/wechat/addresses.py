"""Addresses of the feed services and of articles, and the ids made of them."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from core.errors import UsageError
from core.ids import post_id
from crawlers.reading.links import canonical, digest

LIMIT = 30  # articles on a page of a feed
WEWE, WEMP = "wewe-rss", "we-mp-rss"
_HOST = "mp.weixin.qq.com"
_NAMED_BY = ("__biz", "mid", "idx")  # what names an article in its long address; the rest says who shared it


def feed_url(service: str, style: str, account: str, page: int) -> str:
    """A page of an account's feed, the newest articles first."""
    base, name = service.rstrip("/"), quote(account, safe="")
    if style == WEMP:
        return f"{base}/rss/{name}?limit={LIMIT}&offset={(page - 1) * LIMIT}"
    return f"{base}/feeds/{name}.json?limit={LIMIT}&page={page}&mode=fulltext"


def read_address(url: str) -> str:
    """An article's address without what says who shared it; raises `UsageError` for anything else."""
    parts = urlsplit(url.strip())
    query = parse_qs(parts.query)
    if (parts.hostname or "").lower() == _HOST:
        if re.fullmatch(r"/s/[\w-]+", parts.path):
            return f"https://{_HOST}{parts.path}"
        if parts.path == "/s" and all(name in query for name in _NAMED_BY):
            kept = {name: query[name][0] for name in (*_NAMED_BY, "sn") if name in query}
            return f"https://{_HOST}/s?{urlencode(kept)}"
    raise UsageError(f"{url!r} is not an article of WeChat; it looks like https://mp.weixin.qq.com/s/…")


def article_id(url: str) -> str:
    """``wechat:`` and 16 hex digits of the SHA-1 of the address, by what names the article in it."""
    query = parse_qs(urlsplit(url).query)
    if all(name in query for name in _NAMED_BY):
        url = f"https://{_HOST}/s?{urlencode({name: query[name][0] for name in _NAMED_BY})}"
    return post_id("wechat", digest(canonical(url)))


def account_id(biz: str) -> str | None:
    """The account's id out of ``__biz``, the same as the feed services give it: ``wechat:MP_WXS_3900000001``."""
    try:
        number = b64decode(biz, validate=True).decode("ascii")
    except (Error, ValueError):
        return None
    return post_id("wechat", f"MP_WXS_{number}") if number.isdecimal() else None
