"""传播路径: who passed a post on to whom, how far and how fast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models import Author, EdgeKind, Finding, Post
from mining.voices import OriginalVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One post of the tree. `edge` says how its parent is known; None for the root.

    `direct` counts children, `branch` everything below. A node with edge `missing` is a virtual one: a person
    a chain names whose repost was not collected; its id starts with ``missing:`` and it has no time.
    """

    id: str
    parent_id: str | None
    edge: EdgeKind | None
    confidence: float
    depth: int
    published_at: datetime | None
    direct: int
    branch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """All posts `depth` steps from the root; `growth` is the layer over the one before."""

    depth: int
    posts: int
    share: float
    growth: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Posts that came within [at, at + step) and all until its end."""

    at: datetime
    posts: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpreader:
    """A node below the root that brought many further; `path` leads from the root to it.

    `exposure` sums the followers of the distinct people of the branch, not de-duplicated (an upper bound);
    None when none is known. `marginal` is what the tree would lose without the node: its branch and itself.
    """

    id: str
    author: Author | None
    direct: int
    branch: int
    exposure: int | None
    exposure_known: int  # people of the branch whose followers are known
    marginal: int
    path: tuple[str, ...]
    voice: OriginalVoice | None  # None for a virtual node


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """A reconstructed tree. `nodes` come parents first; `metrics` are findings by name.

    Names of metrics: size, reposts, people, observed, inferred, missing, depth, max_breadth,
    structural_virality, t50_s, t90_s, peak_posts, first_hour, largest_broadcast, coverage.
    """

    root: str
    root_post: OriginalVoice | None  # None: the root was deleted or not collected
    nodes: tuple[Node, ...]
    metrics: dict[str, Finding]
    layers: tuple[Layer, ...]
    curve: tuple[CurvePoint, ...]
    curve_step_s: int
    key_spreaders: tuple[KeySpreader, ...]
    labels: dict[str, str]  # node id → the author's name as stored, where known


def reconstruct(posts: Iterable[Post], root_id: str, *, use_parent_ids: bool = True) -> Cascade:
    """The repost tree of `root_id`: from parent ids, else ``//@name:`` chains, else the root.

    Never a cycle, and no child before its parent. Method: chain and text matching as in the repository's
    docs/formulas.md, id ``cascade_parent``.
    """
    raise NotImplementedError


def contract(cascade: Cascade) -> dict[str, Any]:
    """The JSON of ``tingfeng cascade --json``: root, nodes, metrics and key_spreaders as plain dicts."""
    raise NotImplementedError
