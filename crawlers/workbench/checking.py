"""Whether a source does what it says: its facts read strictly, its spider found, its recorded cases read as recorded."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import TingfengError, UsageError
from crawlers.registry import FOLDER, Source, SourceError, load
from crawlers.workbench.cases import Case, cases, differences


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and in which file or case; `details` are lines of a difference."""

    where: str
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """One source: how many cases it has and what is wrong with it."""

    source: str
    cases: int
    faults: tuple[Fault, ...]


def check(name: str, *, folder: Path = FOLDER, update: bool = False) -> Checked:
    """The source `name`, checked; with `update` what its parser reads now is recorded as what it must read.

    Raises `UsageError` where there is no such folder.
    """
    if not (folder / name).is_dir():
        known = ", ".join(sorted(path.parent.name for path in folder.glob("*/source.toml")))
        raise UsageError(f"there is no source {name!r}; known are {known or 'none'}")
    importlib.invalidate_caches()
    found = [case for case in cases(folder) if case.source == name]
    faults = [*_facts(name, folder), *(fault for case in found for fault in _case(case, update=update))]
    if not found:
        faults.append(
            Fault(
                "cases", f"there is none; record one: tingfeng source record URL --source {name} --kind KIND"
            )
        )
    return Checked(name, len(found), tuple(faults))


def _facts(name: str, folder: Path) -> Iterator[Fault]:
    try:
        source = load(folder / name / "source.toml")
    except SourceError as error:
        yield Fault("source.toml", str(error.__cause__ or error))
        return
    yield from _spider(source)
    yield from _promises(source, folder)


def _spider(source: Source) -> Iterator[Fault]:
    from crawlers.spider import SourceSpider

    try:
        module = importlib.import_module(f"crawlers.sources.{source.name}.spider")
    except Exception as error:  # whatever a broken file raises
        yield Fault("spider.py", f"cannot be loaded: {type(error).__name__}: {error}")
        return
    spiders = [
        one for one in vars(module).values() if isinstance(one, type) and issubclass(one, SourceSpider)
    ]
    if source.name not in {getattr(one, "name", None) for one in spiders}:
        yield Fault("spider.py", f"holds no spider named {source.name!r}")


def _promises(source: Source, folder: Path) -> Iterator[Fault]:
    """Promised fields that no recorded post has filled, and posts that are not this source's."""
    posts: list[dict[str, Any]] = []
    for case in cases(folder):
        if case.source == source.name:
            posts.extend(_posts(case.expected))
    for post in posts:
        if not str(post["id"]).startswith(f"{source.name}:") or post["platform"] != source.name:
            yield Fault(
                "cases", f"{post['id']} is not a post of {source.name}; its id begins with {source.name}:"
            )
    for field in source.promised if posts else ():
        if not any(_filled(post, field) for post in posts):
            yield Fault("source.toml", f"promises {field}, which no post of the cases has")


def _posts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"id", "platform", "kind", "text"} <= value.keys():
            yield value
        for part in value.values():
            yield from _posts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _posts(part)


def _filled(post: dict[str, Any], field: str) -> bool:
    value: Any = post
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value is not None


def _case(case: Case, *, update: bool) -> Iterator[Fault]:
    where = f"cases/{case.folder.name}"
    try:
        if update:
            case.update()
        read = case.read()
    except TingfengError as error:
        yield Fault(where, str(error))
    except KeyError as error:
        yield Fault(where, f"is of kind {error}, which READERS in parse.py does not have")
    except Exception as error:  # whatever a parser under work raises
        yield Fault(where, f"cannot be read: {type(error).__name__}: {error}")
    else:
        expected = case.expected
        if expected is None:
            yield Fault(
                where, f"has no expected.json; look at it with: tingfeng source check {case.source} --update"
            )
        elif found := tuple(differences(expected, read)):
            yield Fault(where, f"{len(found)} fields are read differently than recorded", found)
