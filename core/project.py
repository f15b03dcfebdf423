"""A project: what a team listens to. One TOML file, read strictly."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.cadence import read_at, read_every
from core.errors import ProjectError
from core.records import wanted_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A heading people read, in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product; names of `ambiguous` count only where a word of `context` stands in the text too."""

    id: str
    names: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()

    def query(self) -> str:
        """The query that finds its posts: every name, without the exclusions."""
        return _naming([self], self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand with all that people call it; `exclude` lists phrases that look like it and are not.

    Names of `ambiguous` are other things too (如家, 苹果): they count only where a word of `context`
    stands in the text.
    """

    id: str
    title: Title
    names: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    exclude: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()  # names of its own accounts
    competitor: bool = False
    domain: str | None = None  # one of DOMAINS

    def query(self) -> str:
        """The query that finds its posts: every name and product name, without the exclusions."""
        return _naming([self, *self.products], self.excluded)

    @property
    def excluded(self) -> tuple[str, ...]:
        """Its exclusions and those of its products."""
        return (*self.exclude, *(phrase for product in self.products for phrase in product.exclude))


def _naming(named: Sequence[Brand | Product], excluded: Iterable[str]) -> str:
    wanted = list(dict.fromkeys(f'"{name}"' for one in named for name in one.names))
    wanted += [f"(({_either(one.ambiguous)}) ({_either(one.context)}))" for one in named if one.ambiguous]
    return " ".join([f"({' OR '.join(wanted)})", *(f'NOT "{phrase}"' for phrase in dict.fromkeys(excluded))])


def _either(phrases: Iterable[str]) -> str:
    return " OR ".join(f'"{phrase}"' for phrase in dict.fromkeys(phrases))


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQuery:
    """A search kept under a name; other queries ask for it by ``saved:ID``."""

    id: str
    title: Title
    query: str
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountList:
    """Accounts that belong together, by name or id; queries ask for their posts by ``list:ID``."""

    id: str
    title: Title
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """Posts that the query finds bear the tag; a changed rule gets a new version, and old posts are gone over."""

    id: str
    title: Title
    query: str
    owner: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words the dictionary does not know, as the team decided.

    `keep` and `stop` stay whole where texts are cut; those of `stop` are no keywords. None of `rejected` is
    proposed again.
    """

    keep: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()

    @property
    def whole(self) -> tuple[str, ...]:
        """Those that stay whole."""
        return (*self.keep, *self.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceUse:
    """A source of the project with the spider arguments it is run with."""

    name: str
    arguments: dict[str, str | int | bool] = field(default_factory=dict)
    robots_override: str | None = None  # the written reason, where the operator decided so
    every: str | None = None  # how often it is asked, like 10m; by its kind where nothing is said
    at: str | None = None  # or at which times of day, like 03:00
    budget_s: int | None = None  # seconds after which a scheduled run ends, to go on next time
    revisit: bool = False  # whether the counts of its posts are read again at +1, 6, 24, 72 h and 7 d


TIERS = ("named", "unsure", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How texts are read. `second_tier`: which of the posts that come in the slower model reads again, where the
    fast one is unsure: those that name a brand or product of the project ("named"), all ("unsure"), none ("off").
    """

    second_tier: str = "named"  # one of TIERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    id: str
    title: Title
    timezone: str = "Asia/Shanghai"
    follower_line: int = 100_000  # accounts above it are public
    language: Reading = field(default_factory=Reading)
    brands: tuple[Brand, ...] = ()
    queries: tuple[SavedQuery, ...] = ()
    lists: tuple[AccountList, ...] = ()
    tags: tuple[TagRule, ...] = ()
    sources: tuple[SourceUse, ...] = ()
    words: Words = field(default_factory=Words)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def brand_accounts(self) -> frozenset[str]:
        """Names of the brands' own accounts, which are organisations' voices and no KOLs."""
        return frozenset(name for brand in self.brands for name in brand.accounts)

    def brand(self, brand_id: str) -> Brand | None:
        return next((brand for brand in self.brands if brand.id == brand_id), None)


DOMAINS = (
    "car",
    "cosmetics",
    "phone",
    "camera",
    "notebook",
    "shampoo",
    "hotel",
    "delivery",
)  # kinds of products texts are read for
EMPTY = Project(id="default", title=Title(zh="默认项目", en="Default project"))


def load(path: Path) -> Project:
    """The project of a TOML file.

    Raises `ProjectError` naming the file, the field and what is accepted.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ProjectError(
            f"cannot be read ({error.strerror}); write one with: tingfeng project new NAME", path=path
        ) from error
    except UnicodeDecodeError as error:
        raise ProjectError("is not UTF-8 text; save it as UTF-8", path=path) from error
    return read(text, path)


def read(text: str, path: Path) -> Project:
    """The project of a TOML text that stands, or is to stand, at `path`; raises `ProjectError` as `load` does."""
    try:
        return parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"is not valid TOML: {error}", path=path) from error
    except msgspec.ValidationError as error:
        raise ProjectError(_plainly(str(error)), path=path) from error
    except ValueError as error:
        raise ProjectError(str(error), path=path) from error


def parse(data: dict[str, Any]) -> Project:
    """The project of a decoded TOML document; raises `ValueError` on anything unknown or missing."""
    known = {*_SINGLE, *_TABLES}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"unknown table [{unknown[0]}]; known are {', '.join(sorted(known))}")
    for table, accepted in _SINGLE.items():
        row = data.get(table, {})
        if not isinstance(row, dict):
            raise ValueError(f"{table} must be a table that begins with the line [{table}]")
        _only(row, accepted, f"[{table}]")
    for table, (_, accepted) in _TABLES.items():
        rows = data.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"{table} must be tables that begin with the line [[{table}]]")
        for number, row in enumerate(rows, 1):
            _only(row, accepted, f"[[{table}]] number {number}")
    project = msgspec.convert(
        data.get("project", {})
        | {table: data.get(table, {}) for table in _SINGLE if table != "project"}
        | {kept: data.get(table, []) for table, (kept, _) in _TABLES.items()},
        Project,
    )
    _check(project)
    return project


