"""``tingfeng words``: new words of the stored posts, and what becomes of them."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from core.home import Home
from core.language import say
from ops.options import (
    HomeOption,
    JsonOption,
    LimitOption,
    ProjectOption,
    SinceOption,
    StoreOption,
    UntilOption,
    add_command,
    project_path,
    resolve_home,
    resolve_project,
    resolve_span,
    resolve_store_address,
)
from ops.output import emit_json, figure, named, one_line, table, tell

if TYPE_CHECKING:
    from mining.reports import WordsReport

_DAYS = 7
_ALIAS = "brand-alias:"


def register(app: typer.Typer) -> None:
    add_command(app, "words", words, example="tingfeng words --since 7d")


def words(
    query: Annotated[
        str, typer.Argument(metavar="[QUERY]", help=say("Only among the posts of this query."))
    ] = "",
    since: SinceOption = None,
    until: UntilOption = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="WORD", help=say("Write this word in the project file.")),
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="KIND",
            help=say(
                "What an accepted word is: word, stop (no keyword), or brand-alias:ID, a name of that brand."
            ),
        ),
    ] = "word",
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", metavar="WORD", help=say("Never propose this word again.")),
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    limit: LimitOption = 30,
    as_json: JsonOption = False,
) -> None:
    """Propose new words and slang of a span (default: 7 days), those that rise most first.

    An accepted word is kept whole from the next ingest on; accepted and rejected ones are not proposed again.
    """
    place = resolve_home(home)
    if accept or reject:
        _decide(_file(project, place), accept or [], reject or [], kind)
        return
    from index.address import open_store
    from mining.vocabulary import Vocabulary

    listening = resolve_project(project, place)
    start, end = resolve_span(since, until, listening)
    end = end or datetime.now(UTC)
    finder = Vocabulary(project=listening)
    with closing(open_store(resolve_store_address(store), place)) as opened:
        report = finder.proposed(opened, start or end - timedelta(days=_DAYS), end, query=query, limit=limit)
    if as_json:
        emit_json(report)
    else:
        _tell(report)


def _file(given: Path | None, home: Home) -> Path:
    path = project_path(given, home)
    if path is None:
        raise UsageError(
            "Words are kept in a project file, and there is none; write one with: tingfeng project new NAME"
        )
    return path


def _decide(path: Path, accepted: list[str], rejected: list[str], kind: str) -> None:
    from core.project_file import add_alias, note_word

    for word in (*accepted, *rejected):
        if len(word.strip()) < 2:
            raise UsageError(f"{word!r} is no word that can be kept whole; write two characters or more.")
    if kind not in ("word", "stop") and not kind.startswith(_ALIAS):
        raise UsageError(f"--as {kind!r} is unknown; use word, stop or brand-alias:ID.")
    for word in map(str.strip, accepted):
        if kind.startswith(_ALIAS):
            add_alias(path, word, kind.removeprefix(_ALIAS))
        else:
            note_word(path, word, "keep" if kind == "word" else "stop")
        tell(f"{word} is written in {path}.")
    for word in map(str.strip, rejected):
        note_word(path, word, "rejected")
        tell(f"{word} will not be proposed again.")
    if accepted:
        tell("New posts are read so from the next ingest on; stored ones with: tingfeng reannotate")


def _tell(report: WordsReport) -> None:
    tell(f"{report.posts} posts were read, copies and advertisements left out.")
    rows = [
        (
            one.word,
            figure(one.now),
            figure(one.baseline),
            figure(one.score),
            f"{one.probability:.2f}",
            " ".join(f"{named('platform', name)} {count}" for name, count in one.platforms.items()),
            one_line(one.examples[0].text, 50) if one.examples else None,
        )
        for one in report.words
    ]
    table(("word", "now", "usual", "score", "sure", "platforms", "example"), rows)
    if rows:
        tell("Next: tingfeng words --accept WORD or --reject WORD")
