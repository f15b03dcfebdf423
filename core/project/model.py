"""What a project holds: brands, saved searches, lists, tags, sources, words, and the packs it may read with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from core.errors import UsageError
from core.project.pack import Pack, shipped_packs
from core.project.title import Title


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
    domain: str | None = None  # the id of a pack

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
    packs: tuple[Pack, ...] = ()  # the team's own

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def brand_accounts(self) -> frozenset[str]:
        """Names of the brands' own accounts, which are organisations' voices and no KOLs."""
        return frozenset(name for brand in self.brands for name in brand.accounts)

    def brand(self, brand_id: str) -> Brand | None:
        return next((brand for brand in self.brands if brand.id == brand_id), None)

    @property
    def all_packs(self) -> tuple[Pack, ...]:
        """Those that ship and the team's own."""
        return (*shipped_packs().values(), *self.packs)

    @property
    def domains(self) -> tuple[str, ...]:
        """The ids of all packs."""
        return tuple(pack.id for pack in self.all_packs)

    def pack(self, domain: str) -> Pack:
        """The pack of a domain; raises `UsageError` naming those there are."""
        found = next((pack for pack in self.all_packs if pack.id == domain), None)
        if found is None:
            raise UsageError(f"domain {domain!r} has no aspect pack; known are {', '.join(self.domains)}")
        return found

    def aspect_title(self, name: str) -> Title:
        """What people call an aspect, the same in every pack; its id in both languages where no pack has it."""
        return self._aspects().get(name) or Title(zh=name, en=name)

    def aspects_called(self, title: str) -> tuple[str, ...]:
        """The aspects with a title in either language, letters of either case: () where no pack has it."""
        asked = title.lower()
        return tuple(
            name for name, each in self._aspects().items() if asked in (each.en.lower(), each.zh.lower())
        )

    def _aspects(self) -> dict[str, Title]:
        return {aspect.id: aspect.title for pack in self.all_packs for aspect in pack.aspects}


EMPTY = Project(id="default", title=Title(zh="默认项目", en="Default project"))
