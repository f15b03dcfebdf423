"""What the commands print: JSON for programs, tables for people, progress for those who wait."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from core.language import chosen, say
from core.models import Finding
from core.records import to_json
from mining.findings import note_title
from mining.formulas import formula

# wide enough that nothing is cut where the output goes to a file
_PIPE_WIDTH = 240


def emit_json(answer: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.buffer.write(to_json(answer) + b"\n")
    sys.stdout.flush()


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """A plain table on stdout; unknown cells are a dash."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    grid = Table(title=title, box=None, pad_edge=False, title_justify="left")
    for heading in headings:
        grid.add_column(say(heading), overflow="fold")
    for row in rows:
        grid.add_row(*("-" if cell is None else _plain(cell) for cell in row))
    console.print(grid)


def _plain(cell: object) -> str:
    text = f"{cell:.3f}" if isinstance(cell, float) else str(cell)
    return text.replace("[", r"\[")


def tell(sentence: str) -> None:
    """A line for a person on stderr; stdout is for data."""
    typer.echo(say(sentence), err=True)


class Progress:
    """Counts on stderr while something runs; silent where stderr is not a terminal."""

    def __init__(self, what: str) -> None:
        self._what = say(what)
        self._shown = False

    def __call__(self, done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{self._what}: {done:,}")
            sys.stderr.flush()
            self._shown = True

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\n")


def local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """A time as the project's people read it."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else None


def one_line(text: str, limit: int = 80) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def named(group: str, code: str | None) -> str | None:
    """What people call a code (a sentiment, a tier, a base); in English the code itself."""
    if code is None or chosen() == "en":
        return code
    from web.language import name_of  # loads the web's libraries, which most commands do without

    return name_of(group, code, chosen())


def titled(finding: Finding) -> str:
    """The name of a finding's formula."""
    return formula(finding.formula).title.of(chosen())


def figure(finding: Finding) -> str:
    """A finding's value as text, or why there is none."""
    if finding.value is None:
        title = note_title(finding)
        return title.of(chosen()) if title else "-"
    return f"{finding.value:.3f}" if isinstance(finding.value, float) else str(finding.value)
