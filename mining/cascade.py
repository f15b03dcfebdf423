"""传播路径: who passed a post on to whom, how far and how fast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import UsageError
from core.models import Author, EdgeKind, Finding, Post
from core.records import to_builtins
from index.store import Store
from mining import shape
from mining.bases import ALL
from mining.findings import EVIDENCE, Frame
from mining.shape import Shape
from mining.tree import Tree, grow
from mining.voices import OriginalVoice, original_voice, public_author


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One post of the tree. `edge` says how its parent is known; None for the root.

    `direct` counts children, `branch` everything below. `missing` is the edge of, and the edges to, a virtual
    node: a person a chain names whose repost was not collected. Such a node has no time and, unless the site
    named it, an id that starts with ``missing:``.
    """

    id: str
    parent_id: str | None
    edge: EdgeKind | None
    confidence: float
    depth: int
    published_at: datetime | None
    direct: int
    branch: int
    gone: str | None = None  # why its site shows it no more, as the post says it


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """All nodes `depth` steps from the root; `growth` is the layer over the one before."""

    depth: int
    posts: int
    share: float
    growth: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Posts that came within a step from `at`, and all until its end."""

    at: datetime
    posts: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpreader:
    """A node below the root that brought further ones; `path` leads from the root to it.

    `exposure` sums the followers of the distinct people of the branch, not de-duplicated (an upper bound);
    None when none is known. `marginal` is what the tree would lose without it: the branch and itself.
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


def reconstruct(
    posts: Iterable[Post], root_id: str, *, use_parent_ids: bool = True, spreaders: int = 10
) -> Cascade:
    """The repost tree of `root_id`: from parent ids, else ``//@name:`` chains, else the root.

    Never a cycle, and no child before its parent. `mining.tree.grow` says which posts belong; the method is
    formula ``cascade_parent`` of docs/formulas.md. `spreaders`: how many key spreaders are named.
    """
    tree = grow(posts, root_id, use_parent_ids=use_parent_ids)
    form = shape.shape_of(tree.parent)
    step, points = shape.curve(tree.at)
    return Cascade(
        root=root_id,
        root_post=original_voice(tree.posts[0]) if tree.posts[0] else None,
        nodes=_nodes(tree, form),
        metrics=_metrics(tree, form, peak=max((count for _, count, _ in points), default=None)),
        layers=_layers(form),
        curve=tuple(CurvePoint(at=_moment(at), posts=count, total=total) for at, count, total in points),
        curve_step_s=step,
        key_spreaders=_key_spreaders(tree, form, spreaders),
        labels={key: name for key, name in zip(tree.ids, tree.names, strict=True) if name},
    )


def cascade_of(store: Store, post_id: str, *, use_parent_ids: bool = True, spreaders: int = 10) -> Cascade:
    """The cascade a stored post stands in, whichever of its posts is named.

    Raises `core.errors.UsageError` when nothing of it is stored.
    """
    named = store.get([post_id])
    root_id = (named[0].post.root_id or named[0].post.thread_id or post_id) if named else post_id
    rows = store.cascade(root_id)
    if not rows:
        raise UsageError(f"no post of the cascade {post_id!r} is stored; crawl or import it first")
    return reconstruct(
        [row.post for row in rows], root_id, use_parent_ids=use_parent_ids, spreaders=spreaders
    )


def contract(cascade: Cascade) -> dict[str, Any]:
    """The JSON of ``tingfeng cascade --json``: root, nodes, metrics and key_spreaders as plain dicts.

    ``metrics`` holds the plain values by name, ``layers``, and under ``findings`` each value's evidence.
    """
    return {
        "root": cascade.root,
        "nodes": to_builtins(cascade.nodes),
        "metrics": {
            **{name: finding.value for name, finding in cascade.metrics.items()},
            "layers": to_builtins(cascade.layers),
            "findings": to_builtins(cascade.metrics),
        },
        "key_spreaders": [
            {
                "id": each.id,
                "author": public_author(each.author),
                "direct": each.direct,
                "branch": each.branch,
                "exposure": each.exposure,
                "marginal": each.marginal,
                "path": list(each.path),
            }
            for each in cascade.key_spreaders
        ],
    }


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _nodes(tree: Tree, form: Shape) -> tuple[Node, ...]:
    ids = tree.ids
    return tuple(
        Node(
            id=ids[row],
            parent_id=ids[parent] if parent >= 0 else None,
            edge=tree.edge[row],
            confidence=tree.confidence[row],
            depth=form.depth[row],
            published_at=post.published_at if post else None,
            direct=form.direct[row],
            branch=form.branch[row],
            gone=post.gone if post else None,
        )
        for row, (parent, post) in enumerate(zip(tree.parent, tree.posts, strict=True))
    )


