"""One cell to one value; what cannot be read says so without repeating it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from core.counts import Count, read_count
from core.imports.columns import plain, value_named
from core.models import Kind
from core.texts import html_to_text
from core.times import read_time

_BLANKS = frozenset({"", "-", "--", "—", "n/a", "na", "null", "none", "nan", "未知", "暂无", "无"})
_ERROR_CELLS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+\d{2}")
_PLATFORM = re.compile(r"[^\s:/]{1,32}")
_REGION_LEAD = re.compile(r"^(?:发布于|来自|IP属地)[:： ]*", re.IGNORECASE)
_ORIGINAL = {
    "true": True,
    "1": True,
    "是": True,
    "原创": True,
    "yes": True,
    "false": False,
    "0": False,
    "否": False,
    "转发": False,
    "no": False,
}


class CellError(Exception):
    """A cell that cannot be read; the message is the reason and holds nothing of the cell."""


def filled(value: Any) -> Any:
    """`value`, trimmed; None where the cell is empty."""
    if isinstance(value, str):
        value = value.strip()
        if value in _ERROR_CELLS:
            raise CellError("holds an Excel error")
        return value or None
    return None if isinstance(value, float) and value != value else value


def known(value: Any) -> Any:
    """The same, and None where the cell says that nothing is known ("--", "暂无")."""
    value = filled(value)
    # the longest of those words has four letters
    return None if isinstance(value, str) and len(value) <= 4 and value.lower() in _BLANKS else value


def read_words(value: Any) -> str:
    """A text or name."""
    if not isinstance(value, str):
        raise CellError("is no text")
    return value


def read_label(value: Any) -> str:
    """A word that a workbook may have taken for a number."""
    return (
        str(_whole(value))
        if isinstance(value, int | float) and not isinstance(value, bool)
        else read_words(value)
    )


def read_client(value: Any) -> str:
    """The name of a program, which some write as the link that their site makes of it."""
    return html_to_text(read_label(value))


def read_region(value: Any) -> str | None:
    """A region without what sites write before it."""
    return _REGION_LEAD.sub("", read_words(value)) or None


def read_native(value: Any) -> str:
    """An id: digits that Excel turned into ``4.80E+15`` are lost, and said to be."""
    native = read_label(value)
    if _SCIENTIFIC.fullmatch(native):
        raise CellError("lost its digits in Excel; make the column text before saving")
    return native


def read_platform(value: Any) -> str:
    """The platform's name as ids begin with it, from that or from what people call it."""
    word = read_words(value)
    platform = value_named("platform", word) or word.lower()
    if not _PLATFORM.fullmatch(platform):
        raise CellError("is no platform's name; write one word, such as weibo")
    return platform


def read_kind(value: Any) -> Kind:
    """The kind of a post, in English or Chinese."""
    kind = value_named("kind", value) if isinstance(value, str) else None
    if kind is None:
        raise CellError(f"is none of {', '.join(Kind)}")
    return Kind(kind)


def read_verified_type(value: Any) -> int:
    """Weibo's code, from the code or its meaning."""
    word = str(value)
    code = word if word.removeprefix("-").isdecimal() else value_named("verified_type", word)
    if code is None or len(code) > 4:
        raise CellError("is no verified type; write Weibo's code, -1 where there is none")
    return int(code)


def read_counter(value: Any) -> Count:
    """A count; unknown where the site itself shows none."""
    if type(value) is int and 0 <= value < 2**63:
        return Count(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise CellError("is no count")
    count = read_count(value)
    if count.value is None and isinstance(value, str) and not value.lstrip("-").isdecimal():
        raise CellError("is no count")
    return count


def read_share(value: Any) -> float:
    """A number from 0 to 1."""
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 <= share <= 1:
        raise CellError("is no number from 0 to 1")
    return share


def list_reader(separators: str) -> Callable[[Any], tuple[str, ...]]:
    """What reads texts from a JSON list, or from one text with any of these signs between them."""
    signs = re.compile(f"[{re.escape(separators)}]")

    def read(value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            if not value.startswith("["):
                return tuple([part.strip() for part in signs.split(value) if part.strip()])
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise CellError("is no list of texts") from None
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise CellError("is no list of texts")
        return tuple([part for part in map(str.strip, value) if part])

    return read


def topics_reader(separators: str) -> Callable[[Any], tuple[str, ...]]:
    """The same, without the signs around a topic."""
    read = list_reader(separators)
    return lambda value: tuple([topic.strip("#") for topic in read(value)])


def read_links(value: Any) -> int:
    """How many links there are, in a list or in one text however they are parted."""
    if isinstance(value, list):
        return len([part for part in value if part])
    return max(1, read_words(value).count("://"))


def translating(words: Mapping[str, str], read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What reads a cell after putting another word for those in `words`, which are written as `plain` does."""
    return lambda value: read(words.get(plain(value), value) if isinstance(value, str) else value)


def prefixing(prefix: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What reads a cell and puts a prefix before its text; "0" stays, which means none."""
    return lambda value: text if (text := str(read(value))) == "0" else prefix + text


def chain_reader(own: str, name: str, original: str) -> Callable[[str], str]:
    """What turns a repost written with labels (转发理由, 原始用户, 转发内容) into Weibo's own chain ``words//@name:words``."""
    labelled = re.compile(
        rf"(?:{own}[:：]\s*)?(?P<own>.*?)\s*\n\s*{name}[:：]\s*(?P<name>\S.*?)\s*\n\s*{original}[:：]\s*(?P<words>.*)",
        re.DOTALL,
    )

    def read(text: str) -> str:
        found = labelled.fullmatch(text)
        return f"{found['own']}//@{found['name']}:{found['words']}" if found else text

    return read


def read_original(value: Any) -> bool:
    """Whether a post reposts no other."""
    original = _ORIGINAL.get(str(value).strip().lower())
    if original is None:
        raise CellError("is neither yes nor no")
    return original


def moment_reader(now: datetime, zone: ZoneInfo) -> Callable[[Any], datetime]:
    """What reads a time in this zone; relative ones (3小时前) count from `now`."""

    def read(value: Any) -> datetime:
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
        if isinstance(value, date):
            return datetime.combine(value, time(), zone).astimezone(UTC)
        moment = read_time(value, now=now, zone=zone) if isinstance(value, str | int | float) else None
        if moment is None:
            raise CellError("is no time that can be read")
        return moment.at

    return read


def _whole(value: float) -> float:
    return int(value) if isinstance(value, float) and value.is_integer() else value
