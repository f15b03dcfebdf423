"""How the value of a field is read: choices, counts, days and spans of time."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.counts import read_count
from core.errors import QueryError
from core.project import Project
from core.texts import fold
from index.query.fields import Spot, id_key, name_key, plain_key, topic_key
from index.query.tree import After, Before, Equals, Node, Or, Prefix, Range, Word
from index.tokens import words

# Values of the fields that have few: what the posts hold, and its Chinese names, the first for showing.
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": {
        "post": ("原创",),
        "repost": ("转发",),
        "comment": ("评论",),
        "thread": ("主题帖", "主题"),
        "reply": ("回帖", "回复"),
        "article": ("文章",),
    },
    "verified": {
        "yes": ("是", "已认证"),
        "no": ("否", "未认证"),
        "person": ("个人",),
        "organisation": ("机构", "企业"),
        "expert": ("达人",),
    },
    "sentiment": {"positive": ("正面",), "neutral": ("中性",), "negative": ("负面",)},
    "emotion": {
        "angry": ("愤怒",),
        "fear": ("担忧", "恐惧"),
        "happy": ("高兴",),
        "neutral": ("平静",),
        "sad": ("难过", "悲伤"),
        "surprise": ("惊讶",),
    },
    "intent": {
        "aware": ("认知",),
        "interest": ("兴趣",),
        "purchase": ("购买",),
        "bought": ("已购",),
        "lost": ("流失",),
    },
    "voice": {
        "organic": ("网友",),
        "marketing": ("营销",),
        "media": ("媒体",),
        "fan": ("粉丝",),
        "spam": ("垃圾",),
    },
    "lang": {
        "zh": ("中文",),
        "zh-hant": ("繁体",),
        "yue": ("粤语",),
        "en": ("英文",),
        "ja": ("日文",),
        "ko": ("韩文",),
        "ug": ("维吾尔文",),
        "bo": ("藏文",),
        "mn": ("蒙古文",),
        "kk": ("哈萨克文",),
        "ii": ("彝文",),
        "za": ("壮文",),
        "ru": ("俄文",),
        "uk": ("乌克兰文",),
        "ar": ("阿拉伯文",),
        "fa": ("波斯文",),
        "ur": ("乌尔都文",),
        "hi": ("印地文",),
        "th": ("泰文",),
        "lo": ("老挝文",),
        "km": ("高棉文",),
        "my": ("缅甸文",),
        "vi": ("越南文",),
        "id": ("印尼文",),
        "es": ("西班牙文",),
        "fr": ("法文",),
        "de": ("德文",),
        "pt": ("葡萄牙文",),
        "it": ("意大利文",),
        "nl": ("荷兰文",),
        "tr": ("土耳其文",),
        "pl": ("波兰文",),
        "el": ("希腊文",),
        "he": ("希伯来文",),
        "und": ("不明",),
    },
    "has": {
        "link": ("链接",),
        "image": ("图片",),
        "video": ("视频",),
        "audio": ("音频",),
        "topic": ("话题",),
        "mention": ("提及",),
        "edit": ("修改",),
    },
    "gone": {
        "yes": ("是",),
        "author": ("作者删除",),
        "complaint": ("被投诉",),
        "account": ("账号注销",),
        "hidden": ("仅部分人可见",),
        "expired": ("超过展示期",),
        "blocked": ("被屏蔽",),
        "missing": ("原因不明",),
    },
}
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


# --- Choices -----------------------------------------------------------------------------------------


@cache
def _spellings(field: str) -> dict[str, str]:
    values = CHOICES[field]
    return {fold(name): value for value, names in values.items() for name in (value, *names)}


def choice(field: str, value: str, spot: Spot) -> str:
    """The value of a field with few; raises `QueryError` naming the nearest and all."""
    key, spellings = plain_key(value), _spellings(field)
    if key in spellings:
        return spellings[key]
    near = difflib.get_close_matches(key, spellings, n=1, cutoff=0.5)
    hint, zh_hint = (f"did you mean {near[0]}? ", f"您是不是要写 {near[0]}？ ") if near else ("", "")
    names = [name for some in CHOICES[field].values() for name in some]
    raise spot.error(
        f"{value!r} in {field}: at character {spot.number} is unknown; {hint}known are {', '.join(CHOICES[field])}",
        f"第 {spot.number} 个字符处 {field}: 的取值 {value!r} 无法识别；{zh_hint}可用的有 {'、'.join(names)}",
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
