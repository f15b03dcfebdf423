"""From the landing to a search: real posts that lie there until all of them are found, beside a plain loop.

    python -m benchmarks.ingest_speed [--posts 200000] [--workers 2]

`tingfeng ingest` reads the landing, annotates in workers by the first tier (no brand is named, so nothing is read by
the second), looks for near-duplicates and writes the SQLite store; the time is that of the wall, with the start of the
workers. The plain loop reads the same posts from lines of JSON, cuts with jieba, asks two word TF-IDF classifiers
and writes text and words to FTS5, all in one process: much less than ingest does. It takes one post after the other,
and, for comparison, a thousand at a time; either way it commits once a thousand.
"""

from __future__ import annotations

import argparse
import gc
import logging
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path

import msgspec

from benchmarks.measuring import goal, table
from benchmarks.posts_data import posts
from core.home import Home
from core.landing import LandingWriter
from core.models import Post, Run
from core.privacy import Pseudonyms, load_key
from core.project import EMPTY
from index.ingest.ingesting import ingest
from index.query import parse
from index.sqlite import SqliteStore

_GOAL, _TIMES = 12_740, 5
_STEP = 1_000  # posts that the plain loop commits together
_PLAIN = 20  # of so many posts the plain loop reads one
_USERS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def land(home: Home, found: Iterator[Post]) -> None:
    """One run of posts, in the landing."""
    with LandingWriter(home, "run-1", Pseudonyms(load_key(home.key)), EMPTY.follower_line) as landing:
        landing.run(Run(id="run-1", source="weibo", asked={}, started_at=datetime.now(UTC)))
        for post in found:
            landing.post(post)


def ours(home: Home, workers: int) -> tuple[float, float]:
    """Posts a second of the wall, and milliseconds of processor a post, of all processes."""
    with closing(SqliteStore(home.root / "tingfeng.sqlite")) as store:
        spent = _processor_s()
        began = time.perf_counter()
        report = ingest(home, store, workers=workers)
        took = time.perf_counter() - began
        spent = _processor_s() - spent
        assert store.count(parse("")) == report.new
    return report.posts / took, spent * 1000 / report.posts


def _processor_s() -> float:
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, _USERS))


def loop(path: Path, folder: Path, at_once: int) -> float:
    """Posts a second of the plain loop, which takes so many at once."""
    import jieba  # the workers of ingest would import them, too

    from benchmarks.nlp_speed import plain

    jieba.setLogLevel(logging.WARNING)
    cut = lru_cache(maxsize=2 * _STEP)(jieba.lcut)  # each text once
    answer = plain(cut)
    decode = msgspec.json.Decoder(Post).decode
    with closing(sqlite3.connect(folder / f"plain-{at_once}.sqlite")) as connection, path.open("rb") as lines:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE VIRTUAL TABLE post USING fts5 (text, words)")
        began, done = time.perf_counter(), 0
        while batch := [decode(line).text for line in islice(lines, _STEP)]:
            with connection:
                for start in range(0, len(batch), at_once):
                    texts = batch[start : start + at_once]
                    answer(texts)
                    rows = ((text, " ".join(cut(text))) for text in texts)
                    connection.executemany("INSERT INTO post VALUES (?, ?)", rows)
            done += len(batch)
        return done / (time.perf_counter() - began)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=int, default=200_000)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        home = Home(folder)
        land(home, (item.post for item in posts(given.posts)))
        few = folder / "posts.jsonl"
        few.write_bytes(
            b"".join(msgspec.json.encode(item.post) + b"\n" for item in posts(given.posts // _PLAIN))
        )
        gc.collect()
        rate, spent = ours(home, given.workers)
        beside, together = loop(few, folder, 1), loop(few, folder, _STEP)
    rows = [
        [f"ingest, {given.workers} workers", f"{rate:,.0f}", f"{spent:.3f}"],
        ["plain loop, post by post", f"{beside:,.0f}", ""],
        [f"the same, {_STEP:,} at a time", f"{together:,.0f}", ""],
    ]
    table(("landing to search", "posts/s of the wall", "ms of processor a post"), rows)
    print("\ngoals")
    goal("posts/s", f"{rate:,.0f}, goal {_GOAL:,}", rate >= _GOAL)
    goal(
        "beside the plain loop",
        f"{rate / beside:.1f} times, goal {_TIMES}; {rate / together:.1f} times {_STEP:,} at a time",
        rate >= _TIMES * beside,
    )


if __name__ == "__main__":
    main()
