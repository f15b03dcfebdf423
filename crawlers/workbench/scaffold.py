"""A new source: a folder that works at once for an example, to be edited for a real site."""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import UsageError
from crawlers.registry import FOLDER
from crawlers.workbench.cases import cases

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_TAKEN = frozenset({"import", "cases", "parse", "source", "sources", "spider", "test"})


def scaffold(name: str, template: Path, *, site: str, folder: Path = FOLDER) -> Path:
    """The folder of the new source `name` for the forum at `site`, made from `template`.

    Raises `UsageError` for a name that is none or is taken, an address that is none, or a folder that cannot be written.
    """
    if name in _TAKEN or keyword.iskeyword(name):
        raise UsageError(f"{name!r} means something else to the program already; choose another name")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name a source; use small letters, digits and _, a letter first")
    parts = urlsplit(site)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{site!r} is not a site's address; write one like https://bbs.example.com")
    made = folder / name
    if made.exists():
        raise UsageError(f"{made} is there already; choose another name, or edit it")
    words = {
        "{name}": name,
        "{site}": f"{parts.scheme}://{parts.netloc}",
        "{host}": parts.hostname,
        "{class}": "".join(map(str.capitalize, name.split("_"))) + "Spider",
    }
    try:
        shutil.copytree(template, made)
        for path in sorted(made.rglob("*.*")):
            text = path.read_text("utf-8")
            for word, value in words.items():
                text = text.replace(word, value)
            path.write_text(text, "utf-8")
            if path.suffix == ".txt":
                path.rename(path.with_suffix(""))
        (made / "__init__.py").write_text(f'"""The source {name}."""\n', "utf-8")
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise UsageError(
            f"{made} cannot be written ({error.strerror}); new sources are made in a checkout of the repository"
        ) from error
    for case in cases(folder):
        if case.source == name:
            case.update()
    return made
