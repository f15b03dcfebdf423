"""``tingfeng accuracy``: how well this project's posts are read, as people judge them."""

from __future__ import annotations

import getpass
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import StoreAway, UsageError
from core.home import Home
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
    from index.store import Store
    from mining.accuracy import AccuracyReport, Estimate
    from mining.learning import Lesson


def register(app: typer.Typer) -> None:
    add_command(app, "accuracy", accuracy, example="tingfeng accuracy --sample 200")


def accuracy(
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            min=10,
            max=10_000,
            help=say("Draw so many posts more to judge (the first time: 100)."),
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help=say("Of the draw; the same seed draws the same posts."))
    ] = 1,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help=say("Who judges (default: your user name)."))
    ] = None,
    learn: Annotated[
        bool, typer.Option("--learn", help=say("Make rules from the corrections, if they prove to help."))
    ] = False,
    unlearn: Annotated[bool, typer.Option("--unlearn", help=say("Take the learned rules back."))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=say("Take the rules without being asked."))] = False,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a sample of the project's posts, a key a post, and see how well they were read."""
    from index.address import open_store
    from index.ingest.correcting import apply_corrections
    from index.ingest.judgements import JudgementFile, file_of
    from mining.accuracy import accuracy_report

    place = resolve_home(home)
    listening = resolve_project(project, place)
    file = JudgementFile(file_of(place, listening.id))
    if learn and unlearn:
        raise UsageError("--learn and --unlearn are opposites; give one of them.")
    if yes and not learn:
        raise UsageError("--yes takes rules, so it goes with --learn.")
    if unlearn:
        _unlearn(file, as_json=as_json)
        return
    with closing(open_store(resolve_store_address(store), place)) as opened:
        if learn:
            _learn(place, opened, listening, file, yes=yes, as_json=as_json)
            return
        if sample is not None or not (as_json or file.now().drawn):
            _draw(opened, listening, file, sample or 100, seed)
        if not as_json and sys.stdin.isatty():
            _judge(opened, file, by or _user())
            try:
                changed = apply_corrections(opened, listening, file.path)
            except StoreAway:  # an ingest that follows holds it, and will see the corrections by itself
                tell(
                    "The store cannot be written now; the corrections are kept and reach it with the next tingfeng ingest."
                )
            else:
                tell(f"{changed} posts bear your corrections from now on.")
    report = accuracy_report(file.now(), listening)
    if as_json:
        emit_json(report)
    else:
        _tell(report, left=len(file.now().open()))


def _unlearn(file: JudgementFile, *, as_json: bool) -> None:
    from index.ingest.judgements import Rules

    known = file.now().rules
    if known is not None:
        file.append([Rules(datetime.now(UTC))])
    if as_json:
        emit_json({"taken_back": len(known.rules) if known else 0})
    elif known is None:
        tell("No learned rules are in force; nothing was changed.")
    else:
        tell("The learned rules are taken back. Next: tingfeng reannotate")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user, as in some containers
        return "unknown"


def _draw(store: Store, project: Project, file: JudgementFile, size: int, seed: int) -> None:
    from mining.sampling import draw_sample

    progress = Progress("posts")
    drawn = draw_sample(
        store, project, size, seed=seed, at=datetime.now(UTC), known=file.now().drawn, progress=progress
    )
    progress.end()
    if drawn:
        file.append(drawn)
    else:
        tell("There is nothing to draw from: collect and ingest posts of the project first.")


def _judge(store: Store, file: JudgementFile, by: str) -> None:
    from ops.judging import Judging

    items = store.get(file.now().open())
    if items:
        tell(f"{len(items)} posts to judge; every judgement is kept at once.")
        Judging(file, by, items).sit()


def _learn(
    home: Home, store: Store, project: Project, file: JudgementFile, *, yes: bool, as_json: bool
) -> None:
    from index.ingest.annotating import annotator, read
    from index.ingest.judgements import Rules
    from mining.learning import NEEDED_CORRECTIONS, NEEDED_HELD_BACK, Example, learn
    from mining.lexis import own_words

    known = file.now()
    items = store.get(sorted(known.judged))
    annotations = read(annotator(project), [item.post for item in items]) if items else []
    examples = [
        Example(
            post=item.post.id,
            words=frozenset(plain.words),
            said=plain.sentiment.label,
            label=known.judged[item.post.id].label,
        )
        for item, plain in zip(items, annotations, strict=True)
        if plain.sentiment is not None
    ]
    names = frozenset(name for brand in project.brands for name in own_words(brand))
    lesson = learn(examples, names)
    if as_json:
        emit_json(lesson)
    elif lesson.enough:
        _tell_lesson(lesson)
    if not lesson.enough:
        raise UsageError(
            f"Too few to learn from: {lesson.corrections} corrections of {NEEDED_CORRECTIONS} and"
            f" {lesson.held_back} held-back judgements of {NEEDED_HELD_BACK}; judge more: tingfeng accuracy --sample 100"
        )
    if not lesson.helps:
        tell("No rule helps on the judgements that were held back; nothing was taken.")
    elif yes or (sys.stdin.isatty() and typer.confirm(say("Take these rules?"))):
        file.append([Rules(datetime.now(UTC), list(lesson.rules))])
        tell("The rules are taken. Next: tingfeng reannotate")
    else:
        tell("Nothing was taken; add --yes to take the rules without a question.")


def _tell_lesson(lesson: Lesson) -> None:
    rows = [
        (rule.word, named("sentiment", rule.said), named("sentiment", rule.label), rule.confidence)
        for rule in lesson.rules
    ]
    table(("word", "read as", "becomes", "confidence"), rows)
    tell(f"Learned from {lesson.learned_from} judgements; {lesson.held_back} were held back.")
    tell(
        f"Of those, right before: {lesson.right_before}; right with the rules: {lesson.right_after}"
        f" ({lesson.mended} mended, {lesson.spoiled} spoiled)."
    )


def _tell(report: AccuracyReport, *, left: int) -> None:
    rows: list[tuple[object, ...]] = [("accuracy", None, *_cells(report.accuracy))]
    for one in report.classes:
        rows.append(("precision", named("sentiment", one.label), *_cells(one.precision)))
        rows.append(("recall", named("sentiment", one.label), *_cells(one.recall)))
    for part in report.platforms:
        rows.append(("accuracy", named("platform", part.platform), *_cells(part.accuracy)))
        for one in part.classes:
            what = f"{named('platform', part.platform)} {named('sentiment', one.label)}"
            rows.append(("precision", what, *_cells(one.precision)))
            rows.append(("recall", what, *_cells(one.recall)))
    for band in report.calibration:
        what = f"{band.since:.1f}–{band.until:.1f}"
        rows.append(("confidence", what, *_cells(band.accuracy)))
    rows.append(
        ("calibration error", None, figure(report.calibration_error), None, report.calibration_error.n)
    )
    table(("measure", "of", "value", "95 % interval", "N"), [(say(str(row[0])), *row[1:]) for row in rows])
    tell(f"{report.judged} of {report.drawn} drawn posts are judged; {report.corrections} are corrections.")
    if left:
        tell(f"{left} are still to be judged: tingfeng accuracy in a terminal, or the page /accuracy.")


def _cells(estimate: Estimate) -> tuple[str, str | None, int]:
    span = f"{estimate.low:.3f}–{estimate.high:.3f}" if estimate.low is not None else None
    return figure(estimate.found), span, estimate.found.n
