"""``tingfeng source``: what can be collected from, and how a new site becomes a source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from core.errors import TingfengError
from core.language import chosen, say
from ops.options import HomeOption, JsonOption, add_command, resolve_home
from ops.output import emit_json, table, tell
from ops.wording import Group

_TEMPLATE = Path(__file__).parents[1] / "source_template"


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=Group, help=say("List the sources, check them, or add one for a new site."), rich_markup_mode=None
    )
    add_command(group, "list", list_sources, example="tingfeng source list")
    add_command(group, "new", new, example="tingfeng source new mybbs --site https://bbs.example.com")
    add_command(group, "check", check, example="tingfeng source check mybbs")
    add_command(group, "record", record, example="tingfeng source record URL --source mybbs --kind thread")
    app.add_typer(group, name="source")


def list_sources(as_json: JsonOption = False) -> None:
    """List what can be collected from; docs/sources has a page for each."""
    from crawlers.registry import sources

    known = sources()
    if as_json:
        emit_json({"sources": list(known.values())})
        return
    rows = [
        (
            one.name,
            one.title.of(chosen()),
            ", ".join(one.yields),
            say(_LOGIN[one.needs.login]),
            ", ".join(one.arguments),
        )
        for one in known.values()
    ]
    table(("source", "title", "yields", "login", "arguments"), rows)


_LOGIN = {"no": "not needed", "optional": "for more", "required": "needed"}


def new(
    name: Annotated[str, typer.Argument(help=say("Small letters, digits and _; the folder's name."))],
    site: Annotated[
        str,
        typer.Option("--site", metavar="URL", help=say("The site's address, like https://bbs.example.com.")),
    ],
) -> None:
    """Make a folder for a new forum, which works at once for an example; docs/adding_a_source.md goes on."""
    from crawlers.workbench.scaffold import scaffold

    made = scaffold(name, _TEMPLATE, site=site)
    tell(f"Wrote {made}. Edit parse.py and source.toml, then: tingfeng source check {name}")


def check(
    name: Annotated[str | None, typer.Argument(help=say("A source; without one, all of them."))] = None,
    update: Annotated[
        bool, typer.Option("--update", help=say("Record what is read now as what must be read."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read a source's facts strictly and its recorded cases as recorded; every difference is shown."""
    from crawlers.registry import FOLDER
    from crawlers.workbench.checking import check as judge

    names = [name] if name else sorted(path.parent.name for path in FOLDER.glob("*/source.toml"))
    found = [judge(one, update=update) for one in names]
    wrong = [one.source for one in found if one.faults]
    if as_json:
        emit_json({"sources": found})
    else:
        for one in found:
            for fault in one.faults:
                tell(f"{one.source}: {fault.where}: {say(fault.what)}")
                for line in fault.details:
                    typer.echo(f"    {line}")
            if not one.faults:
                tell(f"{one.source}: {one.cases} cases are read as recorded.")
    if wrong:
        raise TingfengError(
            f"{', '.join(wrong)} is not in order; correct what is named above and check again"
        )


def record(
    url: Annotated[str, typer.Argument(metavar="URL", help=say("The page's address."))],
    source: Annotated[str, typer.Option("--source", metavar="NAME", help=say("The source it is of."))],
    kind: Annotated[
        str, typer.Option("--kind", help=say("What reads it: a name of READERS in the source's parse.py."))
    ],
    name: Annotated[
        str | None, typer.Option("--name", help=say("The case's name (default: the kind and a number)."))
    ] = None,
    request: Annotated[
        str | None,
        typer.Option(
            "--request", help=say("How it is asked for: a kind of the spider (default: as --kind).")
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Fetch one page as the source would, and keep it as a case without the people in it."""
    from crawlers.workbench.recording import record as fetch

    os.environ["TINGFENG_HOME"] = str(resolve_home(home).root)  # budget and standing are kept there
    made = fetch(url, source, kind, name=name, request=request)
    tell(
        f"Wrote {made.case.folder}; {made.names} names and {made.ids} ids in it were replaced. "
        "Look through it before you share it."
    )
