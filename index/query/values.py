"""How the value of a field is read: choices, counts, days and spans of time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.counts import read_count
from core.errors import QueryError
from core.project import Project
from core.texts import fold
from index.query.choices import CHOICES, choice
from index.query.fields import Spot, id_key, name_key, plain_key, topic_key
from index.query.tree import After, Before, Equals, Node, Or, Prefix, Range, Word
from index.tokens import words

_PLATFORMS = {"微博": "weibo"}


def read_value(field: str, value: str, spot: Spot, project: Project, now: datetime | None) -> Node:
    """The node of ``field:value`` for the fields that name no entry of the project; raises `QueryError`."""
    if field in CHOICES:
        return Equals(field, choice(field, value, spot))
    if field in ("after", "before"):
        return _moment(field, value, spot, project.zone)
    if field == "within":
        return _within(value, spot, now)
    if field == "aspect":
        return _aspect(value, spot, project)
    if field == "w":
        return _word(value, spot)
    if field in ("id", "thread", "root", "duplicate"):
        return _id(field, value, spot)
    key = _KEYS.get(field, plain_key)(value)
    if not key:
        raise _empty(field, value, spot)
    return Equals(field, key)


def _host(value: str) -> str:
    """The host of an address, or of what is one without its scheme."""
    key = plain_key(value)
    try:
        host = urlsplit(key if "//" in key else f"//{key}").hostname or ""
    except ValueError:  # a bracket that is no IPv6 address
        return key
    return host.removeprefix("www.")


_KEYS: dict[str, Callable[[str], str]] = {
    "platform": lambda value: _PLATFORMS.get(plain_key(value), plain_key(value)),
    "source": _host,
    "author": name_key,
    "topic": topic_key,
}


def _empty(field: str, value: str, spot: Spot) -> QueryError:
    return spot.error(
        f"{value!r} in {field}: at character {spot.number} holds nothing to look for; write a word",
        f"第 {spot.number} 个字符处 {field}: 的 {value!r} 没有可查找的内容；请写一个词",
    )


def _aspect(value: str, spot: Spot, project: Project) -> Node:
    """``刹车`` or ``刹车:negative``; a pack's aspect by its title in either language too."""
    name, colon, polarity = (part.strip() for part in plain_key(value).partition(":"))
    if not name:
        raise _empty("aspect", value, spot)
    how = f":{choice('sentiment', polarity, spot)}" if colon else ""
    asked = tuple(Equals("aspect", each + how) for each in project.aspects_called(name) or (name,))
    return asked[0] if len(asked) == 1 else Or(asked)


def _id(field: str, value: str, spot: Spot) -> Node:
    key = id_key(value)
    if ":" not in key:
        folded = ", or folded to show one post of each group" if field == "duplicate" else ""
        zh_folded = "；或写 folded，每组只显示一帖" if field == "duplicate" else ""
        raise spot.error(
            f"{value!r} in {field}: at character {spot.number} is no id;"
            f" write the platform with it, as weibo:4900000000000000{folded}",
            f"第 {spot.number} 个字符处 {field}: 的 {value!r} 不是 id；"
            f"请连平台一起写，如 weibo:4900000000000000{zh_folded}",
        )
    if field in ("thread", "root"):  # the first post belongs to what it began
        return Or((Equals(field, key), Equals("id", key)))
    return Equals(field, key)


# --- Words -------------------------------------------------------------------------------------------


def _word(value: str, spot: Spot) -> Word:
    spelled = tuple(words(value.split()).split())
    if not spelled:
        raise _empty("w", value, spot)
    if value.rstrip().endswith(("*", "＊")):
        start = value.rstrip("*＊ ")
        raise spot.error(
            f"w:{value} at character {spot.number} is both a whole word and a beginning; write {start}*",
            f"第 {spot.number} 个字符处的 w:{value} 既是整词又是词头；请写 {start}*",
        )
    return Word(spelled)


def read_prefix(text: str, spot: Spot) -> Prefix:
    """The node of ``text*``."""
    start = words([text.rstrip("*＊")])
    if not start:
        raise spot.error(
            f"{text} at character {spot.number} begins with nothing; write letters before the star",
            f"第 {spot.number} 个字符处的 {text} 没有词头；请在星号前写上文字",
        )
    return Prefix(start)


