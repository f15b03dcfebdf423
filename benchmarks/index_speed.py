"""Writing annotated posts into SQLite beside bare FTS5 inserts of the same strings, and how all grows with the posts.

    python -m benchmarks.index_speed [--posts 200000] [--profile]

First, batches in turns: ours, an FTS5 table of the two strings a post is found by (`lit`, `words`) as one would make
it, and one that keeps no text (contentless), as ours does. The strings, and for ours the rows, are made beforehand,
as ingest's workers make them; a line more says what making and writing rows take together. Ours writes the records,
columns, profiles and founders too. Time is that of the processor, which
other work on the machine does not lengthen; the wall's stands beside it. Then, in a process of its own, a store
grows to a tenth of the posts and to all of them: time a post and a query, memory and bytes at both sizes.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import pstats
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import harmonic_mean

import msgspec

from benchmarks.measuring import goal, median, own_memory_mb, slope, table, timed
from benchmarks.posts_data import bare, batches
from benchmarks.search_questions import QUESTIONS
from benchmarks.search_speed import Ours
from core.models import AnnotatedPost
from index import tokens
from index.sqlite import SqliteStore
from index.store import Batch
from nlp.duplicates import DuplicateIndex

_WRITER, _CHAIN = "ours, rows prepared", "ours, rows made here too"
_TURNS = 100_000  # posts written in turns
_SLOPE = 1.1
_CALLS = 5  # of each question at each size
_KINDS = [kind for kind in QUESTIONS if kind != "day x sentiment, w:"]


@dataclass(slots=True)
class Rates:
    """Posts per second of processor and of wall, by batch."""

    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def add(self, posts: int, work: Callable[[], object]) -> None:
        start = time.process_time()
        took, _ = timed(work)
        self.processor.append(posts / (time.process_time() - start))
        self.wall.append(posts / took * 1000)

    def joined(self, posts: int, rest: Rates, work: Callable[[], object]) -> None:
        """Work that comes before the last of `rest`, both together."""
        self.add(posts, work)
        for mine, its in ((self.processor, rest.processor), (self.wall, rest.wall)):
            mine[-1] = 1 / (1 / mine[-1] + 1 / its[-1])


class Bare:
    """An FTS5 table of the two strings, and nothing else."""

    def __init__(self, path: Path, *, kept: bool) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -131072;"
            "PRAGMA wal_autocheckpoint = 8000;"
            "CREATE VIRTUAL TABLE post USING fts5 "
            f"(lit, words{'' if kept else ', content = ' + chr(39) * 2}, tokenize = 'ascii')"
        )
        self._next = 1

    def add(self, strings: list[tuple[str, str]]) -> None:
        rows = [(self._next + at, *one) for at, one in enumerate(strings)]
        self._next += len(rows)
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO post (rowid, lit, words) VALUES (?, ?, ?)", rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def spelled(count: int) -> Iterator[tuple[list[AnnotatedPost], list[tuple[str, str]]]]:
    """Posts for ours, with the strings for the others."""
    for items in batches(count):
        strings = [(tokens.literal(item.post.text), tokens.words(item.annotation.words)) for item in items]
        yield items, strings


def in_turns(folder: Path, count: int) -> dict[str, Rates]:
    rates = {name: Rates() for name in (_WRITER, _CHAIN, "fts5", "fts5, contentless")}
    kept, contentless = Bare(folder / "kept.db", kept=True), Bare(folder / "contentless.db", kept=False)
    with (
        closing(SqliteStore(folder / "ours.db")) as store,
        closing(kept),
        closing(contentless),
    ):
        prepare = store.preparing()
        for items, strings in spelled(count):
            posts = len(strings)
            rates[_WRITER].add(posts, partial(store.write, Batch(posts=items, prepared=prepare(bare(items)))))
            rates[_CHAIN].joined(posts, rates[_WRITER], partial(prepare, bare(items)))
            rates["fts5"].add(posts, partial(kept.add, strings))
            rates["fts5, contentless"].add(posts, partial(contentless.add, strings))
    return rates


def show_rates(rates: dict[str, Rates]) -> None:
    # Of all batches together: one in sixteen fills a chunk, which a median would not see.
    ours = harmonic_mean(rates[_WRITER].processor)
    rows = []
    ratios = {}
    for name, rate in rates.items():
        processor = harmonic_mean(rate.processor)
        ratios[name] = ours / processor
        rows.append([name, f"{processor:,.0f}", f"{harmonic_mean(rate.wall):,.0f}", f"{ratios[name]:.2f}"])
    table(("posts/s, one process", "processor", "wall", "the first / this"), rows)
    print("\ngoals")
    goal(
        "beside bare FTS5",
        f"{ratios['fts5']:.2f} ({ratios['fts5, contentless']:.2f} of one that keeps no text), goal 0.80",
        ratios["fts5"] >= 0.8,
    )
    goal("posts/s of the processor", f"{ours:,.0f}, goal 25,000", ours >= 25_000)


@dataclass(frozen=True, slots=True)
class Grown:
    """A store at one size: milliseconds of processor a post and by kind of question, MB, bytes a post."""

    posts: int
    post_ms: float
    memory_mb: int
    bytes_each: float
    queries_ms: dict[str, float]


def grow(path: Path, sizes: tuple[int, int], posts: Connection) -> None:
    """Writes the posts that come, measures at each of these sizes, and sends what it found back.

    A process of its own, so that its memory is that of the writer alone. Near-duplicates are looked for, as ingest
    does; that is in the memory, not in the time.
    """
    found: list[Grown] = []
    spent, written, memory = 0.0, 0, 0
    decode = msgspec.msgpack.Decoder(tuple[list[AnnotatedPost], bytes]).decode
    with closing(SqliteStore(path)) as store:
        posts.send(store.preparing())
        groups = DuplicateIndex(path.parent)
        for at in sizes:
            while written < at:
                items, prepared = decode(posts.recv_bytes())
                groups.add_all([(item.post.id, item.annotation.signature) for item in items])
                start = time.process_time()
                store.write(Batch(posts=items, prepared=prepared))
                spent += time.process_time() - start
                written += len(items)
                memory = max(memory, own_memory_mb())
            store.flush()
            bytes_each = path.stat().st_size / written
            found.append(Grown(written, spent * 1000 / written, memory, bytes_each, _asked(path)))
    posts.send(found)


def grown(path: Path, count: int) -> tuple[Grown, Grown]:
    """A store at a tenth of `count` posts, and at all."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    writer = context.Process(target=grow, args=(path, (count // 10, count), there))
    writer.start()
    encode = msgspec.msgpack.Encoder().encode
    prepare = here.recv()
    for items in batches(count):
        here.send_bytes(encode((items, prepare(bare(items)))))
    small, large = here.recv()
    writer.join()
    return small, large


