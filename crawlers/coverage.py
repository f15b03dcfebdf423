"""The book of what each slice of a run was expected to give and gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.models import Coverage


@dataclass(slots=True)
class _Line:
    expected: int | None = None
    got: int = 0
    because: str | None = None
    refused: bool = False

    @property
    def is_short(self) -> bool:
        return self.expected is not None and self.got < self.expected


class CoverageBook:
    """Counts per slice; a slice is any stable name of what was asked: ``search:比亚迪 2026-11-01-0..``."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._pages: dict[str, set[int]] = {}

    def ask(self, slice: str) -> None:  # noqa: A002 - the record's own word
        """Note that the slice is asked for, so that an empty one is shown too."""
        if slice not in self._lines:
            self._lines[slice] = _Line()

    def expect(self, slice: str, number: int | None) -> None:  # noqa: A002
        """What the site says it has; a later, larger number replaces a smaller one."""
        line = self._line(slice)
        if number is not None and (line.expected is None or number > line.expected):
            line.expected = number

    def got(self, slice: str, number: int = 1) -> None:  # noqa: A002
        self._line(slice).got += number

    def because(self, slice: str, reason: str, *, refused: bool = False) -> None:  # noqa: A002
        """Why not all came. The first reason stays, unless a refusal of the site follows a mere cut."""
        line = self._line(slice)
        if line.because is None or (refused and not line.refused):
            line.because, line.refused = reason, refused

    @property
    def refused(self) -> bool:
        """Whether some slice was cut short by a refusal of the site."""
        return any(line.refused for line in self._lines.values())

    def seen_page(self, slice: str, ids: Iterable[str]) -> bool:  # noqa: A002
        """Whether a page of the slice with exactly these ids came before; an empty page never did."""
        found = tuple(ids)
        if not found:
            return False
        fingerprint = hash(found)
        pages = self._pages.setdefault(slice, set())
        if fingerprint in pages:
            return True
        pages.add(fingerprint)
        return False

    def records(self, *, source: str, run_id: str, rest: str = "not_shown") -> list[Coverage]:
        """One `Coverage` a slice, in the order they were asked.

        `rest` says why a slice without a reason gave less than was expected.
        """
        return [
            Coverage(
                source=source,
                slice=name,
                expected=line.expected,
                got=line.got,
                because=line.because or (rest if line.is_short else None),
                run_id=run_id,
            )
            for name, line in self._lines.items()
        ]

    def _line(self, name: str) -> _Line:
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = _Line()
        return line
