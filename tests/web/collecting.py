"""A data folder whose ledger and schedule have seen a month, for the pages on collection."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.home import Home
from core.models import Coverage, Run
from crawlers.manners.standing import Condition, Standing
from crawlers.state.engine import State, open_state
from crawlers.state.ledger import RunLedger
from crawlers.state.plan import Job, Jobs, Missed
from crawlers.state.revisits import Revisits
from crawlers.state.standings import Key, Standings

OVERRIDE = "override: our counsel agreed in writing on 2026-10-01"
DAY = timedelta(days=1)
RUN = "discuz-killed"


def fill(home: Home, now: datetime) -> None:
    """A source that went quiet, one that is closed after captchas, one that is well; a killed run; a paused job."""
    with open_state(home) as state:
        for back in range(20, -1, -1):
            at = now - back * DAY - timedelta(hours=2)
            _run(state, "feed", at, posts=40 if back else 1, expected=40, job="feed-11111111")
            last = "blocked" if back < 4 else "finished"
            _run(
                state,
                "weibo",
                at,
                posts=0 if back < 4 else 90,
                expected=100,
                job="weibo-22222222",
                outcome=last,
            )
            _run(state, "discuz", at, posts=30, expected=30, job="discuz-33333333")
        RunLedger(state).begin(
            Run(id=RUN, source="discuz", asked={"url": "https://bbs.example"}, started_at=now - timedelta(hours=1)),
            job="discuz-33333333",
        )  # fmt: skip
        _plan(state, now)
        closed = Standing(condition=Condition.DISABLED, block="captcha", since=now - DAY)
        Standings(state).change(Key("weibo"), lambda _: closed)


def _run(
    state: State, source: str, at: datetime, *, posts: int, expected: int, job: str, outcome: str = "finished"
) -> None:
    ledger = RunLedger(state)
    blocked = outcome == "blocked"
    run = Run(
        id=f"{source}-{at:%Y%m%dT%H%M%SZ}",
        source=source,
        asked={"search": "澜石"} if source == "weibo" else {"url": f"https://{source}.example/"},
        started_at=at,
        ended_at=at + timedelta(minutes=3),
        outcome=outcome,
        posts=posts,
        requests=12,
        blocks=("captcha",) if blocked else (),
        robots=OVERRIDE if source == "weibo" else "obey",
    )
    ledger.begin(run, job=job)
    slices = [
        Coverage(
            source=source, slice=f"{source}: the whole list of {at:%m-%d}", expected=expected, got=posts,
            because="captcha" if blocked else None if posts == expected else "not_shown", run_id=run.id,
        ),
        Coverage(source=source, slice=f"{source}: hot", expected=None, got=3, run_id=run.id),
    ]  # fmt: skip
    filled = {"*": posts, "id": posts, "text": posts, "published_at": posts}
    ledger.end(run, slices, filled=filled, unmet=(), newest_at=at, fresh=posts)


def _plan(state: State, now: datetime) -> None:
    jobs = Jobs(state)
    rows = {
        "feed-11111111": ("feed", {"url": "https://feed.example/a-very-long-address/of-a-feed/that-must-wrap.xml"}),
        "weibo-22222222": ("keyword", {"search": "澜石", "since": "2d", "depth": "comments"}),
        "discuz-33333333": ("forum", {"url": "https://bbs.example", "fids": "9"}),
        "weibo-44444444": ("timeline", {"users": "weibo:u-0f1e2d3c4b5a6978"}),
    }  # fmt: skip
    jobs.want(
        [
            Job(
                key=key, source=key.partition("-")[0], kind=kind, queue=key.partition("-")[0], shown=shown,
                projects=("lanshi", "beiyao") if kind == "feed" else ("lanshi",), wanted_at=now,
                due_at=now + timedelta(minutes=number * 7),
            )
            for number, (key, (kind, shown)) in enumerate(rows.items())
        ],
        now,
    )  # fmt: skip
    for key in ("feed-11111111", "discuz-33333333"):
        job = jobs.find(key)
        jobs.lease(job, by="test", now=now - timedelta(hours=2), until=now - timedelta(hours=1))
        jobs.finish(
            key, by="test", at=now, run=None, outcome="finished", due_at=now + timedelta(minutes=9), interval_s=900
        )  # fmt: skip
    jobs.pause("weibo-44444444", "the account is on holiday", now)
    jobs.waits({"weibo-22222222": "disabled"})
    jobs.miss(
        Missed(job="feed-11111111", since=now - timedelta(hours=9), until=now - timedelta(hours=2), times=28, because="off")
    )  # fmt: skip
    Revisits(state).plan("weibo", {"weibo:5300000000000001": now - timedelta(minutes=20)}, now)
