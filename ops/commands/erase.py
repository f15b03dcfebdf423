"""``tingfeng erase``: an author or posts leave everything that is kept."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

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
from ops.output import emit_json, tell

if TYPE_CHECKING:
    from index.erasure.whereabouts import Found


def register(app: typer.Typer) -> None:
    add_command(app, "erase", erase, example="tingfeng erase --author weibo:1234567890")


def erase(
    author: Annotated[
        str | None,
        typer.Option(
            "--author", metavar="ID|NAME", help=say("An account: id or name, raw or as a pseudonym.")
        ),
    ] = None,
    post: Annotated[
        list[str] | None, typer.Option("--post", metavar="POST_ID", help=say("A post; may be repeated."))
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    yes: Annotated[bool, typer.Option("--yes", help=say("Do not ask before it is done."))] = False,
    as_json: JsonOption = False,
) -> None:
    """Erase an author or posts from landing, store and exports, for good."""
    from index.address import open_store
    from index.erasure.erasing import erase as run
    from index.erasure.erasing import resume
    from index.erasure.whereabouts import find_author, find_posts

    if bool(author) == bool(post):
        raise UsageError("Say whom or what: --author ID|NAME, or --post POST_ID.")
    place = resolve_home(home)
    listening = resolve_project(project, place)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        resume(place, opened)
        found = find_author(place, opened, author) if author else find_posts(place, opened, post or [])
        _tell(found)
        if not yes and not _agreed():
            tell("Nothing was erased.")
            return
        done = run(place, opened, listening, found, at=datetime.now(UTC))
    if as_json:
        emit_json(done)
        return
    tell(f"Erased {done.posts} posts, changed {done.changed}, removed {len(done.exports)} exports.")
    for path in done.elsewhere:
        tell(f"{path} still holds erased posts, unless it was moved; delete it and its copies yourself.")
    for path in done.named_in:
        tell(f"{path} is your own file and still names the account; edit it.")
    if done.lost:
        tell(f"{done.lost} bytes of the landing could not be read and were removed, too.")


def _tell(found: Found) -> None:
    tell(f"{len(found.posts)} posts go, with {found.profiles} other records of the landing.")
    tell(f"{len(found.quoting)} posts of others stay, without the name and the repeated words.")
    for export in found.exports:
        tell(f"{export.path} goes: it holds some of these posts. It was made by: {export.query or '*'}")
    for export in found.elsewhere:
        tell(
            f"{export.path} holds some of these posts and lies outside the data folder: it is yours to delete."
        )


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here; add --yes to erase without a question.")
    return typer.confirm(say("Erase this for good?"))
