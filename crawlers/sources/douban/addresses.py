"""The addresses of Douban's groups."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from core.errors import UsageError

ROOT = "https://www.douban.com"
PER_LIST = 25  # topics a list page holds
PER_TOPIC = 100  # replies a page of a topic holds
_TOPIC = re.compile(r"(?:/group/topic/|^douban:t)(\d+)")
_GROUP = re.compile(r"/group/([\w-]+)")
_PERSON = re.compile(r"/people/([\w.-]+)")


def list_url(group: str, page: int) -> str:
    """A page of a group's topics, those last answered first, from page 1."""
    return f"{ROOT}/group/{group}/discussion?start={(page - 1) * PER_LIST}&type=new"


def topic_url(topic: int, page: int = 1) -> str:
    """A page of a topic with a hundred of its replies, from page 1."""
    return f"{ROOT}/group/topic/{topic}/" + (f"?start={(page - 1) * PER_TOPIC}" if page > 1 else "")


def topic_of(url: str) -> int | None:
    """The topic an address leads to; None for any other address."""
    found = _TOPIC.search(url)
    return int(found[1]) if found else None


def asked_topic(given: str) -> int:
    """The topic an operator named by number, address or a post's id; raises `UsageError` for neither."""
    if given.isascii() and given.isdecimal():
        return int(given)
    if (topic := topic_of(given)) is None:
        raise UsageError(f"{given!r} is not a topic; give its number or its address")
    return topic


def asked_group(given: str) -> str:
    """The group an operator named by its name in addresses, or by its address."""
    found = _GROUP.search(urlsplit(given).path) if "/" in given else None
    return found[1] if found else given


def person_of(url: str) -> str | None:
    """Whom a link leads to: a number, or a name somebody gave to their page."""
    found = _PERSON.search(url)
    return found[1] if found else None
