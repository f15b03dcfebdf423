"""A refusal is named, stops what it must stop, and is never taken for "no results"."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.errors import UsageError
from core.models import Kind
from replica.server import Replica
from tests.crawlers.crawling import run
from tests.sites import MAKER, NOW, serve, small_world

WORLD = small_world()
ROOT = next(post for post in WORLD.posts if post.kind is Kind.POST and post.author == MAKER)
MID = ROOT.id.removeprefix("weibo:")
REPOSTS = [post for post in WORLD.posts if post.kind is Kind.REPOST]
POST = {"posts": MID}
CASCADE = {"posts": MID, "depth": "reposts"}
TARTS = {"search": "蛋挞"}


def after(replica: Replica, fault: str) -> list[str]:
    """Host and path of every request that followed the first one the fault struck."""
    first = next(number for number, entry in enumerate(replica.log) if entry.fault == fault)
    return [f"{entry.host}{entry.path}" for entry in replica.log[first + 1 :]]


def struck(replica: Replica, fault: str) -> int:
    return sum(entry.fault == fault for entry in replica.log)


# --- who are you? -------------------------------------------------------------------------------------


def test_a_stale_visitor_is_renewed_once_and_the_page_comes(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("visitor_required", route="m.weibo.cn/statuses/show", times=1)
        got = run(replica, tmp_path, POST, login=False)
        issued = Counter(entry.path for entry in replica.log)["/visitor/genvisitor2"]
    assert issued == 2
    assert got.posts.keys() == {ROOT.id}
    assert got.report.run.outcome == "finished"
    assert got.report.run.blocks == ("visitor_required",)


@pytest.mark.parametrize("fault", ["visitor_required", "visitor_page"])
def test_a_visitor_that_is_refused_again_stops(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault, route="m.weibo.cn/statuses/*")
        got = run(replica, tmp_path, {"posts": f"{MID};4804608494665869"}, login=False, one_by_one=True)
        assert struck(replica, fault) == 2, "once, once more with a new identity, then no more"
    assert got.report.run.outcome == "blocked"
    assert {line.because for line in got.report.coverage} == {"visitor_required"}


def test_a_site_that_gives_out_no_visitor_is_not_asked_for_ever(tmp_path: Path) -> None:
    mids = ";".join([MID, *(post.id.removeprefix("weibo:") for post in REPOSTS)])
    with serve() as replica:
        replica.faults.on("unavailable", route="visitor.passport.weibo.cn/visitor/*")
        got = run(replica, tmp_path, {"posts": mids}, login=False)
        assert struck(replica, "unavailable") <= 9
    assert got.report.run.outcome == "blocked"
    assert {line.because for line in got.report.coverage} == {"server_error", "visitor_required"}


def test_a_login_wall_before_a_visitor_ends_that_list_alone(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("login_required", route="m.weibo.cn/api/container/getIndex")
        got = run(replica, tmp_path, {"users": "9900000002", "posts": MID}, login=False)
    assert got.coverage("timeline:").because == "visitor_limit"
    assert got.coverage("post:").got == 1
    assert got.report.run.outcome == "finished"
    assert got.report.run.blocks == ("visitor_limit",)


def test_what_needs_a_login_says_so_without_asking(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, TARTS, login=False)
        assert replica.log == []
    assert got.coverage("search:").because == "login_required"
    assert got.report.run.outcome == "blocked"


def test_an_expired_cookie_is_told_before_anything_is_searched(tmp_path: Path) -> None:
    with serve() as replica:
        got = run(replica, tmp_path, TARTS, environment={"TINGFENG_COOKIE_WEIBO": "SUB=long-gone"})
        assert not [entry for entry in replica.log if entry.path == "/weibo"]
    assert got.report.run.outcome == "blocked"
    assert got.report.run.blocks == ("login_required",)
    assert got.coverage("search:").because == "login_required"
    assert "long-gone" not in got.log + repr(got.records), "a cookie is never logged or landed"


@pytest.mark.parametrize("fault", ["login_redirect", "expired_redirect"])
def test_a_redirect_to_a_login_is_not_followed(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault, route="s.weibo.com/weibo", after=3)
        got = run(replica, tmp_path, TARTS, one_by_one=True)
        assert not [
            entry for entry in replica.log if entry.host in ("login.sina.com.cn", "passport.weibo.com")
        ]
        assert struck(replica, fault) == 1
    assert got.report.run.outcome == "blocked"
    assert got.coverage("search:").because == "login_required"
    assert len(got.posts) == 30, "what came before is kept"


def test_a_login_that_ends_does_not_stop_what_a_visitor_may_see(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("session_expired", route="m.weibo.cn/api/statuses/repostTimeline")
        got = run(replica, tmp_path, {**CASCADE, "users": "9900000002"}, one_by_one=True)
    assert got.coverage("reposts:").because == "login_required"
    assert got.coverage("post:").got == 1
    assert got.report.run.outcome == "blocked"


def test_the_cookies_of_the_two_domains_never_meet(tmp_path: Path) -> None:
    with serve() as replica:
        run(replica, tmp_path, {"hot": True, "posts": MID, "search": "青禾E5"})
        seen = {(entry.host, entry.identity) for entry in replica.log if entry.path != "/robots.txt"}
    assert ("weibo.com", "none") in seen
    assert ("m.weibo.cn", "visitor") in seen
    assert ("s.weibo.com", "login") in seen
    assert not [pair for pair in seen if pair[1] == "unknown"]


# --- too much, too fast -------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [CASCADE, TARTS], ids=["api", "search"])
def test_after_a_captcha_nothing_more_is_asked(tmp_path: Path, asked: dict[str, str]) -> None:
    with serve() as replica:
        replica.faults.on("captcha", route=["m.weibo.cn/api/statuses/*", "s.weibo.com/weibo"], after=2)
        got = run(replica, tmp_path, {**asked, "users": "9900000002"}, one_by_one=True)
        assert after(replica, "captcha") == []
    assert got.report.run.outcome == "blocked"
    assert got.report.run.blocks[-1] == "captcha"
    assert "captcha" in {line.because for line in got.report.coverage}


def test_a_captcha_for_asking_too_often_in_a_minute_ends_it_as_well(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("captcha", route="m.weibo.cn/api/statuses/*", per_minute=3)
        got = run(replica, tmp_path, CASCADE, one_by_one=True)
        assert after(replica, "captcha") == []
    assert got.report.run.outcome == "blocked"
    assert len(got.posts) > 30, "three pages came before"


def test_a_site_that_was_down_for_an_hour_is_crawled_again_after_it(tmp_path: Path) -> None:
    with serve(clock=lambda: NOW) as replica:
        replica.faults.on("forbidden", route="m.weibo.cn/statuses/*", until=NOW)
        assert run(replica, tmp_path, POST).posts.keys() == {ROOT.id}
        replica.faults.on("forbidden", route="m.weibo.cn/statuses/*", since=NOW)
        got = run(replica, tmp_path / "later", POST)
    assert got.posts == {}
    assert got.report.run.blocks == ("forbidden",)


def test_after_a_captcha_what_waits_for_its_turn_is_not_sent(tmp_path: Path) -> None:
    two = {"CONCURRENT_REQUESTS": "2", "CONCURRENT_REQUESTS_PER_DOMAIN": "2"}
    with serve() as replica:
        replica.faults.on("captcha", route="s.weibo.com/weibo", after=1)
        run(replica, tmp_path, TARTS, **two, DOWNLOAD_DELAY="0.3", DOWNLOAD_DELAY_JITTER="0")
        assert after(replica, "captcha") == []


def test_too_fast_slows_down_and_goes_on(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("too_fast", route="m.weibo.cn/api/statuses/*", times=2)
        got = run(replica, tmp_path, CASCADE)
    assert len(got.posts) == 1 + len(REPOSTS)
    assert got.report.run.outcome == "finished"
    assert got.report.run.blocks == ("too_fast",)


def test_too_fast_time_and_again_stops(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("too_fast", route="m.weibo.cn/api/statuses/*")
        got = run(replica, tmp_path, CASCADE, one_by_one=True)
        assert struck(replica, "too_fast") == 4
    assert got.report.run.outcome == "blocked"
    assert got.coverage("reposts:").because == "too_fast"


def test_retry_after_is_honoured(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("rate_limited", route="m.weibo.cn/api/statuses/*", times=1, seconds=1)
        got = run(replica, tmp_path, CASCADE)
    assert len(got.posts) == 1 + len(REPOSTS)
    run_ = got.report.run
    assert run_.ended_at is not None
    assert (run_.ended_at - run_.started_at).total_seconds() >= 1
    assert run_.blocks == ("rate_limited",)


def test_a_longer_retry_after_than_a_run_may_wait_stops_it(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("rate_limited", route="m.weibo.cn/api/statuses/*", seconds=3600)
        got = run(replica, tmp_path, CASCADE, one_by_one=True)
        assert struck(replica, "rate_limited") == 1
    assert got.report.run.outcome == "blocked"


@pytest.mark.parametrize("fault", ["ip_blocked", "forbidden"])
def test_a_blocked_address_stops(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault, route="m.weibo.cn/api/statuses/*")
        got = run(replica, tmp_path, CASCADE, one_by_one=True)
    assert got.report.run.outcome == "blocked"
    assert got.coverage("reposts:").because == fault


# --- broken answers -----------------------------------------------------------------------------------

BROKEN = {
    "html_for_json": "not_json",
    "truncated_json": "truncated_json",
    "bad_gateway": "server_error",
    "unavailable": "server_error",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_is_asked_for_again(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault, route="m.weibo.cn/api/statuses/*", times=2)
        got = run(replica, tmp_path, CASCADE, one_by_one=True)
    assert len(got.posts) == 1 + len(REPOSTS)
    assert got.report.run.blocks == (BROKEN[fault],)
    assert got.coverage("reposts:").because is None


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_that_stays_is_recorded(tmp_path: Path, fault: str) -> None:
    with serve() as replica:
        replica.faults.on(fault, route="m.weibo.cn/api/statuses/*")
        got = run(replica, tmp_path, CASCADE, one_by_one=True)
        assert struck(replica, fault) == 3
    line = got.coverage("reposts:")
    assert (line.expected, line.got, line.because) == (len(REPOSTS), 0, BROKEN[fault])
    assert got.report.run.outcome == "finished"


def test_a_lost_connection_is_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("dropped_body", route="m.weibo.cn/statuses/show")
        got = run(replica, tmp_path, POST)
    assert got.coverage("post:").because == "unreachable"
    assert got.report.run.outcome == "failed"
    assert got.report.run.blocks == ("unreachable",)


@pytest.mark.parametrize(("seconds", "because"), [(0.2, None), (3.0, "unreachable")])
def test_a_slow_body_is_waited_for_as_long_as_a_page_may_take(
    tmp_path: Path, seconds: float, because: str | None
) -> None:
    with serve() as replica:
        replica.faults.on("slow_body", route="m.weibo.cn/statuses/show", seconds=seconds)
        got = run(replica, tmp_path, POST, DOWNLOAD_TIMEOUT="1", RETRY_TIMES="1")
    assert got.coverage("post:").because == because
    assert (got.posts.keys() == {ROOT.id}) is (because is None)


@pytest.mark.parametrize(("times", "because"), [(1, None), (None, "damaged_body")])
def test_a_packed_body_that_is_damaged_is_asked_for_again(
    tmp_path: Path, times: int | None, because: str | None
) -> None:
    with serve() as replica:
        replica.faults.on("gzip_error", route="m.weibo.cn/statuses/show", times=times)
        got = run(replica, tmp_path, POST)
    assert got.coverage("post:").because == because
    assert (got.posts.keys() == {ROOT.id}) is (because is None)


def test_a_soft_empty_page_is_asked_once_more(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("soft_empty", times=1)
        got = run(replica, tmp_path, {"users": "9900000002"})
    assert got.coverage("timeline:").got == 26


def test_cards_null_in_the_middle_do_not_end_a_timeline(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("null_cards", after=1, times=1)
        got = run(replica, tmp_path, {"users": "9900000002"})
    assert got.coverage("timeline:").got == 26


# --- robots.txt and the budget ------------------------------------------------------------------------


def test_robots_is_obeyed_and_told(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("robots_forbid", route="weibo.com/robots.txt")
        got = run(replica, tmp_path, {"hot": True, "posts": MID})
        assert not [entry for entry in replica.log if entry.path == "/ajax/side/hotSearch"]
    assert got.coverage("hot").because == "robots"
    assert got.report.run.blocks == ("robots",)
    assert got.report.run.robots == "obey"
    assert got.posts.keys() == {ROOT.id}, "the hosts that allow it are crawled"


def test_robots_that_cannot_be_read_forbid(tmp_path: Path) -> None:
    with serve() as replica:
        replica.faults.on("unavailable", route="weibo.com/robots.txt")
        got = run(replica, tmp_path, {"hot": True})
    assert got.coverage("hot").because == "robots_unreachable"


def test_an_override_wants_a_reason_and_is_recorded(tmp_path: Path) -> None:
    reason = "written permission of the site, contract 7"
    with serve() as replica:
        replica.faults.on("robots_forbid")
        got = run(replica, tmp_path, {"hot": True}, TINGFENG_ROBOTS_OVERRIDE=reason)
        with pytest.raises(UsageError, match="written reason"):
            run(replica, tmp_path, {"hot": True}, ROBOTSTXT_OBEY="0")
        with pytest.raises(UsageError, match="written reason"):
            run(replica, tmp_path, {"hot": True}, TINGFENG_ROBOTS_OVERRIDE="yes")
    assert got.coverage("hot").got == 3
    assert got.report.run.robots == f"override: {reason}"
    assert reason in got.log


def test_the_daily_budget_holds_over_runs(tmp_path: Path) -> None:
    with serve() as replica:
        first = run(replica, tmp_path, TARTS, one_by_one=True, TINGFENG_DAILY_BUDGET="6")
        assert len(replica.log) == 6
        second = run(replica, tmp_path, TARTS, TINGFENG_DAILY_BUDGET="6")
        assert len(replica.log) == 6
    assert first.report.run.outcome == "stopped"
    assert first.report.run.blocks == ("budget",)
    assert first.report.run.requests == 6
    assert first.coverage("search:").because == "budget"
    assert second.report.run.requests == 0
    assert second.report.run.blocks == ("budget",)
