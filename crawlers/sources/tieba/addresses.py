"""The addresses of Tieba."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from core.errors import UsageError

HOST = "tieba.baidu.com"
ROOT = f"https://{HOST}"
PER_LIST = 50  # threads a list page holds
PER_SEARCH = 10  # hits a search page holds
_THREAD = re.compile(r"/p/(\d+)")
_PORTRAIT = re.compile(r"(?:[?&](?:id|portrait)=|^)(tb\.[\w.-]+|[0-9a-f]{24,})")


def list_url(bar: str, page: int) -> str:
    """A page of the threads of a bar, those last answered first, from page 1."""
    return f"{ROOT}/f?{urlencode({'kw': bar, 'ie': 'utf-8', 'pn': (page - 1) * PER_LIST})}"


def search_url(query: str, page: int) -> str:
    """A page of hits, the newest first, from page 1."""
    asked = {"ie": "utf-8", "isnew": 1, "qw": query, "rn": PER_SEARCH, "pn": page, "sm": 1}
    return f"{ROOT}/f/search/res?{urlencode(asked)}"


def thread_url(tid: int, page: int = 1) -> str:
    return f"{ROOT}/p/{tid}" + (f"?pn={page}" if page > 1 else "")


def comments_url(tid: int, fid: int | None, page: int) -> str:
    """The first replies below all floors of a page of a thread."""
    asked: dict[str, int] = {"tid": tid} | ({"fid": fid} if fid else {}) | {"pn": page, "see_lz": 0}
    return f"{ROOT}/p/totalComment?{urlencode(asked)}"


def floor_url(tid: int, pid: int, page: int) -> str:
    """A page of the replies below one floor."""
    return f"{ROOT}/p/comment?{urlencode({'tid': tid, 'pid': pid, 'pn': page})}"


def tid_of(url: str) -> int | None:
    """The thread an address leads to; None for any other address."""
    found = _THREAD.search(url)
    return int(found[1]) if found else None


def asked_tid(given: str) -> int:
    """The thread an operator named by number, address or a thread's id; raises `UsageError` for neither."""
    given = given.removeprefix("tieba:t")
    if given.isascii() and given.isdecimal():
        return int(given)
    if (tid := tid_of(given)) is None:
        raise UsageError(f"{given!r} is not a thread; give its number or its address")
    return tid


def portrait_of(text: str | None) -> str | None:
    """The public key of an account, as it stands in links and fields; without the picture's time."""
    found = _PORTRAIT.search(text or "")
    return found[1] if found else None
