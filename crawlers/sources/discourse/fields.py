"""Reading fields of Discourse's JSON, where any of them may be absent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.counts import read_count
from crawlers.reading.unreadable import Unreadable

_MOST = 2**53  # what JavaScript counts exactly


def time_of(text: Any) -> datetime | None:
    """An ISO 8601 time, always UTC in Discourse; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def count_of(number: Any) -> int | None:
    return read_count(number).value if isinstance(number, int) else None


def number_of(value: Any) -> int | None:
    """An id or a post's number: a whole number above 0 that the site can have given out."""
    return value if type(value) is int and 0 < value < _MOST else None


def part_of(document: Any, name: str) -> Mapping[str, Any]:
    part = document.get(name) if isinstance(document, dict) else None
    if not isinstance(part, dict):
        raise Unreadable(f"no {name}")
    return part


def list_of(document: Any, name: str) -> list[Mapping[str, Any]]:
    part = document.get(name) if isinstance(document, dict) else None
    if not isinstance(part, list):
        raise Unreadable(f"no {name}")
    return [item for item in part if isinstance(item, dict)]
