"""``tingfeng identity``: cookies of the operator's own, kept encrypted."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.language import say
from ops.options import HomeOption, JsonOption, ProjectOption, add_command, resolve_home, resolve_project
from ops.output import emit_json, local, named, table, tell
from ops.wording import Group

if TYPE_CHECKING:
    from core.home import Home
    from crawlers.state.engine import State
    from crawlers.state.identities import IdentityStore

SourceArgument = Annotated[str, typer.Argument(help=say("The source it is for."))]
NameArgument = Annotated[str, typer.Argument(help=say("What you call it; no name of a person."))]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=Group, rich_markup_mode=None, no_args_is_help=True, help=say("Keep login cookies of your own.")
    )
    add_command(group, "add", add, example="tingfeng identity add weibo first < cookie.txt")
    add_command(group, "list", show, example="tingfeng identity list")
    add_command(group, "remove", remove, example="tingfeng identity remove weibo first")
    app.add_typer(group, name="identity")


def add(
    source: SourceArgument,
    name: NameArgument,
    site: Annotated[
        str,
        typer.Option("--site", metavar="HOST", help=say("Where it may go, for a source that is many sites.")),
    ] = "",
    home: HomeOption = None,
) -> None:
    """Keep a cookie, read from stdin or asked for without showing it; the same name again replaces it."""
    from crawlers import registry
    from crawlers.manners.cookies import read_cookies
    from crawlers.state.engine import open_state
    from crawlers.state.identities import check

    place, known = resolve_home(home), registry.source(source)
    check(known.name, name, site)  # before anybody looks for a cookie
    text = getpass.getpass(say("Cookie:") + " ") if sys.stdin.isatty() else sys.stdin.read()
    cookies = read_cookies(text, where=say("the text given"))
    with open_state(place) as state:
        _store(place, state).add(known.name, name, cookies, site=site, at=datetime.now(UTC))
    tell(f"{source}/{name}: {len(cookies)} cookies are kept, encrypted with the key of {place.root}.")


def show(home: HomeOption = None, project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """List the identities: how they stand and when they were last used, never their cookies."""
    from crawlers.arguments import ZONE
    from crawlers.manners.standing import IN_ORDER
    from crawlers.state.budget import Ledger
    from crawlers.state.engine import open_state
    from crawlers.state.standings import Key, Standings

    place = resolve_home(home)
    with open_state(place) as state:
        known = _store(place, state).known()
        standings, ledger = Standings(state).of(), Ledger(state)
        today = datetime.now(ZONE).date()
        stands = [standings.get(Key(one.source, one.site, one.name), IN_ORDER) for one in known]
        asked = [ledger.spent(one.source, today, one.name) for one in known]
    if as_json:
        told = zip(known, stands, asked, strict=True)
        emit_json([{"identity": one, "standing": stand, "requests": count} for one, stand, count in told])
        return
    zone = resolve_project(project, place).zone
    table(
        ("source", "name", "site", "standing", "block", "since", "last used", "requests today"),
        [
            (
                one.source,
                one.name,
                one.site or None,
                named("standing", stand.condition.value),
                named("block", stand.block or None),
                local(stand.since, zone),
                local(one.used_at, zone),
                count,
            )
            for one, stand, count in zip(known, stands, asked, strict=True)
        ],
    )


def remove(source: SourceArgument, name: NameArgument, home: HomeOption = None) -> None:
    """Forget an identity and its cookies."""
    from crawlers import registry
    from crawlers.state.engine import open_state

    place = resolve_home(home)
    with open_state(place) as state:
        _store(place, state).remove(registry.source(source).name, name)
    tell(f"{source}/{name} is forgotten.")


def _store(place: Home, state: State) -> IdentityStore:
    from core.privacy import load_key
    from crawlers.state.identities import IdentityStore
    from crawlers.state.sealing import Sealer

    return IdentityStore(state, Sealer(load_key(place.key)))
