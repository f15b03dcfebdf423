"""An import is a run as a crawl is, and a file that cannot be one says what to do."""

import subprocess
import sys

import pytest
from msgspec.structs import replace

from core.errors import LandingError, UsageError
from core.landing import read_landing
from core.models import Coverage, Post, Run
from tests.core.imports.desk import NOW, Desk, workbook_of


def test_a_run_and_its_coverage_are_landed(desk: Desk) -> None:
    report = desk.load(desk.write("posts.jsonl", '{"text": "一"}\n{}\n'))
    first, _, coverage, last = desk.records(report)
    started = Run(id="run-1", source="import", asked={"file": "posts.jsonl"}, started_at=NOW)
    assert first == started
    assert coverage == Coverage(
        source="import", slice="posts.jsonl", expected=2, got=1, because="rejected rows", run_id="run-1"
    )
    assert last == replace(started, ended_at=NOW, outcome="finished", posts=1, rejected=1)


def test_runs_get_ids_of_their_own(desk: Desk) -> None:
    path = desk.write("a.jsonl", '{"text": "一"}')
    runs = [desk.load(path, run_id=None).run for _ in range(3)]
    assert len(set(runs)) == 3
    assert all(run.startswith("import-20261121T120030-") for run in runs)


def test_a_run_id_in_use_is_refused(desk: Desk) -> None:
    path = desk.write("a.jsonl", '{"text": "一"}')
    desk.load(path, run_id="run-1")
    with pytest.raises(LandingError, match="another id"):
        desk.load(path, run_id="run-1")


FULL_DISK = """
import resource, sys
from pathlib import Path
from core.errors import LandingError
from core.home import Home
from core.project import EMPTY
from core.tabular import import_file

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    import_file(Path(sys.argv[1]), Home(Path(sys.argv[2])), EMPTY, run_id="run-1")
except LandingError as error:
    print(error)
"""


@pytest.mark.parametrize("row", ['{"text": "第%d条 %d"}', "broken %d %d"])
def test_a_full_disk_is_said_and_what_was_flushed_is_whole(desk: Desk, row: str) -> None:
    path = desk.write("a.jsonl", "\n".join(row % (number, number * number) for number in range(5000)))
    command = [sys.executable, "-c", FULL_DISK, str(path), str(desk.home.root), "60000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "free some space" in done.stdout
    file = read_landing(desk.home.landing / "run-1.zst")
    landed = [record.text for frame in file for record in frame.records if isinstance(record, Post)]
    assert landed == [f"第{number}条 {number * number}" for number in range(len(landed))]
    assert (file.torn, file.damage) == (0, [])


def test_progress_is_told(desk: Desk) -> None:
    told: list[int] = []
    desk.load(desk.write("a.jsonl", '{"text": "一"}\n' * 2500), progress=told.append)
    assert told == [1000, 2000]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.csv", b"\n \n", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.csv", b"name,age\nx,5\n", "name one text, content or"),
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"no workbook", "save it again as .xlsx"),
        ("a.xlsx", workbook_of([{"name": "x"}]), "name one text, content or"),
        ("a.xlsx", workbook_of([{}]), "name one text, content or"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx"),
        ("a.pdf", b"%PDF", "use .jsonl, .json, .csv, .tsv or .xlsx"),
        ("a", b"text", "use .jsonl, .json, .csv, .tsv or .xlsx"),
        ("a.csv", b"PK\x03\x04....", "name a workbook .xlsx"),
        ("a.csv", b"text\n\x00\x01\x02", "is no text"),
        ("a.json", b'{"code": 0, "data": {}}', "no column with the text"),
        ("a.json", b'{"code": 0,\n "data": {}}', "no list of posts"),
        ("a.json", b"[]", "no list of posts"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(desk: Desk, name: str, content: bytes, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        desk.load(desk.write(name, content))
    assert says in str(refused.value)
    assert name in str(refused.value)
    assert not desk.home.landing.exists()


def test_an_absent_file_and_a_folder_are_named(desk: Desk) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        desk.load(desk.folder / "none.csv")
    with pytest.raises(UsageError, match="is a folder"):
        desk.load(desk.folder)


def test_a_header_without_rows_is_an_empty_import(desk: Desk) -> None:
    report = desk.load(desk.write("a.csv", "text,author\n"))
    assert (report.read, report.landed, report.rejected) == (0, 0, 0)
