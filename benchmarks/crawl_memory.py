"""Whether memory, and the work a page takes, stay flat over one long crawl.

    python -m benchmarks.crawl_memory [--pages 3000]

The weibo spider searches an expanse of a replica for all its subjects, with all reposts, in a process of its own,
everything on (frontier, blocks, coverage, landing), until it has so many pages; 500,000 of them take an hour and a half.
Its resident memory and its processor time are read every second beside the pages it has: the figures are those of the
last tenth of the pages to those of the second, the first being the start.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from benchmarks.crawl_speed import LOGIN, replica
from benchmarks.measuring import goal, table
from crawlers.runner import HURRIED
from replica.expanse import words

_POSTS_EACH_PAGE = 40  # of the expanse, so that there are pages enough
_MOST = 10_000_000  # an expanse grows no larger
_LEAST = 400_000
_GOAL = 1.1
_CRAWLED = re.compile(r"Crawled (\d+) pages")


class Sample(NamedTuple):
    """A moment of the crawl: its pages so far, its resident memory, its processor time."""

    pages: int
    megabytes: float
    seconds: float


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--pages", type=int, default=3_000)
    given = options.parse_args()
    samples = crawl(given.pages)
    if not samples:
        sys.exit("the crawl came to no page")
    last = samples[-1].pages
    tenths = [tenth(samples, at) for at in range(10)]
    rows = [
        (f"{(at + 1) * last // 10:,}", f"{size:.0f}", f"{work:.1f}") for at, (size, work) in enumerate(tenths)
    ]
    table(("pages", "MB", "ms of the processor a page"), rows)
    print(f"load {os.getloadavg()[0]:.1f}; the work a page: {tenths[-1][1] / tenths[1][1]:.2f} x")
    share = tenths[-1][0] / tenths[1][0]
    goal(
        f"{last:,} pages: the memory of the last tenth to the second (goal {_GOAL})",
        f"{share:.2f} x",
        share <= _GOAL,
    )


def tenth(samples: list[Sample], at: int) -> tuple[float, float]:
    """(mean megabytes, milliseconds of the processor a page) of a tenth of the pages."""
    last = samples[-1].pages
    within = [one for one in samples if at * last <= 10 * one.pages <= (at + 1) * last]
    if len(within) < 2:
        return math.nan, math.nan
    work = (within[-1].seconds - within[0].seconds) / max(1, within[-1].pages - within[0].pages)
    return mean(one.megabytes for one in within), 1000 * work


def crawl(pages: int) -> list[Sample]:
    """What each second of a crawl showed."""
    samples = []
    with (
        replica(posts=min(_MOST, max(_LEAST, pages * _POSTS_EACH_PAGE))) as proxy,
        tempfile.TemporaryDirectory() as home,
    ):
        log = Path(home) / "log.txt"
        told = {
            **HURRIED,
            "TINGFENG_HOME": home,
            "TINGFENG_PROXY": proxy,
            "CLOSESPIDER_PAGECOUNT": pages,
            "LOGSTATS_INTERVAL": 1,
        }
        command = [sys.executable, "-m", "scrapy", "crawl", "weibo", "-a", "depth=reposts,comments"]
        command += ["-a", f"search={';'.join(words.subjects())}", "-a", "since=365d"]
        for name, value in told.items():
            command += ["-s", f"{name}={value}"]
        with (
            log.open("wb") as output,
            subprocess.Popen(command, stderr=output, env={**os.environ, **LOGIN}) as process,
        ):
            offset = so_far = 0
            while process.poll() is None:
                time.sleep(1)
                with log.open("rb") as lines:
                    lines.seek(offset)
                    found = _CRAWLED.findall(lines.read().decode("utf-8", "replace"))
                    offset = lines.tell()
                so_far = int(found[-1]) if found else so_far
                if so_far and (size := resident(process.pid)):
                    samples.append(Sample(so_far, size, worked(process.pid)))
    return samples


def resident(pid: int) -> float | None:
    """Megabytes in memory, as the kernel says; None once the process is gone."""
    try:
        told = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(told[1]) / 1024 if told else None


def worked(pid: int) -> float:
    """Seconds of the processor that a process used; 0 once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
