"""How a number gets its evidence: one builder a slice, so that no finding is made without its frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.models import Coverage, Finding
from core.project import Title
from mining.formulas import formula

EVIDENCE = 20  # posts named beside a number; the query returns them all
_TOO_FEW = "not enough data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all numbers of one slice share: the query that returns its posts, the base, the coverage."""

    query: str
    base: str
    coverage: str | None = None

    def number(
        self, formula_id: str, value: float | int | None, *, n: int, evidence: Iterable[str] = ()
    ) -> Finding:
        """`value` as a finding; None with the reason noted when `n` is below what the formula needs.

        `n` counts what the formula divides by or averages over. Raises `KeyError` on an unknown formula.
        """
        needed = formula(formula_id).minimum_n
        note = None
        if n < needed:
            value, note = None, f"{_TOO_FEW}: {n} < {needed}"
        elif value is None:
            note = "unknown"
        return Finding(
            formula=formula_id,
            value=round(value, 6) if isinstance(value, float) else value,
            n=n,
            base=self.base,
            query=self.query,
            coverage=self.coverage,
            evidence=tuple(dict.fromkeys(evidence))[:EVIDENCE],
            note=note,
        )

    def on(self, base: str) -> Frame:
        """The same slice on another base."""
        return replace(self, base=base)

    def asking(self, query: str) -> Frame:
        """The same slice narrowed by a query of its own."""
        return replace(self, query=query)


def note_title(finding: Finding) -> Title | None:
    """The note in both languages; None where there is none."""
    note = finding.note
    if note is None:
        return None
    if note.startswith(_TOO_FEW):
        return Title(zh="数据不足" + note.removeprefix(_TOO_FEW).replace(": ", "："), en=note)
    return Title(zh="未知" if note == "unknown" else note, en=note)


def coverage_text(rows: Sequence[Coverage]) -> str | None:
    """What was reached of what was asked, free of language: ``1100/1200 · captcha ×3``; None without rows.

    Slices whose size no one knows are told apart: ``1100/1200 + 40/?``.
    """
    if not rows:
        return None
    rows = [row for row in rows if row.because != "split"]  # its parts stand beside it
    known = [row for row in rows if row.expected is not None]
    parts = []
    if known:
        parts.append(f"{sum(row.got for row in known)}/{sum(row.expected or 0 for row in known)}")
    if len(known) < len(rows):
        parts.append(f"{sum(row.got for row in rows if row.expected is None)}/?")
    reasons: dict[str, int] = {}
    for row in rows:
        if row.because:
            reasons[row.because] = reasons.get(row.because, 0) + 1
    told = [
        f"{name} ×{times}" for name, times in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
    return " · ".join([" + ".join(parts), *told])
