"""What a feed of any format says of one article, before it becomes a post."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawlers.reading.unreadable import Unreadable

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NOBODY = {"admin", "administrator", "root", "editor", "webmaster", "匿名", "佚名", "未知", "小编", "noreply"}


class Problem(Unreadable):
    """Raised where a body is no feed; `name` is what coverage carries."""

    def __init__(self, name: str, detail: str) -> None:
        self.name = name
        super().__init__(f"{name}: {detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Fields as the feed wrote them, None where it wrote none; `date` is still text."""

    title: str
    html: str | None = None
    plain: str | None = None
    link: str | None = None
    guid: str | None = None
    date: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    media: tuple[str, ...] = ()


def clean_name(text: str | None) -> str | None:
    """A writer's name: ``a@b.example (张三)`` is 张三; a mere address or "admin" names nobody."""
    name = _EMAIL.sub("", text or "").strip(" \t\r\n()（）<>,;:：")
    name = re.sub(r"^(?:作者|记者|编辑|文|by)\s*[:：/|]?\s*(?=\S)", "", name, flags=re.IGNORECASE) or name
    return name if name and name.lower() not in _NOBODY else None
