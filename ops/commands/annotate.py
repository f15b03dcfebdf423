"""``tingfeng annotate``: what the language models read, line by line."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any, Protocol

import msgspec
import typer

from core.errors import TingfengError, UsageError
from core.language import say
from core.models import Annotation
from core.project import Project
from core.records import to_builtins, to_json
from ops.options import HomeOption, ProjectOption, add_command, resolve_home, resolve_project


class Line(msgspec.Struct):
    """One line of the input."""

    text: str
    id: str | int | None = None
    domain: str | None = None
    aspect_terms: list[str] | None = None


class Reader(Protocol):
    project: Project

    def read(
        self, text: str, *, domain: str | None = None, aspect_terms: list[str] | None = None
    ) -> Annotation: ...


def register(app: typer.Typer) -> None:
    add_command(
        app, "annotate", annotate, example='echo \'{"id":1,"text":"动力很足"}\' | tingfeng annotate -'
    )


def annotate(
    source: Annotated[str, typer.Argument(metavar="FILE", help=say("JSON lines; - reads stdin."))],
    home: HomeOption = None,
    project: ProjectOption = None,
) -> None:
    """Read JSON lines {"id","text"} and write what was read in each, in the same order."""
    from nlp.annotate import Annotator

    place = resolve_home(home)
    reader = Annotator(resolve_project(project, place))
    for line in _lines(source):
        sys.stdout.buffer.write(to_json(read_line(line, reader)) + b"\n")
        sys.stdout.buffer.flush()  # whoever writes a line and waits for its answer gets it


def _lines(source: str) -> Iterator[bytes]:
    """The lines of a stream that hold something, the first without a byte order mark."""
    with _open(source) as stream:
        first = True
        while line := _next(stream, source):
            line = line.removeprefix(codecs.BOM_UTF8) if first else line
            first = False
            if line.strip():
                yield line


def _next(stream: IO[bytes], source: str) -> bytes:
    try:
        return stream.readline()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise TingfengError(
            f"{source} cannot be read ({reason}); what was read before is on stdout."
        ) from error


def _open(source: str) -> IO[bytes]:
    if source == "-":
        if sys.stdin is None or sys.stdin.closed:
            raise UsageError("stdin is closed; pipe JSON lines in, or name a file.")
        return sys.stdin.buffer
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(
            f"{source} cannot be opened ({error.strerror}); name a file of JSON lines, or - for stdin."
        ) from error


def read_line(line: bytes, reader: Reader) -> dict[str, Any]:
    """The answer to one line, or ``{"id", "error"}`` where the line cannot be read."""
    try:
        given = msgspec.json.decode(line, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return {"id": _id_of(line), "error": f"not a line of this command's input: {error}"}
    domains = reader.project.domains
    if given.domain is not None and given.domain not in domains:
        return {
            "id": given.id,
            "error": f"domain {given.domain!r} is unknown; known are {', '.join(domains)}",
        }
    annotation = reader.read(given.text, domain=given.domain, aspect_terms=given.aspect_terms)
    return {"id": given.id, **public(annotation)}


def public(annotation: Annotation) -> dict[str, Any]:
    """The fields of an annotation that this command promises."""
    everything = to_builtins(annotation)
    return {
        name: everything[name] for name in ("words", "keywords", "sentiment", "emotion", "aspects", "models")
    }


def _id_of(line: bytes) -> str | int | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    given = value.get("id") if isinstance(value, dict) else None
    return given if isinstance(given, str | int) and not isinstance(given, bool) else None