# The tables that stand once, and the fields they may have.
_SINGLE: dict[str, set[str]] = {
    "project": {"id", "title", "timezone", "follower_line"},
    "language": {"second_tier"},
    "words": {"keep", "stop", "rejected"},
}

# The tables of many rows: where a project keeps them, and the fields they may have.
_TABLES: dict[str, tuple[str, set[str]]] = {
    "brand": (
        "brands",
        {
            "id",
            "title",
            "names",
            "ambiguous",
            "context",
            "products",
            "exclude",
            "accounts",
            "competitor",
            "domain",
        },
    ),
    "query": ("queries", {"id", "title", "query", "owner"}),
    "list": ("lists", {"id", "title", "accounts"}),
    "tag": ("tags", {"id", "title", "query", "owner", "version"}),
    "source": (
        "sources",
        {"name", "arguments", "robots_override", "every", "at", "budget_s", "revisit"},
    ),
}


def _only(row: dict[str, Any], accepted: set[str], where: str) -> None:
    if unknown := sorted(set(row) - accepted):
        raise ValueError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(sorted(accepted))}")


_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_PLACES = {kept: table for table, (kept, _) in _TABLES.items()}
_ENTRY = re.compile(rf"({'|'.join(_PLACES)})\[(\d+)\]\.?(.*)")
_MISSING = re.compile(r"Object missing required field `(.+)`")


def _plainly(told: str) -> str:
    """What msgspec says of a field, in the words of the file."""
    found = _PLACE.fullmatch(told)
    what, path = (found["what"], found["path"] or "") if found else (told, "")
    where = "[project]"
    if entry := _ENTRY.fullmatch(path):
        where, path = f"[[{_PLACES[entry[1]]}]] number {int(entry[2]) + 1}", entry[3]
    elif path.partition(".")[0] in _SINGLE:
        where, path = f"[{path.partition('.')[0]}]", path.partition(".")[2]
    if missing := _MISSING.fullmatch(what):
        name = f"{path}.{missing[1]}" if path else missing[1]
        return f"{where}: the field {name} is missing; tingfeng project new NAME shows how it is written"
    if wanted := wanted_by(what):
        return f"{where}: the field {path} wants {wanted}"
    return f"{where}: {path}: {what}"


