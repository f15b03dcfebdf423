"""``tingfeng wom``: 口碑, what people say of a brand beside its competitors."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from core.language import chosen, say
from ops.options import (
    HomeOption,
    JsonOption,
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
from ops.output import emit_json, figure, named, one_line, table, tell, titled

if TYPE_CHECKING:
    from core.project import Project
    from mining.reports import BrandReport, WomReport


def register(app: typer.Typer) -> None:
    add_command(app, "wom", wom, example="tingfeng wom mybrand --since 30d")


def wom(
    brand: Annotated[
        str | None, typer.Argument(help=say("Id of a brand of the project; default its first."))
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Word of mouth: volume, share of voice, net sentiment, emotions, aspects with original voices."""
    from index.address import open_store
    from mining.wom import WordOfMouth

    place = resolve_home(home)
    listening = resolve_project(project, place)
    if not listening.brands:
        raise UsageError("The project names no brands; write a project file with: tingfeng project new NAME")
    start, end = resolve_span(since, until, listening)
    asked = brand or next((one.id for one in listening.brands if not one.competitor), listening.brands[0].id)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        report = WordOfMouth(listening).report(opened, asked, since=start, until=end or datetime.now(UTC))
    if as_json:
        emit_json(report)
    else:
        _show(report, listening)


def _show(report: WomReport, project: Project) -> None:
    language = chosen()
    own = report.brands[0]
    tell(f"Query: {own.query}")
    first = own.volume[0], *own.share_of_voice, *own.nsr
    rows = [
        (
            brand.title.of(language),
            *(figure(f) for f in (brand.volume[0], *brand.share_of_voice, *brand.nsr)),
        )
        for brand in report.brands
    ]
    table(("brand", *map(titled, first)), rows)
    _aspects(own, project)
    table(
        ("emotion", "posts", "share"),
        [(named("emotion", s.label), s.count, figure(s.share)) for s in own.emotions],
    )
    table(
        ("platform", "posts", "net sentiment"),
        [(p.platform, figure(p.volume), figure(p.nsr)) for p in own.by_platform],
    )
    tell(f"N {own.volume[0].n}; base {named('base', report.base)}; coverage {report.coverage or '-'}.")


def _aspects(own: BrandReport, project: Project) -> None:
    rows = []
    for one in own.aspects:
        voice = next(iter(one.negative_voices or one.positive_voices), None)
        rows.append(
            (
                project.aspect_title(one.aspect).of(chosen()),
                figure(one.positive),
                figure(one.negative),
                figure(one.net),
                one_line(voice.evidence or voice.text, 60) if voice else None,
                voice.id if voice else None,
            )
        )
    if rows:
        table(("aspect", "positive", "negative", "net", "voice", "id"), rows)
