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
from ops.output import emit_json, named, tell

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
    workers: Annotated[
        int,
        typer.Option("--workers", min=1, max=16, help=say("How many processes share the work, at one pace.")),
    ] = 1,
    as_json: JsonOption = False,
) -> None:
    """Collect public posts into the landing; every run ends with what was asked, expected and got.

    A crawl that was cut short goes on where it was when the same is asked again. --since last begins where
    the last complete one did.
    """
    from crawlers.runner import crawl_together
    from ops.reached import reached

    place = resolve_home(home)
    listening = resolve_project(project, place)
    span = _span(since, until, listening)
    options = {"home": place, "project_path": project_path(project, place)}
    reports = [
        report
        for name, given in _jobs(source, arguments or [], listening)
        for report in crawl_together(workers, name, {**given, **_fitting(name, span)}, **options)
    ]
    if as_json:
        emit_json({"runs": [{"run": report.run, "coverage": reached(report.coverage)} for report in reports]})
    else:
        for report in reports:
            _show(report)
    _judge(reports)


def _span(since: str | None, until: str | None, project: Project) -> dict[str, str]:
    """Both ends as sources take them: what counts back from now stays so, for a crawl knows when it began."""
    from crawlers.arguments import LAST, is_span

    last = since in LAST
    start, end = resolve_span(None if last else since, until, project)
    given = (("since", since, start), ("until", until, end))
    return {
        name: text if moment is None or is_span(text) else moment.isoformat()
        for name, text, moment in given
        if text is not None
    }


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
    from ops.reached import show_reached

    run = report.run
    tell(
        f"{run.source}: {named('outcome', run.outcome) or say('killed')}, {run.posts} posts in {run.requests} requests (run {run.id})."
    )
    show_reached(report.coverage)


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
