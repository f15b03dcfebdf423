"""``tingfeng search``."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from core.language import say
from core.records import post_json
from ops.options import (
    HomeOption,
    JsonOption,
    LimitOption,
    ProjectOption,
    SinceOption,
    StoreOption,
    UntilOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_span,
    resolve_store_address,
)
from ops.output import emit_json, local, named, one_line, table, tell


def register(app: typer.Typer) -> None:
    add_command(
        app, "search", search, example="tingfeng search '刹车 (异响 OR 失灵) platform:weibo' --since 7d"
    )


def search(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help=say("The query; an empty one matches every post."))
    ],
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 20,
    offset: Annotated[int, typer.Option("--offset", min=0, help=say("Pass over so many."))] = 0,
    sort: Annotated[str, typer.Option("--sort", help="newest | engaged")] = "newest",
    count: Annotated[bool, typer.Option("--count", help=say("Only count."))] = False,
    as_json: JsonOption = False,
) -> None:
    """Find posts by words, "phrases", AND OR NOT ( ) and fields."""
    from core.errors import UsageError
    from index.address import open_store
    from index.query import parse
    from index.store import Sort

    place = resolve_home(home)
    listening = resolve_project(project, place)
    if sort not in tuple(Sort):
        raise UsageError(f"--sort {sort!r} is unknown; use newest or engaged.")
    parsed = parse(query, listening).within(*resolve_span(since, until, listening))
    with closing(open_store(resolve_store_address(store), place)) as opened:
        total = opened.count(parsed)
        found = [] if count else opened.search(parsed, sort=Sort(sort), limit=limit, offset=offset)
    if as_json:
        emit_json({"query": query, "total": total, "posts": [post_json(item) for item in found]})
        return
    if count:
        typer.echo(total)
        return
    tell(f"{total} posts match.")
    rows = [
        (
            local(item.post.published_at, listening.zone),
            item.post.platform,
            item.post.author.name if item.post.author else None,
            named("sentiment", item.annotation.sentiment.label) if item.annotation.sentiment else None,
            one_line(item.post.text),
            item.post.id,
        )
        for item in found
    ]
    if rows:
        table(("time", "platform", "author", "sentiment", "text", "id"), rows)
