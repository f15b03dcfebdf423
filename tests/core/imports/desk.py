"""A home to import files into, and the files."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from core.home import Home
from core.landing import read_landing
from core.models import Post
from core.privacy import Pseudonyms, load_key
from core.project import EMPTY
from core.tabular import ImportReport, import_file

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


class Desk:
    """A home, and files to import into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "home")
        self.runs = 0

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, path: Path, **options: Any) -> ImportReport:
        self.runs += 1
        options = {"now": NOW, "run_id": f"run-{self.runs}", **options}
        return import_file(path, self.home, options.pop("project", EMPTY), **options)

    def records(self, report: ImportReport) -> list[Any]:
        file = read_landing(self.home.landing / f"{report.run}.zst")
        return [record for frame in file for record in frame.records]

    def posts(self, report: ImportReport) -> list[Post]:
        return [record for record in self.records(report) if isinstance(record, Post)]

    def rejects(self, report: ImportReport) -> list[tuple[int, str | None, str]]:
        lines = (self.home.rejects / f"{report.run}.jsonl").read_text("utf-8").splitlines()
        return [(entry["line"], entry["field"], entry["reason"]) for entry in map(json.loads, lines)]

    def one(self, row: dict[str, Any]) -> Post:
        """The landed post of a JSONL row."""
        (landed,) = self.posts(self.load(self.write("one.jsonl", json.dumps(row))))
        return landed

    def pseudonyms(self) -> Pseudonyms:
        return Pseudonyms(load_key(self.home.key))


def csv_of(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def workbook_of(rows: list[dict[str, Any]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
