"""How soon a landed post is found, and how long readers wait while a writer is busy.

    TINGFENG_TEST_ES=http://127.0.0.1:9201 python -m benchmarks.freshness [--posts 50000] [--seconds 30]

Posts land at a steady rate, four lots a second. `tingfeng ingest --follow`, in a process of its own, reads,
annotates and stores them beside `--posts` older ones. One post of each lot holds a word that no other has, which is
searched for until it is found; the time counts from the moment the lot is on the disk.

Then the same searches are put to a store at rest and to one that another process fills as fast as it can, in turns,
with nothing remembered of earlier questions.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from multiprocessing.connection import Connection
from pathlib import Path

from msgspec.structs import replace

from benchmarks.cascades_data import data_folder
from benchmarks.measuring import goal, percentile, table, timed
from benchmarks.posts_data import Text, batches, mixed
from benchmarks.search_questions import QUESTIONS
from benchmarks.search_speed import Ours
from core.home import Home
from core.landing import LandingWriter
from core.models import AnnotatedPost, Author, Engagement, Kind, Post, Run
from core.privacy import Pseudonyms, load_key
from core.project import EMPTY
from index.address import open_store
from index.query import parse
from index.sqlite import SqliteStore
from index.store import Batch, Store

_LOTS_EACH_S = 4
_ASKED_S = 0.02  # between two looks for a word
_PATIENCE_S = 120.0
_KINDS = ("term", "phrase", "boolean", "NEAR", "newest 20, facets", "day x sentiment, broad")
_GOALS_S = {"sqlite": 1.0, "elasticsearch": 2.0}
_TURNS = 3  # of rest and of work
_READERS_GOAL = 3.0


# --- from landing to a search


@dataclass(slots=True)
class Probes:
    """Words that stand in one post each: when those landed, and how long until each was found."""

    landed: dict[str, float]
    waits: dict[str, float]

    def watch(self, store: Store, until: float) -> None:
        """Looks for what is not found yet, oldest first, until all are found or it is too late."""
        while time.monotonic() < until:
            missing = [word for word in list(self.landed) if word not in self.waits]
            for word in missing[:1]:
                if store.count(parse(word)):
                    self.waits[word] = time.monotonic() - self.landed[word]
            if not missing:
                time.sleep(_ASKED_S)
            time.sleep(_ASKED_S)


def arriving(rows: Iterator[Text], first: int, posts: int, word: str) -> Iterator[Post]:
    """A lot of posts as a spider makes them; the first holds the word."""
    for at, row in enumerate(islice(rows, posts)):
        yield Post(
            id=f"{row.platform}:{5_000_000_000_000_000 + first + at}",
            platform=row.platform,
            kind=Kind.REPOST if row.at else Kind.POST,
            text=f"{row.text} {word}" if at == 0 else row.text,
            author=Author(id=f"{row.platform}:{(first + at) % 5_000}", name=f"用户{(first + at) % 5_000}"),
            published_at=datetime.now(UTC),
            engagement=Engagement(reposts=0, comments=0, likes=0),
            fetched_at=datetime.now(UTC),
        )


def land(home: Home, rate: int, seconds: float, probes: Probes) -> None:
    """Lands posts at a rate, after one lot whose finding says that ingest is awake."""
    run = Run(id="freshness", source="weibo", asked={}, started_at=datetime.now(UTC))
    key = Pseudonyms(load_key(home.key))
    rows, lot = mixed(data_folder()), rate // _LOTS_EACH_S
    with LandingWriter(home, run.id, key, EMPTY.follower_line) as landing:
        landing.run(run)
        begin = 0.0
        for number in count():
            word = f"探针{number}号"
            for post in arriving(rows, number * lot, lot, word):
                landing.post(post)
            landing.flush()
            probes.landed[word] = time.monotonic()
            if number == 0:
                _wait(lambda: len(probes.waits) > 0)
                begin = time.monotonic()
            left = begin + (number + 1) / _LOTS_EACH_S - time.monotonic()
            if left > 0:
                time.sleep(left)
            if time.monotonic() - begin >= seconds:
                break


def _wait(done: Callable[[], bool]) -> None:
    """Until it is done, or it is too late to hope."""
    end = time.monotonic() + _PATIENCE_S
    while not done() and time.monotonic() < end:
        time.sleep(_ASKED_S)


@contextmanager
def following(home: Home, address: str) -> Iterator[None]:
    """`tingfeng ingest --follow` while the block runs."""
    command = [
        sys.executable,
        "-m",
        "ops.cli",
        "--home",
        str(home.root),
        "ingest",
        "--follow",
        "--json",
        "--store",
        address,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def freshness(address: str, older: int, rate: int, seconds: float) -> list[float]:
    """Seconds until each probe but the first was found; infinity for one that was not."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        where = f"sqlite:{home.database}" if address == "sqlite" else address
        with closing(open_store(where, home)) as store:
            store.clear()
            for items in batches(older):
                store.write(Batch(posts=items))
            store.flush()
        probes = Probes({}, {})
        with closing(open_store(where, home)) as store, following(home, where):
            until = time.monotonic() + 2 * _PATIENCE_S + seconds
            looking = threading.Thread(target=probes.watch, args=(store, until), daemon=True)
            looking.start()
            land(home, rate, seconds, probes)
            _wait(lambda: len(probes.waits) == len(probes.landed))
        with closing(open_store(where, home)) as store:
            store.clear()
    return [probes.waits.get(word, math.inf) for word in probes.landed][1:]


