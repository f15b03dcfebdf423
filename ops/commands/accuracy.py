"""``tingfeng accuracy``: how well this project's posts are read, as people judge them."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import StoreAway, UsageError
from core.language import say
from core.project import Project
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
from ops.output import Progress, emit_json, figure, named, table, tell

if TYPE_CHECKING:
    from index.ingest.judgements import JudgementFile
    from index.ingest.questions import Question
    from index.store import Store
    from mining.accuracy import AccuracyReport, ClassAccuracy, Estimate

_SAMPLE = say("Draw so many posts more to judge (the first time: 100).")
_OF = say("What is judged: sentiment, emotion, aspect, intent, voice or brand.")
SampleOption = Annotated[int | None, typer.Option("--sample", min=10, max=10_000, help=_SAMPLE)]
SeedOption = Annotated[
    int, typer.Option("--seed", help=say("Of the draw; the same seed draws the same posts."))
]
OfOption = Annotated[str, typer.Option("--of", metavar="WHAT", help=_OF)]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help=say("Who judges (default: your user name)."))
]
LearnOption = Annotated[
    bool,
    typer.Option("--learn", help=say("Make rules from the corrections, if they prove to help.")),
]
UnlearnOption = Annotated[bool, typer.Option("--unlearn", help=say("Take the learned rules back."))]
YesOption = Annotated[bool, typer.Option("--yes", help=say("Take the rules without being asked."))]


def register(app: typer.Typer) -> None:
    add_command(app, "accuracy", accuracy, example="tingfeng accuracy --of emotion --sample 200")


def accuracy(
    of: OfOption = "sentiment",
    sample: SampleOption = None,
    seed: SeedOption = 1,
    by: ByOption = None,
    learn: LearnOption = False,
    unlearn: UnlearnOption = False,
    yes: YesOption = False,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a sample of the project's posts, a key a post, and see how well they were read."""
    from index.address import open_store
    from index.ingest.judgements import JudgementFile, file_of
    from mining.accuracy import accuracy_report
    from ops import learning

    question = _question(of)
    _check(learn=learn, unlearn=unlearn, yes=yes)
    place = resolve_home(home)
    listening = resolve_project(project, place)
    file = JudgementFile(file_of(place, listening.id))
    if unlearn:
        learning.unlearn(file, question, as_json=as_json)
        return
    with closing(open_store(resolve_store_address(store), place)) as opened:
        if learn:
            learning.learn(opened, listening, file, question, yes=yes, as_json=as_json)
            return
        if sample is not None or not (as_json or file.now().of(of).drawn):
            _draw(opened, listening, file, question, sample or 100, seed)
        if not as_json and sys.stdin.isatty():
            _judge(opened, listening, file, question, by or _user())
    report = accuracy_report(file.now(), listening, of)
    if as_json:
        emit_json(report)
    else:
        _tell(report, question, listening, left=len(file.now().of(of).open()))


def _question(of: str) -> Question:
    from index.ingest.questions import QUESTIONS

    if of not in QUESTIONS:
        raise UsageError(f"--of {of} is unknown; use one of: {', '.join(QUESTIONS)}.")
    return QUESTIONS[of]


def _check(*, learn: bool, unlearn: bool, yes: bool) -> None:
    """Raises `UsageError` on options that do not go together."""
    if learn and unlearn:
        raise UsageError("--learn and --unlearn are opposites; give one of them.")
    if yes and not learn:
        raise UsageError("--yes takes rules, so it goes with --learn.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user, as in some containers
        return "unknown"


def _draw(
    store: Store, project: Project, file: JudgementFile, question: Question, size: int, seed: int
) -> None:
    from mining.sampling import draw_sample

    progress, known = Progress("posts"), file.now().of(question.id).known()
    drawn = draw_sample(
        store, project, size, question=question.id, seed=seed, at=datetime.now(UTC), known=known,
        progress=progress,
    )  # fmt: skip
    progress.end()
    if drawn:
        file.append(drawn)
    else:
        tell("There is nothing to draw from: collect and ingest posts of the project first.")


def _judge(store: Store, project: Project, file: JudgementFile, question: Question, by: str) -> None:
    from index.ingest.correcting import apply_corrections
    from ops.judging import Judging

    items = store.get(file.now().of(question.id).open())
    if items:
        tell(f"{len(items)} posts to judge; every judgement is kept at once.")
        Judging(file, by, items, question=question, project=project).sit()
    try:
        changed = apply_corrections(store, project, file.path)
    except StoreAway:  # an ingest that follows holds it, and will see the corrections by itself
        tell(
            "The store cannot be written now; the corrections are kept and reach it with the next tingfeng ingest."
        )
    else:
        tell(f"{changed} posts bear your corrections from now on.")


def _tell(report: AccuracyReport, question: Question, project: Project, *, left: int) -> None:
    from ops.judging import part_name

    rows: list[tuple[object, ...]] = [("accuracy", None, *_cells(report.accuracy))]
    rows += _classes(report.classes, question)
    for part in report.platforms:
        platform = named("platform", part.platform)
        rows.append(("accuracy", platform, *_cells(part.accuracy)))
        rows += _classes(part.classes, question, f"{platform} ")
    rows += [
        ("accuracy", part_name(question, project, one.part), *_cells(one.accuracy)) for one in report.parts
    ]
    rows += [
        ("confidence", f"{band.since:.1f}–{band.until:.1f}", *_cells(band.accuracy))
        for band in report.calibration
    ]
    if report.calibration:
        error = report.calibration_error
        rows.append(("calibration error", None, figure(error), None, error.n))
    table(("measure", "of", "value", "95 % interval", "N"), [(say(str(row[0])), *row[1:]) for row in rows])
    tell(f"{report.judged} of {report.drawn} drawn posts are judged; {report.corrections} are corrections.")
    if left:
        tell(
            f"{left} are still to be judged: tingfeng accuracy --of {question.id} in a terminal, or the page /accuracy."
        )


def _classes(classes: Sequence[ClassAccuracy], question: Question, of: str = "") -> list[tuple[object, ...]]:
    """Lines of precision and, where it is known, recall."""
    rows: list[tuple[object, ...]] = []
    for one in classes:
        what = f"{of}{named(question.group, one.label)}"
        rows.append(("precision", what, *_cells(one.precision)))
        if one.recall is not None:
            rows.append(("recall", what, *_cells(one.recall)))
    return rows


def _cells(estimate: Estimate) -> tuple[str, str | None, int]:
    span = f"{estimate.low:.3f}–{estimate.high:.3f}" if estimate.low is not None else None
    return figure(estimate.found), span, estimate.found.n
