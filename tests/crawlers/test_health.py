"""The signs that a ledger shows: each when its formula says, and none below its number of runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.models import Run
from crawlers.health import WAITS, examine
from crawlers.manners.blocks import BLOCKS
from crawlers.manners.standing import Condition, Standing
from crawlers.signs import symptoms
from crawlers.state.ledger import Entry
from crawlers.state.plan import Job, Missed

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def entry(
    *, back: timedelta, outcome: str | None = "finished", posts: int = 20, job: str = "feed-aa", **more: Any
) -> Entry:
    """A run so long ago."""
    run_fields = {name: more.pop(name) for name in ("blocks", "rejected") if name in more}
    at = NOW - back
    run = Run(
        id=f"feed-{back}", source="feed", asked={}, started_at=at, outcome=outcome, posts=posts, **run_fields
    )
    return Entry(run=run, job=job, seen_at=at, **more)


def job(**more: Any) -> Job:
    given: dict[str, Any] = {
        "source": "feed",
        "queue": "feed",
        "kind": "feed",
        "shown": {},
        "projects": ("car",),
    }
    return Job(key="feed-aa", wanted_at=NOW, due_at=NOW, **{**given, **more})


def daily(count: int, *, first: int = 0, **more: Any) -> list[Entry]:
    """A run a day, the latest first: of today, yesterday, …"""
    return [entry(back=(first + number) * DAY + HOUR, **more) for number in range(count)]


def filled(author: int, posts: int = 20) -> dict[str, int]:
    return {"*": posts, "text": posts, "author.id": author}


def published(gap: timedelta, last: timedelta) -> tuple[datetime, ...]:
    return tuple(NOW - last - number * gap for number in range(10))


CLOSED = {"feed@a.example": Standing(condition=Condition.DISABLED, block="captcha")}
RESTING = Standing(condition=Condition.PAUSED, block="server_error", until=NOW + HOUR, pauses=1)
SLOWED = {"feed": Standing(condition=Condition.SLOW, block="too_fast")}
OFF = Missed(job="feed-aa", since=NOW - DAY, until=NOW - HOUR, times=9, because="off")

CASES: list[tuple[str, dict[str, Any], set[str]]] = [
    ("nothing ever ran", {"entries": []}, set()),
    ("all is well", {"entries": daily(20)}, set()),
    ("killed", {"entries": [entry(back=HOUR, outcome=None)]}, {"killed"}),
    ("running", {"entries": [entry(back=MINUTE, outcome=None)]}, set()),
    ("killed, but well since", {"entries": [entry(back=HOUR), entry(back=2 * HOUR, outcome=None)]}, set()),
    (
        "killed, and another job well since",
        {"entries": [entry(back=HOUR, job="feed-bb"), entry(back=2 * HOUR, outcome=None)]},
        {"killed"},
    ),
    ("failed once", {"entries": [entry(back=HOUR, outcome="failed")], "jobs": [job()]}, set()),
    ("failed twice", {"entries": daily(2, outcome="failed"), "jobs": [job()]}, {"failing"}),
    ("failed twice and well since", {"entries": [entry(back=MINUTE), *daily(2, outcome="failed")], "jobs": [job()]}, set()),
    ("blocked in one of five", {"entries": [*daily(1, outcome="blocked"), *daily(4, first=1)]}, {"blocked"}),
    ("blocked, with too few runs", {"entries": daily(4, outcome="blocked")}, set()),
    ("blocked, and three times well since", {"entries": [*daily(3), *daily(4, first=3, outcome="blocked")]}, set()),
    ("closed", {"entries": [], "standings": CLOSED}, {"disabled"}),
    ("paused for the first time", {"entries": [], "standings": {"feed": RESTING}}, set()),
    ("paused time and again", {"entries": [], "standings": {"feed": replace(RESTING, pauses=3)}}, {"paused"}),
    ("slowed heals by itself", {"entries": [], "standings": SLOWED}, set()),
    ("quiet", {"entries": [*daily(1, posts=1), *daily(14, first=1)]}, {"quiet"}),
    ("quiet by new posts, though old ones come", {"entries": [*daily(1, fresh=0), *daily(14, first=1)]}, {"quiet"}),
    ("quiet, with too little history", {"entries": [*daily(1, posts=1), *daily(6, first=1)]}, set()),
    ("a small source is never quiet", {"entries": [*daily(1, posts=0), *daily(14, first=1, posts=4)]}, set()),
    ("no news because nothing could be asked", {"entries": [*daily(1, posts=0, outcome="stopped"), *daily(14, first=1)]}, set()),
    ("stale", {"entries": daily(1), "jobs": [job(published=published(HOUR, 3 * DAY))]}, {"stale"}),
    ("slow by nature", {"entries": daily(1), "jobs": [job(published=published(DAY, 3 * DAY))]}, set()),
    ("stale, but not asked since", {"entries": daily(1, first=3), "jobs": [job(published=published(HOUR, 3 * DAY))]}, set()),
    ("a timeline may fall silent", {"entries": daily(1), "jobs": [job(kind="timeline", published=published(HOUR, 3 * DAY))]}, set()),
    ("a field gone", {"entries": [*daily(3, filled=filled(2)), *daily(9, first=3, filled=filled(20))]}, {"fields"}),
    ("a field as empty as ever", {"entries": daily(12, filled=filled(2))}, set()),
    ("a field gone, with too few posts", {"entries": [*daily(3, filled=filled(0, 5)), *daily(9, first=3, filled=filled(20))]}, set()),
    ("coverage fell", {"entries": [*daily(3, expected=20, got=10), *daily(9, first=3, expected=20, got=20)]}, {"coverage"}),
    ("coverage a little lower", {"entries": [*daily(3, expected=20, got=19), *daily(9, first=3, expected=20, got=20)]}, set()),
    ("coverage never known", {"entries": daily(12)}, set()),
    ("the budget is spent", {"entries": daily(1, outcome="stopped", blocks=("budget",))}, {"budget"}),
    ("it was spent yesterday", {"entries": [*daily(1), *daily(1, first=1, outcome="stopped", blocks=("budget",))]}, set()),
    ("missed", {"entries": [], "jobs": [job()], "missed": [OFF]}, {"missed"}),
    ("rejected", {"entries": daily(3, rejected=2)}, {"rejected"}),
    ("a few rejected of many", {"entries": daily(3, posts=900, rejected=2)}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("given", "names"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_signs(given: dict[str, Any], names: set[str]) -> None:
    entries, given = given["entries"], {name: one for name, one in given.items() if name != "entries"}
    health = examine(entries, NOW, **given)
    assert {sign.symptom.name for sign in health.signs} == names
    assert health.wants_a_person == any(symptoms()[name].person for name in names)
    for sign in health.signs:
        for language in ("zh", "en"):
            for text in (sign.title, sign.advice):
                told = text(language, lambda block: BLOCKS[block].title.en)
                assert told
                assert "{" not in told


def test_a_source_that_is_new_is_not_judged_by_its_history() -> None:
    assert examine(daily(3), NOW).unknown == ("feed",)
    assert examine(daily(10), NOW).unknown == ()


def test_every_symptom_has_a_case_and_every_reason_its_words() -> None:
    assert {name for _, _, names in CASES for name in names} == set(symptoms())
    assert all(title.zh and title.en for title in WAITS.values())
