"""What is known of each source, read strictly from its ``source.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from core.errors import TingfengError, UsageError
from core.models import Author, Engagement, Post, Run
from core.project import Title
from crawlers.arguments import Argument, read_arguments, shown

FOLDER = Path(__file__).parent / "sources"
_OF_A_POST = frozenset(
    prefix + name
    for prefix, kind in (("", Post), ("author.", Author), ("engagement.", Engagement))
    for name in kind.__struct_fields__
)


class SourceError(TingfengError):
    """Raised when a ``source.toml`` is absent, broken or says something unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How slowly the source is asked: seconds between requests, varied by ±`jitter` (a share); a day's sum.

    `daily_identity` is the share of that which one identity of the operator's may take, None all of it.
    `scope` says what shares one queue: the whole source, or each host of it.
    """

    delay_s: float
    jitter: float = 0.5
    concurrency: int = 1
    daily: int
    daily_identity: int | None = None  # of one of the operator's identities
    scope: Literal["source", "host"] = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Which identities it asks for: a visitor cookie it issues itself, a login cookie of the operator."""

    visitor: bool = False
    login: Literal["no", "optional", "required"] = "no"
    note: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What a healthy run meets: `fill` is the least share of posts with a promised field filled."""

    fill: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source; `name` is its folder, its spider and the platform of its posts."""

    name: str
    title: Title
    description: Title
    hosts: tuple[str, ...]  # empty: the operator names the hosts by an argument
    yields: tuple[Literal["post", "repost", "comment", "thread", "reply", "article", "author", "hot"], ...]
    promised: tuple[str, ...]  # fields of a post it fills, dotted: author.id
    robots: Title
    terms: Title
    age: Title | None = None  # from when and where what is known of it comes
    needs: Needs
    rate: Rate
    arguments: dict[str, Argument] = field(default_factory=dict)
    expectations: Expectations = field(default_factory=Expectations)

    def queue(self, arguments: Mapping[str, Any]) -> str:
        """The name of what shares one pace: the whole source, or the host of it that the arguments name."""
        host = urlsplit(str(arguments.get("url", ""))).hostname
        return self.name if self.rate.scope == "source" or host is None else f"{self.name}:{host}"

    @property
    def post_argument(self) -> str | None:
        """The argument by which it is asked for single posts or threads; None where it cannot be."""
        return next((name for name, one in self.arguments.items() if one.cadence == "post"), None)

    def read(self, given: Mapping[str, Any], *, now: datetime | None = None) -> dict[str, Any]:
        """Typed values of spider arguments; raises `UsageError` naming a wrong one and what is accepted.

        A span like ``30d`` counts back from `now`, by default the real time.
        """
        return read_arguments(self.arguments, given, source=self.name, now=now or datetime.now(UTC))


@cache
def sources() -> dict[str, Source]:
    """Every source by name, in alphabetical order; raises `SourceError` when one's folder is wrong."""
    files = sorted(FOLDER.glob("*/source.toml"))
    return {path.parent.name: load(path) for path in files}


def source(name: str) -> Source:
    """The source of that name; raises `UsageError` listing the known ones."""
    known = sources()
    if name not in known:
        raise UsageError(f"there is no source {name!r}; known are {', '.join(known) or 'none'}")
    return known[name]


def asked_of(run: Run, zone: tzinfo) -> dict[str, str]:
    """What a run was asked, by argument, as people read it: moments in `zone`."""
    arguments = sources()[run.source].arguments if run.source in sources() else {}
    return {name: shown(arguments.get(name), value, zone) for name, value in run.asked.items()}


def load(path: Path) -> Source:
    """The source of one ``source.toml``; raises `SourceError` naming file and field."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        return parse(data, name=path.parent.name)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
        raise SourceError(f"{path}: {error}") from error


def parse(data: dict[str, Any], *, name: str) -> Source:
    """A source of a decoded document; raises `ValueError` on anything unknown, missing or out of range."""
    found = msgspec.convert({"name": name, **data}, Source)
    _no_unknown(data, msgspec.to_builtins(found), name)
    if found.name != name:
        raise ValueError(f"name is {found.name!r} but the folder is {name!r}; leave the name out")
    if found.rate.delay_s < 0 or not 0 <= found.rate.jitter <= 1 or found.rate.concurrency < 1:
        raise ValueError("rate wants delay_s >= 0, jitter in 0..1 and concurrency >= 1")
    if found.rate.daily < 1:
        raise ValueError("rate.daily wants 1 request a day or more")
    _no_broken_promise(found)
    for key, argument in found.arguments.items():
        if (argument.kind == "choices") != bool(argument.choices):
            raise ValueError(f"arguments.{key} wants choices where its kind is choices, and there alone")
    return found


def _no_broken_promise(found: Source) -> None:
    """Raise `ValueError` at a promise that no post can keep, or an expectation of what is not promised."""
    if strange := sorted(set(found.promised) - _OF_A_POST):
        raise ValueError(f"promised names {strange[0]!r}, which no post has")
    for name, share in found.expectations.fill.items():
        if name not in found.promised:
            raise ValueError(f"expectations.fill names {name!r}, which is not promised")
        if not 0 <= share <= 1:
            raise ValueError(f"expectations.fill.{name} wants a share from 0 to 1, not {share}")


def _no_unknown(given: Any, accepted: Any, where: str) -> None:
    """Raise `ValueError` at a key of the document that no field of the records took."""
    if not isinstance(given, dict) or not isinstance(accepted, dict):
        return
    for key, value in given.items():
        if key not in accepted:
            raise ValueError(f"unknown field {where}.{key}; known are {', '.join(accepted)}")
        _no_unknown(value, accepted[key], f"{where}.{key}")
