"""Thirty days of a schedule of six sources, while this and that goes wrong; then the ledger is held against the truth.

The clock is passed in: the sites show what stood at its moment, and the schedule is woken every six hours of it.
The crawls are real ones through HTTP. What goes wrong, and when, is `TROUBLE`; what was there to be had is the
replica's world.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.home import Home
from core.landing import read_landing
from core.models import Post
from core.project import load
from crawlers import runner
from crawlers.health import of_state
from crawlers.runner import HURRIED, CrawlReport
from crawlers.state.engine import open_state
from crawlers.state.ledger import Entry, RunLedger
from crawlers.state.plan import Jobs, Missed
from crawlers.state.standings import Key, Standings
from ops.schedule.runner import Schedule, Start
from ops.schedule.units import cut
from replica.faults import Faults
from replica.server import Replica
from tests.crawlers.crawling import LOGIN
from tests.ops.schedule.month import DAY, DAYS, HOSTS, HOUR, NEWS, START, month
from tests.warm import Forked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

STEP = 6 * HOUR
HOST = {**HOSTS, "feed": NEWS, "weibo": "weibo"}
SILENT = {"discourse": START + 24 * DAY, "feed": START + 25 * DAY}
# (fault, its route, the share of what it touches, from, to), in days of the month
TROUBLE = [
    ("bad_gateway", f"{NEWS}/*", 1.0, 4, 7),
    ("captcha", "s.weibo.com/*", 1.0, 12, 13),
    ("flood_control", f"{HOSTS['discuz']}/*", 1.0, 16, 17),
    ("anonymous_floors", f"{HOSTS['discuz']}/*", 0.95, 21, 25),
]
OFF = (START + 8 * DAY, START + 10.5 * DAY)  # the machine is switched off
RESUMED = {"weibo": START + 15 * DAY, "discuz": START + 18 * DAY}  # a person has looked
KILLED = START + 19 * DAY  # the process of the first crawl of tieba since then is killed in the middle
SPARED = START + 27 * DAY  # since then weibo has a budget of three requests, for a day
PROJECTS = {
    "car": """
[project]
id = "car"
title = { zh = "车", en = "car" }
[[source]]
name = "weibo"
arguments = { search = "澜石", since = "last" }
every = "1d"
[[source]]
name = "feed"
arguments = { url = "https://news.example/feed.xml", since = "last" }
every = "1d"
[[source]]
name = "discuz"
arguments = { url = "https://bbs.example", fids = "9", since = "last" }
every = "1d"
[[source]]
name = "tieba"
arguments = { bars = "澜石", since = "last" }
every = "1d"
""",
    "forums": """
