"""``tingfeng crawl``: one source, or all of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Blocked, TingfengError, UsageError
from core.language import say
from core.project import Project
from ops.options import (
    HomeOption,
    JsonOption,
    ProjectOption,
    SinceOption,
    UntilOption,
    add_command,
    project_path,
    resolve_home,
    resolve_project,
    resolve_span,
)
from ops.output import emit_json, named, table, tell

if TYPE_CHECKING:
    from crawlers.runner import CrawlReport


def register(app: typer.Typer) -> None:
    add_command(app, "crawl", crawl, example="tingfeng crawl feed -a url=https://example.org/feed.xml")


def crawl(
    source: Annotated[
        str | None, typer.Argument(help=say("A source; without one, all of the project in turn."))
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Option("-a", metavar="NAME=VALUE", help=say("An argument of the source."))
    ] = None,
    home: HomeOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Collect public posts into the landing; every run ends with what was asked, expected and got."""
    from crawlers.runner import crawl as run

    place = resolve_home(home)
    listening = resolve_project(project, place)
    start, end = resolve_span(since, until, listening)
    span = {name: moment.isoformat() for name, moment in (("since", start), ("until", end)) if moment}
    reports = [
        run(name, {**given, **_fitting(name, span)}, home=place, project_path=project_path(project, place))
        for name, given in _jobs(source, arguments or [], listening)
    ]
    if as_json:
        emit_json({"runs": [{"run": report.run, "coverage": report.coverage} for report in reports]})
    else:
        for report in reports:
            _show(report)
    _judge(reports)


def _jobs(source: str | None, arguments: list[str], project: Project) -> list[tuple[str, dict[str, Any]]]:
    if source is not None:
        return [(source, dict(_pair(one) for one in arguments))]
    if arguments:
        raise UsageError("-a needs a source; write: tingfeng crawl SOURCE -a NAME=VALUE")
    if not project.sources:
        raise UsageError(
            "The project names no sources; add [[source]] tables to it or name one: tingfeng crawl SOURCE"
        )
    return [(use.name, dict(use.arguments)) for use in project.sources]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"-a {text!r} is not NAME=VALUE.")
    return name, value


def _fitting(name: str, span: dict[str, str]) -> dict[str, str]:
    """The ends of the span that the source takes as arguments."""
    from crawlers.registry import source

    return {end: moment for end, moment in span.items() if end in source(name).arguments}


def _show(report: CrawlReport) -> None:
    run = report.run
    tell(
        f"{run.source}: {named('outcome', run.outcome) or say('killed')}, {run.posts} posts in {run.requests} requests (run {run.id})."
    )
    rows = [(one.slice, one.expected, one.got, named("block", one.because)) for one in report.coverage]
    if rows:
        table(("slice", "expected", "got", "because"), rows)


def _judge(reports: list[CrawlReport]) -> None:
    blocks = sorted({block for report in reports for block in report.run.blocks})
    if any(report.run.outcome == "blocked" for report in reports):
        raise Blocked(
            f"Blocked: {', '.join(blocks)}. What came before is kept; docs/crawling.md says what to do.",
            reason=blocks[0] if blocks else "unknown",
        )
    if failed := [
        report.run.source for report in reports if report.run.outcome not in ("finished", "blocked")
    ]:
        raise TingfengError(f"{', '.join(failed)} did not finish; what came is kept. Run it again.")
