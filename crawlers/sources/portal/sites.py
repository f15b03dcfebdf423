"""The portals as data: one strictly read file each in ``sites/``, with how old the knowledge in it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from core.errors import UsageError
from core.project import Title
from crawlers.reading.links import canonical, digest

FOLDER = Path(__file__).parent / "sites"
_ALONE = re.compile(r"\{(\w+)\}")


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of page is asked for: an address with slots like ``{page}``, and the JSON of a POST."""

    url: str
    body: dict[str, Any] | None = None
    headers: dict[str, str] = {}


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lists of articles. Without `rows` the page is HTML whose links are read.

    `first` and `next` are the calls for page 1 and for those after it; `rows` leads to the rows of a JSON
    answer (``result.data``, "" for the answer itself). `link`, `title`, `at`, `medium` name fields of a row, or
    are templates of them.
    """

    first: Call
    channel: str
    next: Call | None = None
    rows: str | None = None
    link: str = "url"
    title: str = "title"
    at: str = ""
    medium: str = ""
    size: int = 20


class Comments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The comment API: `api` names its reader, `calls` are its steps.

    `size` is how many a full page holds, `cursor` where the first one starts. `ids` are patterns that find the
    ids it wants in an article's page; `defaults` hold where none is found.
    """

    api: str
    calls: dict[str, Call]
    size: int
    cursor: str = ""
    ids: dict[str, str] = {}
    defaults: dict[str, str] = {}


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One portal. `hosts` are globs; `article` is the pattern of an article's address, its group ``id`` the id.

    On the hosts of `press` the medium an article names is a publishing house; elsewhere it may be anybody.
    """

    name: str
    title: Title
    hosts: tuple[str, ...]
    article: str
    age: Title
    press: tuple[str, ...] = ()
    medium: str = ""  # pattern of the medium in an article's page
    published: str = ""  # pattern of the time in an article's page
    lists: Lists | None = None
    comments: Comments | None = None
    others: bool = False  # stands for every site no other file is for

    def native(self, url: str) -> str | None:
        """The article's id, or None where the address is no article's."""
        found = re.search(self.article, url)
        if found is None:
            return None
        return found["id"] if "id" in found.groupdict() else digest(canonical(url))

    def is_press(self, url: str) -> bool:
        return _is_among(url, self.press)

    def is_home_of(self, url: str) -> bool:
        """Whether an address is on one of the portal's hosts."""
        return _is_among(url, self.hosts)


def _is_among(url: str, hosts: tuple[str, ...]) -> bool:
    host = urlsplit(url).hostname or ""
    return any(fnmatchcase(host, pattern) for pattern in hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A call with its slots filled."""

    url: str
    method: str
    body: str | None
    headers: Mapping[str, str]


@cache
def sites() -> dict[str, Site]:
    """Every portal by name; the one that stands for all others is last."""
    found = [_load(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {site.name: site for site in sorted(found, key=lambda site: site.others)}


def _load(path: Path) -> Site:
    data = tomllib.loads(path.read_text("utf-8"))
    return msgspec.convert({"name": path.stem, **data}, Site)


def site_of(url: str) -> Site:
    """The portal an article's address belongs to; raises `UsageError` where it is no article's."""
    for site in sites().values():
        if site.native(url) is not None:
            return site
    raise UsageError(f"{url!r} is not an article of a portal; give the address of one article")


def fill(call: Call, values: Mapping[str, str | int]) -> Filled:
    """A call with `values` in its slots, quoted where they stand in the address; raises KeyError."""
    quoted = {
        name: quote(value, safe="") if isinstance(value, str) else value for name, value in values.items()
    }
    url = call.url.format_map(quoted)
    if call.body is None:
        return Filled(url=url, method="GET", body=None, headers=call.headers)
    body = msgspec.json.encode({name: _value(value, values) for name, value in call.body.items()}).decode()
    headers = {"Content-Type": "application/json", **call.headers}
    return Filled(url=url, method="POST", body=body, headers=headers)


def _value(value: Any, values: Mapping[str, str | int]) -> Any:
    """A slot that stands alone keeps its kind; an empty one is null."""
    if not isinstance(value, str):
        return value
    if alone := _ALONE.fullmatch(value):
        return values[alone[1]] if values[alone[1]] != "" else None
    return value.format_map(values)
