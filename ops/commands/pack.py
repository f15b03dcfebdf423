"""``tingfeng pack``: a team's own aspect packs, from seed words alone or from rows it labelled."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import UsageError
from core.language import chosen, say
from core.project import Pack, Project, read_pack
from core.project.pack import FOLDER, check_id, weights_of
from ops.options import (
    HomeOption,
    JsonOption,
    ProjectOption,
    add_command,
    project_path,
    resolve_home,
    resolve_project,
)
from ops.output import emit_json, table, tell
from ops.wording import Group

if TYPE_CHECKING:
    from core.imports.labelled import Labelled
    from nlp.train.own import Figure, Lesson, Scores

_SHOWN = 20  # rows left out
_EXAMPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "价格": ("price", ("价格", "性价比", "便宜", "太贵", "优惠")),
    "质量": ("quality", ("质量", "做工", "结实", "坏了", "耐用")),
    "服务": ("service", ("服务", "客服", "态度", "售后", "退货")),
}
SheetOption = Annotated[
    str | None, typer.Option("--sheet", help=say("The sheet of a workbook (default: its first)."))
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=Group,
        help=say("Aspect packs of your own: write, check, and learn them from labelled rows."),
        rich_markup_mode=None,
    )
    add_command(group, "new", new, example="tingfeng pack new pets --from seeds.csv")
    add_command(group, "list", show_all, example="tingfeng pack list")
    add_command(group, "check", check, example="tingfeng pack check packs/pets.toml")
    add_command(group, "learn", learn, example="tingfeng pack learn labelled.csv --pack pets")
    app.add_typer(group, name="pack")


def new(
    name: Annotated[str, typer.Argument(metavar="ID", help=say("Small letters, digits, - and _."))],
    seeds: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help=say("CSV, JSONL or XLSX: the columns aspect, word and en.")
        ),
    ] = None,
    sheet: SheetOption = None,
    home: HomeOption = None,
    project: ProjectOption = None,
) -> None:
    """Write a commented pack ID.toml in the folder packs beside the project file."""
    try:
        check_id(name)
    except ValueError as error:
        raise UsageError(str(error)) from error
    path = _folder(home, project) / f"{name}.toml"
    template = files("ops").joinpath("pack_template.toml").read_text("utf-8")
    aspects = "\n".join(_aspect_line(one, *parts) for one, parts in _aspects_of(seeds, sheet).items())
    text = template.replace("{id}", name).replace("{path}", str(path)).replace("{aspects}", aspects)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; choose another id or edit it.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); choose another place") from error
    tell(f"Wrote {path}. Edit its titles and words, then: tingfeng pack check {path}")


def _aspects_of(seeds: Path | None, sheet: str | None) -> dict[str, tuple[str, tuple[str, ...]]]:
    """English title and words of each aspect, of a table or as an example to edit."""
    if seeds is None:
        return _EXAMPLE
    from core.imports.labelled import read_seeds

    found = read_seeds(seeds, sheet=sheet)
    return {name: (found.titles.get(name, name), words) for name, words in found.words.items()}


def _aspect_line(name: str, title: str, words: tuple[str, ...]) -> str:
    quoted = ", ".join(json.dumps(word, ensure_ascii=False) for word in words)
    of, called = (json.dumps(text, ensure_ascii=False) for text in (name, title))
    return f"    {{ id = {of}, en = {called}, words = [{quoted}] }},"


def show_all(home: HomeOption = None, project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """The packs a project can read with: those that ship, and its own."""
    listening = _project(home, project)
    if as_json:
        emit_json(listening.all_packs)
        return
    own = {pack.id for pack in listening.packs}
    rows = [
        (
            pack.id,
            pack.title.zh,
            pack.title.en,
            len(pack.aspects),
            _means(pack),
            say("own") if pack.id in own else say("ships"),
        )
        for pack in listening.all_packs
    ]
    table(("pack", "zh", "en", "aspects", "found by", "whose"), rows)


def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=say("The pack's file."))],
    as_json: JsonOption = False,
) -> None:
    """Read a pack and say what it finds."""
    pack = read_pack(path)
    if pack.weights is not None:
        from nlp.model import shipped
        from nlp.own import load_own

        load_own(Path(pack.weights), pack, shipped())
    if as_json:
        emit_json(pack)
        return
    rows = [(one.id, one.title.zh, one.title.en, " ".join(one.words)) for one in pack.aspects]
    table(("aspect", "zh", "en", "words"), rows, title=f"{pack.title.zh} · {pack.title.en}")
    tell(f"{len(pack.aspects)} aspects, found by {_means(pack)}; {len(pack.signs)} signs.")


def learn(
    rows: Annotated[
        Path,
        typer.Argument(
            metavar="ROWS", help=say("CSV, JSONL or XLSX: the columns text, aspect and polarity.")
        ),
    ],
    name: Annotated[str, typer.Option("--pack", metavar="ID", help=say("One of the project's own packs."))],
    take: Annotated[
        bool, typer.Option("--take", help=say("Take what was learned even where it reads no better."))
    ] = False,
    sheet: SheetOption = None,
    home: HomeOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a pack from 500 labelled rows or more; taken where it reads better than the words do."""
    from core.imports.labelled import read_labelled
    from nlp.model import shipped
    from nlp.own import save_own
    from nlp.train.own import check_rows
    from nlp.train.own import learn as run

    listening = _project(home, project)
    pack = _own_pack(name, listening)
    labelled = read_labelled(rows, pack, sheet=sheet)
    _tell_faults(labelled)
    check_rows(labelled.texts, pack)
    tell(f"Learning from {labelled.rows} rows of {len(labelled.texts)} texts; this takes a minute or two.")
    lesson = run(labelled.texts, pack, listening)
    taken = take or lesson.helps
    if taken:
        path = weights_of(_folder(home, project) / f"{name}.toml")
        try:
            save_own(path, lesson.finder, lesson.reader, shipped())
        except OSError as error:
            raise UsageError(f"{path} cannot be written ({error.strerror}); choose another place") from error
    if as_json:
        emit_json(_told(lesson, labelled, taken=taken))
    else:
        _show(lesson)
    if taken:
        tell(f"Wrote {path}; without it the pack is read by its words. Next: tingfeng reannotate")
    else:
        tell(
            "It reads no better than the words, so nothing was written: label more rows, or insist with --take."
        )


