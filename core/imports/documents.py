"""Records out of JSON text: one object a line, one list, or an object around a list; never more than a record in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

_CHUNK = 1 << 16  # characters
_LARGEST = 1 << 26  # characters of one record; more means that a bracket is never closed
_BLANK = re.compile(r"[ \t\r\n\ufeff]*")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_MARK = re.compile(r'["{}\[\]]')
_PLAIN = re.compile(r"[^\s,\]}{\[\":]+")
_CUT = "the list breaks off or is broken here; nothing after it can be read"


class Found(NamedTuple):
    """One record's text and the line it begins in; `fault` says why there is none."""

    line: int
    text: str
    fault: str | None = None


class Members(NamedTuple):
    """What stands beside the list in its object, by dotted name, and the records of the list."""

    beside: dict[str, Any]
    records: Iterator[Found]


def loosely_decoded(text: str) -> Any:
    """As Python reads JSON: NaN and half characters, which broken exports have, are let through; None for no JSON."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def records_in(read: Callable[[int], str]) -> Members:
    """The records of a document that is a list, or an object with a list of objects in it.

    `read` gives so many further characters, none at the end. What stands before the list in its object belongs to
    every record: its parts are told by dotted names (``user.id``). A document without such a list has no records.
    """
    text = _Text(read)
    if text.peek() == "[":
        return Members({}, _elements(text))
    beside: dict[str, Any] = {}
    text.skip()
    while text.peek() == '"':
        name = str(loosely_decoded(text.value()))
        if text.peek() != ":":
            break
        text.skip()
        if text.peek() == "[" and text.holds_objects():
            return Members(beside, _elements(text))
        value = loosely_decoded(text.value())
        parts = value.items() if isinstance(value, dict) else ()
        beside.update((f"{name}.{key}", part) for key, part in parts if not isinstance(part, dict | list))
        if text.peek() == ",":
            text.skip()
    return Members(beside, iter(()))


def _elements(text: _Text) -> Iterator[Found]:
    text.skip()
    while (sign := text.peek()) != "]":
        line = text.line
        value = text.value() if sign not in {"", "}", ":", ","} else ""
        if not value:
            yield Found(line, "", _CUT)
            return
        yield Found(line, value)
        if text.peek() == ",":
            text.skip()


class _Text:
    """A window on the text that moves on and counts lines."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._window = ""
        self._at = 0
        self.line = 1

    def peek(self) -> str:
        """The next sign that is no blank, "" at the end."""
        while True:
            self._take(_BLANK.match(self._window, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        self._take(self._at + 1)

    def holds_objects(self) -> bool:
        """Whether the list that begins here has an object for its first element."""
        while True:
            inner = _BLANK.match(self._window, self._at + 1).end()  # type: ignore[union-attr]
            if inner < len(self._window):
                return self._window[inner] == "{"
            if not self._more():
                return False

    def value(self) -> str:
        """The text of the value that begins here; "" where the text ends before it does."""
        sign = self.peek()
        end = self._end_of_nested() if sign in "{[" else self._end_of(_STRING if sign == '"' else _PLAIN)
        found = self._window[self._at : end]
        self._take(end)
        return found

    def _end_of(self, pattern: re.Pattern[str]) -> int:
        while True:
            found = pattern.match(self._window, self._at)
            if found and (found.end() < len(self._window) or pattern is _STRING):
                return found.end()
            if len(self._window) - self._at > _LARGEST or not self._more():
                return found.end() if found else self._at

    def _end_of_nested(self) -> int:
        depth, offset = 0, 0  # from where the value begins, for the window moves
        while True:
            found = _MARK.search(self._window, self._at + offset)
            if found is None or (found[0] == '"' and not _STRING.match(self._window, found.start())):
                offset = (found.start() if found else len(self._window)) - self._at
                if offset > _LARGEST or len(self._window) - self._at > 2 * _LARGEST or not self._more():
                    return self._at
                continue
            if found[0] == '"':
                offset = _STRING.match(self._window, found.start()).end() - self._at  # type: ignore[union-attr]
                continue
            depth += 1 if found[0] in "{[" else -1
            offset = found.end() - self._at
            if depth == 0:
                return found.end()

    def _take(self, end: int) -> None:
        self.line += self._window.count("\n", self._at, end)
        self._at = end

    def _more(self) -> bool:
        chunk = self._read(_CHUNK)
        self._window = self._window[self._at :] + chunk
        self._at = 0
        return bool(chunk)
