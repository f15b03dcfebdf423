"""The rows of a JSONL, CSV or XLSX file, one by one, each with its line and what is wrong with it."""

from __future__ import annotations

import contextlib
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import msgspec

from core.errors import UsageError
from core.imports.columns import columns_of
from core.imports.delimited import Record, records_of
from core.imports.encoding import Encoding, encoding_of

_NESTED = ("author", "user", "engagement")
_ESCAPED = re.compile("[\udc80-\udcff]")  # a byte that surrogateescape kept


class Row(NamedTuple):
    """Values by header, or, where `fault` says why, none. `line` counts from 1, with the header."""

    line: int
    values: dict[str, Any]
    fault: str | None = None


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a file, by its suffix; blank ones left out.

    Raises `UsageError` where the file as a whole cannot be read: absent, no rights, empty, another format.
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
    if not head.strip():
        raise UsageError(f"{path} is empty; give a file with one post a row")
    if kind == ".xlsx":
        return _workbook_rows(path)
    if kind in {".jsonl", ".ndjson", ".json", ".csv", ".tsv"}:
        _refuse_other_formats(path, head)
        encoding = encoding_of(path)
        return _csv_rows(path, encoding) if kind in {".csv", ".tsv"} else _json_rows(path, encoding)
    if kind == ".xls":
        raise UsageError(f"{path} is an old Excel file; save it as .xlsx")
    raise UsageError(f"{path} is of no known format; use .jsonl, .csv, .tsv or .xlsx")


def _refuse_other_formats(path: Path, head: bytes) -> None:
    if head.startswith(b"PK\x03\x04"):
        raise UsageError(
            f"{path} is an Excel workbook or an archive; name a workbook .xlsx, or unpack the archive"
        )
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{path} is no text; save it as UTF-8")
    if path.suffix.lower() not in {".csv", ".tsv"} and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise UsageError(f"{path} is one JSON list; write one object a line (JSONL)")


def _lines(path: Path, encoding: Encoding, newline: str) -> Iterator[str]:
    # surrogateescape marks the broken bytes, so that their row can be named
    errors = "replace" if encoding.name == "utf-16" else "surrogateescape"
    with path.open(encoding=encoding.name, errors=errors, newline=newline) as file:
        yield from file


def _is_broken(text: str, encoding: Encoding) -> bool:
    if encoding.clean or text.isascii():
        return False
    return "\ufffd" in text if encoding.name == "utf-16" else _ESCAPED.search(text) is not None


def _json_rows(path: Path, encoding: Encoding) -> Iterator[Row]:
    decode = msgspec.json.Decoder().decode
    fault = f"is not valid {encoding.name.upper()}"
    for number, line in enumerate(_lines(path, encoding, "\n"), 1):
        if not line.strip():
            continue
        if _is_broken(line, encoding):
            yield Row(number, {}, fault)
            continue
        try:
            record = decode(line)
        except (ValueError, RecursionError):
            record = _loosely_decoded(line)
        if isinstance(record, dict):
            yield Row(number, _flat(record))
        else:
            yield Row(number, {}, "is no JSON object")


def _loosely_decoded(line: str) -> Any:
    """As Python reads JSON: NaN and half characters, which broken exports have, are let through."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """`record` with the parts of author and engagement as columns: ``author.id``."""
    nested = [name for name in _NESTED if isinstance(record.get(name), dict)]
    if not nested:
        return record
    flat = {key: value for key, value in record.items() if key not in nested}
    for name in nested:
        flat.update((f"{name}.{key}", value) for key, value in record[name].items())
    return flat


def _csv_rows(path: Path, encoding: Encoding) -> Iterator[Row]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter_of(path, encoding)
    records = records_of(_lines(path, encoding, ""), delimiter)
    header = _header(path, next(records, Record(1, [])).fields)

    def rows() -> Iterator[Row]:
        fault = f"is not valid {encoding.name.upper()}"
        for line, fields, broken in records:
            if broken is not None:
                yield Row(line, {}, broken)
            elif not encoding.clean and _is_broken("".join(fields), encoding):
                yield Row(line, {}, fault)
            else:
                yield Row(line, dict(zip(header, fields, strict=True)))

    return rows()


def _delimiter_of(path: Path, encoding: Encoding) -> str:
    """The sign that cuts the first line into the most known headers."""
    first = next((line for line in _lines(path, encoding, "") if line.strip()), "")

    def known(sign: str) -> int:
        return len(columns_of([name.strip(' "\r\n') for name in first.split(sign)]).header)

    return max(",;\t|", key=known)


def _header(path: Path, names: Sequence[Any]) -> list[str]:
    """The headers; a column without one, or with one that was there before, is called ""."""
    header: list[str] = []
    for name in names:
        word = "" if name is None else str(name).strip()
        header.append("" if word in header else word)
    if columns_of(header).header.keys().isdisjoint({"text", "title"}):
        raise UsageError(
            f"{path} has no column with the text; name one text, content or 正文 in its first row"
        )
    return header


# What openpyxl lets through from the archive, the XML and the numbers in it.
_BROKEN_WORKBOOK = (zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError, OSError, EOFError)


def _workbook_rows(path: Path) -> Iterator[Row]:
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
        if not book.worksheets:
            raise UsageError(f"{path} has no sheet with rows; put the posts into its first sheet")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what some programs write there is wrong
        cells = _cells(sheet.iter_rows(values_only=True))
        header = _header(path, next(cells, (1, ()))[1] or ())
        opened = opening.pop_all()

    def rows() -> Iterator[Row]:
        with opened:
            for line, values in cells:
                if values is None:
                    yield Row(line, {}, "the workbook is damaged from here on")
                else:
                    yield Row(line, dict(zip_longest(header, values[: len(header)])))

    return rows()


def _cells(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, tuple[Any, ...] | None]]:
    """Line and cells of every row with something in it; None for the cells where the workbook breaks off."""
    line = 0
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
