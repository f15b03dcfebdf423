"""The planner: what is started, what waits and why, when the next run is due, what was missed."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from crawlers.manners.standing import Condition, Standing
from crawlers.state.plan import Job
from ops.schedule.planner import Asleep, Conditions, due, first_due, missed, next_due, stretches
from ops.schedule.rhythm import RHYTHMS, interval_s
from tests.ops.schedule.jobs import HOUR, MINUTE, NOW, job, unit, wish

FREE = Conditions(slots=4)
LEASED = {"lease_by": "host:1", "lease_until": NOW + MINUTE}
CLOSED = Standing(condition=Condition.DISABLED, block="captcha")
RESTING = Standing(condition=Condition.PAUSED, block="too_fast", until=NOW + HOUR)
RESTED = Standing(condition=Condition.PAUSED, block="too_fast", until=NOW - HOUR)

WAITING = [
    ("due", [job()], FREE, ["feed-1"], {"feed-1": None}),
    ("not due yet", [job(due=NOW + MINUTE)], FREE, [], {"feed-1": None}),
    ("held by a host", [job(**LEASED)], FREE, [], {"feed-1": None}),
    ("held by a host that died", [job(lease_by="x", lease_until=NOW - MINUTE)], FREE, ["feed-1"], {}),
    ("paused by a person", [job(paused_at=NOW)], FREE, [], {"feed-1": "paused"}),
    ("closed", [job()], Conditions(slots=4, standings={"feed": CLOSED}), [], {"feed-1": "disabled"}),
    (
        "its site alone closed",
        [job(queue="feed:a.example")],
        Conditions(slots=4, standings={"feed:a.example": CLOSED}),
        [],
        {"feed-1": "disabled"},
    ),
    (
        "another site closed",
        [job(queue="feed:b.example")],
        Conditions(slots=4, standings={"feed:a.example": CLOSED}),
        ["feed-1"],
        {},
    ),
    ("resting", [job()], Conditions(slots=4, standings={"feed": RESTING}), [], {"feed-1": "resting"}),
    ("rested", [job()], Conditions(slots=4, standings={"feed": RESTED}), ["feed-1"], {}),
    ("no budget left", [job()], Conditions(slots=4, left={"feed": 0}), [], {"feed-1": "budget"}),
    ("some budget left", [job()], Conditions(slots=4, left={"feed": 1}), ["feed-1"], {}),
    (
        "one of a queue at a time",
        [job("feed-1", due=NOW - HOUR), job("feed-2", due=NOW - MINUTE)],
        FREE,
        ["feed-1"],
        {"feed-2": "busy"},
    ),
    ("the queue is held elsewhere", [job("feed-1", **LEASED), job("feed-2")], FREE, [], {"feed-2": "busy"}),
    (
        "places are few",
        [job("feed-1"), job("weibo-1"), job("discuz-1")],
        Conditions(slots=2),
        ["discuz-1", "feed-1"],
        {"weibo-1": "places"},
    ),
    (
        "what runs takes a place",
        [job("feed-1", **LEASED), job("weibo-1")],
        Conditions(slots=1),
        [],
        {"weibo-1": "places"},
    ),
    (
        "what runs here takes a place of this host",
        [job("feed-1", **{**LEASED, "lease_by": "here:7:ab"}), job("weibo-1")],
        Conditions(slots=1, host="here"),
        [],
        {"weibo-1": "places"},
    ),
    (
        "what runs elsewhere takes none",
        [job("feed-1", **{**LEASED, "lease_by": "there:7:ab"}), job("weibo-1")],
        Conditions(slots=1, host="here"),
        ["weibo-1"],
        {"feed-1": None},
    ),
    (
        "the queue that waited longest goes first",
        [job("feed-1", began_at=NOW - MINUTE), job("weibo-1", began_at=NOW - HOUR)],
        Conditions(slots=1),
        ["weibo-1"],
        {"feed-1": "places"},
    ),
    (
        "late by its own intervals, not by the clock",
        [
            job("feed-slow", due=NOW - 2 * HOUR, interval_s=86_400),
            job("feed-quick", due=NOW - HOUR, interval_s=600),
        ],
        FREE,
        ["feed-quick"],
        {"feed-slow": "busy"},
    ),
]


@pytest.mark.parametrize(
    ("jobs", "conditions", "starts", "waits"), [row[1:] for row in WAITING], ids=[row[0] for row in WAITING]
)
def test_what_starts_and_what_waits(
    jobs: list[Job], conditions: Conditions, starts: list[str], waits: dict[str, str | None]
) -> None:
    found = due(jobs, NOW, conditions)
    assert [one.key for one in found.starts] == starts
    assert {key: found.waits[key] for key in waits} == waits


def test_every_queue_gets_its_turn() -> None:
    """With one place, three sources of which one is always due all run equally often."""
    jobs = {name: job(name, interval_s=600.0) for name in ("feed-1", "feed-2", "weibo-1", "discuz-1")}
    ran: dict[str, int] = dict.fromkeys(jobs, 0)
    for step in range(60):
        now = NOW + step * MINUTE
        (start,) = due(list(jobs.values()), now, Conditions(slots=1)).starts
        ran[start.key] += 1
        jobs[start.key] = job(start.key, due=now, began_at=now, interval_s=600.0)
    assert ran["weibo-1"] == ran["discuz-1"] == ran["feed-1"] + ran["feed-2"] == 20
    assert abs(ran["feed-1"] - ran["feed-2"]) <= 1


def moments(gap: timedelta, count: int, last: datetime) -> tuple[datetime, ...]:
    return tuple(last - number * gap for number in range(count))


RHYTHM = [
    ("nothing known", "timeline", (), RHYTHMS["timeline"].usual_s),
    ("too little known", "timeline", moments(HOUR, 4, NOW), RHYTHMS["timeline"].usual_s),
    ("half the gap", "timeline", moments(6 * HOUR, 10, NOW - HOUR), 3 * 3600),
    ("never oftener than the least", "timeline", moments(MINUTE, 10, NOW), RHYTHMS["timeline"].least_s),
    (
        "an account fallen silent is asked rarely",
        "timeline",
        moments(HOUR, 10, NOW - 4 * 24 * HOUR),
        12 * 3600,
    ),
    ("never more rarely than the most", "timeline", moments(HOUR, 10, NOW - 60 * 24 * HOUR), 86_400),
    ("a busy feed", "feed", moments(MINUTE, 20, NOW), 300),
    ("a slow feed", "feed", moments(24 * HOUR, 20, NOW), 3600),
    ("a hot list has one rhythm", "hot", moments(MINUTE, 20, NOW), 600),
]


@pytest.mark.parametrize(
    ("kind", "published", "seconds"), [row[1:] for row in RHYTHM], ids=[row[0] for row in RHYTHM]
)
def test_rhythm(kind: str, published: tuple[datetime, ...], seconds: float) -> None:
    assert interval_s(kind, published, NOW) == seconds


def test_the_next_run_follows_the_tightest_wish() -> None:
    both = unit("feed-1", wish(every=6 * HOUR), wish(every=HOUR, project="phone"))
    at, interval = next_due(both, job(), began=NOW, stretch=1.0, seed=1)
    assert interval == 3600
    assert 0.9 * HOUR <= at - NOW <= 1.1 * HOUR
    assert next_due(both, job(), began=NOW, stretch=1.0, seed=1)[0] == at
    assert next_due(both, job(), began=NOW, stretch=1.0, seed=2)[0] != at


def test_times_of_day_are_kept_to_the_minute() -> None:
    nightly = unit("feed-1", wish(at=(time(3, 0), time(21, 30))))
    at, _ = next_due(nightly, job(), began=NOW, stretch=1.0, seed=1)
    assert at == datetime(2026, 11, 21, 13, 30, tzinfo=NOW.tzinfo)  # 21:30 in Shanghai
    assert first_due(nightly, NOW) == at
    assert first_due(unit(), NOW) == NOW


def test_what_the_projects_wrote_is_not_stretched_but_rhythms_are() -> None:
    fixed = unit("feed-1", wish(every=HOUR))
    free = unit("feed-2")
    assert next_due(fixed, job(), began=NOW, stretch=3.0, seed=1)[1] == 3600
    assert next_due(free, job("feed-2"), began=NOW, stretch=3.0, seed=1)[1] == 3 * RHYTHMS["feed"].usual_s
    # 24 runs a day are fixed, 96 by rhythm, at 10 requests each: 1200 where 720 are allowed
    costs = {"feed-1": 10.0, "feed-2": 10.0}
    assert stretches([fixed, free], {}, {"feed": 720}, costs, NOW) == {"feed": 2.0}
    assert stretches([fixed, free], {}, {"feed": 1200}, costs, NOW) == {}
    assert stretches([fixed, free], {}, {"feed": None}, costs, NOW) == {}


MISSED = [
    ("in time", job(due=NOW - 5 * MINUTE), None, None),
    ("late, but by less than an interval", job(due=NOW - 59 * MINUTE), Asleep(None, NOW), None),
    ("the machine was off", job(due=NOW - 5.5 * HOUR), Asleep(NOW - 7 * HOUR, NOW), (5, "off")),
    ("no schedule ever ran", job(due=NOW - 5.5 * HOUR), Asleep(None, NOW), (5, "off")),
    (
        "off, and then it waited",
        job(due=NOW - 3 * HOUR, waits="busy"),
        Asleep(NOW - 4 * HOUR, NOW - HOUR),
        (3, "off"),
    ),
    ("it waited for its turn", job(due=NOW - 2.5 * HOUR, waits="busy"), None, (2, "busy")),
    (
        "it waited before the sleep",
        job(due=NOW - 9.5 * HOUR, waits="budget"),
        Asleep(NOW - HOUR, NOW),
        (9, "budget"),
    ),
]


@pytest.mark.parametrize(
    ("late", "asleep", "told"), [row[1:] for row in MISSED], ids=[row[0] for row in MISSED]
)
def test_what_was_missed_is_counted_and_made_up_for_once(
    late: Job, asleep: Asleep | None, told: tuple[int, str] | None
) -> None:
    found = missed(unit("feed-1", wish(every=HOUR)), late, NOW, asleep=asleep)
    assert (found and (found.times, found.because)) == told


def test_missed_times_of_day() -> None:
    nightly = unit("feed-1", wish(at=(time(3, 0),)))
    found = missed(nightly, job(due=NOW - 72 * HOUR), NOW, asleep=Asleep(NOW - 80 * HOUR, NOW))
    assert found is not None
    assert found.times == 3
