"""``tingfeng series``: how the engagement of a post changed."""

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
from ops.output import emit_json, local, table, tell


def register(app: typer.Typer) -> None:
    add_command(app, "series", series, example="tingfeng series weibo:5300000000000001")


def series(
    post: Annotated[
        str, typer.Argument(metavar="POST_ID", help=say("The id of a post, as search shows it."))
    ],
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the counters of a post at each time it was fetched."""
    from index.address import open_store

    place = resolve_home(home)
    listening = resolve_project(project, place)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        if not opened.get([post]):
            raise UsageError(f"post {post} is not in the store; tingfeng search shows ids in its last column")
        found = opened.series(post)
    if as_json:
        emit_json({"post": post, "series": found})
        return
    if not found:
        tell("It was never fetched with counters and a time.")
        return
    rows = [
        (local(one.at, listening.zone), seen.reposts, seen.comments, seen.likes, seen.views)
        for one in found
        for seen in (one.engagement,)
    ]
    table(("time", "reposts", "comments", "likes", "views"), rows)
