"""Spider arguments: declared in ``source.toml``, given as text, read to typed values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.errors import UsageError
from core.project import Title

ArgumentKind = Literal["text", "texts", "number", "flag", "moment", "file", "choices"]
Cadence = Literal["hot", "keyword", "timeline", "forum", "feed", "post"]

ZONE = ZoneInfo("Asia/Shanghai")
_BACK = re.compile(r"(?P<number>\d{1,4})\s*(?P<unit>[hdw]|小时|天|周)")
_SPANS = {
    "h": timedelta(hours=1),
    "小时": timedelta(hours=1),
    "d": timedelta(days=1),
    "天": timedelta(days=1),
    "w": timedelta(weeks=1),
    "周": timedelta(weeks=1),
}
LAST = ("last", "上次")  # a moment: where the last good crawl of the same question began
_YES = {"1", "true", "yes", "on", "是"}
_NO = {"0", "false", "no", "off", "否", ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a spider. A `personal` one (account ids) is pseudonymised in the run's record.

    One with a `cadence` names what is asked, not how: each of its values is a job of its own in the schedule,
    asked at the rhythm of that kind.
    """

    help: Title
    kind: ArgumentKind = "text"
    choices: tuple[str, ...] = ()
    personal: bool = False
    cadence: Cadence | None = None


def read_arguments(
    declared: Mapping[str, Argument], given: Mapping[str, Any], *, source: str, now: datetime
) -> dict[str, Any]:
    """Typed values of the arguments given to `source`, by name; relative moments count back from `now`.

    ``last`` for a moment is left out. text → str, texts and choices → tuple[str, ...], number → int, flag → bool, moment → aware UTC datetime,
    file → Path of a readable file. Raises `UsageError` naming the wrong argument and what is accepted.
    """
    values: dict[str, Any] = {}
    for name, raw in given.items():
        argument = declared.get(name)
        if argument is None:
            raise UsageError(_unknown(source, declared, name))
        if argument.kind == "moment" and text_of(raw) in LAST:
            continue  # a crawl's own question knows when that was
        values[name] = _read(name, argument, raw, now)
    return values


def text_of(raw: Any) -> str:
    """An argument's value as text; several have ``;`` between them."""
    return ";".join(str(part) for part in raw) if isinstance(raw, list | tuple) else str(raw).strip()


def shown(argument: Argument | None, raw: Any, zone: tzinfo) -> str:
    """A given value as people read it: a moment in `zone`, anything else as it was given."""
    text = text_of(raw)
    if argument is None or argument.kind != "moment":
        return text
    try:
        return f"{_moment(text).astimezone(zone):%Y-%m-%d %H:%M}"
    except ValueError:  # 30d, last
        return text


def _unknown(source: str, declared: Mapping[str, Argument], name: str) -> str:
    close = difflib.get_close_matches(name, declared, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    known = ", ".join(declared) or "none"
    return f"source {source} has no argument {name!r}; {hint}known are {known}"


def _read(name: str, argument: Argument, raw: Any, now: datetime) -> Any:
    text = text_of(raw)
    match argument.kind:
        case "text":
            return text
        case "texts":
            return _texts(name, text)
        case "choices":
            return _choices(name, argument, text)
        case "number":
            return _number(name, text)
        case "flag":
            return _flag(name, text)
        case "moment":
            return read_moment(name, text, now=now)
        case "file":
            return _file(name, text)


def _texts(name: str, text: str) -> tuple[str, ...]:
    """Values between ``;``, or the lines of the file that ``@path`` names (``#!`` starts a remark)."""
    if text.startswith("@"):
        lines = _file(name, text[1:]).read_text("utf-8-sig").splitlines()
        parts = [line for line in lines if not line.startswith("#!")]
    else:
        parts = re.split(r"[;；\n]", text)
    found = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if not found:
        raise UsageError(f"argument {name} is empty; give one value or several with ';' between them")
    return found


def _choices(name: str, argument: Argument, text: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(part.strip() for part in re.split(r"[,;，；]", text) if part.strip()))
    for choice in chosen:
        if choice not in argument.choices:
            raise UsageError(
                f"argument {name} does not know {choice!r}; choose of {', '.join(argument.choices)}"
            )
    return chosen


def _number(name: str, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise UsageError(f"argument {name} wants a whole number from 0, not {text!r}")
    return number


def _flag(name: str, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise UsageError(f"argument {name} wants true or false, not {text!r}")


def is_span(text: str) -> bool:
    """Whether a moment is told as a span back from now: ``30d``."""
    return _BACK.fullmatch(text) is not None


def read_moment(name: str, text: str, *, now: datetime) -> datetime:
    """An aware UTC time of ``2026-11-21``, an ISO time, or a span back from `now`: ``30d``, ``12h``, ``4w``, ``7天``.

    A time without a zone is taken in Asia/Shanghai.
    """
    if back := _BACK.fullmatch(text):
        return now - int(back["number"]) * _SPANS[back["unit"]]
    try:
        return _moment(text)
    except ValueError:
        raise UsageError(
            f"argument {name} wants a date like 2026-11-21, a time like 2026-11-21T09:00, a span like 30d "
            f"or the word last, not {text!r}"
        ) from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


def _file(name: str, text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise UsageError(f"argument {name} names {text!r}, which is not a file")
    return path
