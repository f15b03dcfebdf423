"""Times as sites write them: 刚刚, 5分钟前, 昨天 12:00, 10-11, 2026年11月21日 19:59, epochs."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo


class Precision(StrEnum):
    """How finely a time is known."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC; where only the day or month is known, its first instant in the site's zone."""

    at: datetime
    precision: Precision


def read_time(text: str | float | None, *, now: datetime, zone: ZoneInfo) -> Moment | None:
    """The time a site means by `text`, or None when it is none; never raises.

    `now` (aware) is when the page was fetched, `zone` the site's own zone. Reads relative times, dates
    with and without year (one more than a day ahead of `now` is last year's), ISO 8601, the English
    forms of Weibo and of feeds, and epochs in seconds, milliseconds or microseconds. What sites write
    around a time (发布于 before, a region or client after) is cut.
    """
    if text is None or isinstance(text, bool):
        return None
    try:
        if not isinstance(text, str):
            return _of_number(text, zone)
        line = text.strip()
        if len(line) == 19 and line[4] == line[7] == "-" and line[13] == line[16] == ":" and line.isascii():
            return _checked(datetime.fromisoformat(line).replace(tzinfo=zone), Precision.SECOND)  # most files
        if not (line[:4].isascii() and line[:4].isdecimal()):  # not already a plain date or epoch
            line = _LEAD.sub("", unicodedata.normalize("NFKC", line), count=1)
        elif not line.isascii():
            line = unicodedata.normalize("NFKC", line)
        for pattern, read in _FORMS:
            if found := pattern.match(line):
                return read(found, now.astimezone(zone))
    except (ValueError, OverflowError):  # the 31st of June, 25:00, ten million years ago
        pass
    return None


_YEARS = range(1970, 2101)
_AHEAD = timedelta(days=1)  # how far ahead of now a date without year may lie
_SKEW = timedelta(minutes=5)  # how far a bare clock time may, before it means yesterday
_LEAP_CYCLE = 8  # years between two 29ths of February, at most
_MONTHS = {
    "Jan": 1,
    "Feb": 2,
    "Mar": 3,
    "Apr": 4,
    "May": 5,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Oct": 10,
    "Nov": 11,
    "Dec": 12,
}
_DAYS_BACK = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_UNITS = {
    "秒": (timedelta(seconds=1), Precision.SECOND),
    "分": (timedelta(minutes=1), Precision.MINUTE),
    "时": (timedelta(hours=1), Precision.HOUR),
    "天": (timedelta(days=1), Precision.DAY),
    "周": (timedelta(weeks=1), Precision.DAY),
    "月": (timedelta(days=30), Precision.MONTH),
}

_LEAD = re.compile(
    r"(?:最后|最後)?(?:发布|发表|回复|编辑|更新|修改|创建|發布|發表|回覆|編輯)(?:时间|時間|于|於|在)?\s*:?\s*"
    r"|(?:时间|日期)\s*:\s*"
)
_TAIL = r"(?=$|\s|,|·|来自|发布|发表|编辑|更新|IP)"
_CLOCK = (
    r"(?P<half>凌晨|早上|上午|中午|下午|晚上)?\s*"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
)
_OFFSET = r"(?:\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_AT = rf"(?:\s*T?\s*{_CLOCK}{_OFFSET})?"


def _of_number(value: float, zone: tzinfo) -> Moment | None:
    if not math.isfinite(value):
        return None
    return _of_digits(str(int(value)), zone)


def _of_digits(digits: str, zone: tzinfo) -> Moment | None:
    """Epochs by their number of digits, and dates written without separators."""
    match len(digits):
        case 10 | 13 | 16:
            seconds, rest = int(digits[:10]), int(digits[10:].ljust(6, "0"))
            at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
            return Moment(at, Precision.SECOND)
        case 8 | 12 | 14:
            parts = (int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits), 2)))
            precision = {3: Precision.DAY, 5: Precision.MINUTE, 6: Precision.SECOND}[len(parts)]
            return _checked(datetime(*parts, tzinfo=zone), precision)  # type: ignore[arg-type, misc]
    return None


def _checked(at: datetime, precision: Precision) -> Moment | None:
    return Moment(at.astimezone(UTC), precision) if at.year in _YEARS else None


def _on(day: date, clock: re.Match[str] | None, zone: tzinfo) -> Moment | None:
    """A day, with the clock time of a match that may hold one."""
    if clock is None or clock["hour"] is None:
        return _checked(datetime.combine(day, time(), zone), Precision.DAY)
    at = datetime.combine(day, _clock(clock), _offset(clock["offset"]) or zone)
    return _checked(at, Precision.MINUTE if clock["second"] is None else Precision.SECOND)