def _asked(path: Path) -> dict[str, float]:
    times: dict[str, float] = {}
    with closing(Ours(path)) as ours:
        for kind in _KINDS:
            how, questions = QUESTIONS[kind]
            each: list[float] = []
            for question in questions:
                for call in range(_CALLS + 1):
                    ours.forget()
                    start = time.process_time()
                    getattr(ours, how)(question)
                    if call:
                        each.append((time.process_time() - start) * 1000)
            times[kind] = median(each)
    return times


def show_growth(small: Grown, large: Grown) -> None:
    sizes = small.posts, large.posts
    print()
    rows = [["index a post", f"{small.post_ms:.4f}", f"{large.post_ms:.4f}"]]
    slopes = {"all posts": slope(sizes, (small.post_ms * small.posts, large.post_ms * large.posts))}
    rows[0].append(f"{slopes['all posts']:.2f} (all posts)")
    for kind in _KINDS:
        costs = small.queries_ms[kind], large.queries_ms[kind]
        slopes[kind] = slope(sizes, costs)
        rows.append([kind, *(f"{cost:.2f}" for cost in costs), f"{slopes[kind]:.2f}"])
    rows.append(["bytes a post", f"{small.bytes_each:,.0f}", f"{large.bytes_each:,.0f}", ""])
    rows.append(["most memory of the writer, MB", f"{small.memory_mb:,}", f"{large.memory_mb:,}", ""])
    table(("processor, ms", *(f"{posts:,} posts" for posts in sizes), "slope"), rows)
    print("\ngoals")
    worst = max(slopes, key=lambda kind: slopes[kind])
    goal("growth", f"steepest {slopes[worst]:.2f} ({worst}), goal {_SLOPE}", slopes[worst] <= _SLOPE)
    ratio = large.memory_mb / small.memory_mb
    goal("memory of ingest flat", f"{ratio:.2f} times for 10 times the posts", ratio <= 1.2)


def profile(folder: Path) -> None:
    """Where ours spends its time, batches 10 to 20."""
    parts = list(islice(batches(40_000), 20))
    with (
        closing(SqliteStore(folder / "profiled.db")) as store,
        cProfile.Profile(time.process_time) as profiler,
    ):
        prepare = store.preparing()
        for at, items in enumerate(parts):
            profiler.disable()
            batch = Batch(posts=items, prepared=prepare(bare(items)))
            (profiler.enable if at >= 10 else profiler.disable)()
            store.write(batch)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=int, default=200_000)
    options.add_argument("--profile", action="store_true", help="print where the time goes, and nothing else")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if given.profile:
            profile(folder)
            return
        show_rates(in_turns(folder, min(given.posts, _TURNS)))
        small, large = grown(folder / "grown.db", given.posts)
    show_growth(small, large)


if __name__ == "__main__":
    main()