# --- readers beside a writer


def fill(path: Path, orders: Connection) -> None:
    """Writes batches between a True and a False, in a process of its own, and then says how many posts."""
    source = batches(10_000_000)
    next(source)
    orders.send(0)  # it is awake
    with closing(SqliteStore(path)) as store:
        while orders.recv():
            written = 0
            while not orders.poll():
                items = next(source)
                store.write(Batch(posts=[_elsewhere(item) for item in items]))
                written += len(items)
            orders.recv()
            orders.send(written)


def _elsewhere(item: AnnotatedPost) -> AnnotatedPost:
    """The same post under an id that is not in the store yet."""
    return replace(item, post=replace(item.post, id=f"{item.post.id}9"))


def asked(ours: Ours, seconds: float, draw: random.Random) -> list[float]:
    """Milliseconds of searches drawn at random, for so long."""
    every = [(how, one) for how, ones in map(QUESTIONS.__getitem__, _KINDS) for one in ones]
    times: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        how, question = draw.choice(every)
        ours.forget()
        times.append(timed(partial(getattr(ours, how), question))[0])
    return times


def readers(older: int, seconds: float) -> tuple[list[float], list[float], int]:
    """Milliseconds of searches at rest and beside a writer, in turns, and the posts written meanwhile."""
    context = multiprocessing.get_context("spawn")
    draw = random.Random(0)
    rest: list[float] = []
    busy: list[float] = []
    written = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tingfeng.db"
        with closing(SqliteStore(path)) as store:
            for items in batches(older):
                store.write(Batch(posts=items))
            store.flush()
        here, there = context.Pipe()
        writer = context.Process(target=fill, args=(path, there), daemon=True)
        writer.start()
        here.recv()
        with closing(Ours(path)) as ours:
            asked(ours, 1, draw)  # the first calls warm
            for _ in range(_TURNS):
                rest += asked(ours, seconds / _TURNS, draw)
                here.send(True)
                busy += asked(ours, seconds / _TURNS, draw)
                here.send(False)
                written += here.recv()
        here.send(False)
        writer.join()
    return rest, busy, written


def show_freshness(name: str, waits: list[float], rate: int) -> None:
    p50, p95 = percentile(waits, 0.5), percentile(waits, 0.95)
    rows = [[f"landed -> found, {name}", f"{rate:,}", f"{len(waits):,}", f"{p50:.2f}", f"{p95:.2f}"]]
    table(("seconds", "posts/s", "probes", "p50", "p95"), rows)
    wanted = _GOALS_S[name]
    goal(f"fresh in {name}", f"p95 {p95:.2f} s, goal {wanted:.0f} s", p95 <= wanted)
    print()


def show_readers(older: int, seconds: float) -> None:
    rest, busy, written = readers(older, seconds)
    rows = [
        [title, f"{len(times):,}", *(f"{percentile(times, share):.2f}" for share in (0.5, 0.95, 0.99))]
        for title, times in (("store at rest", rest), ("beside a writer at full speed", busy))
    ]
    table(("searches, ms", "calls", "p50", "p95", "p99"), rows)
    print(f"the writer stored {written / seconds:,.0f} posts/s meanwhile")
    ratio = percentile(busy, 0.99) / percentile(rest, 0.99)
    goal(
        "readers beside a writer",
        f"p99 {ratio:.1f} times that at rest, goal {_READERS_GOAL:.0f}",
        ratio <= _READERS_GOAL,
    )


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=int, default=50_000, help="older posts in the store")
    options.add_argument("--rate", type=int, default=200, help="posts that land in a second")
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--only", choices=("fresh", "readers"), help="half of it")
    given = options.parse_args()
    print(f"{given.posts:,} older posts, {given.seconds:.0f} s each\n")
    if given.only != "readers":
        show_freshness("sqlite", freshness("sqlite", given.posts, given.rate, given.seconds), given.rate)
        server = os.environ.get("TINGFENG_TEST_ES")
        if server:
            address = f"{server.rstrip('/')}/freshness"
            waits = freshness(address, given.posts, given.rate, given.seconds)
            show_freshness("elasticsearch", waits, given.rate)
    if given.only != "fresh":
        show_readers(given.posts, given.seconds)


if __name__ == "__main__":
    main()
