"""``tingfeng tags``: the project's tag rules against what is stored."""

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
from ops.output import Progress, emit_json, table, tell
from ops.wording import Group


def register(app: typer.Typer) -> None:
    group = typer.Typer(cls=Group, rich_markup_mode=None)
    help_text = say(str(tags.__doc__))
    group.callback(invoke_without_command=True, help=help_text, epilog=say("Example:") + " tingfeng tags")(
        tags
    )
    add_command(group, "apply", apply, example="tingfeng tags apply brakes")
    app.add_typer(group, name="tags")


def tags(
    context: typer.Context,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the project's tags: posts that bear one, that lack it, that should not bear it."""
    if context.invoked_subcommand is not None:
        return
    from index.address import open_store
    from index.ingest.tagging import tag_states

    place = resolve_home(home)
    listening = resolve_project(project, place)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        states = tag_states(opened, listening)
    if as_json:
        emit_json({"tags": states})
        return
    rows = [
        (one.tag, one.version, one.owner, one.tagged, one.to_add, one.to_remove, one.query) for one in states
    ]
    table(("tag", "version", "owner", "tagged", "to add", "to remove", "query"), rows)
    if any(one.to_add or one.to_remove for one in states):
        tell("Next: tingfeng tags apply")


def apply(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[TAG]...", help=say("Tags; without any, all of them."))
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the stored posts the tags that the rules say; safe to stop and run again at any time."""
    from index.address import open_store
    from index.ingest.tagging import apply_tags, tag_states

    place = resolve_home(home)
    listening = resolve_project(project, place)
    progress = Progress("posts")
    with closing(open_store(resolve_store_address(store), place)) as opened:
        known = [state.tag for state in tag_states(opened, listening)] if names else []
        for name in names or ():
            if name not in known:
                raise UsageError(f"tag {name!r} is unknown; tingfeng tags lists those there are.")
        done = apply_tags(opened, listening, names or None, progress=progress)
    progress.end()
    if as_json:
        emit_json(done)
    else:
        tell(f"{done.added} tags given, {done.removed} taken away.")
