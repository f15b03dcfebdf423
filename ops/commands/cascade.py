"""``tingfeng cascade``: 传播路径 of one post."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from core.errors import UsageError
from core.language import say
from ops.options import (
    HomeOption,
    JsonOption,
    ProjectOption,
    StoreOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_store_address,
)
from ops.output import emit_json, figure, table, tell, titled


def register(app: typer.Typer) -> None:
    add_command(app, "cascade", cascade, example="tingfeng cascade weibo:4804608494665869")


def cascade(
    root: Annotated[str, typer.Argument(metavar="ROOT_ID", help=say("Id of the post that started it."))],
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    chains_only: Annotated[
        bool,
        typer.Option("--chains-only", help=say("Leave the site's parent ids aside; read //@name: chains.")),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """The repost tree: every edge observed, inferred or missing; layers, speed and key spreaders."""
    from index.address import open_store
    from mining.cascade import contract, reconstruct

    if not root.strip():
        raise UsageError("ROOT_ID is empty; give the id of a post, such as weibo:4804608494665869")
    place = resolve_home(home)
    resolve_project(project, place)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        stored = opened.cascade(root)
    if not stored:
        raise UsageError(
            f"No post of {root} is in the store; crawl it with its reposts, then: tingfeng ingest"
        )
    tree = reconstruct((item.post for item in stored), root, use_parent_ids=not chains_only)
    if as_json:
        emit_json(contract(tree))
        return
    table(("metric", "value", "N"), [(titled(f), figure(f), f.n) for f in tree.metrics.values()])
    table(("layer", "posts", "share"), [(one.depth, one.posts, one.share) for one in tree.layers])
    rows = [
        (
            tree.labels.get(one.id, one.id),
            one.direct,
            one.branch,
            one.exposure,
            " → ".join(tree.labels.get(step, step) for step in one.path),
            one.id,
        )
        for one in tree.key_spreaders
    ]
    table(("spreader", "direct", "branch", "exposure", "path", "id"), rows)
    tell("Exposure sums followers without taking out those counted twice; it is an upper bound.")