[project]
id = "forums"
title = { zh = "论坛", en = "forums" }
[[source]]
name = "discourse"
arguments = { url = "https://forum.example", since = "last" }
every = "1d"
[[source]]
name = "v2ex"
arguments = { nodes = "cheyou", since = "last" }
every = "1d"
[[source]]
name = "weibo"
arguments = { search = "澜石", since = "last" }
every = "3d"
""",
}


@dataclass(slots=True)
class Account:
    """What the thirty days left behind."""

    entries: list[Entry]
    missed: list[Missed]
    landed: dict[str, set[str]]  # ids of posts by source
    signs: dict[tuple[str, str], list[float]]  # (source, symptom) → days on which it showed
    asked: list[tuple[float, str]]  # the replica's log: day, host
    truth: dict[str, dict[str, datetime]] = field(default_factory=dict)  # by source, id → published
    jobs: int = 0

    def of(self, source: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.run.source == source]


class Month:
    """The clock, the sites, and the hands that kill, resume and spare."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.home = Home(folder / "home")
        self.world = month(SILENT)
        faults = Faults()
        for name, route, share, since, until in TROUBLE:
            faults.on(name, route=route, share=share, since=START + since * DAY, until=START + until * DAY)
        self.replica = Replica(self.world, clock=lambda: self.now, faults=faults)
        self.killed = False
        self.files = []
        for name, text in PROJECTS.items():
            path = folder / f"{name}.toml"
            path.write_text(text, "utf-8")
            self.files.append((path, load(path)))

    def crawl(self, start: Start) -> CrawlReport:
        """What the schedule runs: a crawl at the month's time."""
        spare = start.unit.source == "weibo" and SPARED <= self.now < SPARED + DAY
        settings = {
            **HURRIED,
            **start.settings,
            "TINGFENG_NOW": self.now.isoformat(),
            **({"TINGFENG_DAILY_BUDGET": 3} if spare else {}),
        }
        if start.unit.source == "tieba" and not self.killed and self.now >= KILLED:
            self.killed = True
            asked = len(self.replica.log)
            with pytest.MonkeyPatch.context() as patch:
                started: list[Forked] = []
                patch.setattr(runner, "_start", lambda *given: started.append(Forked(*given)) or started[0])

                def killing() -> bool:
                    """End it as a full memory would: at once, in the middle of whatever it does."""
                    if len(self.replica.log) >= asked + 4:
                        started[0].kill()
                    return False

                return self._crawl(start, {**settings, "DOWNLOAD_DELAY": 0.4}, stopping=killing)
        return self._crawl(start, settings)

    def _crawl(self, start: Start, settings: Mapping[str, Any], **options: Any) -> CrawlReport:
        return runner.crawl(
            start.unit.source, start.arguments, home=self.home, proxy=self.replica.proxy, settings=settings,
            environment=LOGIN, **options,
        )  # fmt: skip


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    folder = tmp_path_factory.mktemp("month")
    life = Month(folder)
    units = cut(life.files, lambda source, account: account)
    asked: list[tuple[float, str]] = []
    signs: dict[tuple[str, str], list[float]] = defaultdict(list)
    with life.replica, open_state(life.home) as state:
        resumed: set[str] = set()
        for step in range(int(DAYS * DAY / STEP)):
            life.now = START + step * STEP
            day = step * STEP / DAY
            if OFF[0] <= life.now < OFF[1]:
                continue
            for source, at in RESUMED.items():
                if source not in resumed and life.now >= at:
                    resumed.add(source)
                    Standings(state).resume(
                        Key(source),
                        person="operator",
                        reason="looked at the site, it is fine",
                        at=life.now,
                    )
            before = len(life.replica.log)
            Schedule(
                state, lambda: units, crawl=life.crawl, clock=lambda: life.now, limits={}, slots=1
            ).once()
            asked += [(day, served.host) for served in life.replica.log[before:]]
            for sign in of_state(state, life.now + HOUR).signs:
                signs[sign.source, sign.symptom.name].append(day)
        found = Account(
            entries=RunLedger(state).entries(),
            missed=Jobs(state).missed(START),
            landed=_landed(life.home),
            signs=signs,
            asked=asked,
            jobs=len(Jobs(state).all()),
        )
    for post in life.world.posts:
        if post.published_at is not None:
            found.truth.setdefault(post.platform, {})[post.id] = post.published_at
    return found


def _landed(home: Home) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in home.landing.glob("*.zst"):
        for frame in read_landing(path):
            for record in frame.records:
                if isinstance(record, Post):
                    found[record.platform].add(record.id)
    return found


SOURCES = sorted(HOST)


def test_what_two_projects_want_is_one_job(account: Account) -> None:
    assert account.jobs == len(SOURCES)


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_that_was_there_at_the_last_good_run_is_lost(account: Account, source: str) -> None:
    last = max(entry.run.started_at for entry in account.of(source) if entry.run.outcome == "finished")
    assert last > START + (DAYS - 2) * DAY
    there = {post for post, published in account.truth[source].items() if published <= last}
    assert account.landed[source] == there


@pytest.mark.parametrize("source", SOURCES)
def test_new_posts_of_the_ledger_are_those_of_the_world(account: Account, source: str) -> None:
    fresh = sum(entry.fresh or 0 for entry in account.of(source))
    assert fresh == len(account.landed[source])


@pytest.mark.parametrize("source", SOURCES)
def test_every_request_is_in_the_ledger(account: Account, source: str) -> None:
    told = sum(entry.run.requests for entry in account.of(source))
    served = sum(HOST[source] in host for _, host in account.asked)
    # a run that is killed cannot tell what it asked: five pages, the one on the way among them
    lost = served - told
    assert 4 <= lost <= 6 if source == "tieba" else lost == 0


