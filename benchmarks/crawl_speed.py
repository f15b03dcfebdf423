"""How fast crawls go where nobody has to be spared, beside ``scrapy bench`` of the same run.

    python -m benchmarks.crawl_speed [--subjects 40] [--rounds 3]

Pages a second of the weibo and discourse spiders, everything on (frontier, blocks, coverage, landing), against a
replica in a process of its own; then a site that answers slowly, asked by one worker and by two on one frontier. These
search for many subjects, so that there are always pages for both: one long thread is read a page at a time whoever
reads it. ``--only together`` measures them alone.
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
from datetime import UTC, datetime
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
_SLOW_SUBJECTS = 12


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
    options.add_argument("--only", choices=("pages", "together"), help="one half alone")
    given = options.parse_args()
    if given.only != "together":
        beside_scrapy(given.subjects, given.rounds)
    if given.only != "pages":
        together(given.rounds)


def beside_scrapy(subjects: int, rounds: int) -> None:
    """Pages a second of two spiders and of Scrapy's own benchmark."""
    rows: list[tuple[str, float]] = []
    for _ in range(rounds):
        rows.append(("scrapy bench", benched()))
        with replica() as proxy:
            took = collect(proxy, "discourse", {"url": f"https://{FORUMS[1].host}"})
            rows.append(("discourse: topics and their posts", took.pages / took.seconds))
        with replica() as proxy:
            took = collect(proxy, "weibo", searches(subjects))
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


def together(rounds: int) -> None:
    """One worker and two where each answer takes the site a while; both are asked the same of the same world."""
    shares = []
    now = datetime.now(UTC)
    for _ in range(rounds):
        seconds = []
        for workers in (1, 2):
            with replica("slow_body", posts=_SLOW, now=now) as proxy:
                took = collect(proxy, "weibo", searches(_SLOW_SUBJECTS), at_once=_AT_ONCE, workers=workers)
            print(f"{workers} at work: {took.pages} pages, {took.posts} posts in {took.seconds:.0f} s")
            seconds.append(took.seconds)
        shares.append(seconds[0] / seconds[1])
    share = median(shares)
    goal("two workers beside one where the site is the limit (goal 1.7)", f"{share:.2f} x", share >= 1.7)


def searches(subjects: int) -> dict[str, Any]:
    """Arguments of the weibo spider that ask for so many subjects and all reposts of what is found."""
    return {"search": ";".join(words.subjects()[:subjects]), "max_pages": 3, "depth": "reposts"}


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
def replica(*faults: str, posts: int = _POSTS, now: datetime | None = None) -> Iterator[str]:
    """The address of a replica of an expanse in a process of its own."""
    command = [sys.executable, "-m", "replica", "--expanse", str(posts)]
    if now is not None:
        command += ["--now", now.isoformat()]
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
