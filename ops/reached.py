"""What the slices of a run reached, as the terminal and JSON show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from core.models import Coverage
from crawlers.reasons import reachable
from ops.output import named, table


def show_reached(lines: Sequence[Coverage]) -> None:
    """A table of the slices; nothing where there are none."""
    rows = [(one.slice, reachable(one), one.expected, one.got, named("block", one.because)) for one in lines]
    if rows:
        table(("slice", "reachable", "expected", "got", "because"), rows)


def reached(lines: Sequence[Coverage]) -> list[dict[str, Any]]:
    """The slices as objects, each with how many were ``reachable`` (None: unknown)."""
    return [{**msgspec.to_builtins(one), "reachable": reachable(one)} for one in lines]
