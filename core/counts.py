"""Counters as sites write them: 1.2万, 100万+, 345万次播放, 12.3k."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNIT = {
    "": 1,
    "千": 1_000,
    "k": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "w": 10_000,
    "m": 1_000_000,
    "亿": 100_000_000,
    "億": 100_000_000,
}
# A Latin unit is one only where no word goes on: "5 months" is 5, not five million.
_NUMBER = re.compile(
    r"(?P<minus>(?<![\w-])-)?(?P<number>\d[\d,，]*(?:\.\d+)?)?(?P<unit>[千万萬亿億]|[kwm](?![a-z])|)(?P<plus>[+＋]?)",
    re.IGNORECASE,
)
_LARGEST = 2**63 - 1  # what both stores can keep
# Sites show the button's label, or nothing, where nobody pressed it yet.
_ZERO_LABELS = frozenset({"", "转发", "轉發", "评论", "評論", "赞", "讚", "点赞", "回复", "收藏", "分享"})


@dataclass(frozen=True, slots=True)
class Count:
    """`value` is None when unknown; `capped` says the site cuts off there and the truth may be higher."""

    value: int | None
    capped: bool = False


_UNKNOWN = Count(None)
_ZERO = Count(0)


def read_count(raw: str | float | None, *, cap: int | None = None) -> Count:
    """The count a site means by `raw`; never raises.

    A label alone ("转发") or an empty string is 0, as sites show them for no presses; None, "--", a
    negative number or any other text without a number is unknown. Of several numbers the first counts.
    With `cap` (Weibo's ``display_text_min_number``) a value that reaches it is capped.
    """
    if raw is None or isinstance(raw, bool):
        return _UNKNOWN
    count = _of_text(raw) if isinstance(raw, str) else _of_number(raw, capped=False)
    if cap is not None and count.value is not None and count.value >= cap:
        return Count(count.value, capped=True)
    return count


def _of_text(raw: str) -> Count:
    text = raw.strip()
    if text.isdecimal() and len(text) < 19:
        return Count(int(text))
    if text in _ZERO_LABELS:
        return _ZERO
    for found in _NUMBER.finditer(text):
        number, unit, plus = found["number"], found["unit"].lower(), bool(found["plus"])
        if number:
            if found["minus"]:
                return _UNKNOWN
            digits = number.replace(",", "").replace("，", "")
            # Longer than any count there is: int() would be slow or refuse.
            value = float(digits) if "." in digits or len(digits) > 19 else int(digits)
            return _of_number(value * _UNIT[unit], capped=plus)
        if unit in {"千", "万", "萬", "亿", "億"} and plus:  # "万+" alone
            return Count(_UNIT[unit], capped=True)
    return _UNKNOWN


def _of_number(value: float, *, capped: bool) -> Count:
    if not 0 <= value <= _LARGEST:  # which is false of NaN, too
        return _UNKNOWN
    return Count(round(value), capped)
