"""The aspect packs that ship: read from `nlp/packs/*.toml`, and which of them a text is about."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import UsageError
from core.project import Title
from nlp.clean import Cleaned
from nlp.features import I64
from nlp.match import Phrases, text_at

PACKS = Path(__file__).parent / "packs"
SIGNS_NEEDED = 2  # different words of a domain before a text counts as being about it


@dataclass(frozen=True, slots=True)
class Aspect:
    id: str
    title: Title
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A domain. `trained`: its aspects are found by a model, else by their words."""

    id: str
    title: Title
    trained: bool
    signs: tuple[str, ...]
    aspects: tuple[Aspect, ...]

    def aspect(self, name: str) -> Aspect | None:
        """The aspect with an id, or None."""
        return next((aspect for aspect in self.aspects if aspect.id == name), None)


@cache
def packs() -> dict[str, Pack]:
    """All packs by id."""
    return {path.stem: _read(path) for path in sorted(PACKS.glob("*.toml"))}


def pack(domain: str) -> Pack:
    """The pack of a domain; raises `UsageError` naming those there are."""
    if domain not in packs():
        raise UsageError(f"domain {domain!r} has no aspect pack; known are {', '.join(packs())}")
    return packs()[domain]


@cache
def _aspect_titles() -> dict[str, Title]:
    return {aspect.id: aspect.title for pack in packs().values() for aspect in pack.aspects}


def aspect_title(name: str) -> Title:
    """What people call an aspect, the same in every pack; its own name in both languages where no pack has it."""
    return _aspect_titles().get(name) or Title(zh=name, en=name)


def aspects_called(title: str) -> tuple[str, ...]:
    """The aspects with an English title, letters of either case: () where no pack has it."""
    return tuple(name for name, each in _aspect_titles().items() if each.en.lower() == title.lower())


def _read(path: Path) -> Pack:
    data = tomllib.loads(path.read_text("utf-8"))
    return Pack(
        path.stem,
        Title(zh=data["zh"], en=data["en"]),
        data["model"],
        tuple(data["signs"]),
        tuple(
            Aspect(entry["id"], Title(zh=entry["id"], en=entry["en"]), tuple(entry["words"]))
            for entry in data["aspects"]
        ),
    )


class Domains:
    """Tells by its words which domain a text is about."""

    def __init__(self, among: Sequence[str] | None = None) -> None:
        self._ids = [name for name in packs() if among is None or name in among]
        self._signs = Phrases()
        for number, name in enumerate(self._ids):
            for sign in packs()[name].signs:
                self._signs.add(sign, number)
        self._signs.build()

    def of(self, cleaned: Cleaned, rows: I64) -> list[str | None]:
        """For each text the domain with the most different signs, None below `SIGNS_NEEDED`."""
        seen: list[dict[int, set[int]]] = [{} for _ in range(len(rows) - 1)]
        found = self._signs.find(cleaned.joined)
        for (begin, end, owners), text in zip(found, text_at(rows, [hit[0] for hit in found]), strict=True):
            for owner in owners:
                seen[text].setdefault(owner, set()).add(hash(cleaned.joined[begin:end]))
        out: list[str | None] = []
        for signs in seen:
            best = max(signs, key=lambda owner: len(signs[owner]), default=None)
            told = best is not None and len(signs[best]) >= SIGNS_NEEDED
            out.append(self._ids[best] if told and best is not None else None)
        return out
