"""The addresses of a Discuz! site, in its rewritten (``thread-1-2-1.html``) and its plain form."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

_THREAD = re.compile(r"/thread-(\d{1,15})-(\d{1,9})(?:-\d+)?\.html")
_LIST = re.compile(r"/forum-(\w+)-(\d{1,9})\.html")
_SPACE = re.compile(r"space-uid-(\d{1,15})\.html")

STYLES = ("rewrite", "plain", "old")
"""How a site is asked: rewritten names, X's ``forum.php?mod=…``, 7.x's ``forumdisplay.php?…``."""


def host_of(url: str) -> str:
    """The host in lower case, without a port."""
    return (urlsplit(url).hostname or "").lower()


def list_url(base: str, fid: str, style: str, page: int = 1) -> str:
    """The list of one forum, newest reply first, as a site of that style names it."""
    root = base.rstrip("/") + "/"
    if style == "rewrite":
        return f"{root}forum-{fid}-{page}.html"
    name = "forum.php?mod=forumdisplay&" if style == "plain" else "forumdisplay.php?"
    return f"{root}{name}fid={fid}&page={page}"


def rss_url(base: str, fid: str) -> str:
    """The feed of one forum, where the site gives one."""
    return f"{base.rstrip('/')}/forum.php?mod=rss&fid={fid}&auth=0"


def guide_url(base: str, view: str, page: int = 1) -> str:
    """The site-wide list of newest threads (`view` newthread), newest replies (new) or what is hot."""
    return f"{base.rstrip('/')}/forum.php?mod=guide&view={view}&page={page}"


def thread_url(base: str, tid: int, style: str, page: int = 1) -> str:
    """A page of one thread."""
    root = base.rstrip("/") + "/"
    if style == "rewrite":
        return f"{root}thread-{tid}-{page}-1.html"
    name = "forum.php?mod=viewthread&" if style == "plain" else "viewthread.php?"
    return f"{root}{name}tid={tid}&page={page}"


def tid_of(url: str) -> int | None:
    """The thread a url leads to, or None for any other url."""
    if match := _THREAD.search(url):
        return int(match[1])
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    shows_thread = query.get("mod") == ["viewthread"] or parts.path.endswith("viewthread.php")
    return _number(query.get("tid")) if shows_thread else None


def page_of(url: str) -> int:
    """The number of the page a list's or thread's url asks for, from 1."""
    if match := _THREAD.search(url) or _LIST.search(url):
        return int(match[2])
    return _number(parse_qs(urlsplit(url).query).get("page")) or 1


def at_page(url: str, page: int) -> str:
    """The same list or thread at another page."""
    if _THREAD.search(url):
        return re.sub(r"/thread-(\d+)-\d+", rf"/thread-\g<1>-{page}", url)
    if _LIST.search(url):
        return re.sub(r"/forum-(\w+)-\d+", rf"/forum-\g<1>-{page}", url)
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    query["page"] = [str(page)]
    return urlunsplit(parts._replace(query=urlencode(query, doseq=True), fragment=""))


def uid_of(href: str) -> str | None:
    """The member a link leads to."""
    if match := _SPACE.search(href):
        return match[1]
    parts = urlsplit(href)
    query = parse_qs(parts.query)
    is_space = query.get("mod") == ["space"] or parts.path.endswith("space.php")
    uid = _number(query.get("uid")) if is_space else None
    return str(uid) if uid else None


def pid_of(href: str) -> int | None:
    """The floor a ``findpost`` link leads to."""
    query = parse_qs(urlsplit(href).query)
    return _number(query.get("pid")) if query.get("goto") == ["findpost"] else None


def absolute(url: str, href: str) -> str | None:
    """`href` on the page `url` as an http address, or None for what leads nowhere (javascript:, broken)."""
    try:
        joined = urljoin(url, href.strip())
        return joined if urlsplit(joined).scheme in ("http", "https") and host_of(joined) else None
    except ValueError:
        return None


def _number(values: list[str] | None) -> int | None:
    return int(values[0]) if values and re.fullmatch(r"[0-9]{1,15}", values[0]) else None
