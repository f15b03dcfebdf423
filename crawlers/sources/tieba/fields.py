"""The facts Tieba writes into ``data-field``: JSON, or nearly so, or cut short by a stray quote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from core.counts import read_count


def facts_of(text: str | None) -> Mapping[str, Any]:
    """The record of a ``data-field``; of one that is no JSON, its plain keys and values.

    Browsers that saved a page leave single quotes or none around keys: ``{'spid':'15','showname':'甲'}``,
    ``{total_num:16,total_page:2}``.
    """
    if not text:
        return {}
    try:
        found = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {key: value for key, value in _pairs(text) if value != ""}
    return found if isinstance(found, dict) else {}


_PAIR = re.compile(r"""['"]?(\w{2,20})['"]?\s*:\s*(?:'([^']*)'|"([^"]*)"|(-?\d+))""")


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(key, one or two or number) for key, one, two, number in _PAIR.findall(text)]


def part_of(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A record within a record, empty where it is absent."""
    part = record.get(name)
    return part if isinstance(part, dict) else {}


def number_of(value: Any) -> int | None:
    """A whole number from 0, written as one or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
        return None
    return read_count(value).value


def name_of(*values: Any) -> str | None:
    """The first name that says something."""
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), None)
