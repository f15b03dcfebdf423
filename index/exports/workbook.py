"""Workbooks that are safe to open: every text is written as text, and only web addresses become links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

ROWS = 1_048_576  # of one sheet, heading included
Cell = str | int | float | None
_CELL = 32_000  # characters; Excel holds 32,767
_ADDRESS = 2_000
_SAFE_LINK = re.compile(r"https?://[^\s\"<>]+")


@contextmanager
def workbook(path: Path, *, streamed: bool = False) -> Iterator[Any]:
    """A new workbook, written when the block ends; `streamed`: rows must come in order and leave memory at once.

    Texts that begin with =, +, - or @ are no formulas. Raises `OSError` when the file cannot be written.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options | {"constant_memory": streamed})
    try:
        yield book
    finally:
        try:
            book.close()
        except FileCreateError as error:  # the library's own wrapping of what the system said
            raise error.args[0] from None


class Pen:
    """Writes cells, each as what it is."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self.number = book.add_format({"valign": "top"})
        self.link = book.add_format({"font_color": "blue", "underline": 1, "valign": "top"})

    def write(self, sheet: Any, row: int, column: int, value: Cell, *, link: bool = False) -> None:
        """One cell; None leaves it empty."""
        if value is None:
            return
        if isinstance(value, int | float):
            sheet.write_number(row, column, value, self.number)
            return
        # half characters cannot be written as UTF-8
        text = value.encode("utf-8", "replace").decode("utf-8")[:_CELL]
        if link and len(text) <= _ADDRESS and _SAFE_LINK.fullmatch(text):
            sheet.write_url(row, column, text, self.link, text)
        else:
            sheet.write_string(row, column, text, self.text)

    def heads(self, sheet: Any, row: int, titles: Sequence[str]) -> None:
        """A row of headings."""
        for column, title in enumerate(titles):
            sheet.write_string(row, column, title, self.head)
