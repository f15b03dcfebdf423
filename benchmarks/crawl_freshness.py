"""How soon a fetched post is found, through the whole chain: site, crawl, landing, ingest, store.

    python -m benchmarks.crawl_freshness [--seconds 60] [--pages 4]

The discourse spider asks a replica's pages at a steady rate while `tingfeng ingest --follow`, in a process of its
own, reads what lands into SQLite. A post's time counts from the moment its page was fetched to the first look at the
store that gives it; looks are a quarter of a second apart, which is part of the figure.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.crawl_speed import replica
from benchmarks.freshness import following
from benchmarks.measuring import goal, percentile, table
from core.frames import read_landing
from core.home import Home
from core.models import Post
from crawlers.runner import HURRIED, crawl
from index.address import open_store
from index.store import Store
from replica.expanse.expanse import FORUMS

_LOOK_S = 0.25
_PATIENCE_S = 60.0
_GOAL_S = 5.0
_WARM_S = 10.0  # what is fetched while ingest still wakes up is left out


@dataclass(slots=True)
class Watch:
    """What landed and when it was fetched; how long each took until it was found."""

    home: Home
    fetched: dict[str, datetime] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    _read: dict[Path, int] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        return [post_id for post_id in self.fetched if post_id not in self.waits]

    def look(self, store: Store) -> None:
        for path in self.home.landing.glob("*.zst"):
            for frame in read_landing(path, self._read.get(path, 0)):
                self._read[path] = frame.end
                for record in frame.records:
                    if isinstance(record, Post) and record.fetched_at is not None:
                        self.fetched.setdefault(record.id, record.fetched_at)
        found = [item.post.id for item in store.get(self.missing)]
        now = datetime.now(UTC)
        self.waits |= {post_id: (now - self.fetched[post_id]).total_seconds() for post_id in found}


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--pages", type=float, default=4, help="a second")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, replica() as proxy:
        watch = Watch(Home(Path(folder)))
        began = collect(watch, proxy, given.seconds, given.pages)
    counted = [
        watch.waits.get(post_id, math.inf)
        for post_id, at in watch.fetched.items()
        if (at - began).total_seconds() > _WARM_S
    ]
    shares = (0.5, 0.95, 1.0)
    table(
        ("fetched to found", *(f"p{share * 100:.0f}" for share in shares)),
        [(f"{len(counted)} posts", *(f"{percentile(counted, share):.2f} s" for share in shares))],
    )
    print(f"load {os.getloadavg()[0]:.1f}")
    p95 = percentile(counted, 0.95)
    goal(f"p95 (goal {_GOAL_S:.0f} s)", f"{p95:.2f} s", p95 <= _GOAL_S)


def collect(watch: Watch, proxy: str, seconds: float, pages: float) -> datetime:
    """Crawls for so long, watching; when the first post was fetched."""
    address = f"sqlite:{watch.home.database}"
    end = time.monotonic() + seconds + _WARM_S
    settings = {**HURRIED, "DOWNLOAD_DELAY": str(1 / pages), "LOG_LEVEL": "WARNING"}
    crawling = threading.Thread(
        target=crawl,
        args=("discourse", {"url": f"https://{FORUMS[1].host}"}),
        kwargs={
            "home": watch.home,
            "proxy": proxy,
            "settings": settings,
            "stopping": lambda: time.monotonic() >= end,
        },
    )
    with closing(open_store(address, watch.home)) as store, following(watch.home, address):
        crawling.start()
        while crawling.is_alive() or (watch.missing and time.monotonic() < end + _PATIENCE_S):
            watch.look(store)
            time.sleep(_LOOK_S)
        crawling.join()
    return min(watch.fetched.values())


if __name__ == "__main__":
    main()
