"""Where each node of a cascade stands in its picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import UsageError
from mining.cascade import Cascade

SHAPES = ("radial", "sail")
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Columns of equal length, parents first; `x`, `y` lie in [-1, 1] (radial) or [0, 1] (sail: x is time).

    `parent` is the row of the parent, -1 for the root. `leaves` > 0 marks a glyph that stands for so many posts
    of its parent's branch, which are not drawn one by one; its id is ``leaves:PARENT``.
    """

    shape: str
    ids: tuple[str, ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    parent: tuple[int, ...]
    depth: tuple[int, ...]
    edge: tuple[str, ...]  # "" for the root and for glyphs of many
    branch: tuple[int, ...]
    leaves: tuple[int, ...]
    label: tuple[str, ...]
    gone: tuple[str, ...]  # why the site shows it no more; "" where it does, as far as is known
    shown: int  # nodes drawn one by one
    total: int


def place(cascade: Cascade, *, shape: str = "radial", limit: int = 2000) -> Layout:
    """A tree layout of at most about `limit` glyphs: radial (depth is the radius) or sail (x is time).

    Where the tree is larger, the nodes with the largest branches are drawn with the path to them, then the
    smallest groups of children; the rest of each node's branch becomes one glyph. Radius grows with the logarithm
    of depth, and x with that of minutes, since most of a cascade is near its start. Raises `UsageError` on
    another shape.
    """
    if shape not in SHAPES:
        raise UsageError(f"layout {shape!r} is unknown; use one of: {', '.join(SHAPES)}")
    nodes = cascade.nodes
    row_of = {node.id: row for row, node in enumerate(nodes)}
    above = [-1 if node.parent_id is None else row_of[node.parent_id] for node in nodes]
    drawn = _drawn(cascade, above, limit)
    glyphs = _Glyphs(cascade, above, drawn)
    turn = _spread(glyphs.parent, glyphs.weight)
    if shape == "radial":
        reach = math.log1p(max(glyphs.depth))
        radius = [math.log1p(depth) / reach if reach else 0.0 for depth in glyphs.depth]
        x = [r * math.cos(2 * math.pi * at) for r, at in zip(radius, turn, strict=True)]
        y = [r * math.sin(2 * math.pi * at) for r, at in zip(radius, turn, strict=True)]
    else:
        x, y = glyphs.along(_moments(cascade, above)), turn
    return replace(
        glyphs.layout(cascade, shape),
        x=tuple(round(value, 5) for value in x),
        y=tuple(round(value, 5) for value in y),
    )


def _drawn(cascade: Cascade, above: Sequence[int], limit: int) -> list[bool]:
    """Which nodes get a glyph of their own; with a node, all above it."""
    nodes = cascade.nodes
    if len(nodes) <= limit:
        return [True] * len(nodes)
    drawn = [False] * len(nodes)
    # a parent's branch is larger than its child's, so whoever is taken finds their parent taken
    inner = sorted(
        (row for row in range(len(nodes)) if nodes[row].direct), key=lambda row: -nodes[row].branch
    )
    for row in inner[: max(1, limit // 3)]:
        drawn[row] = True
    groups: dict[int, list[int]] = {}
    for row, node in enumerate(nodes):
        if not drawn[row] and not node.direct and above[row] >= 0 and drawn[above[row]]:
            groups.setdefault(above[row], []).append(row)
    left = limit - 2 * sum(drawn)
    for rows in sorted(groups.values(), key=lambda rows: (len(rows), rows[0])):
        if len(rows) > left:
            break
        left -= len(rows)
        for row in rows:
            drawn[row] = True
    return drawn


class _Glyphs:
    """The tree that is drawn: `row` of each glyph, for a glyph of many that of its parent."""

    def __init__(self, cascade: Cascade, above: Sequence[int], drawn: Sequence[bool]) -> None:
        self.row: list[int] = []
        self.parent: list[int] = []
        self.depth: list[int] = []
        self.leaves: list[int] = []
        glyph_of: dict[int, int] = {}
        self.hidden: dict[int, list[int]] = {}  # glyph of many → rows it stands for
        over: list[int] = []  # nearest drawn row at or above each row
        held: dict[int, list[int]] = {}
        for row, node in enumerate(cascade.nodes):
            over.append(row if drawn[row] else over[above[row]])
            if drawn[row]:
                glyph_of[row] = self._add(row, glyph_of.get(above[row], -1), node.depth, 0)
            else:
                held.setdefault(over[row], []).append(row)
        for row, rows in held.items():
            glyph = self._add(row, glyph_of[row], cascade.nodes[row].depth + 1, len(rows))
            self.hidden[glyph] = rows
        self.weight = [1.0 + math.log2(leaves) if leaves else 1.0 for leaves in self.leaves]

    def _add(self, row: int, parent: int, depth: int, leaves: int) -> int:
        self.row.append(row)
        self.parent.append(parent)
        self.depth.append(depth)
        self.leaves.append(leaves)
        return len(self.row) - 1

    def along(self, moments: Sequence[float]) -> list[float]:
        """x of each glyph from x of each node; a glyph of many stands at their mean."""
        return [
            sum(moments[each] for each in self.hidden[glyph]) / len(self.hidden[glyph])
            if glyph in self.hidden
            else moments[row]
            for glyph, row in enumerate(self.row)
        ]

    def layout(self, cascade: Cascade, shape: str) -> Layout:
        nodes = [cascade.nodes[row] for row in self.row]
        many = [leaves > 0 for leaves in self.leaves]
        return Layout(
            shape=shape,
            ids=tuple(f"leaves:{n.id}" if some else n.id for n, some in zip(nodes, many, strict=True)),
            x=(),
            y=(),
            parent=tuple(self.parent),
            depth=tuple(self.depth),
            edge=tuple(
                n.edge.value if n.edge and not some else "" for n, some in zip(nodes, many, strict=True)
            ),
            branch=tuple(0 if some else n.branch for n, some in zip(nodes, many, strict=True)),
            leaves=tuple(self.leaves),
            label=tuple(
                "" if some else cascade.labels.get(n.id, "") for n, some in zip(nodes, many, strict=True)
            ),
            gone=tuple("" if some else n.gone or "" for n, some in zip(nodes, many, strict=True)),
            shown=many.count(False),
            total=len(cascade.nodes),
        )


def _spread(parent: Sequence[int], weight: Sequence[float]) -> list[float]:
    """A place in [0, 1] for each glyph: the middle of a span as wide as its leaves weigh; parents first."""
    size = len(parent)
    span = [0.0] * size
    inner = [False] * size
    for row in range(size - 1, -1, -1):
        if not inner[row]:
            span[row] = weight[row]
        if row:
            span[parent[row]] += span[row]
            inner[parent[row]] = True
    start = [0.0] * size
    used = [0.0] * size
    for row in range(1, size):
        start[row] = start[parent[row]] + used[parent[row]]
        used[parent[row]] += span[row]
    return [(start[row] + span[row] / 2) / span[0] for row in range(size)]


def _moments(cascade: Cascade, above: Sequence[int]) -> list[float]:
    """x of each node: logarithm of the minutes since the start over that of the last; unknown: its parent's."""
    times = [node.published_at.timestamp() if node.published_at else None for node in cascade.nodes]
    dated = [at for at in times if at is not None]
    start = times[0] if times[0] is not None else min(dated, default=0.0)
    reach = math.log1p(max(0.0, max(dated, default=0.0) - start) / _MINUTE_S)
    x: list[float] = []
    for row, at in enumerate(times):
        if at is None:
            x.append(x[above[row]] if row else 0.0)
        else:
            x.append(math.log1p(max(0.0, at - start) / _MINUTE_S) / reach if reach else 0.0)
    return x
