"""The book of what each slice of a crawl was expected to give and gave."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from core.models import Coverage
from crawlers.state.readings import Line


class CoverageBook:
    """Counts per slice; a slice is any stable name of what was asked: ``search:比亚迪 2026-11-01-0..``.

    What a page adds is held under its `task` until the page is done, when `take` gives it to the frontier,
    so that a page read again after a kill counts once. `first` tells whether a key is new to a group.
    """

    def __init__(self, first: Callable[[str, str], bool]) -> None:
        self.task: int | None = None
        self.refused = False  # whether some slice was cut short by a refusal of the site in this run
        self._first = first
        self._lines: dict[int | None, dict[str, Line]] = {}

    def ask(self, slice: str) -> None:  # noqa: A002 - the record's own word
        """Note that the slice is asked for, so that an empty one is shown too."""
        self._line(slice)

    def expect(self, slice: str, number: int | None) -> None:  # noqa: A002
        """What the site says it has; a later, larger number replaces a smaller one."""
        self._line(slice).add(Line(expected=number))

    def got(self, slice: str, number: int = 1) -> None:  # noqa: A002
        self._line(slice).got += number

    def because(self, slice: str, reason: str, *, refused: bool = False) -> None:  # noqa: A002
        """Why not all came. The first reason stays, unless a refusal of the site follows a mere cut."""
        self._line(slice).add(Line(because=reason, refused=refused))
        self.refused = self.refused or refused

    def seen_page(self, slice: str, ids: Iterable[str]) -> bool:  # noqa: A002
        """Whether a page of the slice with exactly these ids came before; an empty page never did."""
        found = "\n".join(ids)
        if not found:
            return False
        fingerprint = hashlib.blake2b(found.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return not self._first(f"page:{slice}", fingerprint)

    def take(self, task: int | None) -> dict[str, Line]:
        """What a page adds, given out once."""
        return self._lines.pop(task, {})

    def _line(self, name: str) -> Line:
        return self._lines.setdefault(self.task, {}).setdefault(name, Line())


def records(
    lines: Iterable[tuple[str, Line]], *, source: str, run_id: str, rest: str = "not_shown"
) -> list[Coverage]:
    """One `Coverage` a slice, in order; `rest` says why one without a reason gave less than was expected."""
    return [
        Coverage(
            source=source,
            slice=name,
            expected=line.expected,
            got=line.got,
            because=line.because
            or (rest if line.expected is not None and line.got < line.expected else None),
            run_id=run_id,
        )
        for name, line in lines
    ]
