"""How fast crawls go where nobody has to be spared, beside ``scrapy bench`` of the same run.

    python -m benchmarks.crawl_speed [--subjects 40] [--rounds 3]

Pages a second of the weibo and discourse spiders, everything on (frontier, blocks, coverage, landing), against a
replica in a process of its own; then a site that answers slowly, asked by one worker and by two on one frontier.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import goal, table
from core.home import Home
from crawlers.runner import HURRIED, crawl, crawl_together
from replica.expanse import words
from replica.expanse.expanse import FORUMS
from replica.identity import LOGIN_SUB

LOGIN = {"TINGFENG_COOKIE_WEIBO": f"SUB={LOGIN_SUB}"}
_POSTS = 400_000  # enough threads for a crawl to run for a while
_AT_ONCE = 2
_SLOW = 120_000  # the same where each answer takes a second


@dataclass(frozen=True, slots=True)
class Took:
    """From the start of the first worker's crawl to the end of the last; starting Python is not counted."""

    seconds: float
    pages: int
    posts: int


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--subjects", type=int, default=40, help="searched for on Weibo")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    rows: list[tuple[str, float]] = []
    for _ in range(given.rounds):
        rows.append(("scrapy bench", benched()))
        with replica() as proxy:
            took = collect(proxy, "discourse", {"url": f"https://{FORUMS[1].host}"})
            rows.append(("discourse: topics and their posts", took.pages / took.seconds))
        with replica() as proxy:
            arguments = {
                "search": ";".join(words.subjects()[: given.subjects]),
                "max_pages": 3,
                "depth": "reposts",
            }
            took = collect(proxy, "weibo", arguments)
            rows.append(("weibo: searches and reposts", took.pages / took.seconds))
    names = dict.fromkeys(name for name, _ in rows)
    speeds = {name: median([speed for of, speed in rows if of == name]) for name in names}
    own = speeds["scrapy bench"]
    table(
        ("pages a second, median", "", "of scrapy bench"),
        [(name, f"{speed:,.0f}", f"{speed / own:.2f}") for name, speed in speeds.items()],
    )
    best = max(speed for name, speed in speeds.items() if name != "scrapy bench")
    goal("the quicker of ours beside scrapy bench (goal 0.80)", f"{best / own:.2f}", best >= 0.8 * own)
    together(given.rounds)


def together(rounds: int) -> None:
    """One worker and two where each answer takes the site a while."""
    shares = []
    arguments = {"url": f"https://{FORUMS[1].host}"}
    for _ in range(rounds):
        with replica("slow_body", posts=_SLOW) as proxy:
            one = collect(proxy, "discourse", arguments, at_once=_AT_ONCE)
        with replica("slow_body", posts=_SLOW) as proxy:
            two = collect(proxy, "discourse", arguments, at_once=_AT_ONCE, workers=2)
        shares.append((two.posts / two.seconds) / (one.posts / one.seconds))
    share = median(shares)
    goal("two workers beside one where the site is the limit (goal 1.7)", f"{share:.2f} x", share >= 1.7)


def collect(
    proxy: str, source: str, arguments: Mapping[str, Any], *, at_once: int = 16, workers: int = 1
) -> Took:
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {
            "home": Home(Path(folder)),
            "proxy": proxy,
            "settings": {
                **HURRIED,
                "CONCURRENT_REQUESTS": str(at_once),
                "CONCURRENT_REQUESTS_PER_DOMAIN": str(at_once),
                "LOG_LEVEL": "WARNING",
            },
            "environment": LOGIN,
        }
        if workers == 1:
            reports = [crawl(source, arguments, **options)]
        else:
            reports = crawl_together(workers, source, arguments, **options)
    began = min(report.run.started_at for report in reports)
    ended = max(report.run.ended_at or report.run.started_at for report in reports)
    return Took(
        (ended - began).total_seconds(),
        sum(r.run.requests for r in reports),
        sum(r.run.posts for r in reports),
    )


@contextmanager
def replica(*faults: str, posts: int = _POSTS) -> Iterator[str]:
    """The address of a replica of an expanse in a process of its own."""
    command = [sys.executable, "-m", "replica", "--expanse", str(posts)]
    for fault in faults:
        command += ["--fault", fault]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().removeprefix("proxy ").strip()
        finally:
            process.terminate()


def benched() -> float:
    """Pages a second that Scrapy's own benchmark reaches: its spider only follows links."""
    ended = subprocess.run(
        [sys.executable, "-m", "scrapy", "bench"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        cwd=tempfile.gettempdir(),  # away from our settings
    )
    pages = re.search(r"'response_received_count': (\d+)", ended.stdout)
    seconds = re.search(r"'elapsed_time_seconds': ([\d.]+)", ended.stdout)
    assert pages
    assert seconds
    return int(pages[1]) / float(seconds[1])


if __name__ == "__main__":
    main()
