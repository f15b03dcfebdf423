"""What crawls bring home of an invented world, beside all that is true there.

    python -m benchmarks.crawl_recall [--posts 100000]

Searches sliced where they saturate, cascades and comments beside what the site serves of them, floors of two forums;
requests beside the budget and beside a walk by fixed slices; how many requests follow a block.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import goal, table
from core.home import Home
from core.landing import read_landing
from core.models import Kind, Post
from crawlers.runner import HURRIED, CrawlReport, crawl
from replica.expanse import Expanse, ExpanseShelf, words
from replica.expanse.columns import REPOST
from replica.expanse.expanse import FORUMS
from replica.faults import table as faults
from replica.identity import LOGIN_SUB
from replica.server import Replica

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOGIN = {"TINGFENG_COOKIE_WEIBO": f"SUB={LOGIN_SUB}"}
SUBJECTS = (0, 2, 40)  # one that saturates many slices, one that saturates some, one that fits
SINCE = NOW - timedelta(days=20)
_PER_PAGE = 10
_MOST_PAGES = 50
_BLOCKS = ("captcha", "too_fast", "ip_blocked", "forbidden", "rate_limited", "login_required", "visitor_required",
           "unavailable", "html_for_json")  # fmt: skip
_BUDGET = 40


@dataclass(frozen=True, slots=True)
class Crawled:
    report: CrawlReport
    posts: list[Post]

    @property
    def ids(self) -> set[str]:
        return {post.id for post in self.posts}

    @property
    def doubled(self) -> int:
        """Posts that landed more than once."""
        return len(self.posts) - len(self.ids)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--posts", type=int, default=100_000, help="of the invented world")
    given = options.parse_args()
    expanse = Expanse(given.posts, now=NOW)
    with Replica(ExpanseShelf(expanse)) as replica:
        searches(replica, expanse)
        cascades(replica, expanse)
        forums(replica, expanse)
        budget(replica, expanse)
        blocks(replica, expanse)


def collect(replica: Replica, source: str, arguments: Mapping[str, Any], **settings: str) -> Crawled:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        replica.log.clear()
        report = crawl(
            source,
            arguments,
            home=home,
            proxy=replica.proxy,
            settings={**HURRIED, "TINGFENG_NOW": NOW.isoformat(), **settings},
            environment=LOGIN,
        )
        landing = home.landing / f"{report.run.id}.zst"
        frames = read_landing(landing) if landing.exists() else ()
        return Crawled(report, [r for frame in frames for r in frame.records if isinstance(r, Post)])


# --- completeness ---


def searches(replica: Replica, expanse: Expanse) -> None:
    """Every post that named a subject within twenty days, and what asking for them cost."""
    print("searches of the last 20 days, sliced")
    rows = []
    for number in SUBJECTS:
        subject = words.subjects()[number]
        truth = set(expanse.found(subject, SINCE, NOW, NOW))
        got = collect(replica, "weibo", {"search": subject, "since": SINCE.isoformat()})
        asked = sum(entry.host == "s.weibo.com" and entry.path == "/weibo" for entry in replica.log)
        fixed, missed = fixed_slices(expanse, subject)
        rows.append((
            subject, str(len(truth)), f"{recall(got.ids, truth):.4f}", str(got.doubled), str(asked),
            f"{asked / max(1, len(truth)):.2f}", f"{fixed / max(1, len(truth)):.2f}", str(missed),
        ))  # fmt: skip
        goal(
            f"recall of {subject} (goal 0.99)",
            f"{recall(got.ids, truth):.4f}",
            recall(got.ids, truth) >= 0.99,
        )
        goal(f"posts of {subject} landed twice (goal 0)", str(got.doubled), got.doubled == 0)
    head = (
        "subject",
        "true",
        "recall",
        "double",
        "requests",
        "a post",
        "by the hour, a post",
        "which misses",
    )
    table(head, rows)


def fixed_slices(expanse: Expanse, subject: str) -> tuple[int, int]:
    """(requests, posts beyond the cap) of a walk that asks for every hour, each page once, as others do."""
    requests = missed = 0
    at = SINCE.replace(minute=0, second=0, microsecond=0)
    while at < NOW:
        count = len(expanse.found(subject, at, at + timedelta(hours=1), NOW))
        requests += max(1, min(_MOST_PAGES, -(-count // _PER_PAGE)))
        missed += max(0, count - _MOST_PAGES * _PER_PAGE)
        at += timedelta(hours=1)
    return requests, missed


def cascades(replica: Replica, expanse: Expanse) -> None:
    """The largest cascades: reposts under their true parents, comments with their answers."""
    print("\nthe ten largest cascades, with their comments")
    sizes = np.bincount(expanse.columns.root[expanse.columns.kind == REPOST], minlength=len(expanse))
    ids = [expanse.id_of(int(row)) for row in np.argsort(-sizes)[:10]]
    ids = [post_id for post_id in ids if replica.shelf.posts.get(post_id) is not None]
    edges = dict(edge for post_id in ids for edge in expanse.edges(post_id, NOW))
    comments = {comment for post_id in ids for comment in expanse.comments_of(post_id, NOW)}
    seeds = ";".join(post_id.removeprefix("weibo:") for post_id in ids)
    got = collect(replica, "weibo", {"posts": seeds, "depth": "reposts,comments"})
    # the site names a parent below the root alone: who names none hangs on the root
    found = {post.id: post.parent_id or post.root_id for post in got.posts if post.kind is Kind.REPOST}
    right = sum(found.get(child) == parent for child, parent in edges.items()) / len(edges)
    talked = recall({post.id for post in got.posts if post.kind is Kind.COMMENT}, comments)
    goal(f"{len(edges)} reposts with their true parent (goal 0.99)", f"{right:.4f}", right >= 0.99)
    goal(f"{len(comments)} comments and answers (goal 0.99)", f"{talked:.4f}", talked >= 0.99)
    goal("posts landed twice (goal 0)", str(got.doubled), got.doubled == 0)
    print(f"  {len(replica.log)} requests, {len(replica.log) / max(1, len(got.ids)):.2f} a post")


def forums(replica: Replica, expanse: Expanse) -> None:
    """Every floor of two forums."""
    print("\nforums")
    for forum in FORUMS:
        threads = replica.shelf.threads(forum.host).values()
        truth = {post_id for thread in threads for post_id in expanse.floors_of(thread.id, NOW)}
        arguments = {"url": f"https://{forum.host}", "max_pages": 1000}
        got = collect(replica, forum.platform, arguments)
        share = recall(got.ids, truth)
        goal(f"{forum.platform}: {len(truth)} floors (goal 0.99)", f"{share:.4f}", share >= 0.99)


# --- manners ---


def budget(replica: Replica, expanse: Expanse) -> None:
    """A crawl that wants more than the day allows."""
    print("\nbudget")
    arguments = {"search": words.subjects()[0], "since": SINCE.isoformat()}
    got = collect(replica, "weibo", arguments, TINGFENG_DAILY_BUDGET=str(_BUDGET))
    asked = sum(entry.path != "/robots.txt" for entry in replica.log)
    goal(f"requests of {_BUDGET} allowed (goal never above)", str(asked), asked <= _BUDGET)
    print(f"  the coverage says: {', '.join(sorted(reasons(got.report)))}")


def blocks(replica: Replica, expanse: Expanse) -> None:
    """How many requests still go out after the first answer that is a block, one at a time and 16 at once."""
    print("\nblocks: requests to the site after the first answer that is one")
    sizes = np.bincount(expanse.columns.root[expanse.columns.kind == REPOST], minlength=len(expanse))
    rows_of = np.argsort(-sizes)[:40]
    seeds = ";".join(expanse.id_of(int(row)).removeprefix("weibo:") for row in rows_of)
    rows = []
    for name in _BLOCKS:
        after, run = [], None
        for at_once in ("1", "16"):
            replica.faults.off()
            replica.faults.on(name, route="m.weibo.cn/statuses/*", after=10)
            got = collect(
                replica, "weibo", {"posts": seeds}, CONCURRENT_REQUESTS=at_once,
                CONCURRENT_REQUESTS_PER_DOMAIN=at_once,
            )  # fmt: skip
            after.append(_after(replica, name))
            run = got.report
        assert run is not None
        rows.append(
            (faults()[name].title.en, *map(str, after), run.run.outcome or "", ", ".join(run.run.blocks))
        )
        if name == "captcha":
            goal("requests after a captcha, one at a time (goal 0)", str(after[0]), after[0] == 0)
    replica.faults.off()
    table(("fault", "one at a time", "16 at once", "outcome", "named"), rows)


def _after(replica: Replica, fault: str) -> int:
    first = next((n for n, entry in enumerate(replica.log) if entry.fault == fault), len(replica.log))
    return sum(entry.path.startswith("/statuses/") for entry in replica.log[first + 1 :])


def recall(got: set[str], truth: set[str]) -> float:
    return len(got & truth) / max(1, len(truth))


def reasons(report: CrawlReport) -> Iterable[str]:
    return Counter(line.because for line in report.coverage if line.because)


if __name__ == "__main__":
    main()
