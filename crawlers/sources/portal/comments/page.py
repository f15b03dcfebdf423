"""What a page of comments holds, in one shape for every API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.counts import read_count
from core.ids import post_id
from core.models import Author, Engagement, Kind, Post
from core.texts import html_to_text, mentions_of
from crawlers.sources.portal.lists import PARSER, read_moment
from crawlers.sources.portal.page import Thread

_PROVINCES = [
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
    "内蒙古",
    "广西",
    "西藏",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
]
_KEY = re.compile(r"[\w.-]{1,80}", re.ASCII)
_NOBODY = {"手机用户", "新浪网友", "网友", "匿名网友", "火星网友", "凤凰网友", "腾讯网友", "搜狐网友"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request of the walk: a step of the API, and where it stands."""

    step: str = "list"
    page: int = 1
    cursor: str = ""
    parent: str = ""  # the comment whose answers are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Comments that the site counts together: `of` is "" for the article's, or the comment they answer.

    `rows` is how many of `posts` are rows of their list, where some are only quoted here and come again.
    """

    posts: tuple[Post, ...]
    total: int | None = None
    of: str = ""
    rows: int | None = None
    withheld: int = 0  # rows the site shows without their words


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPage:
    """`asks` is what to ask next; `problem` is why the API answered with something else than comments."""

    parts: tuple[Part, ...] = ()
    asks: tuple[Ask, ...] = ()
    problem: str | None = None


Reader = Callable[[Any, Thread, Ask, int, datetime], CommentPage]
"""Document, thread, what was asked, comments a full page holds, time of fetching."""


def comment(
    thread: Thread,
    native: Any,
    *,
    text: Any,
    at: Any,
    fetched_at: datetime,
    parent: Any = None,
    confidence: float = 1.0,
    author: Author | None = None,
    place: Any = None,
    likes: Any = None,
    replies: Any = None,
    media: tuple[str, ...] = (),
) -> Post:
    """A comment; without a `parent` it answers the article."""
    words = html_to_text(str(text or ""))
    above = key_of(parent)
    return Post(
        id=comment_id(thread, native),
        platform="portal",
        kind=Kind.COMMENT,
        text=words,
        author=author,
        published_at=read_moment(at, now=fetched_at),
        root_id=thread.post_id,
        parent_id=comment_id(thread, above) if above else thread.post_id,
        parent_confidence=confidence,
        engagement=Engagement(likes=count_of(likes), comments=count_of(replies)),
        mentions=mentions_of(words),
        media=media,
        region=province_of(place),
        url=thread.ids.get("url"),
        fetched_at=fetched_at,
        parser_version=PARSER,
    )


def comment_id(thread: Thread, native: Any) -> str:
    return post_id("portal", thread.site, f"c{native}")


def author(thread: Thread, number: Any, name: Any) -> Author | None:
    """Who wrote it; None for a reader without account and name, whatever the site calls such a one."""
    uid, nick = key_of(number), text_of(name)
    if not uid and (not nick or nick in _NOBODY):
        return None
    return Author(id=post_id("portal", thread.site, uid) if uid else None, name=nick or None)


def rows_of(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; of anything else none."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def part_of(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text_of(value: Any) -> str:
    """An id or name as text; "" of 0, "0", null and what is no scalar, which all name nobody."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return "" if text in ("0", "None") else text


def key_of(value: Any) -> str:
    """An id as text; "" of what is none, which `text_of` might still be."""
    text = text_of(value)
    return text if _KEY.fullmatch(text) else ""


def count_of(value: Any) -> int | None:
    """A counter, also written as a string; None of anything else."""
    return read_count(value).value if isinstance(value, str | int) and value != "" else None


def province_of(place: Any) -> str | None:
    """江苏 of 江苏苏州, 湖南省株洲市 or IP属地：湖南; a place abroad as it stands."""
    if not isinstance(place, str):
        return None
    plain = place.strip().removeprefix("IP属地").lstrip("：: ").removeprefix("中国")
    return next((name for name in _PROVINCES if plain.startswith(name)), plain or None)


def single(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Each comment once, the first sighting of it."""
    found: dict[str, Post] = {}
    for post in posts:
        found.setdefault(post.id, post)
    return tuple(found.values())
