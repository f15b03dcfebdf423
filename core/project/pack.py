"""Packs: what people judge in one kind of product, and how a text about it is known. One TOML file each.

Some ship; a team's own lie in the folder `packs` beside its project file. The file's name is the pack's id, which
brands name as their domain.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from core.errors import ProjectError
from core.project.title import Title
from core.records import wanted_by
from core.texts import fold

FOLDER = "packs"  # of a team's own, beside the project file
SHIPPED = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class Aspect:
    """A side of a product; `words` are what people write who speak of it."""

    id: str
    title: Title
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A domain. `signs`: words of which a text about it holds two.

    `trained`: its aspects are found by a model, else by their words. `weights` is the file with the model of a
    team's own pack; None where it has none, and for those that ship.
    """

    id: str
    title: Title
    trained: bool
    signs: tuple[str, ...]
    aspects: tuple[Aspect, ...]
    weights: str | None = None

    def aspect(self, name: str) -> Aspect | None:
        """The aspect with an id, or None."""
        return next((aspect for aspect in self.aspects if aspect.id == name), None)


class _Aspect(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    en: str
    words: tuple[str, ...]
    zh: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    zh: str
    en: str
    aspects: tuple[_Aspect, ...]
    signs: tuple[str, ...] = ()


class _ShippedFile(_File):
    model: bool = False


@cache
def shipped_packs() -> dict[str, Pack]:
    """The packs that ship, by id."""
    found = {}
    for path in sorted(SHIPPED.glob("*.toml")):
        data = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _ShippedFile)
        found[path.stem] = _pack(path.stem, data, trained=data.model)
    return found


def weights_of(path: Path) -> Path:
    """Where the model of a team's own pack lies: beside it."""
    return path.with_suffix(".npz")


def packs_beside(project: Path) -> tuple[Pack, ...]:
    """A team's own packs, of the folder beside its project file; raises `ProjectError` naming the pack at fault."""
    folder = project.parent / FOLDER
    paths = [path for path in sorted(folder.glob("*.toml")) if not path.name.startswith(".")]
    packs: list[Pack] = []
    for path in paths:
        packs.append(read_pack(path, packs))
    return tuple(packs)


def read_pack(path: Path, others: Sequence[Pack] = ()) -> Pack:
    """The pack of a team's file, which has `others` beside those that ship.

    Raises `ProjectError` naming the file, the field and what is accepted.
    """
    try:
        data = msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), _File)
    except OSError as error:
        raise ProjectError(
            f"cannot be read ({error.strerror}); write one with: tingfeng pack new ID", path=path
        ) from error
    except UnicodeDecodeError as error:
        raise ProjectError("is not UTF-8 text; save it as UTF-8", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"is not valid TOML: {error}", path=path) from error
    except msgspec.ValidationError as error:
        raise ProjectError(_plainly(str(error)), path=path) from error
    try:
        _check(path.stem, data)
    except ValueError as error:
        raise ProjectError(str(error), path=path) from error
    weights = weights_of(path)
    there = weights.is_file()
    pack = _pack(path.stem, data, trained=there, weights=str(weights) if there else None)
    _check_titles(pack, [*shipped_packs().values(), *others], path)
    return pack


def _pack(name: str, data: _File, *, trained: bool, weights: str | None = None) -> Pack:
    aspects = tuple(Aspect(one.id, Title(zh=one.zh or one.id, en=one.en), one.words) for one in data.aspects)
    return Pack(name, Title(zh=data.zh, en=data.en), trained, data.signs, aspects, weights)


_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_ENTRY = re.compile(r"aspects\[(\d+)\]\.?(.*)")
_FIELD = re.compile(r"Object (missing required|contains unknown) field `(.+)`")


def _plainly(told: str) -> str:
    """What msgspec says of a field, in the words of the file."""
    found = _PLACE.fullmatch(told)
    what, field = (found["what"], found["path"] or "") if found else (told, "")
    where, known = "the pack", _File.__struct_fields__
    if entry := _ENTRY.fullmatch(field):
        where, field, known = f"aspect number {int(entry[1]) + 1}", entry[2], _Aspect.__struct_fields__
    if (fault := _FIELD.fullmatch(what)) and fault[1] == "missing required":
        return f"{where}: the field {fault[2]} is missing; tingfeng pack new ID shows how it is written"
    if fault:
        return f"{where}: unknown field {fault[2]!r}; known are {', '.join(known)}"
    if wanted := wanted_by(what):
        return f"{where}: the field {field} wants {wanted}"
    return f"{where}: {field}: {what}"


def check_id(name: str) -> None:
    """Raises `ValueError` where a team's pack cannot have this id."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
        raise ValueError(f"{name!r} cannot name a pack; use small letters a-z, digits, - and _")
    if name in shipped_packs():
        raise ValueError(f"{name!r} is a pack that ships; give yours another id")


def _check(name: str, data: _File) -> None:
    check_id(name)
    if not data.zh.strip() or not data.en.strip():
        raise ValueError("a pack wants a title in both languages; fill in zh and en")
    if not data.aspects:
        raise ValueError("a pack wants an aspect at least; write what people judge, each with its words")
    _check_words("signs", data.signs)
    for one in data.aspects:
        if not re.fullmatch(r"[\w-]{1,30}", one.id):
            raise ValueError(f"aspect id {one.id!r} is not a name of letters, digits, '_' and '-'")
        if fold(one.id) != one.id:
            raise ValueError(f"aspect {one.id!r}: queries write its id {fold(one.id)!r}; write it so here")
        if not one.en.strip() or (one.zh is not None and not one.zh.strip()):
            raise ValueError(
                f"aspect {one.id!r} wants a title; fill in en, and zh where the id is not Chinese"
            )
        if not one.words:
            raise ValueError(f"aspect {one.id!r} has no words; list what people write who speak of it")
        _check_words(f"aspect {one.id}", one.words)
    twice = [one for one, count in Counter(one.id for one in data.aspects).items() if count > 1]
    if twice:
        raise ValueError(f"two aspects have the id {twice[0]!r}; give each its own")


def _check_words(where: str, words: Iterable[str]) -> None:
    for word in words:
        if not any(character.isalnum() for character in word):
            raise ValueError(f"{where}: {word!r} cannot be looked for; write a word with letters")


def _check_titles(pack: Pack, others: Sequence[Pack], path: Path) -> None:
    """An aspect is called the same in every pack: posts, queries and charts know it by its id alone."""
    known = {aspect.id: (aspect.title, other.id) for other in others for aspect in other.aspects}
    for aspect in pack.aspects:
        title, other = known.get(aspect.id, (aspect.title, pack.id))
        if title != aspect.title:
            raise ProjectError(
                f"aspect {aspect.id!r} is called {title.zh} and {title.en} in the pack {other}; call it the"
                " same, or give it another id",
                path=path,
            )
