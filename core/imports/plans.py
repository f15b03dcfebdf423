"""Which columns of a row are read into which fields, and how: worked out once for each set of columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core.errors import UsageError
from core.imports import cells
from core.imports.cells import CellError
from core.imports.columns import DERIVED, columns_of, plain, platform_told
from core.imports.mapping import Columns, Mapping, several

POST_IDS = ("root_id", "parent_id", "quoted_id", "thread_id")
COUNTERS = tuple((name, f"engagement.{name}") for name in ("reposts", "comments", "likes", "views"))

_REMEMBERED = 1_000  # sets of columns, and names of columns that nobody takes
_ANY_WORD = frozenset({"text", "title", "author.name"})
_AMBIGUOUS = frozenset({"kind", "author.verified_type", *DERIVED})
_LISTS = ("mentions", "urls", "media", "engagement.capped")
_PLAINLY = Mapping()
_READERS: dict[str, Callable[[Any], Any]] = {
    "id": cells.read_native,
    "platform": cells.read_platform,
    "kind": cells.read_kind,
    **dict.fromkeys(POST_IDS, cells.read_native),
    "parent_confidence": cells.read_share,
    "floor": cells.read_counter,
    "region": cells.read_region,
    "client": cells.read_client,
    "url": cells.read_words,
    "author.id": cells.read_native,
    "author.name": cells.read_label,
    "author.followers": cells.read_counter,
    "author.verified_type": cells.read_verified_type,
    "author.name_key": cells.read_words,
    **{field: cells.read_counter for _, field in COUNTERS},
    "is_original": cells.read_original,
    "media.image": cells.read_links,
    "media.video": cells.read_links,
}


class Column(NamedTuple):
    """One column of a row and what reads it into `field`; of several for a field the first filled one counts."""

    field: str
    header: str
    clean: Callable[[Any], Any]
    read: Callable[[Any], Any]
    might: bool  # the header only might mean the field (类型, 认证): left out where it does not read


Plan = list[Column]


class Plans:
    """The plans of one file, by a mapping or, without one, by what `columns.toml` knows of names.

    `typed` says that the file tells numbers from texts (JSON does), so that a text must be one. `ignored` collects the
    headers that no field takes; `defaults` are the mapping's, read. Raises `UsageError` on a default that cannot be.
    """

    def __init__(self, *, now: datetime, zone: ZoneInfo, typed: bool, mapping: Mapping | None) -> None:
        self.ignored: dict[str, None] = {}
        self._mapping = mapping
        told = mapping or _PLAINLY
        self.zone = ZoneInfo(told.timezone) if told.timezone else zone
        moment = cells.moment_reader(now, self.zone)
        read_text = cells.read_words if typed else cells.read_label
        self._readers: dict[str, Callable[[Any], Any]] = {
            **_READERS,
            "text": read_text,
            "title": read_text,
            "published_at": moment,
            "fetched_at": moment,
            "topics": cells.topics_reader(told.separators),
            **dict.fromkeys(_LISTS, cells.list_reader(told.separators)),
        }
        self._prefixes = told.prefixes
        self._words = {
            field: {plain(word): value for word, value in words.items()}
            for field, words in told.values.items()
        }
        self.defaults = self._read(told.defaults)
        self._posts: dict[tuple[str, ...], Plan] = {}
        self._originals: dict[tuple[str, ...], Plan] = {}

    def of_post(self, values: dict[str, Any]) -> Plan:
        """The plan of a row for its own post."""
        headers = tuple(values)
        plan = self._posts.get(headers)
        if plan is None:
            if len(self._posts) >= _REMEMBERED:
                self._posts.clear()
            plan = self._posts[headers] = self._mapped(headers) if self._mapping else self._known(headers)
        return plan

    def of_original(self, values: dict[str, Any]) -> Plan:
        """The plan of a row for the reposted post in it; empty where the mapping knows of none."""
        if self._mapping is None or not self._mapping.original:
            return []
        headers = tuple(values)
        plan = self._originals.get(headers)
        if plan is None:
            if len(self._originals) >= _REMEMBERED:
                self._originals.clear()
            plan = self._originals[headers] = self._named(self._mapping.original, headers)
        return plan

    def _mapped(self, headers: tuple[str, ...]) -> Plan:
        assert self._mapping is not None
        used = set(map(plain, self._mapping.headers()))
        left = columns_of([header for header in headers if plain(header) not in used])
        self._ignore([*left.header.values(), *left.ignored])
        return self._named(self._mapping.columns, headers)

    def _known(self, headers: tuple[str, ...]) -> Plan:
        """The columns whose names are known, whoever wrote the file."""
        columns = columns_of(headers)
        self._ignore(columns.ignored)
        plan = [
            self._column(field, header, might=field in _AMBIGUOUS and field not in columns.exact)
            for field, header in columns.header.items()
        ]
        native = columns.header.get("id", "")
        if plain(native).startswith(("comment", "评论")):
            plan.append(Column("is_comment", native, cells.known, bool, True))
        if platform := platform_told(native):
            plan.append(Column("platform", native, cells.known, lambda _: platform, True))
        return plan

    def _named(self, columns: Columns, headers: tuple[str, ...]) -> Plan:
        """The columns that a mapping names, as far as this row has them."""
        there = {plain(header): header for header in headers}
        return [
            self._column(field, there[name], might=field in _AMBIGUOUS)
            for field, names in columns.items()
            for name in map(plain, several(names))
            if name in there
        ]

    def _column(self, field: str, header: str, *, might: bool) -> Column:
        read = self._readers[field]
        if words := self._words.get(field):
            read = cells.translating(words, read)
        if prefix := self._prefixes.get(field):
            read = cells.prefixing(prefix, read)
        return Column(field, header, cells.filled if field in _ANY_WORD else cells.known, read, might)

    def _ignore(self, headers: list[str] | tuple[str, ...]) -> None:
        if len(self.ignored) < _REMEMBERED:
            self.ignored.update(dict.fromkeys(headers))

    def _read(self, defaults: dict[str, str]) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for field, value in defaults.items():
            try:
                read[field] = self._readers[field](value)
            except CellError as error:
                raise UsageError(f"the mapping's default of {field} {error}") from None
        return read