def _clock(found: re.Match[str]) -> time:
    hour, half = int(found["hour"]), found["half"]
    if (half in {"下午", "晚上"} and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    return time(hour, int(found["minute"]), int(found["second"] or 0))


def _offset(written: str | None) -> tzinfo | None:
    if written is None:
        return None
    if written[0] not in "+-":
        return UTC
    ahead = timedelta(hours=int(written[1:3]), minutes=int(written[-2:]))
    return timezone(-ahead if written[0] == "-" else ahead)


def _dated(found: re.Match[str], now: datetime) -> Moment | None:
    day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    return _on(day, found, now.tzinfo or UTC)


def _english(found: re.Match[str], now: datetime) -> Moment | None:
    month = _MONTHS.get(found["month"])
    if month is None:
        return None
    return _on(date(int(found["year"]), month, int(found["day"])), found, now.tzinfo or UTC)


def _monthly(found: re.Match[str], now: datetime) -> Moment | None:
    return _checked(datetime(int(found["year"]), int(found["month"]), 1, tzinfo=now.tzinfo), Precision.MONTH)


def _yearless(found: re.Match[str], now: datetime) -> Moment | None:
    for year in range(now.year, now.year - _LEAP_CYCLE - 1, -1):
        try:
            day = date(year, int(found["month"]), int(found["day"]))
        except ValueError:  # a 29th of February in a common year
            continue
        moment = _on(day, found, now.tzinfo or UTC)
        if moment is not None and moment.at <= now + _AHEAD:
            return moment
    return None


def _days_back(found: re.Match[str], now: datetime) -> Moment | None:
    day = now.date() - timedelta(days=_DAYS_BACK[found["word"]])
    return _on(day, found, now.tzinfo or UTC)


def _clock_only(found: re.Match[str], now: datetime) -> Moment | None:
    moment = _on(now.date(), found, now.tzinfo or UTC)
    if moment is not None and moment.at > now + _SKEW:
        return _on(now.date() - timedelta(days=1), found, now.tzinfo or UTC)
    return moment


def _ago(found: re.Match[str], now: datetime) -> Moment | None:
    step, precision = _UNITS[found["unit"][-1]]
    if found["n"] == "半":
        return _checked(now - step / 2, Precision.MINUTE)
    return _checked(now - int(found["n"]) * step, precision)


def _just_now(_: re.Match[str], now: datetime) -> Moment | None:
    return _checked(now, Precision.MINUTE)


def _digits(found: re.Match[str], now: datetime) -> Moment | None:
    return _of_digits(found["digits"], now.tzinfo or UTC)


_Reader = Callable[[re.Match[str], datetime], Moment | None]
_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_MONTH_NAME, _DAY_NAME = r"(?P<month>[A-Z][a-z]{2})", r"[A-Z][a-z]{2,8}"
# Tried in this order; the first pattern that matches decides.
_FORMS: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern, re.ASCII), read)
    for pattern, read in (
        (rf"{_YEAR}([-/.]){_MONTH}\2{_DAY}{_AT}{_TAIL}", _dated),
        (rf"{_DAY_NAME} {_MONTH_NAME} +{_DAY} {_CLOCK}{_OFFSET} {_YEAR}$", _english),
        (rf"(?:刚刚|刚才|剛剛|几秒前){_TAIL}", _just_now),
        (rf"(?P<n>\d+|半)\s*个?(?P<unit>秒|分|小时|天|周|月)钟?(?:之|以)?前{_TAIL}", _ago),
        (rf"(?P<word>今天|今日|昨天|昨日|前天){_AT}{_TAIL}", _days_back),
        (rf"{_MONTH}[-/]{_DAY}{_AT}{_TAIL}", _yearless),
        (rf"{_MONTH}月{_DAY}[日号]?{_AT}{_TAIL}", _yearless),
        (rf"{_YEAR}年{_MONTH}月{_DAY}[日号]?{_AT}{_TAIL}", _dated),
        (rf"{_YEAR}(?:[-/]|年){_MONTH}月?{_TAIL}", _monthly),
        (rf"{_CLOCK}{_OFFSET}{_TAIL}", _clock_only),
        (rf"(?:{_DAY_NAME}, *)?{_DAY} {_MONTH_NAME} {_YEAR} {_CLOCK}{_OFFSET}$", _english),
        (r"(?P<digits>\d{8}|\d{10}|\d{12,14}|\d{16})(?:\.\d+)?$", _digits),
    )
)
