"""Accounts: the profile of m.weibo.cn and weibo.com, and the cookies of a visitor."""

from __future__ import annotations

import re
from typing import Any

from core.models import Author
from crawlers.reading.unreadable import Unreadable, read_json
from crawlers.sources.weibo.parse.fields import read_author

_JSONP = re.compile(rb"\{.*\}", re.DOTALL)
_ISSUED = 20_000_000


def parse_profile(document: Any) -> Author | None:
    """The account of ``100505{uid}`` (``data.userInfo``) or ``profile/info`` (``data.user``)."""
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        return None
    return read_author(data.get("userInfo") or data.get("user"))


def parse_visitor(body: bytes) -> dict[str, str]:
    """SUB and SUBP of a ``genvisitor2`` answer (JSONP); empty when the site issued none."""
    found = _JSONP.search(body)
    if found is None:
        return {}
    try:
        answer = read_json(found.group())
    except Unreadable:
        return {}
    data = answer.get("data") if isinstance(answer, dict) and answer.get("retcode") == _ISSUED else None
    if not isinstance(data, dict):
        return {}
    cookies = {"SUB": data.get("sub"), "SUBP": data.get("subp")}
    return {name: value for name, value in cookies.items() if isinstance(value, str) and value}
