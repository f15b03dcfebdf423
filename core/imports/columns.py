"""Which column of a file holds which field of a post, by `columns.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_IGNORABLE = re.compile(r"[\s_.\-]")
_HOST = re.compile(r"(?:https?:)?//(?:[^/@]*@)?([A-Za-z0-9.-]+)", re.IGNORECASE)

DERIVED = ("is_original", "media.image", "media.video")
"""What is no field of a post, but decides one: whether it reposts nothing, and the media its links stand for."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`header` by field, the fields that are called by their own name, and the headers that mean nothing."""

    header: dict[str, str]
    exact: frozenset[str]
    ignored: tuple[str, ...]


def columns_of(headers: Sequence[str]) -> Columns:
    """The columns of a file with these headers; each header serves one field."""
    free: dict[str, str] = {}
    for header in headers:
        free.setdefault(plain(header), header)
    found: dict[str, str] = {}
    names = _table()
    for field in names:  # a field's own name comes before every alias
        if plain(field) in free:
            found[field] = free.pop(plain(field))
    exact = set(found)
    for field, aliases in names.items():
        alias = None if field in found else next(filter(free.__contains__, aliases), None)
        if alias is not None:
            found[field] = free.pop(alias)
            if alias == plain(field.rpartition(".")[2]):
                exact.add(field)
    used = {*found.values()}
    ignored = [header for header in headers if header not in used and plain(header) not in _silent()]
    return Columns(found, frozenset(exact), tuple(dict.fromkeys(ignored)))


@lru_cache(maxsize=4096)
def value_named(field: str, value: str) -> str | None:
    """The value of `field` that a word in a file stands for, or None when the word is not in the table."""
    return _values(field).get(plain(value))


def plain(name: str) -> str:
    """A header as it is compared: NFKC, lower case, without blanks, ``_``, ``-`` and ``.``"""
    return _IGNORABLE.sub("", unicodedata.normalize("NFKC", name).lower())


def platform_of(url: str) -> str | None:
    """The platform that an address belongs to, None for a site that is none of the table's."""
    found = _HOST.match(url)
    host = found[1].lower() if found else ""
    while host:
        if platform := _hosts().get(host):
            return platform
        host = host.partition(".")[2]
    return None


def platform_told(header: str) -> str | None:
    """The platform whose ids alone are called so: ``mid`` is Weibo's."""
    return _telling().get(plain(header))


def reason_unused(header: str) -> str | None:
    """Why a known column is not kept, in English; None for one nobody knows."""
    return _unkept().get(plain(header)) or _unkept().get(plain(header.rpartition(".")[2]))


def nested_columns(headers: Iterable[str]) -> frozenset[str]:
    """The objects that dotted columns lie in: ``user`` of ``user.name``, ``status`` and ``status.user`` of ``status.user.name``."""
    return frozenset(
        header[:at] for header in headers for at, sign in enumerate(header) if sign == "." and at
    )


@cache
def _hosts() -> dict[str, str]:
    return {host: platform for platform, hosts in _file()["hosts"].items() for host in hosts}


@cache
def _telling() -> dict[str, str]:
    return {plain(name): platform for platform, names in _file()["telling"].items() for name in names}


@cache
def _unkept() -> dict[str, str]:
    return {plain(name): part["reason"] for part in _file()["unkept"].values() for name in part["names"]}


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("core.imports").joinpath("columns.toml").read_text("utf-8"))


@cache
def _table() -> dict[str, list[str]]:
    return {field: list(map(plain, aliases)) for field, aliases in _file()["columns"].items()}


@cache
def _silent() -> frozenset[str]:
    return frozenset({"", *map(plain, _file()["silent"]["names"])})


@cache
def _values(field: str) -> dict[str, str]:
    table: dict[str, Iterable[str]] = _file()["values"][field]
    return {plain(word): value for value, words in table.items() for word in (value, *words)}


FIELDS = (*_table(), *DERIVED)
"""Every field that a column may hold, in the order they are listed to people."""
