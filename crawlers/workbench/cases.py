"""Recorded cases: a page that was once fetched, and what its parser must read in it.

A case is a folder ``sources/<source>/cases/<name>/`` with ``input.*`` (the body), ``meta.json``
(``url``, ``fetched_at``, ``kind``) and ``expected.json``. `kind` names one of the `READERS` of the source's
``parse`` module: functions of body, url and the time of fetching.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from crawlers.registry import FOLDER

Reader = Callable[[bytes, str, datetime], object]


class Meta(msgspec.Struct, forbid_unknown_fields=True):
    """What is known of a recorded page."""

    url: str
    fetched_at: datetime
    kind: str
    note: str = ""  # what the case is there for


@dataclass(frozen=True, slots=True)
class Case:
    source: str
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.source}/{self.folder.name}"

    @property
    def meta(self) -> Meta:
        """How the page was asked for."""
        return msgspec.json.decode((self.folder / "meta.json").read_bytes(), type=Meta)

    @property
    def body(self) -> bytes:
        """The page as it came."""
        return next(self.folder.glob("input.*")).read_bytes()

    def read(self) -> Any:
        """What the parser reads in the page now, as plain JSON values; unknown fields are left out."""
        meta = self.meta
        found = readers(self.source)[meta.kind](self.body, meta.url, meta.fetched_at)
        return _told(json.loads(msgspec.json.encode(found)))

    @property
    def expected(self) -> Any:
        """What it must read; None when nothing was recorded yet."""
        path = self.folder / "expected.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def update(self) -> None:
        """Record what the parser reads now as what it must read."""
        text = json.dumps(self.read(), ensure_ascii=False, indent=1, sort_keys=True)
        (self.folder / "expected.json").write_text(text + "\n", "utf-8")


def cases(folder: Path = FOLDER) -> list[Case]:
    """Every recorded case of every source, by name."""
    return [Case(path.parents[2].name, path.parent) for path in sorted(folder.glob("*/cases/*/meta.json"))]


def readers(source: str) -> Mapping[str, Reader]:
    """The readers of a source's parse module by kind of page."""
    found: Mapping[str, Reader] = importlib.import_module(f"crawlers.sources.{source}.parse").READERS
    return found


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _told(part) for key, part in value.items() if part is not None and part != []}
    return [_told(part) for part in value] if isinstance(value, list) else value


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """One line a field that differs: ``[0].author.name: expected '甲', found '乙'``."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in dict.fromkeys([*expected, *found]):
            path = f"{where}.{key}".lstrip(".")
            if key not in found:
                yield f"{path}: missing, expected {expected[key]!r}"
            elif key not in expected:
                yield f"{path}: unexpected {found[key]!r}"
            else:
                yield from differences(expected[key], found[key], path)
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{where or 'result'}: expected {len(expected)} entries, found {len(found)}"
        for number, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from differences(one, other, f"{where}[{number}]")
    elif expected != found:
        yield f"{where or 'result'}: expected {expected!r}, found {found!r}"
