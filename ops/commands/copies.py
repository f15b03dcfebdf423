"""``tingfeng copies``: words that many accounts publish as their own."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.language import chosen, say
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
from ops.output import emit_json, named, one_line, table, tell


def register(app: typer.Typer) -> None:
    add_command(app, "copies", copies, example="tingfeng copies --since 7d")


def copies(
    query: Annotated[
        str, typer.Argument(metavar="[QUERY]", help=say("Only among the posts of this query."))
    ] = "",
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Words that many accounts publish as their own, and the accounts that keep doing so together."""
    from index.address import open_store
    from mining.copying import copies as find

    place = resolve_home(home)
    listening = resolve_project(project, place)
    start, end = resolve_span(since, until, listening)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        report = find(
            opened, query, since=start, until=end or datetime.now(UTC), project=listening, limit=limit
        )
    if as_json:
        emit_json(report)
        return
    language = chosen()
    tell(f"{report.copies} of {report.posts} posts are copies that many accounts published.")
    table(
        ("text", "accounts", "posts", "voice", "reason"),
        [
            (
                one_line(one.text, 40),
                one.accounts,
                one.posts,
                named("voice", one.voice.value),
                one.reason.of(language),
            )
            for one in report.texts
        ],
    )
    table(
        ("ring", "texts", "reason"),
        [(", ".join(one.accounts[:5]), one.texts, one.reason.of(language)) for one in report.rings],
    )
