"""How a source takes being asked is kept: what follows on which block, over runs and workers, until a person resumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy import Request

from core.errors import Blocked, UsageError
from core.home import Home
from core.models import Kind
from crawlers.manners.blocks import BLOCKS, Reaction
from crawlers.manners.guard import Guard
from crawlers.manners.standing import (
    IN_ORDER,
    LONGEST_PAUSE_S,
    RECOVERY,
    SLOWEST,
    Condition,
    Standing,
    answered,
    struck,
)
from crawlers.state.engine import State, open_state
from crawlers.state.standings import Key, Standings
from tests.crawlers.crawling import run
from tests.crawlers.states import KINDS, state_url
from tests.sites import MAKER, serve, small_world

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OK, SLOW, PAUSED, DISABLED = Condition
SLOWED = Standing(condition=SLOW, block="too_fast", since=NOW, factor=2, strikes=1)
TRYING = Standing(condition=PAUSED, block="too_fast", since=NOW, until=NOW, factor=2, pauses=1)
FAILING = Standing(condition=SLOW, block="server_error", since=NOW, factor=8, strikes=2)
REASON = "looked at the site, the daily budget is lower now"
WEIBO = Key("weibo")

# state × block → state, delay factor, seconds until
TABLE = [
    (IN_ORDER, "too_fast", {}, SLOW, 2, None),
    (IN_ORDER, "too_fast", {"rest_s": 300}, SLOW, 2, 300),
    (SLOWED, "too_fast", {}, SLOW, 4, None),
    (replace(SLOWED, factor=SLOWEST, strikes=2), "too_fast", {}, SLOW, SLOWEST, None),
    (replace(SLOWED, strikes=3), "too_fast", {}, PAUSED, 2, 600),
    (SLOWED, "too_fast", {"to_the_end": True}, PAUSED, 2, 600),
    (TRYING, "too_fast", {}, PAUSED, 2, 1200),
    (replace(TRYING, pauses=2), "too_fast", {}, PAUSED, 2, 2400),
    (replace(TRYING, pauses=4), "too_fast", {}, DISABLED, 2, None),
    (IN_ORDER, "rate_limited", {"wait_s": 45, "rest_s": 60}, SLOW, 2, 45),
    (IN_ORDER, "rate_limited", {"wait_s": 86_400, "to_the_end": True}, PAUSED, 2, 86_400),
    (IN_ORDER, "busy", {"wait_s": 120}, SLOW, 2, 120),
    (IN_ORDER, "ip_blocked", {"to_the_end": True}, PAUSED, 2, 600),
    (replace(TRYING, pauses=3), "ip_blocked", {"to_the_end": True}, PAUSED, 2, 4800),
    (IN_ORDER, "forbidden", {}, SLOW, 2, None),
    (IN_ORDER, "forbidden", {"to_the_end": True}, PAUSED, 2, 3600),
    (TRYING, "forbidden", {}, DISABLED, 2, None),
    (IN_ORDER, "captcha", {"to_the_end": True}, DISABLED, 1, None),
    (SLOWED, "captcha", {}, DISABLED, 2, None),
    (IN_ORDER, "challenge", {}, DISABLED, 1, None),
    (IN_ORDER, "login_required", {}, DISABLED, 1, None),
    (IN_ORDER, "server_error", {}, SLOW, 2, None),
    (FAILING, "server_error", {}, SLOW, 8, None),
    (replace(FAILING, strikes=3), "server_error", {}, PAUSED, 8, 600),
    (replace(TRYING, pauses=30), "server_error", {}, PAUSED, 2, LONGEST_PAUSE_S),
    (replace(FAILING, strikes=3), "not_json", {}, PAUSED, 8, 600),
    (replace(TRYING, pauses=4), "not_json", {}, DISABLED, 2, None),
    (IN_ORDER, "visitor_required", {"to_the_end": True}, PAUSED, 2, 3600),
]


@pytest.mark.parametrize(("before", "block", "more", "condition", "factor", "seconds"), TABLE)
def test_what_follows_on_a_block(before, block, more, condition, factor, seconds) -> None:
    after = struck(before, BLOCKS[block].standing, block, now=NOW, **more)
    until = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert (after.condition, after.factor, after.until) == (condition, factor, until)
    assert after.block == block


def test_a_pause_never_grows_beyond_the_longest() -> None:
    rule = replace(BLOCKS["visitor_required"].standing, pauses=99)
    after = struck(replace(TRYING, pauses=30), rule, "visitor_required", now=NOW)
    assert after.until == NOW + timedelta(seconds=LONGEST_PAUSE_S)


def test_a_slowed_site_recovers_with_good_answers() -> None:
    nearly = answered(SLOWED, RECOVERY - 1, now=NOW)
    assert (nearly.condition, nearly.factor) == (SLOW, 2)
    assert answered(nearly, 1, now=NOW) == IN_ORDER


def test_a_good_answer_ends_a_row_of_failures_and_nothing_else() -> None:
    assert answered(FAILING, 1, now=NOW, in_a_row=True) == replace(FAILING, good=1, strikes=0)
    assert answered(SLOWED, 1, now=NOW).strikes == SLOWED.strikes


def test_the_first_good_answer_after_a_pause_ends_it() -> None:
    assert TRYING.forbids(NOW - timedelta(seconds=1))
    assert not TRYING.forbids(NOW)
    assert answered(TRYING, 1, now=NOW).condition is SLOW
    assert answered(TRYING, 1, now=NOW - timedelta(seconds=1)) == TRYING, "it was sent before the pause"


def test_nothing_but_a_person_leads_out_of_disabled() -> None:
    closed = Standing(condition=DISABLED, block="captcha", since=NOW)
    assert answered(closed, 1000, now=NOW) == closed
    assert closed.forbids(NOW + timedelta(days=1000))
    for block in BLOCKS.values():
        if block.standing:
            assert struck(closed, block.standing, block.name, now=NOW) == closed


def test_what_stops_a_source_is_found_by_later_runs() -> None:
    for block in BLOCKS.values():
        last = block.then if block.times else block.reaction
        if last in (Reaction.STOP_SOURCE, Reaction.STOP_IDENTITY) and block.name != "budget":
            assert block.standing, f"{block.name} wants a [{block.name}.standing]"


# --- kept in the state --------------------------------------------------------------------------------


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    with state_url(request.param, tmp_path) as url, open_state(Home(tmp_path), url) as opened:
        yield opened


def disable(told: Standing) -> Standing:
    return struck(told, BLOCKS["captcha"].standing, "captcha", now=NOW)


def test_a_standing_is_read_as_it_was_kept(state: State) -> None:
    standings = Standings(state)
    slowed = standings.change(
        WEIBO, lambda told: struck(told, BLOCKS["busy"].standing, "busy", now=NOW, wait_s=9)
    )
    assert standings.of("weibo") == {WEIBO: slowed}
    assert standings.of("feed") == {}
    standings.change(WEIBO, lambda told: answered(told, RECOVERY, now=NOW))
    assert standings.of() == {}, "what is in order has no row"


def test_a_closed_source_is_told_with_the_command_that_resumes(state: State) -> None:
    standings = Standings(state)
    standings.change(WEIBO, disable)
    with pytest.raises(Blocked, match=r"captcha.*tingfeng standing --resume weibo --reason TEXT") as told:
        standings.check("weibo", NOW + timedelta(days=365))
    assert told.value.reason == "captcha"
    standings.check("feed", NOW)


def test_a_site_or_an_identity_closes_itself_alone(state: State) -> None:
    standings = Standings(state)
    standings.change(Key("discuz", "bbs.one.example"), disable)
    standings.change(Key("weibo", "", "second"), disable)
    standings.check("discuz", NOW)
    standings.check("weibo", NOW)
    assert {key: one.forbids(NOW) for key, one in standings.of().items()} == {
        Key("discuz", "bbs.one.example"): True,
        Key("weibo", "", "second"): True,
    }


def test_who_resumed_and_why_is_kept(state: State) -> None:
    standings = Standings(state)
    one, other = Key("discuz", "bbs.one.example"), Key("discuz", "bbs.other.example")
    for key in (one, other):
        standings.change(key, disable)
    with pytest.raises(UsageError, match="sentence"):
        standings.resume(one, person="tester", reason="ok", at=NOW)
    assert standings.resume(Key.read("discuz@bbs.one.example"), person="tester", reason=REASON, at=NOW) == 1
    assert standings.of().keys() == {other}
    assert standings.resume(Key.read("discuz"), person="tester", reason=REASON, at=NOW) == 1
    with state.read() as connection:
        rows = connection.exec_driver_sql("SELECT site, block, person, reason FROM resumption").all()
    assert {tuple(row) for row in rows} == {
        (site, "captcha", "tester", REASON) for site in ("bbs.one.example", "bbs.other.example")
    }


def test_another_worker_obeys_at_once(state: State) -> None:
    one, other = (Guard("weibo", by_site=False) for _ in range(2))
    for guard in (one, other):
        guard.share(Standings(state), lambda: NOW)
    page = Request("http://m.weibo.cn/", meta={"identity": "visitor"})
    assert one.refusal(page) is None
    assert other.strike(WEIBO, BLOCKS["captcha"], page, wait_s=None, rest_s=0, to_the_end=True)
    one._looked = float("-inf")  # a fifth of a second later
    assert one.refusal(page) == BLOCKS["captcha"]
    assert one.stopped
    assert one.met == {"captcha": 1}


def test_answers_to_what_was_sent_at_once_are_one_sign(state: State) -> None:
    guard = Guard("weibo", by_site=False)
    guard.share(Standings(state), lambda: NOW)
    for _ in range(9):
        page = Request("http://m.weibo.cn/", meta={"sent": 0.0})
        assert not guard.strike(WEIBO, BLOCKS["too_fast"], page, wait_s=None, rest_s=0, to_the_end=False)
    assert guard.standing(WEIBO).strikes == 1


# --- crawls -------------------------------------------------------------------------------------------

WORLD = small_world()
ROOT = next(post for post in WORLD.posts if post.kind is Kind.POST and post.author == MAKER)
CASCADE = {"posts": ROOT.id.removeprefix("weibo:"), "depth": "reposts"}
REPOSTS = "m.weibo.cn/api/statuses/*"


def kept(folder: Path) -> dict[Key, Standing]:
    with open_state(Home(folder / "home")) as opened:
        return Standings(opened).of()


def resume(folder: Path) -> None:
    with open_state(Home(folder / "home")) as opened:
        Standings(opened).resume(WEIBO, person="tester", reason=REASON, at=NOW)


def test_after_a_captcha_later_runs_ask_nothing_until_a_person_resumes(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("captcha", route=REPOSTS, times=1)
        first = run(replica, tmp_path, CASCADE, one_by_one=True)
        asked = len(replica.log)
        assert first.report.run.outcome == "blocked"
        assert kept(tmp_path)[WEIBO].condition is DISABLED
        for other in (CASCADE, {"hot": True}):
            with pytest.raises(Blocked, match="tingfeng standing --resume weibo"):
                run(replica, tmp_path, other)
        assert len(replica.log) == asked
        resume(tmp_path)
        again = run(replica, tmp_path, {"hot": True})
    assert again.report.run.outcome == "finished"


def test_a_slowed_source_stays_slow_over_runs(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("too_fast", route=REPOSTS, times=1)
        run(replica, tmp_path, CASCADE)
        slowed = kept(tmp_path)[WEIBO]
        assert (slowed.condition, slowed.factor) == (SLOW, 2)
        run(replica, tmp_path, {"hot": True})
    assert 0 < kept(tmp_path)[WEIBO].good - slowed.good < RECOVERY


def test_a_long_retry_after_is_obeyed_by_later_runs(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("rate_limited", route=REPOSTS, seconds=3600)
        run(replica, tmp_path, CASCADE, one_by_one=True, TINGFENG_NOW=NOW.isoformat())
        assert kept(tmp_path)[WEIBO].until == NOW + timedelta(seconds=3600)
        early, late = NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)
        with pytest.raises(Blocked, match="is paused until 2026-11-21 13:00 UTC"):
            run(replica, tmp_path, {"hot": True}, TINGFENG_NOW=early.isoformat())
        got = run(replica, tmp_path, {"hot": True}, TINGFENG_NOW=late.isoformat())
    assert got.report.run.outcome == "finished"
    assert kept(tmp_path)[WEIBO].condition is SLOW


def test_sites_of_an_engine_do_not_wait_for_one_that_closed(tmp_path: Path) -> None:
    feeds = [f"http://{site.host}/feed.xml" for site in WORLD.sites]
    closed, other = (site.host for site in WORLD.sites)
    with serve() as replica:
        replica.faults.on("ip_blocked", route=f"{closed}/feed.xml")
        runs = [run(replica, tmp_path, {"url": feeds}, source="feed", login=False) for _ in range(2)]
        asked = Counter(entry.host for entry in replica.log if entry.path == "/feed.xml")
    assert asked == {closed: 1, other: 2}
    assert kept(tmp_path).keys() == {Key("feed", closed)}
    assert [one.report.run.outcome for one in runs] == ["blocked", "blocked"]
    assert [one.coverage(f"feed:http://{closed}").because for one in runs] == ["ip_blocked", "ip_blocked"]
    assert runs[1].coverage(f"feed:http://{other}").because == "unchanged"


FAILURES = {"unavailable": "server_error", "html_for_json": "not_json"}
SHOW = "m.weibo.cn/statuses/*"
POSTS = [post.id.removeprefix("weibo:") for post in WORLD.posts if post.kind is Kind.REPOST][:8]


@pytest.mark.parametrize("fault", FAILURES)
def test_a_site_that_fails_at_page_after_page_is_paused_and_goes_on_after_it(
    tmp_path: Path, fault: str
) -> None:
    later = NOW + timedelta(minutes=10)
    with serve() as replica:
        replica.faults.on(fault, route=SHOW)
        first = run(replica, tmp_path, {"posts": POSTS}, one_by_one=True, TINGFENG_NOW=NOW.isoformat())
        assert sum(entry.fault == fault for entry in replica.log) == 3 * 4, (
            "three tries for each of four pages"
        )
        told = kept(tmp_path)[WEIBO]
        assert (told.condition, told.block, told.until) == (PAUSED, FAILURES[fault], later)
        assert (first.report.run.outcome, first.report.run.blocks) == ("blocked", (FAILURES[fault],))
        with pytest.raises(Blocked, match=rf"is paused until 2026-11-21 12:10 UTC \({FAILURES[fault]}\)"):
            run(replica, tmp_path, {"posts": POSTS}, TINGFENG_NOW=NOW.isoformat())
        replica.faults.off()
        got = run(replica, tmp_path, {"posts": POSTS}, one_by_one=True, TINGFENG_NOW=later.isoformat())
    assert got.report.run.outcome == "finished"
    assert {f"weibo:{mid}" for mid in POSTS} <= got.posts.keys(), "those it failed at before come as well"
    assert {line.because for line in got.report.coverage} == {None}
    assert kept(tmp_path)[WEIBO].condition is SLOW


def test_one_failing_page_a_run_adds_up_over_runs(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("bad_gateway", route=SHOW)
        outcomes = [
            run(replica, tmp_path, {"posts": mid}, TINGFENG_NOW=NOW.isoformat()).report.run.outcome
            for mid in POSTS[:4]
        ]
        assert kept(tmp_path)[WEIBO].condition is PAUSED
        later = (NOW + timedelta(minutes=10)).isoformat()
        run(replica, tmp_path, {"posts": POSTS[4]}, one_by_one=True, TINGFENG_NOW=later)
    assert outcomes == ["blocked"] * 4, "nothing came"
    told = kept(tmp_path)[WEIBO]
    assert (told.condition, told.pauses) == (PAUSED, 2), "one page was tried, and met the same"
    assert told.until == NOW + timedelta(minutes=30)


def test_pages_that_fail_now_and_then_stop_nothing(tmp_path: Path) -> None:
    with serve() as replica:
        for number in range(0, len(POSTS), 2):  # three tries for one page, one for the next
            replica.faults.on("bad_gateway", route=SHOW, after=2 * number, times=3)
        got = run(replica, tmp_path, {"posts": POSTS}, one_by_one=True)
    assert got.report.run.outcome == "finished"
    assert len({f"weibo:{mid}" for mid in POSTS} & got.posts.keys()) == len(POSTS) / 2
    assert kept(tmp_path)[WEIBO].strikes <= 1