STOPS = {"feed": ("bad_gateway", "server_error"), "weibo": ("captcha", "captcha"), "discuz": ("flood_control", "challenge")}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_a_run_is_blocked_where_the_site_was_spoiled_and_nowhere_else(account: Account, source: str) -> None:
    fault, block = STOPS.get(source, (None, None))
    spans = [(since, until) for name, _, _, since, until in TROUBLE if name == fault]
    assert account.of(source)
    for entry in account.of(source):
        day = (entry.run.started_at - START) / DAY
        spoiled = any(since <= day < until for since, until in spans)
        assert (entry.run.outcome == "blocked") == spoiled
        assert entry.run.blocks == (
            (block,) if spoiled else ("budget",) if entry.run.outcome == "stopped" else ()
        )


@pytest.mark.parametrize("source", sorted(RESUMED))
def test_nothing_is_asked_of_a_closed_source_until_a_person_resumes(account: Account, source: str) -> None:
    (closed,) = [e.run.started_at for e in account.of(source) if e.run.outcome == "blocked"]
    between = [
        day
        for day, host in account.asked
        if HOST[source] in host and closed < START + day * DAY < RESUMED[source]
    ]
    assert between == []


def test_the_run_that_was_killed_and_the_one_that_was_spared_are_told(account: Account) -> None:
    (killed,) = [entry for entry in account.entries if entry.run.outcome is None]
    assert (killed.run.source, killed.run.started_at) == ("tieba", KILLED)
    (spared,) = [entry for entry in account.entries if entry.run.outcome == "stopped"]
    assert (spared.run.source, spared.reasons) == ("weibo", {"budget": 1})
    assert SPARED <= spared.run.started_at < SPARED + DAY
    # and what it left was made up for, then what had come since taken soon
    again, then = [one.run.started_at for one in account.of("weibo") if one.run.started_at > spared.run.started_at][:-3:-1]  # fmt: skip
    assert again >= spared.run.started_at + DAY / 2
    assert then - again <= STEP


@pytest.mark.parametrize("source", SOURCES)
def test_every_longer_gap_between_runs_is_a_missed_one_with_its_reason(account: Account, source: str) -> None:
    """A daily job starts at the first pass after it is due: a day, a tenth of jitter, six hours of a pass."""
    made_up = {one.until: one for one in account.missed if one.job.startswith(source)}
    starts = sorted(entry.run.started_at for entry in account.of(source))
    for earlier, later in pairwise(starts):
        one = made_up.pop(later, None)
        if one is None:
            assert later - earlier <= 1.1 * DAY + STEP or source in RESUMED
            continue
        assert one.because == ("off" if OFF[0] <= later <= OFF[1] else "disabled")
        assert one.times == (later - one.since) // DAY
    assert made_up == {}


def test_all_were_missed_while_the_machine_was_off(account: Account) -> None:
    off = [one for one in account.missed if one.because == "off"]
    assert sorted(one.job.partition("-")[0] for one in off) == SOURCES
    assert {one.until for one in off} == {OFF[1]}
    assert not [entry for entry in account.entries if OFF[0] <= entry.run.started_at < OFF[1]]


# (source, symptom) → the days between which it shows, and at no other time
SIGNS = {
    ("feed", "blocked"): (4, 11.5),  # until three runs have gone well
    ("weibo", "disabled"): (12, 15),
    ("weibo", "missed"): (10.5, 16),
    ("discuz", "disabled"): (16, 18),
    ("tieba", "killed"): (19, 20.5),  # until it has gone well again
    ("discuz", "fields"): (22, 27),
    ("discourse", "quiet"): (25, 30),
    ("feed", "quiet"): (26, 30),
    ("feed", "stale"): (27, 30),
    ("weibo", "budget"): (27, 29),
    **{(source, "missed"): (10.5, 11.5) for source in SOURCES if source != "weibo"},
}


@pytest.mark.parametrize(("source", "symptom"), sorted(SIGNS))
def test_a_sign_shows_when_it_should(account: Account, source: str, symptom: str) -> None:
    since, until = SIGNS[source, symptom]
    shown = account.signs[source, symptom]
    assert shown
    assert all(since <= day < until for day in shown), shown


def test_no_sign_shows_that_means_nothing(account: Account) -> None:
    assert set(account.signs) == set(SIGNS)


@pytest.mark.parametrize("source", SOURCES)
def test_slices_are_whole_but_where_something_stood_in_the_way(account: Account, source: str) -> None:
    for entry in account.of(source):
        if entry.run.outcome == "finished":
            assert entry.reasons == {}
            assert entry.got == entry.expected
        elif entry.run.outcome is not None:
            assert set(entry.reasons) == set(entry.run.blocks)
