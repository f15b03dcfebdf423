"""``tingfeng kol``: who moves a circle."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from core.language import chosen, say
from core.project import Project
from ops.options import (
    HomeOption,
    JsonOption,
    LimitOption,
    ProjectOption,
    SinceOption,
    SpamRateOption,
    StoreOption,
    UntilOption,
    add_command,
    resolve_home,
    resolve_project,
    resolve_span,
    resolve_store_address,
)
from ops.output import emit_json, named, table, tell

if TYPE_CHECKING:
    from mining.kol import KolReport


def register(app: typer.Typer) -> None:
    add_command(app, "kol", kol, example="tingfeng kol --brand mybrand --xlsx kol.xlsx")


def kol(
    query: Annotated[
        str | None, typer.Argument(metavar="[QUERY]", help=say("What they should move; default all posts."))
    ] = None,
    brand: Annotated[
        str | None, typer.Option("--brand", help=say("A brand of the project in place of a query."))
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 50,
    public: Annotated[bool, typer.Option("--public", help=say("Only public accounts."))] = False,
    spam_rate: SpamRateOption = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", metavar="FILE", help=say("Write the list as a workbook."))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Candidates from the reposts they caused, each with reasons and evidence; nothing later than --until."""
    from index.address import open_store
    from mining.kol import Kol, contract
    from mining.sheet import write_kol

    place = resolve_home(home)
    listening = resolve_project(project, place)
    start, end = resolve_span(since, until, listening)
    asked = _query(query, brand, listening)
    if xlsx:
        _check_workbook(xlsx)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        kol = Kol(
            public_only=public, left_out=listening.brand_accounts, project=listening, spam_rate=spam_rate
        )
        report = kol.candidates(opened, asked, until=end or datetime.now(UTC), since=start, limit=limit)
    if xlsx:
        write_kol(report, xlsx, language=chosen())
        tell(f"Wrote {xlsx}.")
    if as_json:
        emit_json(contract(report))
        return
    _tell(report)


def _tell(report: KolReport) -> None:
    language = chosen()
    rows = [
        (
            place_,
            one.author.name or one.author.id,
            one.platform,
            named("tier", one.tier),
            one.score,
            "; ".join(reason.zh if language == "zh" else reason.en for reason in one.reasons[:3]),
        )
        for place_, one in enumerate(report.candidates, 1)
    ]
    table(("rank", "account", "platform", "tier", "score", "reasons"), rows)
    tell(
        f"From {report.posts} posts by {report.people} people; base {named('base', report.base)}; "
        f"coverage {report.coverage or '-'}."
    )


def _check_workbook(path: Path) -> None:
    """Refuses a file that cannot become a workbook, before the work is done."""
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"--xlsx {path} is no name of a workbook; let it end in .xlsx")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(
            f"--xlsx {path} is not in a folder that exists, or is one; name a file in one that does"
        )


def _query(query: str | None, brand: str | None, project: Project) -> str:
    if query is not None and brand is not None:
        raise UsageError("Give a QUERY or --brand, not both.")
    if brand is None:
        return query or ""
    found = project.brand(brand)
    if found is None:
        known = ", ".join(one.id for one in project.brands) or "none"
        raise UsageError(f"The project has no brand {brand!r}; known are {known}.")
    return found.query()
