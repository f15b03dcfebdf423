"""Searches of real posts, beside FTS5 over jieba words, tantivy over the same words, and a LIKE scan.

    python -m benchmarks.search_speed [--posts 200000] [--runs 15] [--keep FOLDER]

All four are built from the same posts in the same run, and asked in turns. Milliseconds are those of warm
calls with nothing remembered of earlier questions, as where posts keep arriving; "kept" is what ours gives when it
remembers what words found, as it does until the next write. Plain stores look up words as jieba cuts them and so find
fewer posts: the third table says how many. "cpu" is the time of the processor, which other work on the machine
does not lengthen; "x" compares by it. Cold calls open the store anew after the system dropped its files from memory.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measuring import (
    drop_from_memory,
    goal,
    median,
    most_memory_mb,
    percentile,
    size,
    table,
    timed,
)
from benchmarks.plain_stores import FACETS, Asked, Days, PlainStore, Scan, SqlBuilder, Words
from benchmarks.plain_tantivy import Tantivy, TantivyBuilder
from benchmarks.posts_data import batches
from benchmarks.search_questions import GOALS, QUESTIONS
from core.models import AnnotatedPost
from index.query import parse
from index.sqlite import SqliteStore
from index.sqlite.found import Remembered
from index.store import Batch, Sort

_SCANS = 2  # calls a question; they take long
_EPOCH = date(1970, 1, 1).toordinal()


class Ours:
    """Our store behind the same questions."""

    name = "ours"

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(path)

    def forget(self) -> None:
        self.store._remembered = Remembered()

    def page(self, asked: Asked) -> int:
        query = parse(asked.query)
        self.store.search(query, limit=20)
        return self.store.count(query)

    def facets(self, asked: Asked) -> int:
        query = parse(asked.query)
        self.store.search(query, limit=20)
        return self.store.summary(query, FACETS, counters=()).posts

    def days(self, asked: Asked) -> Days:
        found = self.store.histogram(parse(asked.query), by="sentiment")
        return {
            (date.fromisoformat(one.start).toordinal() - _EPOCH, one.value or ""): one.count for one in found
        }

    def engaged(self, asked: Asked) -> int:
        return len(self.store.search(parse(asked.query), sort=Sort.ENGAGED, limit=20).hits)

    def relevant(self, asked: Asked) -> int:
        return len(self.store.search(parse(asked.query), sort=Sort.RELEVANT, limit=20).hits)

    def close(self) -> None:
        self.store.close()


@dataclass(slots=True)
class Measured:
    """Milliseconds of one kind of question by store, and what each question found."""

    warm: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    processor: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # warm
    kept: list[float] = field(default_factory=list)
    cold: dict[str, float] = field(default_factory=dict)
    found: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))

    def times_as_fast(self, name: str) -> float:
        """Ours beside another, medians of the processor."""
        return median(self.processor[name]) / median(self.processor["ours"])


@dataclass(frozen=True, slots=True)
class Places:
    """Where the stores lie."""

    ours: Path
    sql: Path
    tantivy: Path

    def opened(self) -> dict[str, Callable[[], Ours | PlainStore]]:
        return {
            "ours": lambda: Ours(self.ours),
            "fts5": lambda: Words(self.sql),
            "tantivy": lambda: Tantivy(self.tantivy),
            "scan": lambda: Scan(self.sql),
        }


def build(folder: Path, count: int) -> Places:
    """All stores, of the same posts; prints what they weigh."""
    places = Places(folder / "tingfeng.db", folder / "plain.db", folder / "tantivy")
    if places.tantivy.exists():
        return places
    sql, other = SqlBuilder(places.sql), TantivyBuilder(places.tantivy)
    seconds: dict[str, float] = defaultdict(float)
    with closing(SqliteStore(places.ours)) as store:
        adding: dict[str, Callable[[list[AnnotatedPost]], object]] = {
            "ours": lambda items: store.write(Batch(posts=items)),
            "fts5 + scan": sql.add,
            "tantivy": other.add,
        }
        for items in batches(count):
            for name, add in adding.items():
                seconds[name] += timed(partial(add, items))[0] / 1000
        store.flush()
    for name, finish in (("fts5 + scan", sql.finish), ("tantivy", other.finish)):
        seconds[name] += timed(finish)[0] / 1000
    weights = (("ours", places.ours), ("fts5 + scan", places.sql), ("tantivy", places.tantivy))
    rows = [(name, f"{seconds[name]:.0f} s", f"{size(path) / count:,.0f}") for name, path in weights]
    table(("built, in turns", "time", "bytes/post"), rows)
    return places


def measure(stores: dict[str, Ours | PlainStore], how: str, asked: list[Asked], runs: int) -> Measured:
    measured = Measured()
    ours = stores["ours"]
    assert isinstance(ours, Ours)
    for question in asked:
        for run in range(runs + 1):
            for name, store in stores.items():
                if name == "scan" and (run > _SCANS or how == "relevant"):
                    continue
                ask = partial(getattr(store, how), question)
                ours.forget()
                start = time.process_time()
                took, answer = timed(ask)
                spent = (time.process_time() - start) * 1000
                if run:  # the first call warms
                    measured.warm[name].append(took)
                    measured.processor[name].append(spent)
                else:
                    measured.found[question.query][name] = answer
                if name == "ours" and run:
                    measured.kept.append(timed(ask)[0])
    return measured


def measure_cold(places: Places, how: str, asked: Asked, measured: Measured) -> None:
    for name, opened in places.opened().items():
        if name in measured.warm:
            for path in (places.ours, places.sql, places.tantivy):
                drop_from_memory(path)
            measured.cold[name] = timed(partial(_first_call, opened, how, asked))[0]


def _first_call(opened: Callable[[], Ours | PlainStore], how: str, asked: Asked) -> None:
    with closing(opened()) as store:
        getattr(store, how)(asked)


def show(found: dict[str, Measured]) -> None:
    plain = ("fts5", "tantivy", "scan")
    head = ["warm, ms", "ours p50", "p95", "cpu p50", "cpu p95", "kept p50"]
    head += [title for name in plain for title in (f"{name} p50", "p95", "x")]
    rows = []
    for kind, measured in found.items():
        row = [
            kind,
            *_times(measured.warm["ours"]),
            *_times(measured.processor["ours"]),
            f"{median(measured.kept):.2f}",
        ]
        for name in plain:
            times = measured.warm.get(name)
            row += [*_times(times), f"{measured.times_as_fast(name):,.1f}"] if times else ["-"] * 3
        rows.append(row)
    print()
    table(head, rows)
    print()
    cold: list[list[str]] = []
    for kind, measured in found.items():
        firsts = [measured.cold.get(name) for name in ("ours", *plain)]
        cold.append([kind, *("-" if one is None else f"{one:,.0f}" for one in firsts)])
    table(["cold, ms", "ours", *plain], cold)


def _times(values: list[float]) -> tuple[str, str]:
    return f"{median(values):,.2f}", f"{percentile(values, 0.95):,.2f}"


def show_counts(found: dict[str, Measured]) -> None:
    rows = []
    for kind, measured in found.items():
        for query, answers in measured.found.items():
            if QUESTIONS[kind][0] in ("engaged", "relevant"):
                continue
            counts = {name: sum(a.values()) if isinstance(a, dict) else a for name, a in answers.items()}
            agree = [name for name in ("fts5", "tantivy", "scan") if answers[name] == answers["ours"]]
            row = [f"{kind}: {query}", *(f"{counts[name]:,}" for name in ("ours", "scan", "fts5", "tantivy"))]
            rows.append([*row, " ".join(agree) or "-"])
    print()
    table(["posts found", "ours", "scan", "fts5", "tantivy", "the same as ours"], rows)


def show_goals(found: dict[str, Measured]) -> None:
    print("\ngoals")
    for kind, limit in GOALS.items():
        measured = found[kind]
        p95 = percentile(measured.warm["ours"], 0.95)
        cpu = percentile(measured.processor["ours"], 0.95)
        met, note = p95 <= limit, f"p95 {p95:.1f} ms ({cpu:.1f} ms of the processor), goal {limit:.0f} ms"
        if kind.startswith("day"):
            other = percentile(measured.warm["tantivy"], 0.95)
            met = met or p95 <= 2 * other
            note += f" or twice tantivy's {other:.1f} ms"
        goal(kind, note, met)
        if limit == 10:
            ratio = measured.times_as_fast("scan")
            goal(f"{kind}, beside the scan", f"{ratio:,.0f} times as fast, goal 100", ratio >= 100)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=int, default=200_000)
    options.add_argument("--runs", type=int, default=15, help="warm calls a question")
    options.add_argument("--keep", type=Path, help="a folder to keep the stores in, for another run")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        places = build(folder, given.posts)
        stores = {name: opened() for name, opened in places.opened().items()}
        gc.collect()
        gc.freeze()  # what building left in memory is nobody's to collect again
        found = {kind: measure(stores, how, asked, given.runs) for kind, (how, asked) in QUESTIONS.items()}
        for store in stores.values():
            store.close()
        del stores
        for kind, (how, asked) in QUESTIONS.items():
            measure_cold(places, how, asked[0], found[kind])
    print(f"\n{given.posts:,} posts, {given.runs} warm calls of each of several words, in turns")
    show(found)
    show_counts(found)
    show_goals(found)
    print(f"\nmost memory {most_memory_mb():,} MB, all stores together")


if __name__ == "__main__":
    main()