# --- Counts ------------------------------------------------------------------------------------------

_UNITS = "[千万萬亿億kwm]"
_AMOUNT = re.compile(rf"\d[\d,]*(?:\.\d+(?={_UNITS}))?{_UNITS}?")
_COMPARED = re.compile(r"(>=|<=|=>|=<|≥|≤|>|<|=)?\s*(.*)")


def read_range(field: str, value: str, spot: Spot) -> Range:
    """``100``, ``>100``, ``>=1万``, ``<5k``, ``100..500``, ``100..``; raises `QueryError`."""
    text = fold(value).replace("...", "..").strip()
    match = _COMPARED.fullmatch(text)
    sign, rest = (match[1] or "", match[2]) if match else ("", text)
    low_text, dots, high_text = rest.partition("..")
    if dots:
        low, high = _amount(low_text), _amount(high_text)
        wrong = bool(sign) or not (low_text or high_text) or (low is None and low_text.strip() != "")
        if wrong or (high is None and high_text.strip() != ""):
            raise _no_count(field, value, spot)
    else:
        amount = _amount(rest)
        if amount is None:
            raise _no_count(field, value, spot)
        low, high = {
            ">": (amount + 1, None),
            "<": (None, amount - 1),
            ">=": (amount, None),
            "=>": (amount, None),
            "≥": (amount, None),
            "<=": (None, amount),
            "=<": (None, amount),
            "≤": (None, amount),
        }.get(sign, (amount, amount))
    if high is not None and high < (low or 0):
        raise spot.error(
            f"no number is in {field}:{value} at character {spot.number}; write the smaller one first",
            f"第 {spot.number} 个字符处的 {field}:{value} 里没有任何数；请把小的写在前面",
        )
    return Range(field, low, high)


def _amount(text: str) -> int | None:
    return read_count(text.strip()).value if _AMOUNT.fullmatch(text.strip()) else None


def _no_count(field: str, value: str, spot: Spot) -> QueryError:
    return spot.error(
        f"{value!r} in {field}: at character {spot.number} is no count; write 100, >100, >=1万 or 100..500",
        f"第 {spot.number} 个字符处 {field}: 的 {value!r} 不是数量；请写 100、>100、>=1万 或 100..500",
    )


# --- Times -------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:(?:[Tt]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*([Zz]|[+-]\d{2}:?\d{2})?)?"
)
_YEARS = range(1900, 2200)  # outside them zones stop being meaningful
_SPAN = re.compile(r"(\d{1,6})\s*(h|d|w|个?小时|天|日|周|个?星期)")
_HOURS = {"h": 1, "小时": 1, "d": 24, "天": 24, "日": 24, "w": 168, "周": 168, "星期": 168}


def _moment(field: str, value: str, spot: Spot, zone: ZoneInfo) -> After | Before:
    moment = read_moment(value, zone)
    if moment is None:
        raise spot.error(
            f"{value!r} in {field}: at character {spot.number} is not a date;"
            " write 2026-11-01 or 2026-11-01T08:30+08:00",
            f"第 {spot.number} 个字符处 {field}: 的 {value!r} 不是日期；"
            "请写 2026-11-01 或 2026-11-01T08:30+08:00",
        )
    return After(moment) if field == "after" else Before(moment)


def _within(value: str, spot: Spot, now: datetime | None) -> After:
    match = _SPAN.fullmatch(fold(value).strip())
    if match is None:
        raise spot.error(
            f"{value!r} in within: at character {spot.number} is no span of time; write 24h, 7d or 2w",
            f"第 {spot.number} 个字符处 within: 的 {value!r} 不是时间长度；请写 24小时、7天 或 2周",
        )
    if now is None:
        raise spot.error(
            f"within: at character {spot.number} moves with the clock and cannot stand here;"
            " write a day, as after:2026-11-01",
            f"第 {spot.number} 个字符处的 within: 随时间变动，这里不能用；请写日期，如 after:2026-11-01",
        )
    since = now - timedelta(hours=min(int(match[1]) * _HOURS[match[2].removeprefix("个")], 100 * 365 * 24))
    return After(since.astimezone(UTC).replace(second=0, microsecond=0))  # the same for a page's questions


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
