"""The rows of a JSON, CSV or XLSX file, one by one, each with its line and what is wrong with it."""

from __future__ import annotations

import contextlib
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import ParseError

from core.errors import UsageError
from core.imports.columns import columns_of
from core.imports.delimited import Record, records_of
from core.imports.documents import Found, loosely_decoded, records_in
from core.imports.encoding import Encoding, encoding_of

_HEAD_ROWS = 50  # of JSON, to see what its records hold
_TITLE_ROWS = 10  # of a workbook, in which its header is looked for
_ESCAPED = re.compile("[\udc80-\udcff]")  # a byte that surrogateescape kept


class Row(NamedTuple):
    """Values by header, or, where `fault` says why, none. `line` counts from 1, with the header."""

    line: int
    values: dict[str, Any]
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file that was opened: its columns, its rows to come, and how it is written.

    `typed` says that the file tells numbers from texts (JSON does) and may leave columns out of a row. `others`
    are the sheets of a workbook that are not read.
    """

    headers: tuple[str, ...]
    rows: Iterator[Row]
    kind: str  # CSV, JSONL, JSON, XLSX
    typed: bool = False
    encoding: str | None = None
    sheet: str | None = None
    others: tuple[str, ...] = ()


def open_table(path: Path, *, sheet: str | None = None, nested: Iterable[str] = ()) -> Table:
    """The rows of a file, by its suffix; blank ones left out.

    `sheet` names one of a workbook, by default its first; `nested` the objects inside JSON records whose parts are
    columns (``user`` gives ``user.id``). Raises `UsageError` where the file as a whole cannot be read: absent, no
    rights, empty, another format, no such sheet.
    """
    kind = path.suffix.lower()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UsageError(f"{path} {what}; give a file that is there")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); check its rights") from error
    if not head.strip(b"\xef\xbb\xbf \t\r\n\f\v"):
        raise UsageError(f"{path} is empty; give a file with one post a row")
    if kind == ".xlsx":
        return _workbook(path, sheet)
    if sheet is not None:
        raise UsageError(f"{path} has no sheets; leave --sheet out")
    if kind in {".jsonl", ".ndjson", ".json", ".csv", ".tsv"}:
        _refuse_other_formats(path, head)
        encoding = encoding_of(path)
        return (
            _delimited(path, encoding)
            if kind in {".csv", ".tsv"}
            else _json(path, encoding, frozenset(nested))
        )
    if kind == ".xls":
        raise UsageError(f"{path} is an old Excel file; save it as .xlsx")
    raise UsageError(f"{path} is of no known format; use .jsonl, .json, .csv, .tsv or .xlsx")


def _refuse_other_formats(path: Path, head: bytes) -> None:
    if head.startswith(b"PK\x03\x04"):
        raise UsageError(
            f"{path} is an Excel workbook or an archive; name a workbook .xlsx, or unpack the archive"
        )
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{path} is no text; save it as UTF-8")


def _opened(path: Path, encoding: Encoding, newline: str) -> IO[str]:
    # surrogateescape marks the broken bytes, so that their row can be named
    errors = "replace" if encoding.name == "utf-16" else "surrogateescape"
    return path.open(encoding=encoding.name, errors=errors, newline=newline)


def _lines(path: Path, encoding: Encoding, newline: str) -> Iterator[str]:
    with _opened(path, encoding, newline) as file:
        yield from file


def _is_broken(text: str, encoding: Encoding) -> bool:
    if encoding.clean or text.isascii():
        return False
    return "\ufffd" in text if encoding.name == "utf-16" else _ESCAPED.search(text) is not None


def _json(path: Path, encoding: Encoding, nested: frozenset[str]) -> Table:
    lines = _is_lines(path, encoding)
    rows = _json_rows(path, encoding, nested, lines=lines)
    head = list(islice(rows, _HEAD_ROWS))
    headers = tuple(dict.fromkeys(name for row in head for name in row.values))
    if not head:
        raise UsageError(f"{path} holds no list of posts; give one object a line, or a list of them")
    kind = "JSONL" if lines else "JSON"
    return Table(headers=headers, rows=chain(head, rows), kind=kind, typed=True, encoding=encoding.name)


def _is_lines(path: Path, encoding: Encoding) -> bool:
    """Whether it is one object a line; else it is one document."""
    with _opened(path, encoding, "\n") as file:
        filled = (line for line in file if line.strip("\ufeff \t\r\n"))
        first, second = next(filled), next(filled, None)
    if first.lstrip("\ufeff \t").startswith("["):
        return False
    if second is not None:
        return path.suffix.lower() != ".json" or loosely_decoded(first) is not None
    record = loosely_decoded(first)
    lists = (
        [value for value in record.values() if isinstance(value, list)] if isinstance(record, dict) else []
    )
    # one object in one line may be a post or stand around a list of them
    return (
        not any(part and isinstance(part[0], dict) for part in lists)
        or "text" in record
        or "content" in record
    )


def _json_rows(path: Path, encoding: Encoding, nested: frozenset[str], *, lines: bool) -> Iterator[Row]:
    fault = f"is not valid {encoding.name.upper()}"
    with _opened(path, encoding, "\n") as file:
        beside: dict[str, Any] = {}
        if lines:
            found = (Found(number, line) for number, line in enumerate(file, 1) if line.strip())
        else:
            beside, found = records_in(file.read)  # type: ignore[assignment]
        for line, text, cut in found:
            if cut is not None or _is_broken(text, encoding):
                yield Row(line, {}, cut or fault)
                continue
            record = loosely_decoded(text)
            if isinstance(record, dict):
                flat = _flat(record, nested)
                yield Row(line, {**beside, **flat} if beside else flat)
            else:
                yield Row(line, {}, "is no JSON object")


def _flat(record: dict[str, Any], nested: frozenset[str]) -> dict[str, Any]:
    """`record` with the parts of the nested objects, and of those in them, as columns: ``author.id``."""
    inside = [name for name in nested & record.keys() if isinstance(record[name], dict)]
    if not inside:
        return record
    flat = {key: value for key, value in record.items() if key not in inside}
    for name in inside:
        flat.update((f"{name}.{key}", value) for key, value in record[name].items())
    return _flat(flat, nested)


def _delimited(path: Path, encoding: Encoding) -> Table:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter_of(path, encoding)
    records = records_of(_lines(path, encoding, ""), delimiter)
    header = _header(next(records, Record(1, [])).fields)

    def rows() -> Iterator[Row]:
        fault = f"is not valid {encoding.name.upper()}"
        for line, fields, broken in records:
            if broken is not None:
                yield Row(line, {}, broken)
            elif not encoding.clean and _is_broken("".join(fields), encoding):
                yield Row(line, {}, fault)
            else:
                yield Row(line, dict(zip(header, fields, strict=True)))

    return Table(headers=tuple(header), rows=rows(), kind="CSV", encoding=encoding.name)


def _delimiter_of(path: Path, encoding: Encoding) -> str:
    """The sign that cuts the first line into the most known headers, or into the most parts."""
    first = next((line for line in _lines(path, encoding, "") if line.strip()), "")

    def cut(sign: str) -> tuple[int, int]:
        names = [name.strip(' "\r\n') for name in first.split(sign)]
        return len(columns_of(names).header), len(names)

    return max(",;\t|", key=cut)


def _header(names: Sequence[Any]) -> list[str]:
    """The headers; one that was there before is numbered, a column without one is called ""."""
    header: list[str] = []
    for name in names:
        word = "" if name is None else str(name).strip().lstrip("\ufeff")
        again = 2
        while word and word in header:
            word = f"{str(name).strip()} ({again})"
            again += 1
        header.append(word)
    return header


# What openpyxl lets through from the archive, the XML and the numbers in it.
_BROKEN_WORKBOOK = (zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError, OSError, EOFError)


def _workbook(path: Path, sheet: str | None) -> Table:
    from openpyxl import load_workbook  # 0.1 s, and most files are none

    # about styles and validations, which nobody reads here
    warnings.filterwarnings("ignore", module=r"openpyxl\.")
    with contextlib.ExitStack() as opening:
        file = opening.enter_context(path.open("rb"))
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except _BROKEN_WORKBOOK as error:
            raise UsageError(f"{path} is no workbook that can be read; save it again as .xlsx") from error
        opening.callback(book.close)
        sheets = {one.title: one for one in book.worksheets}
        if not sheets:
            raise UsageError(f"{path} has no sheet with rows; put the posts into its first sheet")
        if sheet is not None and sheet not in sheets:
            raise UsageError(f"{path} has no sheet {sheet!r}; its sheets are {', '.join(sheets)}")
        name = sheet or next(iter(sheets))
        page = sheets[name]
        page.reset_dimensions()  # what some programs write there is wrong
        opened = opening.pop_all()
    cells = _cells(page.iter_rows(values_only=True), opened)
    above = list(islice(cells, _TITLE_ROWS))
    first = _header_row([values or () for _, values in above])
    header = _header((above[first][1] or ()) if above else ())

    def rows() -> Iterator[Row]:
        for line, values in chain(above[first + 1 :], cells):
            if values is None:
                yield Row(line, {}, "the workbook is damaged from here on")
            else:
                yield Row(line, dict(zip_longest(header, values[: len(header)])))

    others = tuple(title for title in sheets if title != name)
    return Table(headers=tuple(header), rows=rows(), kind="XLSX", sheet=name, others=others)


def _header_row(rows: Sequence[Sequence[Any]]) -> int:
    """Which of the first rows is the header: exports put titles above it. The first where none is known."""
    for number, row in enumerate(rows):
        known = columns_of([str(cell) for cell in row if cell is not None]).header
        if len(known) > 1 and not known.keys().isdisjoint({"text", "title"}):
            return number
    return 0


def _cells(
    rows: Iterator[tuple[Any, ...]], opened: contextlib.ExitStack
) -> Iterator[tuple[int, tuple[Any, ...] | None]]:
    """Line and cells of every row with something in it; None for the cells where the workbook breaks off."""
    line = 0
    with opened:
        while True:
            line += 1
            try:
                cells = next(rows, None)
            except _BROKEN_WORKBOOK:
                yield line, None
                return
            if cells is None:
                return
            if any(cell is not None for cell in cells):
                yield line, cells
