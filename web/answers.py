"""What the JSON endpoints share: how an answer is written, how times and bounds are read."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Response

from core.errors import UsageError
from core.project import Project
from core.records import to_json
from core.times import read_time


def answer(content: object) -> Response:
    return Response(to_json(content), media_type="application/json")


def moment(given: str | None, project: Project) -> datetime | None:
    """A date or time of an address, in the project's zone where it names none; raises `UsageError`."""
    if given is None:
        return None
    found = read_time(given, now=datetime.now(UTC), zone=project.zone)
    if found is None:
        raise UsageError(f"{given!r} is not a date; write 2026-11-01 or 2026-11-01T08:00.")
    return found.at


def bounded(name: str, number: int, low: int, high: int) -> int:
    """The number where it lies between the bounds; else raises `UsageError`."""
    if not low <= number <= high:
        raise UsageError(f"{name} {number} is not from {low} to {high}.")
    return number