def _own_pack(name: str, project: Project) -> Pack:
    pack = next((one for one in project.packs if one.id == name), None)
    if pack is None:
        own = ", ".join(one.id for one in project.packs)
        if not own:
            raise UsageError("the project has no pack of its own; tingfeng pack new ID writes one")
        raise UsageError(
            f"the project has no pack {name!r} of its own (it has {own}); tingfeng pack new ID writes one"
        )
    return pack


def _folder(home: Path | None, project: Path | None) -> Path:
    """The folder of a team's own packs: beside the project file in force, else here."""
    file = project_path(project, resolve_home(home))
    return (file.parent if file else Path()) / FOLDER


def _project(home: Path | None, project: Path | None) -> Project:
    return resolve_project(project, resolve_home(home))


def _means(pack: Pack) -> str:
    return say("a model") if pack.trained else say("words")


def _tell_faults(labelled: Labelled) -> None:
    for line, reason in labelled.faults[:_SHOWN]:
        tell(f"row {line} is left out: {reason}")
    if len(labelled.faults) > _SHOWN:
        tell(f"{len(labelled.faults) - _SHOWN} more rows are left out.")


def _show(lesson: Lesson) -> None:
    readings = ("words", lesson.by_words), ("learned", lesson.learned)
    rows = [row for name, scores in readings for row in _rows(say(name), scores)]
    tell(f"Read were {lesson.held_back} texts held back from learning; in brackets, 95 % intervals.")
    table(("reading", "of", "precision", "recall", "F1"), rows)
    table(
        ("aspect", "labelled", "words", "learned"),
        [(aspect.title.of(chosen()), *lesson.by_aspect[aspect.id]) for aspect in lesson.pack.aspects],
        title=say("F1 of aspects with their polarity"),
    )
    tell(f"F1 of aspects with their polarity gains {_cell(lesson.gain)}.")


def _rows(name: str, scores: Scores) -> list[tuple[str, ...]]:
    return [
        (name, say("aspects"), *map(_cell, scores.aspects)),
        (name, say("aspects with polarity"), *map(_cell, scores.pairs)),
        (name, say("polarity of aspects found"), _cell(scores.polarity), "", ""),
    ]


def _cell(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def _told(lesson: Lesson, labelled: Labelled, *, taken: bool) -> dict[str, Any]:
    return {
        "pack": lesson.pack.id,
        "rows": lesson.rows,
        "texts": lesson.texts,
        "held_back": lesson.held_back,
        "by_words": lesson.by_words,
        "learned": lesson.learned,
        "gain": lesson.gain,
        "by_aspect": {
            name: {"labelled": count, "words": before, "learned": after}
            for name, (count, before, after) in lesson.by_aspect.items()
        },
        "left_out": [{"row": line, "reason": reason} for line, reason in labelled.faults],
        "taken": taken,
    }
