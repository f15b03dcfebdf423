"""The ways a site refuses, by name, and how to tell them: `classify` is a pure function of an answer.

The table follows what Weibo and the forum engines were seen to do; a name is what coverage and runs carry.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from scrapy.exceptions import IgnoreRequest

from core.project import Title
from crawlers.manners.standing import Rule
from crawlers.reading.unreadable import Unreadable, read_json


class Reaction(StrEnum):
    """What the crawl does at a block. `times` of the block bounds how often; after that its `then` holds."""

    RETRY = "retry"  # ask again
    RENEW = "renew"  # get a new visitor identity, then ask again
    SLOW = "slow"  # double the delay, rest, then ask again
    WAIT = "wait"  # rest as long as the site says, then ask again
    GIVE_UP = "give_up"  # this request only: recorded, never "no results"
    STOP_IDENTITY = "stop_identity"  # nothing more is asked as this identity
    STOP_SOURCE = "stop_source"  # nothing more is asked of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    name: str
    title: Title
    advice: Title
    reaction: Reaction
    times: int = 0  # tries before `then`, for retry, renew, slow and wait
    then: Reaction = Reaction.GIVE_UP
    standing: Rule | None = None  # what it does to the standing of the source, in this run and later ones

    @property
    def stops(self) -> bool:
        """Whether it can end as a stop, which makes the outcome of the run "blocked"."""
        stopping = (Reaction.STOP_IDENTITY, Reaction.STOP_SOURCE)
        return self.reaction in stopping or (self.times > 0 and self.then in stopping)

    @property
    def is_failure(self) -> bool:
        """Whether the site failed at the page, which is no refusal; several given up in a row are a sign."""
        return self.standing is not None and self.standing.in_a_row


class Refused(IgnoreRequest):
    """Raised inside the crawl for a request that a block keeps away; reaches the request's errback."""

    def __init__(self, block: Block) -> None:
        self.block = block
        super().__init__(block.name)


def _catalogue() -> dict[str, Block]:
    data = tomllib.loads((Path(__file__).parent / "blocks.toml").read_text("utf-8"))
    return {name: msgspec.convert({"name": name, **facts}, Block) for name, facts in data.items()}


BLOCKS: dict[str, Block] = _catalogue()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer is: a block or none, and its decoded JSON where JSON was expected and came."""

    block: Block | None
    document: Any = None


_LOGIN_HOSTS = ("passport.weibo.com", "passport.weibo.cn", "login.sina.com.cn", "passport.sina.cn")
_CAPTCHA_URL = re.compile(r"/captcha|passport\.weibo\.c(?:om|n)/verify|/antispam|security_verify")
_VISITOR_URL = re.compile(r"passport\.weibo\.c(?:om|n)/visitor|visitor\.passport\.weibo\.cn")
_LOGIN_URL = re.compile(r"(?:passport|login)\.(?:weibo|sina)\.[a-z.]+/|/login\.php|/sso/(?:signin|login)")
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_CAPTCHA_WORDS = ("安全验证", "验证码", "captcha")
_LOGIN_WORDS = ("请先登录", "请登录后", "微博通行证", "登录 - 新浪", "用户登录")
_BY_STATUS = {
    403: "forbidden",
    408: "server_error",
    414: "ip_blocked",
    418: "too_fast",
    429: "rate_limited",
    432: "visitor_required",
}


def classify(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    url: str,
    final_url: str | None = None,
    *,
    expects: str = "any",
) -> Block | None:
    """The block that an answer is, or None when it is what was asked for.

    `headers` have lower-case names; `expects` is ``json``, ``html`` or ``any``. An empty list, a dead post or
    a closed comment section is an answer, not a block.
    """
    return examine(status, headers, body, url, final_url, expects=expects).block


def examine(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    url: str,
    final_url: str | None = None,
    *,
    expects: str = "any",
) -> Verdict:
    """The same with the decoded JSON, so that nobody decodes it twice."""
    if 300 <= status < 400 and "location" in headers:
        return Verdict(BLOCKS[_by_location(headers["location"])])
    if named := _BY_STATUS.get(status):
        return Verdict(BLOCKS[named])
    if status == 503 and "retry-after" in headers:
        return Verdict(BLOCKS["busy"])
    if status >= 500:
        return Verdict(BLOCKS["server_error"])
    if final_url and final_url != url and (named := _by_final_url(url, final_url)):
        return Verdict(BLOCKS[named])
    if status >= 400:
        return Verdict(None)
    if expects == "json":
        return _json(body)
    if expects == "html" and body[:4096].lstrip()[:1] == b"<":
        return Verdict(_named(_by_title(body)))
    return Verdict(None)


def _named(name: str | None) -> Block | None:
    return BLOCKS[name] if name else None


def _by_location(location: str) -> str:
    if _CAPTCHA_URL.search(location):
        return "captcha"
    if _VISITOR_URL.search(location):
        return "visitor_required"
    if _LOGIN_URL.search(location):
        return "login_required"
    return "wrong_request" if "/sorry?" in location else "redirected"


def _by_final_url(url: str, final_url: str) -> str | None:
    """A followed redirect that ended at a wall; one that stayed on the way is no block."""
    asked, ended = urlsplit(url).hostname, urlsplit(final_url).hostname
    named = _by_location(final_url)
    if named != "redirected":
        return named if asked != ended or named != "visitor_required" else None
    return "login_required" if asked != ended and ended in _LOGIN_HOSTS else None


def _by_title(body: bytes) -> str | None:
    found = _TITLE.search(body[:8192])
    title = found.group(1).decode("utf-8", "replace").strip() if found else ""
    if "Sina Visitor System" in title:
        return "visitor_required"
    if any(word in title for word in _CAPTCHA_WORDS):
        return "captcha"
    if any(word in title for word in _LOGIN_WORDS):
        return "login_required"
    return None


def _json(body: bytes) -> Verdict:
    try:
        document = read_json(body)
    except Unreadable:
        return Verdict(BLOCKS[_unreadable(body)])
    if isinstance(document, dict) and document.get("ok") in (0, -100, "0", "-100"):
        return Verdict(_named(_refusal(document)), document)
    return Verdict(None, document)


def _unreadable(body: bytes) -> str:
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "empty_answer"
    if start[:1] in (b"{", b"["):
        return "truncated_json"
    return _by_title(body) or "not_json"


def _refusal(document: dict[str, Any]) -> str | None:
    """Weibo's envelope of a refusal: ok 0 or -100 with an address to go to or words to read."""
    address = str(document.get("url") or "")
    words = f"{document.get('msg') or ''}{document.get('message') or ''}"
    if _CAPTCHA_URL.search(address) or any(word in words for word in _CAPTCHA_WORDS):
        return "captcha"
    if any(word in words for word in _LOGIN_WORDS) or _LOGIN_URL.search(address):
        return "login_required"
    return "login_required" if document.get("ok") in (-100, "-100") else None
