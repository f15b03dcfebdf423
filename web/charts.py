"""Charts as data: what a script draws and a table repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.models import Finding

SENTIMENTS = ("positive", "neutral", "negative")
EMOTIONS = ("happy", "surprise", "neutral", "sad", "fear", "angry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line or one colour of bars; `tone` names a colour of the style sheet."""

    name: str
    values: tuple[float | int | None, ...]
    tone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`kind` line, bar or stack; `labels` along the axis, one value of each row a label.

    `picks`: for each label, the clauses that a click on it adds to the query of the page.
    """

    kind: str
    labels: tuple[str, ...]
    rows: tuple[Row, ...]
    picks: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """What the drawing script reads."""
        rows = [{"name": row.name, "values": row.values, "tone": row.tone} for row in self.rows]
        return {"kind": self.kind, "labels": self.labels, "rows": rows, "picks": self.picks}

    def lines(self) -> list[tuple[object, ...]]:
        """The same as lines of a table: label, then one value a row."""
        return list(zip(self.labels, *(row.values for row in self.rows), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One line of a whole that is divided: `length` of its bar from 0 to 1, `url` of the posts it counts.

    `share` is None where the label was not met.
    """

    name: str
    tone: str
    count: int
    share: Finding | None
    length: float
    url: str


def days_chart(
    counts: Sequence[tuple[str, str, int]], names: dict[str, str], *, kind: str = "stack", tones: bool = False
) -> Chart:
    """(day, value, count) rows as a chart with every day of the span; `names` gives order and titles."""
    days = every_day([day for day, _, _ in counts])
    found = {(day, value): count for day, value, count in counts}
    rows = tuple(
        Row(
            name=title,
            values=tuple(found.get((day, value), 0) for day in days),
            tone=value if tones else None,
        )
        for value, title in names.items()
    )
    return Chart(kind=kind, labels=tuple(days), rows=rows)


def every_day(days: Sequence[str]) -> list[str]:
    """All days from the first to the last, so that a silent day shows as a gap in the bars."""
    if not days:
        return []
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    return [(first + timedelta(days=step)).isoformat() for step in range((last - first).days + 1)]
