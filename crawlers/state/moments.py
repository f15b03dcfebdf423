"""Moments as the tables keep them, and back."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds(moment: datetime | None) -> float | None:
    """Seconds since 1970."""
    return None if moment is None else moment.timestamp()


def moment(value: float | None) -> datetime | None:
    """An aware UTC time."""
    return None if value is None else datetime.fromtimestamp(value, UTC)
