"""Projects' wishes cut into units: one source, one thing asked of it, and the way it is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.cadence import next_at, read_at, read_every
from core.links import public_links_in
from core.project import Project, SourceUse
from crawlers.arguments import LAST, Argument
from crawlers.registry import Source, source

Hide = Callable[[str, str], str]
"""(source, account id) → its pseudonym."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """When one project wants it: every so often, at times of day, or (both None) by its rhythm."""

    project: str
    every_s: float | None = None
    at: tuple[time, ...] | None = None
    zone: ZoneInfo

    def next(self, after: datetime, rhythm_s: float) -> datetime:
        """The first moment after `after` at which the project wants it asked."""
        if self.at:
            return next_at(self.at, self.zone, after)
        return after + timedelta(seconds=self.every_s or rhythm_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One job: what a crawl is told, for whom and when.

    `shown` are the arguments as a person may see them (account ids are pseudonyms); `key` names the job by
    them, so that the same wish of two projects is one job. `queue` is what must not be asked twice at once.
    """

    key: str
    source: str
    kind: str
    queue: str
    arguments: Mapping[str, str]
    shown: Mapping[str, str]
    wishes: tuple[Wish, ...]
    budget_s: int | None = None
    revisit: bool = False  # whether the posts it brings are to be read again
    revisits: bool = False  # whether what it asks for are the posts due to be read again
    robots_override: str | None = None
    project_path: Path | None = None
    follower_line: int = 0

    @property
    def projects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(wish.project for wish in self.wishes))

    def next(self, after: datetime, rhythm_s: float) -> datetime:
        """The first moment after `after` at which any of the projects wants it."""
        return min(wish.next(after, rhythm_s) for wish in self.wishes)


def cut(projects: Iterable[tuple[Path | None, Project]], hide: Hide) -> list[Unit]:
    """The units of all projects, each once, in the order of the files.

    Raises `UsageError` at a source or argument that is wrong.
    """
    found: dict[str, Unit] = {}
    for path, project in projects:
        for use in project.sources:
            for unit in _of_use(path, project, use, hide):
                known = found.get(unit.key)
                found[unit.key] = unit if known is None else merge(known, unit)
    return list(found.values())


def merge(one: Unit, other: Unit) -> Unit:
    """The same unit wanted twice: both wishes hold, so the tighter is met; the longer time box, or none.

    The project whose line for public accounts is higher gives the crawl its settings: it keeps fewer names.
    """
    strict = one if one.follower_line >= other.follower_line else other
    boxes = (one.budget_s, other.budget_s)
    return replace(
        strict,
        wishes=tuple(dict.fromkeys((*one.wishes, *other.wishes))),
        budget_s=None if None in boxes else max(filter(None, boxes)),
        revisit=one.revisit or other.revisit,
        robots_override=one.robots_override or other.robots_override,
    )


def revisiting(units: Iterable[Unit]) -> list[Unit]:
    """One unit a source, or a site of it, whose posts are to be re-visited, where it can be asked for single posts."""
    found: dict[str, Unit] = {}
    for unit in units:
        if unit.revisit and source(unit.source).post_argument:
            key = f"{unit.queue}-revisit"
            wishes = tuple(replace(wish, every_s=None, at=None) for wish in unit.wishes)
            how = _of_site(unit)
            shown = {name: unit.shown[name] for name in how}
            one = replace(
                unit, key=key, kind="post", revisits=True, arguments=how, shown=shown, wishes=wishes
            )
            found[key] = merge(found[key], one) if key in found else one
    return list(found.values())


def _of_site(unit: Unit) -> dict[str, str]:
    """What any page of the unit's site is asked with; nothing for a source that is one site."""
    facts = source(unit.source)
    if unit.queue == unit.source:
        return {}
    return {
        name: value
        for name, value in unit.arguments.items()
        if facts.arguments[name].cadence is None and facts.arguments[name].kind != "moment"
    }


def _of_use(path: Path | None, project: Project, use: SourceUse, hide: Hide) -> Iterator[Unit]:
    facts = source(use.name)
    typed = facts.read(use.arguments)
    every = read_every(use.every) if use.every else None
    wish = Wish(
        project=project.id,
        every_s=every.total_seconds() if every else None,
        at=read_at(use.at) if use.at else None,
        zone=project.zone,
    )
    for kind, arguments in _asked(facts, use.arguments, typed):
        shown = _shown(facts, arguments, hide)
        yield Unit(
            key=key_of(use.name, shown),
            source=use.name,
            kind=kind,
            queue=facts.queue(arguments),
            arguments=arguments,
            shown=shown,
            wishes=(wish,),
            budget_s=use.budget_s,
            revisit=use.revisit,
            robots_override=use.robots_override,
            project_path=path,
            follower_line=project.follower_line,
        )


def key_of(name: str, shown: Mapping[str, str]) -> str:
    """The job's name: its source and eight digits of what is asked."""
    text = json.dumps([name, sorted(shown.items())], ensure_ascii=False)
    return f"{name}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


def _asked(
    facts: Source, given: Mapping[str, Any], typed: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each thing asked, with its kind: one value of an argument that has a cadence, and all that says how."""
    subjects = {name for name in given if facts.arguments[name].cadence is not None}
    manner = {name: _text(value) for name, value in given.items() if name not in subjects}
    for name in given:
        argument = facts.arguments[name]
        if argument.cadence is None:
            continue
        for value in _values(argument, typed[name]):
            # a hot list is one page: nothing is said of how to walk it
            how = {} if argument.cadence == "hot" else _onward(facts, argument.cadence, manner)
            yield argument.cadence, {name: value, **how}
    if not subjects:
        yield _kind(facts), _onward(facts, _kind(facts), manner)


def _onward(facts: Source, kind: str, manner: dict[str, str]) -> dict[str, str]:
    """From where the last whole crawl began, where the project names no time.

    What hangs on a single post comes whole; a single thread is read on.
    """
    whole = kind == "post" and "thread" not in facts.yields
    if "since" not in facts.arguments or whole or manner.keys() & {"since", "until"}:
        return manner
    return {**manner, "since": LAST[0]}


def _values(argument: Argument, value: Any) -> Sequence[str]:
    if argument.kind == "flag":
        return ("true",) if value else ()
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(facts: Source) -> str:
    """What a source is as a whole, by what it yields."""
    if "thread" in facts.yields:
        return "forum"
    return "feed" if "article" in facts.yields else "keyword"


def _shown(facts: Source, arguments: Mapping[str, str], hide: Hide) -> dict[str, str]:
    return {
        name: hide(facts.name, value) if facts.arguments[name].personal else str(public_links_in(value))
        for name, value in arguments.items()
    }
