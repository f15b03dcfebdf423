"""Where each node of a cascade stands in its picture."""

from __future__ import annotations

from dataclasses import dataclass

from mining.cascade import Cascade


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Columns of equal length, parents first; `x`, `y` lie in [-1, 1] (radial) or [0, 1] (sail: x is time).

    `parent` is the row of the parent, -1 for the root. `leaves` > 0 marks a glyph that stands for so many
    childless reposts of its parent, which are not drawn one by one; its id is ``leaves:PARENT``.
    """

    shape: str
    ids: tuple[str, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    parent: tuple[int, ...]
    depth: tuple[int, ...]
    edge: tuple[str, ...]  # "" for the root
    branch: tuple[int, ...]
    leaves: tuple[int, ...]
    label: tuple[str, ...]
    shown: int  # posts drawn one by one
    total: int


def place(cascade: Cascade, *, shape: str = "radial", limit: int = 2000) -> Layout:
    """A tree layout of at most about `limit` glyphs: radial (depth is the radius) or sail (x is time)."""
    raise NotImplementedError
