"""Phrase books: hand-written fragments with alternatives and slots, read from text files.

A book is lines under ``[section]`` heads; a line is one fragment; ``;`` starts a remark.
``{a|b|}`` picks one, ``<name>`` is a word of the context or a fragment of another section,
``<3-9>`` a whole number, ``<3.5-9.0>`` one with a decimal, ``\\n`` a line break.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import TypeAlias

Part: TypeAlias = "str | _Pick | _Slot | _Number"
_SPECIAL = re.compile(r"[{<|}]")
_SLOT = re.compile(r"<([a-z0-9_.]+|\d+(?:\.\d)?-\d+(?:\.\d)?)>")


class _Pick:
    __slots__ = ("choices",)

    def __init__(self, choices: list[list[Part]]) -> None:
        self.choices = choices


class _Slot:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class _Number:
    __slots__ = ("decimal", "high", "low")

    def __init__(self, low: str, high: str) -> None:
        self.low, self.high, self.decimal = float(low), float(high), "." in low

    def draw(self, rng: Random) -> str:
        if self.decimal:
            return f"{rng.uniform(self.low, self.high):.1f}"
        return str(rng.randint(int(self.low), int(self.high)))


def _read(text: str, at: int, inside: bool) -> tuple[list[list[Part]], int]:
    """The alternatives of `text` from `at` on, and where they end."""
    choices: list[list[Part]] = [[]]
    while at < len(text):
        found = _SPECIAL.search(text, at)
        if found is None:
            choices[-1].append(text[at:])
            break
        if found.start() > at:
            choices[-1].append(text[at : found.start()])
        sign, at = found.group(), found.end()
        if sign == "{":
            inner, at = _read(text, at, True)
            choices[-1].append(_Pick(inner))
        elif sign == "}" and inside:
            return choices, at
        elif sign == "|" and inside:
            choices.append([])
        elif sign == "<" and (slot := _SLOT.match(text, at - 1)):
            name, at = slot.group(1), slot.end()
            numeric = name[0].isdigit() and "-" in name
            choices[-1].append(_Number(*name.split("-")) if numeric else _Slot(name))
        else:
            choices[-1].append(sign)
    if inside:
        raise ValueError(f"a brace is not closed in: {text}")
    return choices, len(text)


def read_book(text: str) -> dict[str, list[list[Part]]]:
    """Section -> fragments; raises `ValueError` for a line before the first head or an open brace."""
    book: dict[str, list[list[Part]]] = {}
    section: list[list[Part]] | None = None
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith(";"):
            continue
        if head := re.fullmatch(r"\[([a-z0-9_.]+)\]", line):
            section = book.setdefault(head.group(1), [])
            continue
        if section is None:
            raise ValueError(f"a fragment stands before the first [section]: {line}")
        section.extend(_read(line.replace("\\n", "\n"), 0, False)[0])
    return book


@cache
def library() -> Mapping[str, list[list[Part]]]:
    """All sections of all phrase books of this package."""
    book: dict[str, list[list[Part]]] = {}
    for path in sorted(files("replica.world").joinpath("text").iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".txt"):
            for name, fragments in read_book(path.read_text("utf-8")).items():
                book.setdefault(name, []).extend(fragments)
    return book


class Teller:
    """Says fragments of the library; each section is gone through before one comes again."""

    def __init__(self, rng: Random, book: Mapping[str, list[list[Part]]] | None = None) -> None:
        self._rng = rng
        self._book = library() if book is None else book
        self._left: dict[str, list[int]] = {}

    def has(self, section: str) -> bool:
        return section in self._book

    def say(self, section: str, context: Mapping[str, str | Sequence[str]] | None = None) -> str:
        """One fragment of `section`, its slots filled from `context` first, then from sections."""
        left = self._left.get(section)
        if not left:
            if section not in self._book:
                raise KeyError(f"no section [{section}] in the phrase books")
            left = list(range(len(self._book[section])))
            self._rng.shuffle(left)
            self._left[section] = left
        return self._write(self._book[section][left.pop()], context or {})

    def fill(self, text: str, context: Mapping[str, str | Sequence[str]] | None = None) -> str:
        """The same grammar for a text given by the caller."""
        return self._write(_read(text, 0, False)[0][0], context or {})

    def _write(self, parts: list[Part], context: Mapping[str, str | Sequence[str]]) -> str:
        out: list[str] = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, _Pick):
                out.append(self._write(self._rng.choice(part.choices), context))
            elif isinstance(part, _Number):
                out.append(part.draw(self._rng))
            else:
                out.append(self._slot(part.name, context))
        return "".join(out)

    def _slot(self, name: str, context: Mapping[str, str | Sequence[str]]) -> str:
        value = context.get(name)
        if value is None:
            return self.say(name, context)
        return value if isinstance(value, str) else self._rng.choice(value)