def _layers(form: Shape) -> tuple[Layer, ...]:
    counts = shape.layers(form.depth)
    size = sum(counts)
    return tuple(
        Layer(
            depth=depth,
            posts=posts,
            share=round(posts / size, 6),
            growth=round(posts / counts[depth - 1], 6) if depth else None,
        )
        for depth, posts in enumerate(counts)
    )


def _metrics(tree: Tree, form: Shape, *, peak: int | None) -> dict[str, Finding]:
    size = len(tree)
    collected = [row for row in range(1, size) if tree.posts[row] is not None]
    root = tree.posts[0]
    counter = root.engagement.reposts if root and "reposts" not in root.engagement.capped else None
    covered = f"{len(collected)}/{'?' if counter is None else counter}"
    frame = Frame(query=f"cascade {tree.ids[0]}", base=ALL, coverage=covered)
    by_branch = sorted(range(1, size), key=lambda row: -form.branch[row])[:EVIDENCE]
    by_depth = sorted(range(1, size), key=lambda row: -form.depth[row])[:1]
    times = shape.pace(tree.at)
    dated = sum(1 for at in tree.at if at is not None)
    counts = {kind: sum(1 for edge in tree.edge if edge is kind) for kind in EdgeKind}
    people = {
        post.author.id or post.author.name for row in collected if (post := tree.posts[row]) and post.author
    }
    top = [tree.ids[row] for row in by_branch]

    def of(name: str, value: float | int | None, n: int, evidence: Iterable[str] = top) -> Finding:
        return frame.number(f"cascade_{name}", value, n=n, evidence=evidence)

    edges = size - 1
    deepest = [tree.ids[row] for end in by_depth for row in tree.path(end)]
    widest = max(range(size), key=lambda row: form.direct[row])
    return {
        "size": of("size", size, size),
        "reposts": of("reposts", len(collected), size),
        "people": of("people", len(people), len(collected)),
        **{kind.value: of(kind.value, count, edges) for kind, count in counts.items()},
        "depth": of("depth", max(form.depth), size, deepest),
        "max_breadth": of("max_breadth", max(shape.layers(form.depth)), size),
        "structural_virality": of("structural_virality", shape.structural_virality(form.branch), size),
        "t50_s": of("t50_s", times.t50_s, dated),
        "t90_s": of("t90_s", times.t90_s, dated),
        "peak_posts": of("peak_posts", peak, dated),
        "first_hour": of("first_hour", times.first_hour, dated),
        "largest_broadcast": of("largest_broadcast", form.direct[widest] / size, size, [tree.ids[widest]]),
        "coverage": of("coverage", len(collected) / counter if counter else None, counter or 0),
    }


def _key_spreaders(tree: Tree, form: Shape, limit: int) -> tuple[KeySpreader, ...]:
    able = [row for row in range(1, len(tree)) if form.branch[row]]
    heads = sorted(able, key=lambda row: (-form.branch[row], -form.direct[row], row))[:limit]
    inside = shape.branches(tree, heads)
    return tuple(_spreader(tree, form, head, inside[head]) for head in heads)


def _spreader(tree: Tree, form: Shape, head: int, rows: list[int]) -> KeySpreader:
    post = tree.posts[head]
    exposure, known = shape.exposure(tree, rows)
    name = tree.names[head]
    return KeySpreader(
        id=tree.ids[head],
        author=post.author if post else Author(name=name) if name else None,
        direct=form.direct[head],
        branch=form.branch[head],
        exposure=exposure,
        exposure_known=known,
        marginal=form.branch[head] + 1,
        path=tuple(tree.ids[row] for row in tree.path(head)),
        voice=original_voice(post) if post else None,
    )
