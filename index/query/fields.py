"""The fields of the language: their names in English and Chinese, and the forms in which values are compared."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from core.errors import QueryError
from core.models import Post
from core.texts import fold
from index.tokens import canonical

NAMES: dict[str, str] = {
    "w": "整词",
    "platform": "平台",
    "kind": "类型",
    "source": "站点",
    "author": "作者",
    "list": "名单",
    "followers": "粉丝数",
    "verified": "认证",
    "region": "地区",
    "client": "客户端",
    "brand": "品牌",
    "product": "产品",
    "aspect": "属性",
    "sentiment": "情感",
    "emotion": "情绪",
    "intent": "意向",
    "voice": "声音",
    "topic": "话题",
    "keyword": "关键词",
    "tag": "标签",
    "lang": "语言",
    "has": "带有",
    "gone": "已消失",
    "likes": "点赞数",
    "reposts": "转发数",
    "comments": "评论数",
    "views": "浏览数",
    "engagement": "互动数",
    "after": "晚于",
    "before": "早于",
    "within": "最近",
    "id": "编号",
    "thread": "主题帖",
    "root": "原帖",
    "duplicate": "重复",
    "saved": "已存",
}
NUMBERS = ("followers", "likes", "reposts", "comments", "views", "engagement")
_ALIASES = {chinese: english for english, chinese in NAMES.items()}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a query, to say there what is wrong."""

    query: str
    position: int

    @property
    def number(self) -> int:
        """The character, counted from 1 as people count."""
        return self.position + 1

    def error(self, message: str, zh: str) -> QueryError:
        return QueryError(message, position=self.position, query=self.query, zh=zh)


def field_named(name: str) -> str | None:
    """The field of this English or Chinese name, in any case."""
    lower = name.lower()
    return lower if lower in NAMES else _ALIASES.get(name)


def unknown_field(name: str, spot: Spot) -> QueryError:
    """The error to raise for a ``name:`` that is no field."""
    near = difflib.get_close_matches(name.lower(), NAMES, n=1)
    known = ", ".join(NAMES)
    hint = f"did you mean {near[0]}: ?" if near else f"known are {known}."
    zh_hint = f"您是不是要写 {near[0]}: ？" if near else f"可用的有 {known}。"
    return spot.error(
        f"unknown field {name + ':'!r} at character {spot.number}; {hint}"
        " To search for the text itself, put it in quotes",
        f"第 {spot.number} 个字符处的字段 {name}: 无法识别；{zh_hint} 如要搜索这段文字本身，请加引号",
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


_COLON = re.compile(r"^(\w+)：")


def id_key(text: str) -> str:
    """An id as typed, its first colon in half width."""
    return _COLON.sub(r"\1:", text.strip())
