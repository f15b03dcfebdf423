"""Mappings: which column of a file holds which field of a post, as data a person may edit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Table
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.errors import UsageError
from core.imports.columns import FIELDS, plain
from core.records import wanted_by

Columns = dict[str, str | list[str]]


class Chain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The labels by which some crawlers write a repost and what it reposts into one text."""

    own: str
    name: str
    original: str


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a file is read. `columns` names each field's column, or several of which the first filled one counts.

    `original` does the same for the reposted post that lies in the row of its repost; `defaults` are values of fields
    whose columns are blank or absent; `values` translates what a column says (platform, kind); `prefixes` go before
    ids, where the same numbers count different things; `separators` are the signs between the parts of a list;
    `timezone` is that of times which name none, in place of the project's.
    """

    columns: Columns = {}
    original: Columns = {}
    defaults: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    prefixes: dict[str, str] = {}
    separators: str = ";；"
    timezone: str | None = None
    chain: Chain | None = None

    def headers(self) -> list[str]:
        """Every column it names, in order."""
        return [
            name
            for table in (self.columns, self.original)
            for names in table.values()
            for name in several(names)
        ]


def several(names: str | Sequence[str]) -> Sequence[str]:
    """The columns of one field, whether one or more were named."""
    return [names] if isinstance(names, str) else names


def load(path: Path) -> Mapping:
    """The mapping of a TOML file; raises `UsageError` naming the file and what is wrong with it."""
    try:
        return parse(tomllib.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        raise UsageError(
            f"{path} does not exist; tingfeng import FILE --write-mapping {path} writes a mapping to begin with"
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); check its rights") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no valid TOML ({error}); correct that line") from error
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error


def parse(data: Table[str, object]) -> Mapping:
    """A mapping of a decoded document; raises `ValueError` on anything unknown in it."""
    known = Mapping.__struct_fields__
    if unknown := sorted(set(data) - set(known)):
        raise ValueError(f"unknown table or field {unknown[0]!r}; known are {', '.join(known)}")
    try:
        mapping = msgspec.convert(data, Mapping)
    except msgspec.ValidationError as error:
        raise ValueError(_plainly(str(error))) from error
    for table in (mapping.columns, mapping.original, mapping.defaults, mapping.values, mapping.prefixes):
        for field in table:
            if field not in FIELDS:
                raise ValueError(f"there is no field {field!r}; known are {', '.join(FIELDS)}")
    for names in (*mapping.columns.values(), *mapping.original.values()):
        if not all(name.strip() for name in several(names)) or not several(names):
            raise ValueError('a field without a column is left out or commented out, not written as ""')
    if mapping.timezone is not None:
        try:
            ZoneInfo(mapping.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f"timezone {mapping.timezone!r} is unknown; use a name like Asia/Shanghai"
            ) from None
    return mapping


_FAULT = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<place>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")


def _plainly(told: str) -> str:
    """What msgspec says of a mapping, in the words of the file."""
    found = _FAULT.fullmatch(told)
    what, place = (found["what"], found["place"] or "") if found else (told, "")
    if missing := _MISSING.fullmatch(what):
        return f"the field {place}.{missing[1]} is missing"
    if (wanted := wanted_by(what)) is None:
        return told
    table, within, _ = place.partition("[")
    return f"a field of {table} wants {wanted}" if within else f"the field {place} wants {wanted}"


def check(mapping: Mapping, headers: Sequence[str], path: Path, *, open_ended: bool) -> None:
    """Raises `UsageError` where the file has none of the columns that a field is said to be in.

    A JSON record leaves out what it does not have (`open_ended`): there only the text must be found.
    """
    there = {plain(header) for header in headers}
    for field, names in mapping.columns.items():
        if open_ended and field not in {"text", "title"}:
            continue
        if there.isdisjoint(map(plain, several(names))):
            raise UsageError(
                f"the mapping looks for {field} in {' / '.join(several(names))}, which {path} does not have; "
                f"its columns are {', '.join(filter(None, headers))}"
            )
    if not {"text", "title"} & mapping.columns.keys():
        raise UsageError(
            f"the mapping names no column for text or title; one of them is needed to read {path}"
        )


def narrowed(mapping: Mapping, headers: Iterable[str]) -> Mapping:
    """The mapping without the columns that are not there, and with those that are as the file writes them."""
    there = {plain(header): header for header in headers if header}

    def kept(table: Columns) -> Columns:
        found = {
            field: [there[plain(name)] for name in several(names) if plain(name) in there]
            for field, names in table.items()
        }
        return {field: names[0] if len(names) == 1 else names for field, names in found.items() if names}

    return msgspec.structs.replace(mapping, columns=kept(mapping.columns), original=kept(mapping.original))


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(mapping: Mapping, *, unused: Iterable[str], unknown: Iterable[str], title: str) -> str:
    """A mapping as TOML to edit, with the columns nobody uses and the fields nobody fills as comments."""
    lines = [
        f"# {title}",
        "# [columns] field = column; of several columns the first filled one counts. See docs/importing.md.",
        f"separators = {_quoted(mapping.separators)}",
        f"timezone = {_quoted(mapping.timezone)}" if mapping.timezone else '# timezone = "Asia/Shanghai"',
    ]
    if mapping.chain:
        parts = ", ".join(
            f"{name} = {_quoted(getattr(mapping.chain, name))}" for name in ("own", "name", "original")
        )
        lines.append(f"chain = {{ {parts} }}")
    lines += ["", "[columns]"]
    lines += [f"{_key(field)} = {_columns(names)}" for field, names in mapping.columns.items()]
    lines += [f'# {_key(field)} = ""' for field in unknown]
    if unused := list(unused):
        lines += ["", "# columns that no field takes:"]
        lines += [f"# {_quoted(name)}" for name in unused]
    for name, table in (
        ("original", mapping.original),
        ("defaults", mapping.defaults),
        ("prefixes", mapping.prefixes),
    ):
        if table:
            lines += [
                "",
                f"[{name}]",
                *(f"{_key(field)} = {_columns(value)}" for field, value in table.items()),
            ]
    for field, words in mapping.values.items():
        lines += [
            "",
            f"[values.{_key(field)}]",
            *(f"{_quoted(word)} = {_quoted(value)}" for word, value in words.items()),
        ]
    if not mapping.defaults:
        lines += ["", "# [defaults]", '# platform = "weibo"']
    if not mapping.values:
        lines += ["", "# [values.kind]", '# "主贴" = "thread"']
    return "\n".join(lines) + "\n"


def _columns(names: str | Sequence[str]) -> str:
    return _quoted(names) if isinstance(names, str) else f"[{', '.join(map(_quoted, names))}]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, which escapes all that TOML wants escaped but DEL."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")
