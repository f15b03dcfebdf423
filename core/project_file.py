"""Changing a project file, its comments and order kept as the team wrote them."""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from core.errors import ProjectError, UsageError
from core.project import Project, load, read

WORD_LISTS = ("keep", "stop", "rejected")


def note_word(path: Path, word: str, where: str) -> Project:
    """Puts a word on one of `WORD_LISTS` of the file and off the others; the project as it reads then.

    Raises `ProjectError` where the file is none or cannot be written.
    """

    def change(document: MutableMapping[str, Any]) -> None:
        if "words" not in document:
            document["words"] = tomlkit.table()
        words = document["words"]
        for name in WORD_LISTS:
            if name == where:
                _put(words, name, word)
            elif word in words.get(name, ()):
                words[name].remove(word)

    return _rewrite(path, change)


def add_alias(path: Path, word: str, brand_id: str) -> Project:
    """Adds a word to the names of a brand; the project as it reads then.

    Raises `UsageError` when there is no such brand, and `ProjectError` where the file is none or cannot be written.
    """

    def change(document: MutableMapping[str, Any]) -> None:
        brands = document.get("brand", [])
        found = next((brand for brand in brands if str(brand["id"]).lower() == brand_id.lower()), None)
        if found is None:
            known = ", ".join(str(brand["id"]) for brand in brands)
            raise UsageError(f"The project has no brand {brand_id!r}; it has: {known}.")
        _put(found, "names", word)
        rejected = document.get("words", {}).get("rejected", [])
        if word in rejected:
            rejected.remove(word)

    return _rewrite(path, change)


def _put(table: MutableMapping[str, Any], name: str, word: str) -> None:
    if name not in table:
        table[name] = tomlkit.array()
    if word not in table[name]:
        table[name].append(word)


def _rewrite(path: Path, change: Callable[[MutableMapping[str, Any]], None]) -> Project:
    """Changes the file in one step; what does not read as a project is not put in its place."""
    load(path)  # its faults are told as everywhere
    path = path.resolve()  # a link stays one
    draft = path.with_name(f".{path.name}.part")
    try:
        document = tomlkit.parse(path.read_bytes().decode("utf-8-sig"))
        change(document)
        text = document.as_string()
        project = read(text, path)
        with draft.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    except (OSError, TOMLKitError) as error:
        raise ProjectError(f"cannot be changed ({error}); it is as it was", path=path) from error
    finally:
        draft.unlink(missing_ok=True)
    return project
