"""CSV records out of lines, so that a broken row costs itself and none after it.

The csv module alone reads from an unclosed quote to the end of the file. Here such a row is given up and
reading goes on with the very next line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

_LONGEST_RECORD = 2_000  # lines; a quote still open then was never meant as one
_LARGEST_FIELD = 2**31 - 1  # characters; the csv module's own limit is lower than some articles are long


class Record(NamedTuple):
    """The fields of one record and the line it begins in; `fault` says why there are none."""

    line: int
    fields: list[str]
    fault: str | None = None


def records_of(lines: Iterator[str], delimiter: str) -> Iterator[Record]:
    """The records of a CSV file, lines without any content left out.

    The first is the header and sets how many fields each has.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    source = _Lines(lines)
    width = 0
    blank = f"{delimiter} \t\r\n"
    while (line := source.take()) is not None:
        if not line.strip(blank):
            continue
        number = source.number
        fields = _fields(line, source, delimiter)
        if fields is None:
            yield Record(number, [], "a quote is opened and never closed")
        elif width and len(fields) != width:
            source.back_to(number)
            yield Record(number, [], f"{len(fields)} fields where the header has {width}")
        else:
            width = width or len(fields)
            source.keep()
            yield Record(number, fields)


class _Lines:
    """Lines that can be put back: those taken since `keep`."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 0  # of the line taken last, from 1

    def take(self) -> str | None:
        line = self._back.popleft() if self._back else next(self._lines, None)
        if line is not None:
            self.number += 1
            self._taken.append(line)
        return line

    def keep(self) -> None:
        self._taken.clear()

    def back_to(self, number: int) -> None:
        """Puts back every line after line `number`."""
        extra = self.number - number
        if extra:
            self._back.extendleft(reversed(self._taken[-extra:]))
            self.number = number
        self._taken.clear()


def _fields(line: str, source: _Lines, delimiter: str) -> list[str] | None:
    """The fields of the record that begins with `line`, with as many further lines as its quotes need."""
    if '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    first = source.number
    record, quotes = [line], line.count('"')
    while len(record) <= _LONGEST_RECORD:
        if quotes % 2 == 0 or len(record) == 1:
            try:
                return next(csv.reader(record, delimiter=delimiter, strict=True))
            except csv.Error:
                if quotes % 2 == 0:
                    break
        more = source.take()
        if more is None:
            break
        record.append(more)
        quotes += more.count('"')
    source.back_to(first)
    # Quotes inside a quoted field that were not doubled: the line still reads, if loosely.
    return next(csv.reader([line], delimiter=delimiter)) if line.count('"') % 2 == 0 else None
