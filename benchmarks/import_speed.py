"""Importing files: rows a second, and whether memory stays flat as files grow.

Rows are invented, in the shape of another crawler, as CSV, as JSONL and as one JSON list; each file is imported in a process
of its own into an empty data folder. Beside it stands the bare reading of the same file by the standard library into a
list, which keeps the whole file.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measuring import goal, most_memory_mb, table, timed
from core.home import Home
from core.ids import mid_at
from core.project import EMPTY
from core.tabular import import_file

SEED = 20261129
PEOPLE = 2_000  # fewer than the pseudonyms that are remembered, so that memory shows what the rows cost
START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("csv", "jsonl", "json")
_FLAT = 1.15  # memory for the large file over that for the small one


def rows(count: int) -> Iterator[dict[str, object]]:
    """Posts as another crawler writes them, of two hundred characters at most."""
    chance = random.Random(SEED)
    for number in range(count):
        at = START + timedelta(seconds=number)
        mid = mid_at(at)
        yield {
            "note_id": mid,
            "content": "提车三个月的感受，空间大，油耗低。" * chance.randint(1, 12),
            "create_time": int(at.timestamp()),
            "create_date_time": "",
            "liked_count": str(chance.randint(0, 9999)),
            "comments_count": "3",
            "shared_count": "1.2万",
            "last_modify_ts": int(at.timestamp() * 1000),
            "note_url": f"https://m.weibo.cn/detail/{mid}",
            "ip_location": "浙江",
            "user_id": str(9_900_000_000 + chance.randrange(PEOPLE)),
            "nickname": f"网友{chance.randrange(PEOPLE)}",
        }


def write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            writer = csv.DictWriter(file, next(rows(1)))
            writer.writeheader()
            writer.writerows(rows(count))
            return
        texts = (json.dumps(row, ensure_ascii=False) for row in rows(count))
        if path.suffix == ".jsonl":
            file.writelines(text + "\n" for text in texts)
            return
        file.write("[")
        file.writelines(("" if number == 0 else ",\n") + text for number, text in enumerate(texts))
        file.write("]")


def read_barely(path: Path) -> int:
    """Rows of the file as the standard library gives them, all at once."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return len(list(csv.DictReader(file)))
        return len([json.loads(line) for line in file] if path.suffix == ".jsonl" else json.load(file))


def measure(how: str, path: Path) -> None:
    """In a process of its own: milliseconds, rows, and the most memory it held."""
    if how == "bare":
        took, count = timed(lambda: read_barely(path))
    else:
        with tempfile.TemporaryDirectory() as folder:
            took, report = timed(lambda: import_file(path, Home(Path(folder)), EMPTY))
        count = report.landed
        assert report.shape == "mediacrawler-weibo-posts"
    print(json.dumps([took, count, most_memory_mb()]))


def measured(how: str, path: Path) -> tuple[float, int, int]:
    command = [sys.executable, "-m", "benchmarks.import_speed", "--measure", how, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    took, count, memory = json.loads(done.stdout)
    return took, count, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--measure", nargs=2, metavar=("HOW", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(asked.measure[0], Path(asked.measure[1]))
        return
    lines, grown = [], []
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            memories = []
            for count in (asked.rows // 10, asked.rows):
                path = Path(folder) / f"rows-{count}.{kind}"
                write(path, count)
                took, landed, memory = measured("import", path)
                bare_ms, read, bare_memory = measured("bare", path)
                assert landed == read == count
                memories.append(memory)
                size = path.stat().st_size // 2**20
                ours = (kind, f"{count:,}", f"{size} MB", f"{count / took * 1000:,.0f}", f"{memory} MB")
                lines.append((*ours, f"{count / bare_ms * 1000:,.0f}", f"{bare_memory} MB"))
                path.unlink()
            grown.append((kind, memories[1] / memories[0]))
    table(("file", "rows", "size", "landed/s", "memory", "bare rows/s", "memory"), lines)
    for kind, growth in grown:
        goal(
            f"memory flat, {kind}",
            f"{growth:.2f} × for ten times the rows (at most {_FLAT})",
            growth <= _FLAT,
        )


if __name__ == "__main__":
    main()
