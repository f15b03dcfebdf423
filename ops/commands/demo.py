"""``tingfeng demo``: an invented world, crawled, searchable and served."""

from __future__ import annotations

from typing import Annotated

import typer

from core.language import say
from ops.options import HomeOption, JsonOption, add_command, resolve_home
from ops.output import emit_json, table, tell


def register(app: typer.Typer) -> None:
    add_command(app, "demo", demo, example="tingfeng --home .demo demo")


def demo(
    home: HomeOption = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help=say("Port of the site; 0 takes a free one."))
    ] = 8321,
    posts: Annotated[
        int, typer.Option("--posts", min=500, max=200_000, help=say("Size of the world."))
    ] = 12_000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help=say("Leave the site running."))] = True,
    stop: Annotated[bool, typer.Option("--stop", help=say("End the site of an earlier demo."))] = False,
    as_json: JsonOption = False,
) -> None:
    """Build the demo: offline, on this machine alone, in under two minutes."""
    from ops import demo as show
    from ops import living

    place = resolve_home(home)
    if stop:
        tell("The site has ended." if living.stop(place) else "No site was running.")
        return
    summary = show.build(place, posts=posts, tell=tell)
    address = living.start(place, port=port) if serve else None
    if as_json:
        emit_json({"summary": summary, "address": address})
        return
    table(
        ("source", "asked", "reachable", "collected", "recall"),
        [(row.source, row.asked, row.reachable, row.collected, row.recall) for row in summary.sources],
    )
    tell(
        f"Posts: {summary.collected} of {summary.reachable} reachable (recall {summary.recall:.4f}); "
        f"repost edges right: {summary.edges_right} of {summary.edges_observed} observed "
        f"({summary.edge_accuracy:.4f})."
    )
    for story in summary.stories:
        tell(f"· {say_title(story.zh, story.en)}")
    if address:
        tell(f"The site is at {address} — end it with: make stop")
    tell(f"Data folder: {place.root}")


def say_title(zh: str, en: str) -> str:
    from core.language import chosen

    return en if chosen() == "en" else zh
