"""The fields of the language: their names in English and Chinese, and how a value is read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.errors import QueryError
from core.models import Kind, Post
from core.texts import fold
from index.query.tree import After, Before, Equals, Node
from index.tokens import canonical

NAMES: dict[str, str] = {
    "platform": "平台",
    "kind": "类型",
    "author": "作者",
    "topic": "话题",
    "sentiment": "情感",
    "after": "晚于",
    "before": "早于",
}
_ALIASES = {chinese: english for english, chinese in NAMES.items()}

KINDS: dict[str, str] = {kind.value: kind.value for kind in Kind} | {
    "原创": "post",
    "转发": "repost",
    "评论": "comment",
    "主题": "thread",
    "主题帖": "thread",
    "回帖": "reply",
    "回复": "reply",
    "文章": "article",
}
SENTIMENTS: dict[str, str] = {
    "positive": "positive",
    "neutral": "neutral",
    "negative": "negative",
    "正面": "positive",
    "中性": "neutral",
    "负面": "negative",
}
_PLATFORMS = {"微博": "weibo"}

_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:(?:[Tt]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*([Zz]|[+-]\d{2}:?\d{2})?)?"
)
_YEARS = range(1900, 2200)  # outside them zones stop being meaningful


def field_named(name: str) -> str | None:
    """The field of this English or Chinese name, in any case."""
    lower = name.lower()
    return lower if lower in NAMES else _ALIASES.get(name)


def unknown_field(name: str, position: int, query: str) -> QueryError:
    """The error to raise for a ``name:`` that is no field."""
    near = difflib.get_close_matches(name.lower(), NAMES, n=1)
    known = ", ".join(NAMES)
    hint = f"did you mean {near[0]}: ?" if near else f"known are {known}."
    zh_hint = f"您是不是要写 {near[0]}: ？" if near else f"可用的有 {known}。"
    return QueryError(
        f"unknown field {name + ':'!r} at character {position + 1}; {hint}"
        " To search for the text itself, put it in quotes",
        position=position,
        query=query,
        zh=f"第 {position + 1} 个字符处的字段 {name}: 无法识别；{zh_hint} 如要搜索这段文字本身，请加引号",
    )


@lru_cache(maxsize=1 << 14)
def name_key(text: str) -> str:
    """The form in which author names and ids are compared."""
    return fold(text).strip().removeprefix("@")


@lru_cache(maxsize=1 << 14)
def topic_key(text: str) -> str:
    """The form in which topics are compared."""
    return canonical(text).strip("# ")


def author_keys(post: Post) -> tuple[str, ...]:
    """What `author:` compares with: the id and the name, where known."""
    author = post.author
    found = () if author is None else (author.id, author.name)
    return tuple(dict.fromkeys(key for text in found if text and (key := name_key(text))))


def topic_keys(post: Post) -> tuple[str, ...]:
    """What `topic:` compares with."""
    return tuple(dict.fromkeys(key for topic in post.topics if (key := topic_key(topic))))


@lru_cache(maxsize=1 << 14)
def plain_key(text: str) -> str:
    """The form in which other values are compared: folded, one space where there are several."""
    return canonical(text)


def read_field(field: str, value: str, position: int, query: str, zone: ZoneInfo) -> Node:
    """The node of ``field:value``; raises `QueryError`."""
    if field in ("after", "before"):
        moment = read_moment(value, zone)
        if moment is None:
            raise QueryError(
                f"{value!r} in {field}: at character {position + 1} is not a date;"
                " write 2026-11-01 or 2026-11-01T08:30+08:00",
                position=position,
                query=query,
                zh=f"第 {position + 1} 个字符处 {field}: 的 {value!r} 不是日期；"
                "请写 2026-11-01 或 2026-11-01T08:30+08:00",
            )
        return After(moment) if field == "after" else Before(moment)
    choices = {"kind": KINDS, "sentiment": SENTIMENTS}.get(field)
    if choices is not None:
        return Equals(field, _choice(field, value, choices, position, query))
    key = _READ[field](value)
    if not key:
        raise QueryError(
            f"{value!r} in {field}: at character {position + 1} holds nothing to look for",
            position=position,
            query=query,
            zh=f"第 {position + 1} 个字符处 {field}: 的 {value!r} 没有可查找的内容",
        )
    return Equals(field, key)


_READ: dict[str, Callable[[str], str]] = {
    "platform": lambda value: _PLATFORMS.get(plain_key(value), plain_key(value)),
    "author": name_key,
    "topic": topic_key,
}


def _choice(field: str, value: str, choices: dict[str, str], position: int, query: str) -> str:
    key = fold(value).strip()
    if key in choices:
        return choices[key]
    english = list(dict.fromkeys(choices.values()))
    near = difflib.get_close_matches(key, english, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise QueryError(
        f"{value!r} is no {field} (character {position + 1}); {hint}known are {', '.join(english)}",
        position=position,
        query=query,
        zh=f"第 {position + 1} 个字符处 {field}: 的取值 {value!r} 无法识别；可用的有 {'、'.join(choices)}",
    )


def read_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """The instant, in UTC, of a date (its first moment in `zone`) or a time; None when it is neither."""
    match = _DATE.fullmatch(fold(text).strip())
    if not match:
        return None
    year = int(match[1])
    month, day = next((int(match[i]), int(match[i + 1])) for i in (2, 4, 6, 8) if match[i])
    hour, minute, second = (int(part or 0) for part in match.group(10, 11, 12))
    micro = int((match[13] or "0").ljust(6, "0"))
    if year not in _YEARS:
        return None
    try:
        local = datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
        if match[14]:
            local = datetime.fromisoformat(local.replace(tzinfo=None).isoformat() + match[14].upper())
    except ValueError:
        return None
    return local.astimezone(UTC)
