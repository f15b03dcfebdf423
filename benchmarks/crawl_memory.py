"""Whether the memory of one long crawl stays flat.

    python -m benchmarks.crawl_memory [--pages 3000]

The weibo spider searches an expanse of a replica for all its subjects, with all reposts, in a process of its own,
everything on (frontier, blocks, coverage, landing), until it has so many pages; 500,000 of them take hours. Its resident memory is read every second beside
the pages it has: the figure is the mean of the last tenth of the pages to that of the second, the first being the start.
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

from benchmarks.crawl_speed import LOGIN, replica
from benchmarks.measuring import goal, table
from crawlers.runner import HURRIED
from replica.expanse import words

_POSTS_EACH_PAGE = 40  # of the expanse, so that there are pages enough
_MOST = 10_000_000  # an expanse grows no larger
_LEAST = 400_000
_GOAL = 1.1
_CRAWLED = re.compile(r"Crawled (\d+) pages")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--pages", type=int, default=3_000)
    given = options.parse_args()
    samples = crawl(given.pages)
    last = samples[-1][0]
    tenths = [
        mean([size for pages, size in samples if at * last < 10 * pages <= (at + 1) * last] or [math.nan])
        for at in range(10)
    ]
    table(("pages", "MB"), [(f"{(at + 1) * last // 10:,}", f"{size:.0f}") for at, size in enumerate(tenths)])
    print(f"load {os.getloadavg()[0]:.1f}")
    share = tenths[-1] / tenths[1]
    goal(
        f"{last:,} pages: the last tenth to the second (goal {_GOAL})",
        f"{share:.2f} x",
        share <= _GOAL,
    )


def crawl(pages: int) -> list[tuple[int, float]]:
    """(pages so far, resident megabytes) of each second of a crawl."""
    samples = []
    with replica(posts=min(_MOST, max(_LEAST, pages * _POSTS_EACH_PAGE))) as proxy, tempfile.TemporaryDirectory() as home:
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
                    samples.append((so_far, size))
    return samples


def resident(pid: int) -> float | None:
    """Megabytes in memory, as the kernel says; None once the process is gone."""
    try:
        told = re.search(r"VmRSS:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(told[1]) / 1024 if told else None


if __name__ == "__main__":
    main()
