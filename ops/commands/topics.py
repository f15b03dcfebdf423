"""``tingfeng topics``: what rises."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.language import say
from ops.options import (
    HomeOption,
    JsonOption,
    LimitOption,
    ProjectOption,
    StoreOption,
    UntilOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_store_address,
    resolve_time,
)
from ops.output import emit_json, figure, one_line, table, tell


def register(app: typer.Typer) -> None:
    add_command(app, "topics", topics, example="tingfeng topics --window 24")


def topics(
    query: Annotated[
        str, typer.Argument(metavar="[QUERY]", help=say("Only among the posts of this query."))
    ] = "",
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    until: UntilOption = None,
    window: Annotated[int, typer.Option("--window", min=1, max=720, help=say("Hours looked at."))] = 24,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Hashtags and words that rise against their usual level, with hot-list ranks."""
    from index.address import open_store
    from mining.topics import Topics

    place = resolve_home(home)
    listening = resolve_project(project, place)
    at = resolve_time(until, listening, option="--until") or datetime.now(UTC)
    finder = Topics(window_h=window, zone=listening.timezone, project=listening)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        report = finder.rising(opened, at, query=query, limit=limit)
    if as_json:
        emit_json(report)
        return
    tell(f"{report.posts} posts in the last {report.window_h} hours.")
    rows = [
        (
            one.topic,
            say(one.kind),
            figure(one.now),
            figure(one.baseline),
            figure(one.score),
            one.hot.best_rank if one.hot else None,
            one_line(one.first.text, 50) if one.first else None,
        )
        for one in report.topics
    ]
    table(("topic", "kind", "now", "usual", "score", "hot rank", "first post"), rows)