def _check(project: Project) -> None:
    _check_id(project.id)
    if project.follower_line < 1:
        raise ValueError("follower_line wants a number from 1; accounts with fewer followers stay pseudonyms")
    if project.language.second_tier not in TIERS:
        raise ValueError(
            f"second_tier {project.language.second_tier!r} is unknown; known are {', '.join(TIERS)}"
        )
    try:
        ZoneInfo(project.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"timezone {project.timezone!r} is unknown; use a name like Asia/Shanghai"
        ) from error
    for table, entries in (
        ("brand", project.brands),
        ("query", project.queries),
        ("list", project.lists),
        ("tag", project.tags),
    ):
        _check_ids(table, [entry.id for entry in entries])
    _check_ids("product", [product.id for brand in project.brands for product in brand.products])
    for brand in project.brands:
        _check_brand(brand)
    for accounts in project.lists:
        if not accounts.accounts or not all(account.strip("@＠ ") for account in accounts.accounts):
            raise ValueError(
                f"list {accounts.id!r} wants accounts; write their names, or ids like weibo:1234567890"
            )
    for tag in project.tags:
        if tag.version < 1:
            raise ValueError(f"tag {tag.id!r}: version wants a number from 1; raise it with every change")
    for use in project.sources:
        _check_cadence(use)


def _check_cadence(use: SourceUse) -> None:
    if use.every is not None and use.at is not None:
        raise ValueError(f"source {use.name!r} has both every and at; keep one of them")
    if use.every is not None and read_every(use.every) is None:
        raise ValueError(
            f"source {use.name!r}: every {use.every!r} is no span from 1m to 31d; write it like 10m, 6h or 1d"
        )
    if use.at is not None and read_at(use.at) is None:
        raise ValueError(
            f"source {use.name!r}: at {use.at!r} is no time of day; write it like 03:00, or 09:00, 18:00"
        )
    if use.budget_s is not None and use.budget_s < 10:
        raise ValueError(f"source {use.name!r}: budget_s wants seconds, 10 at least")


def _check_id(name: str) -> None:
    if not re.fullmatch(r"[\w.-]{1,60}", name):
        raise ValueError(f"id {name!r} is not a name of letters, digits, '.', '_' and '-'")


def _check_ids(table: str, names: Sequence[str]) -> None:
    """Ids are what queries, tags and annotations call an entry by; in any case of letters."""
    seen: set[str] = set()
    for name in names:
        _check_id(name)
        if name.lower() in seen:
            raise ValueError(f"two entries of {table} have the id {name!r}; give each its own")
        seen.add(name.lower())


def _check_brand(brand: Brand) -> None:
    _check_named("brand", brand)
    for product in brand.products:
        _check_named("product", product)
    if brand.domain is not None and brand.domain not in DOMAINS:
        raise ValueError(
            f"brand {brand.id!r}: domain {brand.domain!r} is unknown; known are {', '.join(DOMAINS)}"
        )
    _check_names(brand)


def _check_named(what: str, one: Brand | Product) -> None:
    if not one.names and not one.ambiguous:
        raise ValueError(f"{what} {one.id!r} has no names; list what people call it")
    if one.ambiguous and not one.context:
        raise ValueError(
            f"{what} {one.id!r} has ambiguous names and no context; list words that stand beside them"
            " where it is meant"
        )
    if one.context and not one.ambiguous:
        raise ValueError(
            f"{what} {one.id!r} has context and no ambiguous names; move the names that need it"
            " from names to ambiguous"
        )
    if both := sorted(set(one.names) & set(one.ambiguous)):
        raise ValueError(f"{what} {one.id!r}: {both[0]!r} stands in names and in ambiguous; keep one of them")


def _check_names(brand: Brand) -> None:
    """Every name becomes a phrase of a query: it needs something to look for and no quotation mark."""
    named: tuple[Brand | Product, ...] = (brand, *brand.products)
    phrases = [phrase for one in named for phrase in (*one.names, *one.ambiguous, *one.context, *one.exclude)]
    for phrase in phrases:
        if any(mark in phrase for mark in '"“”＂') or not any(character.isalnum() for character in phrase):
            raise ValueError(
                f"brand {brand.id!r}: {phrase!r} cannot be searched for; write a name with letters and without quotation marks"
            )
